"""The code of layers that work on rows: the innermost axis of their tensor."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from xdsl.ir import SSAValue

from nmc.backend.planning.cost import ALIGN
from nmc.backend.planning.describe import is_unsigned
from nmc.backend.planning.plans import FlatPlan
from nmc.dialects import cluster, qnn, tile
from nmc.dialects.qnn.common import shape_of
from nmc.numerics.packing import round_up
from nmc.passes.scheduling.code import Code, Index

# What an operation reads besides its rows, and what it computes: buffers (x, fixed, out), rows.
Buffers = tuple[SSAValue, SSAValue, SSAValue]
Span = tuple[SSAValue, SSAValue]
Operation = Callable[[Buffers, Span], tile.RowOperation]


def softmax(
    op: qnn.SoftmaxOp, plan: FlatPlan, code: Code, sources: Sequence[SSAValue], target: SSAValue
) -> None:
    """The table once, then tiles of rows; sources are the input and the table."""
    length, unsigned = shape_of(op.input)[-1], is_unsigned(op.input)

    def operation(buffers: Buffers, rows: Span) -> tile.RowOperation:
        return tile.SoftmaxOp(
            *buffers,
            rows,
            params=op.params(),
            length=length,
            src_pitch=length,
            out_pitch=length,
            unsigned_input=unsigned,
        )

    _rows(shape_of(op.result), "table", plan, code, (sources[0], sources[1], target), operation)


def layer_norm(
    op: qnn.LayerNormOp, plan: FlatPlan, code: Code, sources: Sequence[SSAValue], target: SSAValue
) -> None:
    """The packed gains once, then tiles of rows; sources are the input and the packed gains."""
    length, unsigned = shape_of(op.input)[-1], is_unsigned(op.input)

    def operation(buffers: Buffers, rows: Span) -> tile.RowOperation:
        return tile.LayerNormOp(
            *buffers,
            rows,
            params=op.params(),
            src_pitch=length,
            out_pitch=length,
            unsigned_input=unsigned,
        )

    _rows(shape_of(op.result), "w", plan, code, (sources[0], sources[1], target), operation)


def _rows(
    shape: Sequence[int],
    label: str,
    plan: FlatPlan,
    code: Code,
    places: Buffers,
    operation: Operation,
) -> None:
    """What all tiles read, then for each tile its rows in, the operation, its rows out.

    places: input, what all tiles read (in L1 called `label`), output. Rows lie side by side in L1
    too: a transfer whose lines are spread there is a command a line.
    """
    length, total = shape[-1], math.prod(shape[:-1])
    source, shared, target = places
    size = min(plan.tiles[0], total)
    fixed = code.alloc(label, cluster.size_of(shared.type))
    x, out = (code.alloc(name, round_up(size * length, ALIGN)) for name in ("x", "out"))
    code.copy(shared, 0, fixed, 0, cluster.size_of(shared.type))

    def piece(first: Index, count: Index) -> None:
        at, moved = code.mul(first, length), code.mul(count, length)
        code.copy(source, at, x, 0, moved)
        code.insert(operation((x, fixed, out), (code.value(0), code.value(count))))
        code.copy(out, 0, target, at, moved)

    code.tiles(total, size, piece)
