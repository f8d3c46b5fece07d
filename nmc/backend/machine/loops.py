"""Rewriting structured loops: dropping carried values, turning a counted loop into a while loop."""

from __future__ import annotations

from collections.abc import Container

from xdsl.dialects import riscv_scf
from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, i32
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue, SSAValues

from nmc.dialects.xpulp.control import HwLoopOp, IfOp, YieldOp

Structured = HwLoopOp | IfOp | riscv_scf.ForOp | riscv_scf.WhileOp


def _places(op: Structured) -> list[tuple[Operation, int, tuple[SSAValue, ...]]]:
    """What flows into a structured operation's arguments and results.

    Triples (operation that passes operands, index of the first one, values they flow into).
    """
    match op:
        case HwLoopOp():
            count = 0 if op.count is None else 1
            targets = op.body.block.args
            return [(op, count, targets), (_last(op.body.block), 0, targets)]
        case riscv_scf.ForOp():
            targets = op.body.block.args[1:]
            first = len(op.operands) - len(op.iter_args)
            return [(op, first, targets), (_last(op.body.block), 0, targets)]
        case riscv_scf.WhileOp():
            before, after = op.before_region.block, op.after_region.block
            return [
                (op, 0, before.args),
                (_last(after), 0, before.args),
                (_last(before), 1, after.args),
            ]
        case IfOp():
            regions = (op.then_region, op.else_region)
            return [(_last(region.block), 0, tuple(op.res)) for region in regions]


def _last(block: Block) -> Operation:
    last = block.last_op
    assert last is not None
    return last


def feeders(op: Structured) -> list[tuple[Operation, int, SSAValue]]:
    """Every (operation, operand index, argument or result of `op` the operand flows into)."""
    return [
        (passer, first + index, target)
        for passer, first, targets in _places(op)
        for index, target in enumerate(targets)
    ]


def drop_passed(op: Structured, gone: Container[SSAValue]) -> None:
    """Stop passing operands to the arguments and results in `gone`.

    Leaves the operation invalid until `drop_received`.
    """
    for passer, first, targets in _places(op):
        kept = [index for index, target in enumerate(targets) if target not in gone]
        if len(kept) == len(targets):
            continue
        operands = list(passer.operands)
        passer.operands = [*operands[:first], *(operands[first + index] for index in kept)]
        if passer is op and isinstance(op, HwLoopOp | riscv_scf.ForOp):
            sizes = op.properties["operandSegmentSizes"]
            assert isinstance(sizes, DenseArrayBase)
            *others, _ = sizes.get_values()
            op.properties["operandSegmentSizes"] = DenseArrayBase.from_list(
                i32, [*others, len(kept)]
            )


def drop_received(op: Structured, gone: Container[SSAValue]) -> None:
    """Remove the block arguments and results in `gone`, which must have no uses left."""
    for region in op.regions:
        for argument in region.block.args:
            if argument in gone:
                region.block.erase_arg(argument)
    kept = [result for result in op.results if result not in gone]
    if len(kept) < len(op.results):
        for index, result in enumerate(kept):
            result.index = index
        op.results = SSAValues(kept)


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
