"""The code of elementwise layers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from xdsl.ir import SSAValue

from nmc.backend.planning.cost import ALIGN
from nmc.backend.planning.describe import is_unsigned
from nmc.backend.planning.plans import FlatPlan
from nmc.dialects import qnn, tile
from nmc.dialects.qnn.common import shape_of
from nmc.numerics.lookup import ENTRIES
from nmc.numerics.packing import round_up
from nmc.passes.scheduling.code import Code, Index
from nmc.passes.scheduling.operations import add_operation, tile_requant


def elementwise(
    op: qnn.AddOp | qnn.RequantizeOp,
    plan: FlatPlan,
    code: Code,
    sources: Sequence[SSAValue],
    target: SSAValue,
) -> None:
    """Tiles of bytes: load the inputs, compute, store."""
    total = math.prod(shape_of(op.result))
    size = min(plan.tiles[0], total)
    labels = ("a", "b") if isinstance(op, qnn.AddOp) else ("x",)
    buffers = [code.alloc(label, round_up(size, ALIGN)) for label in (*labels, "out")]

    def piece(first: Index, length: Index) -> None:
        for source, buffer in zip(sources, buffers, strict=False):
            code.copy(source, first, buffer, 0, length)
        span = (code.value(0), code.value(length))
        if isinstance(op, qnn.AddOp):
            code.insert(add(op, buffers, span))
        else:
            code.insert(
                requantize(op.requant, op.input_zero_point.value.data, op.input, buffers, span)
            )
        code.copy(buffers[-1], 0, target, first, length)

    code.tiles(total, size, piece)


def lookup(
    op: qnn.LookupOp,
    plan: FlatPlan,
    code: Code,
    sources: Sequence[SSAValue],
    target: SSAValue,
) -> None:
    """The table once, then tiles of bytes; sources are the input and the table."""
    total = math.prod(shape_of(op.result))
    size = min(plan.tiles[0], total)
    table = code.alloc("table", ENTRIES)
    x, out = (code.alloc(label, round_up(size, ALIGN)) for label in ("x", "out"))
    code.copy(sources[1], 0, table, 0, ENTRIES)

    def piece(first: Index, length: Index) -> None:
        code.copy(sources[0], first, x, 0, length)
        code.insert(tile.LookupOp(x, table, out, (code.value(0), code.value(length))))
        code.copy(out, 0, target, first, length)

    code.tiles(total, size, piece)


def add(op: qnn.AddOp, buffers: Sequence[SSAValue], span: tuple[SSAValue, SSAValue]) -> tile.AddOp:
    """`tile.add` of buffers (left, right, output)."""
    signs = is_unsigned(op.lhs), is_unsigned(op.rhs)
    return add_operation(op.params(), buffers, span, signs)


def requantize(
    requant: qnn.RequantAttr,
    zero_point: int,
    source: SSAValue,
    buffers: Sequence[SSAValue],
    span: tuple[SSAValue, SSAValue],
) -> tile.RequantizeOp:
    """`tile.requantize` of buffers (input, output) of a tensor `source`."""
    return tile.RequantizeOp(
        buffers[0],
        buffers[1],
        span,
        input_zero_point=zero_point,
        multiplier=int(requant.multipliers[0]),
        requant=tile_requant(requant.to_requant()),
        unsigned_input=is_unsigned(source),
    )
