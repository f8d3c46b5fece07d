"""Tile operations from the attributes of a layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from xdsl.ir import SSAValue

from nmc.backend.planning.describe import is_unsigned
from nmc.backend.planning.work import PoolEngine
from nmc.dialects import qnn, tile
from nmc.numerics.add import AddParams
from nmc.numerics.requant import Requant
from nmc.numerics.window import Window


def pool_operation(
    op: qnn.LayerOp,
    engine: PoolEngine,
    out_pitch: int,
    a: SSAValue,
    out: tuple[SSAValue, SSAValue],
    places: tuple[SSAValue, SSAValue],
    rows: tuple[SSAValue, SSAValue],
    groups: tuple[SSAValue, SSAValue],
) -> tile.PoolOp:
    """`tile.pool` of a pooling layer; out is (buffer, row), places (row of a, first pixel)."""
    a_row, first_pixel = places
    pool = partial(
        tile.PoolOp,
        a,
        a_row,
        *out,
        first_pixel,
        rows,
        groups,
        kind=engine.kind,
        taps=engine.taps,
        tap_pitch=engine.tap_pitch,
        a_pitch=engine.row_pitch,
        out_pitch=out_pitch,
        unsigned_input=is_unsigned(op.operands[0]),
    )
    if not isinstance(op, qnn.AvgPool2dOp):
        return pool()
    return pool(
        input_zero_point=op.input_zero_point.value.data,
        multipliers=[int(m) for m in op.requant.multipliers],
        requant=tile_requant(op.requant.to_requant()),
        counted=counted_image(op),
    )


def counted_image(op: qnn.AvgPool2dOp) -> tile.WindowAttr | None:
    """The window over the image whose positions an average counts; None: it counts all taps."""
    geometry = op.geometry()
    if int(op.divisors().min()) == math.prod(geometry.kernel):
        return None
    (height, width), (top, left, bottom, right) = geometry.size, geometry.pads
    pad = (top, left)
    if op.count_include_pad is not None:
        height, width, pad = height + top + bottom, width + left + right, (0, 0)
    return tile.WindowAttr.of(
        Window(
            height,
            width,
            op.channels,
            geometry.kernel,
            geometry.strides,
            pad,
            geometry.dilations,
            geometry.output()[1],
        )
    )


def add_operation(
    params: AddParams,
    buffers: Sequence[SSAValue],
    span: tuple[SSAValue, SSAValue],
    unsigned: tuple[bool, bool],
) -> tile.AddOp:
    """`tile.add` of bytes of buffers (a, b, out); `unsigned`: whether a and b hold uint8."""
    a, b, out = buffers
    return tile.AddOp(
        a,
        b,
        out,
        span,
        a_zero_point=params.lhs_zero_point,
        b_zero_point=params.rhs_zero_point,
        a_multiplier=params.lhs_multiplier,
        b_multiplier=params.rhs_multiplier,
        requant=tile.RequantAttr.of(params.shift, params.zero_point, params.lo, params.hi),
        a_unsigned=unsigned[0],
        b_unsigned=unsigned[1],
    )


def tile_requant(requant: Requant) -> tile.RequantAttr:
    """The constants of a requantisation that all channels share."""
    return tile.RequantAttr.of(
        requant.shift,
        requant.zero_point,
        requant.lo,
        requant.hi,
        requant.form,
        requant.acc_bits,
    )
