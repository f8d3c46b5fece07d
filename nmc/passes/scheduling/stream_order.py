"""The order in which a program reads its packed constants, by running its index arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import Block, Operation, SSAValue

from nmc.backend.planning.growing import pieces
from nmc.dialects import cluster
from nmc.errors import NmcError
from nmc.passes.scheduling.barriers import OWN_LOOP


@dataclass(frozen=True)
class Read:
    """Bytes [offset, offset + length) of a `cluster.data` read by one transfer."""

    data: str
    offset: int
    length: int


_ARITHMETIC: dict[type[Operation], Callable[[int, int], int]] = {
    arith.AddiOp: lambda a, b: a + b,
    arith.SubiOp: lambda a, b: a - b,
    arith.MuliOp: lambda a, b: a * b,
    arith.MinSIOp: min,
    arith.MaxSIOp: max,
    arith.MinUIOp: min,
    arith.MaxUIOp: max,
    arith.DivUIOp: lambda a, b: a // b,
    arith.RemUIOp: lambda a, b: a % b,
    arith.FloorDivSIOp: lambda a, b: a // b,
    arith.DivSIOp: lambda a, b: int(a / b),
    arith.RemSIOp: lambda a, b: a - b * int(a / b),
    arith.CeilDivUIOp: lambda a, b: -(-a // b),
    arith.CeilDivSIOp: lambda a, b: -(-a // b),
}

_COMPARISONS: dict[int, Callable[[int, int], bool]] = {
    0: lambda a, b: a == b,
    1: lambda a, b: a != b,
    2: lambda a, b: a < b,
    3: lambda a, b: a <= b,
    4: lambda a, b: a > b,
    5: lambda a, b: a >= b,
    6: lambda a, b: a < b,
    7: lambda a, b: a <= b,
    8: lambda a, b: a > b,
    9: lambda a, b: a >= b,
}


def evaluate(op: Operation, known: dict[SSAValue, int]) -> bool:
    """Compute an integer operation; False where it is none or an operand is unknown."""
    if isinstance(op, arith.ConstantOp):
        if isinstance(op.value, IntegerAttr):
            known[op.result] = op.value.value.data
        return True
    if isinstance(op, arith.IndexCastOp):
        if op.input in known:
            known[op.result] = known[op.input]
        return op.input in known
    operands = [known.get(value) for value in op.operands]
    if any(value is None for value in operands):
        return False
    values = [value for value in operands if value is not None]
    if type(op) in _ARITHMETIC:
        known[op.results[0]] = _ARITHMETIC[type(op)](values[0], values[1])
        return True
    if isinstance(op, arith.CmpiOp):
        known[op.result] = int(_COMPARISONS[op.predicate.value.data](values[0], values[1]))
        return True
    if isinstance(op, arith.SelectOp):
        known[op.result] = values[1] if values[0] else values[2]
        return True
    return False


def reads_of(layer: cluster.LayerOp) -> list[Read]:
    """The transfers from packed constants that core 0 makes in a layer, in order.

    Without those that every core makes for itself.

    Raises NmcError where a bound or an offset depends on something only the program will know.
    """
    found: list[Read] = []
    _walk(layer.body.block, {}, found, layer.sym_name.data)
    return found


def _data_of(op: Operation) -> cluster.GetDataOp | None:
    if isinstance(op, cluster.TransferOperation) and op.inward:
        owner = cluster.root_of(op.outer).owner
        if isinstance(owner, cluster.GetDataOp):
            return owner
    return None


def of_every_core(op: Operation) -> bool:
    """Whether a transfer is outside of what core 0 alone does, in a layer of many cores."""
    parent = op.parent_op()
    while parent is not None and not isinstance(parent, cluster.LayerOp):
        if isinstance(parent, cluster.MasterOp):
            return False
        parent = parent.parent_op()
    return parent is not None and parent.cores is not None


def _matters(op: Operation) -> bool:
    return any(_data_of(inner) is not None for inner in op.walk())


def _walk(block: Block, known: dict[SSAValue, int], found: list[Read], layer: str) -> None:
    for op in block.ops:
        data = _data_of(op)
        if data is not None and isinstance(op, cluster.TransferOperation):
            if of_every_core(op):
                continue
            offset, length = known.get(op.outer_offset), known.get(op.length)
            if offset is None or length is None or op.lines is not None:
                raise _unknown(layer, "a transfer of weights")
            found.append(Read(data.data.root_reference.data, offset, length))
        elif isinstance(op, scf.ForOp):
            if _matters(op) and OWN_LOOP not in op.attributes:
                _walk_loop(op, known, found, layer)
        elif isinstance(op, scf.IfOp):
            if _matters(op):
                condition = known.get(op.cond)
                if condition is None:
                    raise _unknown(layer, "a condition around a transfer of weights")
                region = op.true_region if condition else op.false_region
                for inner in region.blocks:
                    _walk(inner, known, found, layer)
        elif isinstance(op, cluster.GroupsOp):
            if _matters(op):
                _walk_groups(op, known, found, layer)
        elif isinstance(op, cluster.MasterOp):
            _walk(op.body.block, known, found, layer)
        else:
            evaluate(op, known)


def _walk_loop(op: scf.ForOp, known: dict[SSAValue, int], found: list[Read], layer: str) -> None:
    low, high, step = (known.get(value) for value in (op.lb, op.ub, op.step))
    if low is None or high is None or step is None:
        raise _unknown(layer, "a loop around a transfer of weights")
    body = op.body.block
    carry(body.args[1:], op.iter_args, known)
    for value in range(low, high, step):
        known[body.args[0]] = value
        _walk(body, known, found, layer)
        last = body.last_op
        assert last is not None
        carry(body.args[1:], last.operands, known)


def carry(
    places: Sequence[SSAValue], values: Sequence[SSAValue], known: dict[SSAValue, int]
) -> None:
    """Give the places what is known of the values, all at once; the others become unknown."""
    found = [known.get(value) for value in values]
    for place, value in zip(places, found, strict=True):
        if value is None:
            known.pop(place, None)
        else:
            known[place] = value


def _walk_groups(
    op: cluster.GroupsOp, known: dict[SSAValue, int], found: list[Read], layer: str
) -> None:
    total = known.get(op.total)
    if total is None:
        raise _unknown(layer, "a loop around a transfer of weights")
    first, count = op.body.block.args
    for known[first], known[count] in groups_of(op, total):
        _walk(op.body.block, known, found, layer)


def groups_of(op: cluster.GroupsOp, total: int) -> list[tuple[int, int]]:
    """(first position, positions) of each group."""
    if op.lead is None or op.growth is None:
        return pieces(total, op.size.value.data)
    return pieces(total, op.size.value.data, op.lead.value.data, op.growth.value.data)


def _unknown(layer: str, what: str) -> NmcError:
    return NmcError(f"layer {layer}: {what} depends on a value that is not known when compiling")
