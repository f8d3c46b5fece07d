"""Simplification of machine code on virtual registers."""

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import riscv_func, riscv_scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass

from nmc.backend.machine.constants import is_constant_op
from nmc.backend.machine.dead_code import drop_dead
from nmc.backend.machine.folding import fold, fold_address, indexed_form
from nmc.backend.machine.registers import UNALLOCATED
from nmc.dialects.xpulp.control import HwLoopOp


@dataclass(frozen=True)
class CanonicalizeMachinePass(ModulePass):
    """Fold constants, immediates and addresses, hoist constants out of loops, drop dead code.

        %c = rv32.li 12 : !riscv.reg
        %q = riscv.add %p, %c : (!riscv.reg, !riscv.reg) -> !riscv.reg
        %v = riscv.lw %q, 4 : (!riscv.reg) -> !riscv.reg

    becomes

        %v = riscv.lw %p, 16 : (!riscv.reg) -> !riscv.reg

    `riscv.mv` disappears (the allocator makes the copies there have to be). Works in one walk down
    and one up, before allocation only; code that names registers is left alone.
    """

    name = "canonicalize-machine"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in op.ops:
            if isinstance(function, riscv_func.FuncOp) and function.body.blocks:
                simplify_function(function)


def simplify_function(function: riscv_func.FuncOp) -> None:
    """Simplify one function in place."""
    block = function.body.block
    _simplify(block)
    _index_addresses(block)
    _hoist_constants(block)
    drop_dead(block)


def _is_virtual(op: Operation) -> bool:
    return all(result.type == UNALLOCATED for result in op.results)


def _simplify(block: Block) -> None:
    for op in list(block.ops):
        for region in op.regions:
            _simplify(region.block)
        while fold_address(op):
            pass
        while op.results and _is_virtual(op):
            replacement = fold(op)
            if replacement is None:
                break
            value: SSAValue
            if isinstance(replacement, Operation):
                block.insert_op_before(replacement, op)
                value = replacement.results[0]
            else:
                value = replacement
            if value.name_hint is None and value.type == UNALLOCATED:
                value.name_hint = op.results[0].name_hint
            op.results[0].replace_all_uses_with(value)
            op.detach()
            op.erase()
            if not isinstance(replacement, Operation):
                break
            op = replacement  # noqa: PLW2901  (a folded operation may fold again)


def _index_addresses(block: Block) -> None:
    for op in list(block.ops):
        for region in op.regions:
            _index_addresses(region.block)
        new = indexed_form(op)
        if new is None:
            continue
        block.insert_op_before(new, op)
        for old, fresh in zip(op.results, new.results, strict=True):
            fresh.name_hint = old.name_hint
            old.replace_all_uses_with(fresh)
        op.detach()
        op.erase()


def _hoist_constants(block: Block) -> bool:
    """Move constants out of loops without calls; returns whether the block holds a call."""
    calls = False
    for op in list(block.ops):
        inner = [_hoist_constants(region.block) for region in op.regions]
        calls |= any(inner) or isinstance(op, riscv_func.CallOp)
        is_loop = isinstance(op, HwLoopOp | riscv_scf.ForOp | riscv_scf.WhileOp)
        if not is_loop or any(inner):
            continue
        for region in op.regions:
            for constant in [inside for inside in region.block.ops if is_constant_op(inside)]:
                constant.detach()
                block.insert_op_before(constant, op)
    return calls
