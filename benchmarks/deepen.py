"""Transformers of any depth out of one of two blocks, for questions about memory."""

from xdsl.dialects import arith, func
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Operation, SSAValue

from nmc.dialects import nm, qnn

FIRST, SECOND = "blocks.0.", "blocks.1."


def deepen(module: ModuleOp, depth: int) -> None:
    """Give a network of two blocks, at the graph level, `depth` of them: copies of its second one.

    Each copy has weights of its own (the same values) and the second block's scales, which are not
    those of what it reads. So the network computes nothing sensible, but it takes the memory that
    one built with this depth takes: sizes follow from shapes and patterns. `depth` 1 takes the
    second block away.
    """
    function = next(op for op in module.body.block.ops if isinstance(op, func.FuncOp))
    ops = list(function.body.block.ops)
    start = _last(ops, FIRST) + 1
    end = _last(ops, SECOND) + 1
    given, block = ops[start - 1].results[0], ops[start:end]
    made = block[-1].results[0]
    _check(block, given)
    behind = [use for use in made.uses if use.operation not in block]
    latest = given if depth == 1 else made
    place = block[-1]
    for number in range(2, depth):
        values: dict[SSAValue, SSAValue] = {given: latest}
        for op in block:
            copy = op.clone(values)
            _rename(copy, f"blocks.{number}.")
            function.body.block.insert_op_after(copy, place)
            place = copy
        latest = values[made]
    for use in behind:
        use.operation.operands[use.index] = latest
    if depth == 1:
        for op in reversed(block):
            op.detach()
            op.erase()


def _last(ops: list[Operation], prefix: str) -> int:
    """The number of the last operation of a block."""
    return max(n for n, op in enumerate(ops) if _layer(op).startswith(prefix))


def _layer(op: Operation) -> str:
    return op.layer_name if isinstance(op, qnn.LayerOp) else ""


def _check(block: list[Operation], given: SSAValue) -> None:
    """A block reads nothing but its own constants and the tokens before it."""
    for op in block:
        assert isinstance(op, arith.ConstantOp | nm.ConstantOp) or _layer(op).startswith(SECOND)
        for operand in op.operands:
            assert operand is given or operand.owner in block, op


def _rename(op: Operation, prefix: str) -> None:
    """Name a copy, and what is inside it, as a layer of its own."""
    for inner in op.walk():
        if isinstance(inner, qnn.LayerOp):
            inner.properties["layer"] = StringAttr(prefix + inner.layer_name[len(SECOND) :])
