"""Tile operations on the interpreter's values, by `nmc.numerics.tile_ops`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from xdsl.ir import Operation, SSAValue

from nmc.backend.kernels import depthwise_by_name, kernel_by_name
from nmc.dialects import tile
from nmc.numerics import product_ops, tile_ops, tile_rows
from nmc.numerics.interleave import interleave
from nmc.numerics.packing.softmax import unpack_table

Get = Callable[[SSAValue], Any]


def _requant(attr: tile.RequantAttr) -> tile_ops.TileRequant:
    return tile_ops.TileRequant(
        attr.shift.data,
        attr.zero_point.data,
        attr.lo.data,
        attr.hi.data,
        attr.acc_bits.data,
        attr.kind == "clamped",
    )


def _im2col(op: tile.Im2colOp, get: Get) -> None:
    tile_ops.im2col(
        get(op.src),
        get(op.dst),
        get(op.first_pixel),
        get(op.src_row),
        (get(op.lo), get(op.hi)),
        window=op.window.window,
        tap_pitch=op.tap_pitch.value.data,
        row_pitch=op.row_pitch.value.data,
        pad_value=op.pad_value.value.data,
        interleave=op.pixels_beside,
    )


def _block(op: tile.RowsTimesRecords, get: Get) -> tuple[Any, ...]:
    return (
        get(op.a),
        get(op.a_row),
        get(op.w),
        get(op.out),
        get(op.out_row),
        (get(op.lo), get(op.hi)),
        (get(op.rlo), get(op.rhi)),
    )


def _interleave(op: tile.InterleaveOp, get: Get) -> None:
    interleave(
        get(op.src),
        get(op.pad),
        get(op.dst),
        get(op.first_pixel),
        (get(op.src_row), get(op.src_end)),
        (get(op.lo), get(op.hi)),
        lines=op.lines,
        pad_value=op.pad_value.value.data,
    )


def _contract(op: tile.ContractOp, get: Get) -> None:
    fmt = kernel_by_name(op.kernel.data).format
    tile_ops.contract(
        *_block(op, get),
        fmt=fmt,
        groups=op.groups(fmt.interleave),
        taps=op.taps.value.data,
        cin=op.cin.value.data,
        a_pitch=op.a_pitch.value.data,
        out_pitch=op.out_pitch.value.data,
        requant=_requant(op.requant),
        unsigned_input=op.unsigned_input is not None,
        starts=None if op.starts is None else get(op.starts),
    )


def _pack_records(op: tile.PackRecordsOp, get: Get) -> None:
    product_ops.pack_records(
        get(op.src),
        get(op.dst),
        (get(op.lo), get(op.hi)),
        get(op.whole),
        depth=op.depth.value.data,
        pitch=op.pitch.value.data,
        rest=op.rest.value.data,
        lhs_zero_point=op.lhs_zero_point.value.data,
        zero_point=op.zero_point.value.data,
        multiplier=op.multiplier.value.data,
        columns=op.columns is not None,
        unsigned=op.unsigned_input is not None,
    )


def _row_starts(op: tile.RowStartsOp, get: Get) -> None:
    product_ops.row_starts(
        get(op.src),
        get(op.row),
        get(op.dst),
        (get(op.lo), get(op.hi)),
        depth=op.depth.value.data,
        pitch=op.pitch.value.data,
        factor=op.factor.value.data,
        unsigned=op.unsigned_input is not None,
    )


def _depthwise(op: tile.DepthwiseOp, get: Get) -> None:
    tile_ops.depthwise(
        *_block(op, get),
        fmt=depthwise_by_name(op.kernel.data).format,
        taps=op.taps.value.data,
        channels=op.channels.value.data,
        depth_multiplier=op.depth_multiplier.value.data,
        tap_pitch=op.tap_pitch.value.data,
        a_pitch=op.a_pitch.value.data,
        out_pitch=op.out_pitch.value.data,
        requant=_requant(op.requant),
        unsigned_input=op.unsigned_input is not None,
    )


def _pool(op: tile.PoolOp, get: Get) -> None:
    spans = (get(op.lo), get(op.hi)), (get(op.glo), get(op.ghi))
    layout = {
        "taps": op.taps.value.data,
        "tap_pitch": op.tap_pitch.value.data,
        "a_pitch": op.a_pitch.value.data,
        "out_pitch": op.out_pitch.value.data,
    }
    unsigned = op.unsigned_input is not None
    a, a_row, out, out_row = (get(value) for value in (op.a, op.a_row, op.out, op.out_row))
    if op.kind.data == "max":
        tile_ops.pool_max(a, a_row, out, out_row, *spans, unsigned_input=unsigned, **layout)
        return
    assert op.multipliers is not None and op.requant is not None
    assert op.input_zero_point is not None
    tile_ops.pool_average(
        a,
        a_row,
        out,
        out_row,
        get(op.first_pixel),
        *spans,
        input_zero_point=op.input_zero_point.value.data,
        multipliers=np.array(op.multipliers.get_values(), dtype=np.int64),
        counted=None if op.counted is None else op.counted.window,
        requant=_requant(op.requant),
        unsigned_input=unsigned,
        **layout,
    )


def _add(op: tile.AddOp, get: Get) -> None:
    tile_ops.add(
        get(op.a),
        get(op.b),
        get(op.out),
        (get(op.lo), get(op.hi)),
        a_zero_point=op.a_zero_point.value.data,
        b_zero_point=op.b_zero_point.value.data,
        a_multiplier=op.a_multiplier.value.data,
        b_multiplier=op.b_multiplier.value.data,
        requant=_requant(op.requant),
        a_unsigned=op.a_unsigned is not None,
        b_unsigned=op.b_unsigned is not None,
    )


def _requantize(op: tile.RequantizeOp, get: Get) -> None:
    tile_ops.requantize(
        get(op.src),
        get(op.out),
        (get(op.lo), get(op.hi)),
        input_zero_point=op.input_zero_point.value.data,
        multiplier=op.multiplier.value.data,
        requant=_requant(op.requant),
        unsigned_input=op.unsigned_input is not None,
    )


def _lookup(op: tile.LookupOp, get: Get) -> None:
    span = (get(op.lo), get(op.hi))
    tile_rows.lookup(get(op.src), get(op.table), get(op.out), span)


def _softmax(op: tile.SoftmaxOp, get: Get) -> None:
    table = unpack_table(get(op.table))
    src_pitch, out_pitch = op.pitches
    tile_rows.softmax(
        get(op.src),
        get(op.out),
        (get(op.lo), get(op.hi)),
        params=op.params(table),
        length=op.length.value.data,
        src_pitch=src_pitch,
        out_pitch=out_pitch,
        unsigned_input=op.unsigned_input is not None,
    )


def _layer_norm(op: tile.LayerNormOp, get: Get) -> None:
    src_pitch, out_pitch = op.pitches
    tile_rows.layer_norm(
        get(op.src),
        get(op.weights),
        get(op.out),
        (get(op.lo), get(op.hi)),
        params=op.params(),
        src_pitch=src_pitch,
        out_pitch=out_pitch,
        unsigned_input=op.unsigned_input is not None,
    )


def _fill(op: tile.FillOp, get: Get) -> None:
    tile_ops.fill(get(op.dst), (get(op.lo), get(op.hi)), value=op.value.value.data)


def _transpose(op: tile.TransposeOp, get: Get) -> None:
    tile_ops.transpose(
        get(op.src),
        get(op.dst),
        (get(op.lo), get(op.hi)),
        rows=op.rows.value.data,
        columns=op.columns.value.data,
        element_bytes=op.bytes.value.data,
    )


def run_tile(op: Operation, get: Get) -> bool:
    """Run a tile operation; False where the operation is none."""
    match op:
        case tile.Im2colOp():
            _im2col(op, get)
        case tile.InterleaveOp():
            _interleave(op, get)
        case tile.ContractOp():
            _contract(op, get)
        case tile.DepthwiseOp():
            _depthwise(op, get)
        case tile.PackRecordsOp():
            _pack_records(op, get)
        case tile.RowStartsOp():
            _row_starts(op, get)
        case tile.PoolOp():
            _pool(op, get)
        case tile.AddOp():
            _add(op, get)
        case tile.RequantizeOp():
            _requantize(op, get)
        case tile.LookupOp():
            _lookup(op, get)
        case tile.SoftmaxOp():
            _softmax(op, get)
        case tile.LayerNormOp():
            _layer_norm(op, get)
        case tile.FillOp():
            _fill(op, get)
        case tile.TransposeOp():
            _transpose(op, get)
        case _:
            return False
    return True
