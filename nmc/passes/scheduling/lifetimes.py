"""When the buffers of a layer, and those between layers, are alive."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import func, scf
from xdsl.ir import Operation, SSAValue

from nmc.backend.planning.memory import Lifetime
from nmc.dialects import cluster


def _buffers_used(op: Operation) -> set[SSAValue]:
    """The allocations and arguments behind the buffer operands of an operation and its regions."""
    return {
        cluster.root_of(value)
        for inner in op.walk()
        for value in inner.operands
        if cluster.is_buffer_type(value.type)
    }


def l1_lifetimes(layer: cluster.LayerOp, allocs: Sequence[cluster.AllocOp]) -> list[Lifetime]:
    """Lifetimes of a layer's buffers in phases between the barriers of its outermost level.

    Two buffers may share bytes only if a barrier that every core passes lies between the last use
    of one and the first use of the other; a loop belongs to all the phases it contains, but for
    those before the barrier that every iteration passes ahead of a buffer's first use.
    """
    first: dict[SSAValue, int] = {}
    last: dict[SSAValue, int] = {}
    phase = 0
    for op in layer.body.block.ops:
        if isinstance(op, cluster.BarrierOp):
            phase += 1
            continue
        if isinstance(op, cluster.AllocOp | cluster.ViewOp):
            continue
        inside = sum(isinstance(inner, cluster.BarrierOp) for inner in op.walk())
        for buffer in _buffers_used(op):
            first.setdefault(buffer, phase + _barriers_ahead(op, buffer))
            last[buffer] = phase + inside
        # What follows a loop with barriers comes after the last of them, but what an iteration
        # does before its first barrier comes before any of them.
        phase += inside
    return [
        Lifetime(alloc.size, first.get(alloc.result, 0), last.get(alloc.result, 0))
        for alloc in allocs
    ]


def _barriers_ahead(op: Operation, buffer: SSAValue) -> int:
    """Barriers every iteration of a loop passes before it first uses a buffer; 0 for others."""
    if not isinstance(op, scf.ForOp):
        return 0
    ahead = 0
    for inner in op.body.block.ops:
        if isinstance(inner, cluster.BarrierOp):
            ahead += 1
        elif not isinstance(inner, cluster.ViewOp) and buffer in _buffers_used(inner):
            return ahead
    return 0


def l2_lifetimes(function: func.FuncOp, buffers: Sequence[SSAValue]) -> list[Lifetime]:
    """Lifetimes of buffers between layers, in numbers of layers.

    The function's arguments are alive throughout, so that an inference can be repeated; what it
    returns stays alive to the end.
    """
    block = function.body.block
    layers = [op for op in block.ops if isinstance(op, cluster.LayerOp)]
    first: dict[SSAValue, int] = {}
    last: dict[SSAValue, int] = {}
    for number, layer in enumerate(layers):
        for buffer in _buffers_used(layer):
            first.setdefault(buffer, number)
            last[buffer] = number
    end = max(0, len(layers) - 1)
    returned = block.last_op
    for value in () if returned is None else returned.operands:
        last[value] = end
        first.setdefault(value, end)
    for arg in block.args:
        first[arg], last[arg] = 0, end
    return [Lifetime(cluster.size_of(b.type), first.get(b, 0), last.get(b, 0)) for b in buffers]
