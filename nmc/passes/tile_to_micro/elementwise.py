"""Operations on flat ranges, im2col and interleaving."""

from xdsl.ir import SSAValue

from nmc.backend.kernels import lookup
from nmc.backend.kernels.elementwise import (
    Operand,
    build_combination,
    build_fill,
    build_transpose,
    combination_name,
    transpose_name,
)
from nmc.backend.kernels.emitter import Emitter
from nmc.backend.kernels.im2col import build_im2col, im2col_name
from nmc.backend.kernels.interleave import build_interleave, interleave_name
from nmc.dialects.tile import (
    AddOp,
    FillOp,
    Im2colOp,
    InterleaveOp,
    LookupOp,
    RequantAttr,
    RequantizeOp,
    TransposeOp,
)
from nmc.passes.tile_to_micro.kernel_call import KernelCall
from nmc.passes.tile_to_micro.operands import address, offset, word


def im2col_call(e: Emitter, op: Im2colOp) -> KernelCall:
    """The call of an im2col function."""
    statics = (
        op.window.window,
        op.tap_pitch.value.data,
        op.row_pitch.value.data,
        op.pad_value.value.data,
        op.pixels_beside,
    )
    scalars = [word(e, value) for value in (op.first_pixel, op.src_row, op.lo, op.hi)]
    arguments = [address(e, op.src), address(e, op.dst), *scalars]
    return KernelCall(im2col_name(*statics), arguments, lambda: build_im2col(*statics))


def interleave_call(e: Emitter, op: InterleaveOp) -> KernelCall:
    """The call of an interleaving function."""
    lines, pad_value = op.lines, op.pad_value.value.data
    window = lines.window
    first, src_row = word(e, op.first_pixel), word(e, op.src_row)
    oy = e.divu(first, window.out_width)
    ox = e.sub(first, e.mul(oy, window.out_width))
    y = e.sub(e.add(e.mul(oy, window.stride[0]), -window.pad[0]), src_row)
    x = e.add(e.mul(ox, window.stride[1]), -window.pad[1])
    # Where the first lane's first tap would lie, perhaps before the image.
    origin = e.add(address(e, op.src), e.mul(y, window.width * window.channels))
    origin = e.add(origin, e.mul(x, window.channels))
    bottom = e.sub(word(e, op.src_end), src_row)
    places = [origin, address(e, op.dst), y, x, bottom, address(e, op.pad)]
    slabs = [word(e, op.lo), word(e, op.hi)]
    return KernelCall(
        interleave_name(lines, pad_value),
        [*places, *slabs],
        lambda: build_interleave(lines, pad_value),
    )


def _combination(
    e: Emitter,
    kind: str,
    operands: list[Operand],
    requant: RequantAttr,
    buffers: list[SSAValue],
    span: tuple[SSAValue, SSAValue],
) -> KernelCall:
    lo = word(e, span[0])
    arguments = [e.add(address(e, buffer), lo) for buffer in buffers]
    arguments.append(e.sub(word(e, span[1]), lo))
    return KernelCall(
        combination_name(kind, operands, requant),
        arguments,
        lambda: build_combination(kind, operands, requant),
    )


def add_call(e: Emitter, op: AddOp) -> KernelCall:
    """The call of an addition."""
    operands = [
        Operand(op.a_zero_point.value.data, op.a_multiplier.value.data, op.a_unsigned is not None),
        Operand(op.b_zero_point.value.data, op.b_multiplier.value.data, op.b_unsigned is not None),
    ]
    return _combination(e, "add", operands, op.requant, [op.a, op.b, op.out], (op.lo, op.hi))


def requantize_call(e: Emitter, op: RequantizeOp) -> KernelCall:
    """The call of a requantisation."""
    unsigned = op.unsigned_input is not None
    operand = Operand(op.input_zero_point.value.data, op.multiplier.value.data, unsigned)
    return _combination(e, "requantize", [operand], op.requant, [op.src, op.out], (op.lo, op.hi))


def lookup_call(e: Emitter, op: LookupOp) -> KernelCall:
    """The call of a function through a table."""
    lo = word(e, op.lo)
    src, out = (e.add(address(e, buffer), lo) for buffer in (op.src, op.out))
    arguments = [src, address(e, op.table), out, e.sub(word(e, op.hi), lo)]
    return KernelCall(lookup.NAME, arguments, lookup.build_lookup)


def fill_call(e: Emitter, op: FillOp) -> KernelCall:
    """The call of a fill."""
    lo, value = word(e, op.lo), op.value.value.data
    arguments = [e.add(address(e, op.dst), lo), e.sub(word(e, op.hi), lo)]
    return KernelCall(f"fill_{value}", arguments, lambda: build_fill(value))


def transpose_call(e: Emitter, op: TransposeOp) -> KernelCall:
    """The call of a transposition."""
    statics = (op.rows.value.data, op.columns.value.data, op.bytes.value.data)
    rows, _, element = statics
    lo = word(e, op.lo)
    arguments = [
        offset(e, address(e, op.src), lo, element),
        offset(e, address(e, op.dst), lo, rows * element),
        e.sub(word(e, op.hi), lo),
    ]
    return KernelCall(transpose_name(*statics), arguments, lambda: build_transpose(*statics))
