"""Counted loops become hardware loops."""

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import riscv_func, riscv_scf, rv32
from xdsl.dialects.builtin import IntegerAttr, ModuleOp
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass

from nmc.backend.machine.constants import constant_of
from nmc.backend.machine.dead_code import drop_dead
from nmc.backend.machine.folding import fits_immediate
from nmc.backend.machine.trip_count import TripCount, trip_count
from nmc.dialects.xpulp.control import HwLoopOp, YieldOp

IMMEDIATE_BODY = 12
"""Instructions up to which a constant count stays in the set-up instruction. It reaches 15; the
rest is room for spills. Longer bodies get the count in a register."""
LONGEST_BODY = 1900
"""`lp.setup` reaches 2047 instructions; the rest is room for spills."""


@dataclass(frozen=True)
class FormHardwareLoopsPass(ModulePass):
    """Turn the two innermost levels of counted loops into hardware loops.

        %r = riscv_scf.for %i : !riscv.reg = %zero : !riscv.reg to %n : !riscv.reg step 1 : si12
            iter_args(%acc = %a) -> (!riscv.reg) { ... }

    becomes

        %r = xpulp.hwloop %n : !riscv.reg iter_args(%acc = %a : !riscv.reg) { ... }

    A loop qualifies if its body holds no call, branch or loop other than one level of
    hardware loops that are known to run (a guard would be a branch), and if its trip count is a
    constant, or a difference divided by a power of two. A counter that is read becomes a carried
    value. `nonzero` on the loop, or bounds that prove it, make the guard unnecessary.
    """

    name = "form-hardware-loops"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in op.ops:
            if isinstance(function, riscv_func.FuncOp) and function.body.blocks:
                _convert_block(function.body.block)
                drop_dead(function.body.block)


def _convert_block(block: Block) -> None:
    for op in list(block.ops):
        for region in op.regions:
            _convert_block(region.block)
        if isinstance(op, riscv_scf.ForOp) and _qualifies(op.body.block):
            count = trip_count(op)
            if count is not None:
                _convert(op, count)


def _qualifies(body: Block) -> bool:
    for op in body.ops:
        if isinstance(op, riscv_func.CallOp):
            return False
        inner = isinstance(op, HwLoopOp) and op.never_empty and not _nests(op)
        if op.regions and not inner:
            return False
    return _size(body) <= LONGEST_BODY


def _size(body: Block) -> int:
    return sum(1 + sum(_size(region.block) for region in op.regions) for op in body.ops)


def _nests(loop: HwLoopOp) -> bool:
    return any(isinstance(op, HwLoopOp) for op in loop.body.block.ops)


def _convert(op: riscv_scf.ForOp, count: TripCount) -> None:
    block = op.parent_block()
    assert block is not None
    body = op.body.block
    if count.constant == 0:
        for result, value in zip(op.res, op.iter_args, strict=True):
            result.replace_all_uses_with(value)
        op.detach()
        op.erase()
        return
    counter = body.args[0]
    carried = list(op.iter_args)
    last = body.last_op
    assert last is not None
    handed_on = list(last.operands)
    if counter.first_use is None:
        body.erase_arg(counter)
    else:
        carried.insert(0, op.start)
        handed_on.insert(0, _step(op, last))
    for operation in count.operations:
        _insert_hoisted(operation, op)
    body.insert_op_before(YieldOp(*handed_on), last)
    last.detach()
    last.erase()
    length: SSAValue | int | None = count.value
    if count.constant is not None:
        length = count.constant
        if _size(body) > IMMEDIATE_BODY or length > HwLoopOp.MAX_COUNT:
            load = rv32.LiOp(length)
            _insert_hoisted(load, op)
            length = load.rd
    assert length is not None
    results = op.res
    certain = isinstance(length, SSAValue) and (count.nonzero or count.constant is not None)
    loop = HwLoopOp(length, carried, op.detach_region(op.body), nonzero=certain)
    loop.attributes |= {k: v for k, v in op.attributes.items() if k != "nonzero"}
    block.insert_op_before(loop, op)
    for result, new in zip(results, loop.res[len(loop.res) - len(results) :], strict=True):
        new.name_hint = result.name_hint
        result.replace_all_uses_with(new)
    op.detach()
    op.erase()


def _insert_hoisted(new: Operation, op: Operation) -> None:
    """Insert an operation before `op`, outside of the loops in which its operands do not change."""
    anchor = op
    while True:
        block = anchor.parent_block()
        assert block is not None
        loop = block.parent_op()
        defined_here = any(_block_of(operand) is block for operand in new.operands)
        if defined_here or not isinstance(loop, riscv_scf.ForOp | HwLoopOp):
            block.insert_op_before(new, anchor)
            return
        anchor = loop


def _block_of(value: SSAValue) -> Block | None:
    owner = value.owner
    return owner if isinstance(owner, Block) else owner.parent_block()


def _step(op: riscv_scf.ForOp, last: Operation) -> SSAValue:
    """The counter of the next iteration, computed at the body's end."""
    block = op.body.block
    counter = block.args[0]
    step = op.step
    amount = step.value.data if isinstance(step, IntegerAttr) else constant_of(step)
    if amount is not None and fits_immediate(amount):
        advance: riscv.AddiOp | riscv.AddOp = riscv.AddiOp(counter, amount)
    else:
        assert isinstance(step, SSAValue)
        advance = riscv.AddOp(counter, step)
    block.insert_op_before(advance, last)
    return advance.rd
