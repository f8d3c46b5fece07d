"""Rewriting structured loops: dropping carried values, turning a counted loop into a while loop."""

from __future__ import annotations

from collections.abc import Container

from xdsl.dialects import riscv_scf
from xdsl.dialects.builtin import IntegerAttr
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue

from nmc.dialects.xpulp.control import HwLoopOp, IfOp, YieldOp

Structured = HwLoopOp | IfOp | riscv_scf.ForOp | riscv_scf.WhileOp


def _keep(values: tuple[SSAValue, ...], gone: Container[SSAValue]) -> list[int]:
    return [index for index, value in enumerate(values) if value not in gone]


def _filter_terminator(block: Block, keep: list[int], skip: int = 0) -> None:
    last = block.last_op
    assert last is not None
    operands = list(last.operands)
    kept = [*operands[:skip], *(operands[skip + index] for index in keep)]
    if len(kept) != len(operands):
        last.operands = kept


def _erase_arguments(block: Block, gone: Container[SSAValue]) -> None:
    for argument in list(block.args):
        if argument in gone:
            block.erase_arg(argument)


def _replace(old: Operation, new: Operation, keep: list[int]) -> None:
    new.attributes |= old.attributes
    block = old.parent_block()
    assert block is not None
    block.insert_op_before(new, old)
    for position, index in enumerate(keep):
        result = old.results[index]
        new.results[position].name_hint = result.name_hint
        result.replace_all_uses_with(new.results[position])
    old.detach()
    old.erase()


def drop_carried(op: Structured, gone: Container[SSAValue]) -> None:
    """Rebuild a structured operation without the block arguments and results in `gone`.

    Those values must have no uses left; what the operation and its terminators pass for them is
    dropped as well.
    """
    match op:
        case HwLoopOp():
            keep = _keep(op.body.block.args, gone)
            _filter_terminator(op.body.block, keep)
            _erase_arguments(op.body.block, gone)
            inits = [op.iter_args[index] for index in keep]
            count = op.count if op.count_attr is None else op.count_attr.value.data
            assert count is not None
            new = HwLoopOp(count, inits, op.detach_region(op.body), nonzero=op.nonzero is not None)
            _replace(op, new, keep)
        case riscv_scf.ForOp():
            keep = _keep(op.body.block.args[1:], gone)
            _filter_terminator(op.body.block, keep)
            _erase_arguments(op.body.block, gone)
            inits = [op.iter_args[index] for index in keep]
            step = op.step
            body = op.detach_region(op.body)
            _replace(op, riscv_scf.ForOp(op.start, op.stop, step, inits, body), keep)
        case riscv_scf.WhileOp():
            keep_before = _keep(op.before_region.block.args, gone)
            keep_after = _keep(op.after_region.block.args, gone)
            _filter_terminator(op.after_region.block, keep_before)
            _filter_terminator(op.before_region.block, keep_after, skip=1)
            _erase_arguments(op.before_region.block, gone)
            _erase_arguments(op.after_region.block, gone)
            inits = [op.arguments[index] for index in keep_before]
            types = [op.res[index].type for index in keep_after]
            after = op.detach_region(op.after_region)
            before = op.detach_region(op.before_region)
            _replace(op, riscv_scf.WhileOp(inits, types, before, after), keep_after)
        case IfOp():
            keep = _keep(tuple(op.res), gone)
            _filter_terminator(op.then_region.block, keep)
            _filter_terminator(op.else_region.block, keep)
            rhs = op.rhs if op.rhs is not None else op.constant
            assert rhs is not None
            else_region = op.detach_region(op.else_region)
            new = IfOp(
                op.predicate.data,
                op.lhs,
                rhs,
                result_types=[op.res[index].type for index in keep],
                then_region=op.detach_region(op.then_region),
                else_region=else_region,
            )
            _replace(op, new, keep)


def incoming(op: Operation, operand: int) -> SSAValue | None:
    """The block argument or result that the given operand of a loop or terminator flows into.

    None if the operand is an ordinary read. A loop's block argument and result are one location,
    so either stands for both.
    """
    parent = op.parent_op()
    match op:
        case HwLoopOp():
            first = 0 if op.count is None else 1
            return op.body.block.args[operand - first] if operand >= first else None
        case riscv_scf.ForOp():
            first = len(op.operands) - len(op.iter_args)
            return op.body.block.args[1 + operand - first] if operand >= first else None
        case riscv_scf.WhileOp():
            return op.before_region.block.args[operand]
        case riscv_scf.ConditionOp():
            if operand == 0:
                return None
            assert isinstance(parent, riscv_scf.WhileOp)
            return parent.res[operand - 1]
        case YieldOp() | riscv_scf.YieldOp():
            if isinstance(parent, riscv_scf.WhileOp):
                return parent.before_region.block.args[operand]
            assert parent is not None
            return parent.results[operand]
        case _:
            return None


def for_to_while(op: riscv_scf.ForOp) -> riscv_scf.WhileOp:
    """The same loop as `riscv_scf.while`, its counter an ordinary carried value.

    Counter, bound and step can then be spilled like any other value.
    """
    register = op.start.type
    carried = [op.start, *op.iter_args]
    before = Block(arg_types=[value.type for value in carried])
    test = riscv.SltOp(before.args[0], op.stop)
    before.add_ops([test, riscv_scf.ConditionOp(test.rd, *before.args)])
    body = op.body.block
    last = body.last_op
    assert last is not None
    counter = body.args[0]
    step = op.step
    if isinstance(step, IntegerAttr):
        advance: Operation = riscv.AddiOp(counter, step.value.data)
    else:
        advance = riscv.AddOp(counter, step)
    body.insert_op_before(advance, last)
    body.insert_op_before(riscv_scf.YieldOp(advance.results[0], *last.operands), last)
    last.detach()
    last.erase()
    for fresh, old in zip(before.args, body.args, strict=True):
        fresh.name_hint = old.name_hint
    types = [register, *op.res.types]
    after = op.detach_region(op.body)
    loop = riscv_scf.WhileOp(carried, types, Region(before), after)
    block = op.parent_block()
    assert block is not None
    block.insert_op_before(loop, op)
    for index, result in enumerate(op.res):
        loop.res[1 + index].name_hint = result.name_hint
        result.replace_all_uses_with(loop.res[1 + index])
    op.detach()
    op.erase()
    return loop


def is_function_argument(value: SSAValue) -> bool:
    """Whether a block argument belongs to a function and not to a loop."""
    return isinstance(value, BlockArgument) and not isinstance(value.block.parent_op(), Structured)
