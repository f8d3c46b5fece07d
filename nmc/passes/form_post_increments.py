"""Loads and stores that step their pointer."""

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import riscv_func
from xdsl.dialects.builtin import IntegerAttr, ModuleOp
from xdsl.dialects.riscv import ops as riscv
from xdsl.dialects.riscv.attrs import si12
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.traits import MemoryWriteEffect

from nmc.backend.machine.folding import LOADS, LOADS_AND_STORES, fits_immediate, immediate_of
from nmc.backend.machine.post_increment import by_constant, by_register


@dataclass(frozen=True)
class FormPostIncrementsPass(ModulePass):
    """Merge the step of a pointer into a load or store through it.

        %a = riscv.lw %p, 0
        %b = riscv.lw %p, 4
        %q = riscv.addi %p, 8

    becomes

        %a, %q = xpulp.p.lw.post %p, 8
        %b = riscv.lw %q, -4

    The access with offset 0 takes the step, and later accesses count from the new pointer.
    With a step in a register they cannot, so there the access moves behind the other loads:
    `p.lw rd, rs2(rs1!)` uses the old address. A pointer that is needed unchanged afterwards, or
    comes from outside the block (a loop would need a copy of it), is left as it is.
    """

    name = "form-post-increments"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in op.ops:
            if isinstance(function, riscv_func.FuncOp) and function.body.blocks:
                _convert_block(function.body.block)


def _convert_block(block: Block) -> None:
    steps: list[riscv.AddiOp | riscv.AddOp] = []
    for op in block.ops:
        for region in op.regions:
            _convert_block(region.block)
        if isinstance(op, riscv.AddiOp | riscv.AddOp):
            steps.append(op)
    if not steps:
        return
    position = _Positions(block)
    for step in steps:
        if isinstance(step, riscv.AddiOp):
            _merge_constant(step, position)
        elif not _merge_register(step, step.rs1, step.rs2, position):
            _merge_register(step, step.rs2, step.rs1, position)


class _Positions:
    """Where operations stand in a block; a nested operation stands where its ancestor does."""

    def __init__(self, block: Block):
        self.block = block
        self.index = {op: float(number) for number, op in enumerate(block.ops)}

    def of(self, op: Operation) -> float:
        """The position of an operation in or below the block."""
        ancestor = self.block.find_ancestor_op_in_block(op)
        assert ancestor is not None
        return self.index[ancestor]

    def replace(self, old: Operation, new: Operation, at: float) -> None:
        """Note that `new` stands at `at` and `old` is gone."""
        del self.index[old]
        self.index[new] = at


def _accesses(pointer: SSAValue, block: Block) -> list[Operation]:
    """Plain loads and stores of the block through the pointer (not of the pointer)."""
    found: list[Operation] = []
    for use in pointer.uses:
        op = use.operation
        plain = isinstance(op, LOADS_AND_STORES) and use.index == 0
        stored = plain and any(operand is pointer for operand in list(op.operands)[1:])
        if plain and not stored and op.parent_block() is block:
            found.append(op)
    return found


def _defined_in(value: SSAValue, block: Block) -> bool:
    owner = value.owner
    return owner is block or (isinstance(owner, Operation) and owner.parent_block() is block)


def _merge_constant(step: riscv.AddiOp, position: _Positions) -> None:
    pointer, amount = step.rs1, immediate_of(step)
    if amount is None or not _defined_in(pointer, position.block):
        return
    accesses = _accesses(pointer, position.block)
    candidates = [op for op in accesses if immediate_of(op) == 0 and _can_step(op)]
    for access in sorted(candidates, key=position.of, reverse=True):
        here = position.of(access)
        later = [
            use.operation
            for use in pointer.uses
            if use.operation not in (access, step) and position.of(use.operation) > here
        ]
        moved = all(
            op in accesses and fits_immediate((immediate_of(op) or 0) - amount) for op in later
        )
        early = any(position.of(use.operation) <= here for use in step.rd.uses)
        if not moved or early:
            continue
        new = by_constant(access, amount)
        pointer_out = new.results[-1]
        for op in later:
            op.operands[0] = pointer_out
            op.attributes["immediate"] = IntegerAttr((immediate_of(op) or 0) - amount, si12)
        _replace(access, step, new, position, here)
        return


def _merge_register(
    step: riscv.AddOp, pointer: SSAValue, amount: SSAValue, position: _Positions
) -> bool:
    block = position.block
    if pointer is amount or not _defined_in(pointer, block):
        return False
    accesses = _accesses(pointer, block)
    candidates = [op for op in accesses if immediate_of(op) == 0 and _can_step(op)]
    for access in sorted(candidates, key=position.of, reverse=True):
        others = [use.operation for use in pointer.uses if use.operation not in (access, step)]
        last = max((position.of(op) for op in others), default=-1.0)
        here = position.of(access)
        if last > here:
            if not _may_sink(access, here, last, position):
                continue
            here = last + 0.5
        uses = [position.of(use.operation) for use in step.rd.uses]
        uses += (
            [position.of(use.operation) for use in access.results[0].uses] if access.results else []
        )
        owner = amount.owner
        known = not isinstance(owner, Operation) or owner.parent_block() is not block
        available = known or (isinstance(owner, Operation) and position.of(owner) < here)
        if available and all(use > here for use in uses):
            _replace(access, step, by_register(access, amount), position, here)
            return True
    return False


def _can_step(access: Operation) -> bool:
    return "volatile" not in access.attributes


def _may_sink(access: Operation, here: float, last: float, position: _Positions) -> bool:
    """Whether a load may move down behind position `last`: nothing writes memory in between."""
    if not isinstance(access, LOADS):
        return False
    between = [op for op, at in position.index.items() if here < at <= last]
    return not any(
        op.regions or isinstance(op, riscv_func.CallOp) or op.has_trait(MemoryWriteEffect)
        for op in between
    )


def _replace(
    access: Operation,
    step: riscv.AddiOp | riscv.AddOp,
    new: Operation,
    position: _Positions,
    at: float,
) -> None:
    block = position.block
    if at == position.of(access):
        block.insert_op_before(new, access)
    else:
        anchor = max((op for op, where in position.index.items() if where < at), key=position.of)
        block.insert_op_after(new, anchor)
    position.replace(access, new, at)
    del position.index[step]
    new.results[-1].name_hint = step.rd.name_hint
    step.rd.replace_all_uses_with(new.results[-1])
    if access.results:
        new.results[0].name_hint = access.results[0].name_hint
        access.results[0].replace_all_uses_with(new.results[0])
    for old in (step, access):
        old.detach()
        old.erase()
