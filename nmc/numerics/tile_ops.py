"""The operations of the `tile` dialect on bytes.

Every function works in place on flat `uint8` arrays (buffers of a scratchpad) and writes exactly
the bytes that the operation's code writes on the machine, padding channels included.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmc.numerics.clamp import apply_clamp
from nmc.numerics.packing import Bytes, DepthwiseLineFormat, RecordFormat, Weights
from nmc.numerics.window import Window

Ints = NDArray[np.int64]
Span = tuple[int, int]


@dataclass(frozen=True)
class TileRequant:
    """Requantisation constants shared by all channels; see the tile dialect's attribute.

    clamped: whether the rest of them are in the packed weights.
    """

    shift: int
    zero_point: int
    lo: int
    hi: int
    acc_bits: int = 0
    clamped: bool = False


def requantise(acc: Ints, multiplier: Ints, constants: TileRequant) -> Bytes:
    """clamp(((sat(acc) * m + 2^(s-1)) >> s) + z, lo, hi), as bytes."""
    if constants.acc_bits:
        bound = 1 << (constants.acc_bits - 1)
        acc = np.clip(acc, -bound, bound - 1)
    rounded = (acc * multiplier + (1 << (constants.shift - 1))) >> constants.shift
    return _bytes(np.clip(rounded + constants.zero_point, constants.lo, constants.hi))


def _bytes(values: Ints) -> Bytes:
    return (values & 0xFF).astype(np.uint8)


def _ints(data: Bytes, unsigned: bool) -> Ints:
    return data.astype(np.int64) if unsigned else data.view(np.int8).astype(np.int64)


def im2col(
    src: Bytes,
    dst: Bytes,
    first_pixel: int,
    src_row: int,
    pixels: Span,
    *,
    window: Window,
    tap_pitch: int,
    row_pitch: int,
    pad_value: int,
    interleave: int = 1,
) -> None:
    """Rows [pixels) of `dst` become the taps of output pixels first_pixel + i.

    With `interleave` P byte k of row i is at (i // P * row_pitch + k) * P + i % P.
    """
    channels = window.channels
    for i in range(*pixels):
        oy, ox = divmod(first_pixel + i, window.out_width)
        start = i // interleave * interleave * row_pitch + i % interleave
        row = dst[start : start + (row_pitch - 1) * interleave + 1 : interleave]
        row[:] = pad_value
        for tap in range(window.taps):
            ky, kx = divmod(tap, window.kernel[1])
            iy = oy * window.stride[0] - window.pad[0] + ky * window.dilation[0]
            ix = ox * window.stride[1] - window.pad[1] + kx * window.dilation[1]
            if 0 <= iy < window.height and 0 <= ix < window.width:
                at = ((iy - src_row) * window.width + ix) * channels
                row[tap * tap_pitch : tap * tap_pitch + channels] = src[at : at + channels]


@dataclass(frozen=True)
class PixelGroups:
    """How the rows of a contraction are grouped.

    pixels: of a group. a_step: bytes from a group to the next. out_step: output rows from the
    first pixel of a group to that of the next. out_lane: output rows from a pixel to the next.
    """

    pixels: int
    a_step: int
    out_step: int
    out_lane: int = 1


def contract(
    a: Bytes,
    a_row: int,
    w: Bytes,
    out: Bytes,
    out_row: int,
    rows: Span,
    records: Span,
    *,
    fmt: RecordFormat,
    taps: int,
    cin: int,
    a_pitch: int,
    out_pitch: int,
    requant: TileRequant,
    unsigned_input: bool,
    groups: PixelGroups | None = None,
    starts: Bytes | None = None,
) -> None:
    """out[(out_row + i) * out_pitch + record * channels + c] for i in rows, record in records.

    Where pixels are grouped, a_row and rows[0] are starts of groups; `groups` says how they lie, if
    not as the format's interleaved pixels in im2col rows. `starts`: int32 at 4 * (a_row + i) is
    added to the accumulators of row i, modulo 2^32.
    """
    if rows[0] >= rows[1] or records[0] >= records[1]:
        return
    unpacked = _records(w, records, fmt, taps, cin)
    tap_pitch = fmt.tap_pitch(cin)
    inside = (np.arange(taps)[:, None] * tap_pitch + np.arange(cin)).reshape(-1)
    beside = fmt.interleave
    g = groups or PixelGroups(beside, beside * a_pitch, beside)
    group, lane = np.divmod(np.arange(*rows), g.pixels)
    pixel = 1 if beside > 1 else a_pitch
    first: NDArray[np.intp] = (group + a_row // g.pixels) * g.a_step + lane * pixel
    x = _ints(a[first[:, None] + inside * beside], unsigned_input)
    weights = unpacked.weights.reshape(-1, taps * cin)
    # Exact in float64: |acc| < 2^31.
    acc = (x.astype(np.float64) @ weights.T.astype(np.float64)).astype(np.int64)
    if starts is not None:
        rows_of_a = a_row + np.arange(*rows)
        acc += starts[: starts.size // 4 * 4].view("<i4")[rows_of_a].astype(np.int64)[:, None]
        acc = _wrapped(acc, unpacked.bias)
    places = out_row + group * g.out_step + lane * g.out_lane
    _finish(acc, unpacked, out, places, records, out_pitch, requant)


def _wrapped(acc: Ints, bias: NDArray[np.int32]) -> Ints:
    """Accumulators such that with the bias they are what 32 bits hold of the sum."""
    total = acc + bias.astype(np.int64)
    return ((total + (1 << 31)) & 0xFFFFFFFF) - (1 << 31) - bias


def depthwise(
    a: Bytes,
    a_row: int,
    w: Bytes,
    out: Bytes,
    out_row: int,
    rows: Span,
    records: Span,
    *,
    fmt: RecordFormat,
    taps: int,
    channels: int,
    depth_multiplier: int,
    tap_pitch: int,
    a_pitch: int,
    out_pitch: int,
    requant: TileRequant,
    unsigned_input: bool,
) -> None:
    """As `contract`, output channel o over the taps of input channel o // depth_multiplier.

    In the line format a row gives a line of outputs: the window slides over its columns.
    """
    if rows[0] >= rows[1] or records[0] >= records[1]:
        return
    line, stride, steps = 1, 1, np.arange(taps)
    if isinstance(fmt, DepthwiseLineFormat):
        columns = taps // fmt.height
        line, stride = fmt.outputs(taps), fmt.stride
        steps = (np.arange(fmt.height)[:, None] * columns + np.arange(fmt.width)).reshape(-1)
    unpacked = _records(w, records, fmt, taps, 1)
    outputs = np.arange(records[0] * fmt.channels, records[1] * fmt.channels)
    # Padding channels have zero weights; any input channel will do.
    source = np.minimum(outputs // depth_multiplier, channels - 1)
    weights = unpacked.weights[:, :, 0].astype(np.int64)
    for first in range(line):
        inside = ((first * stride + steps)[:, None] * tap_pitch + source).reshape(-1)
        x = _rows(a, a_row, rows, a_pitch, inside, unsigned_input)
        acc = np.einsum("rto,ot->ro", x.reshape(-1, len(steps), len(outputs)), weights)
        places = (out_row + np.arange(*rows)) * line + first
        _finish(acc, unpacked, out, places, records, out_pitch // line, requant)


def _records(w: Bytes, records: Span, fmt: RecordFormat, taps: int, cin: int):
    size = fmt.record_bytes(taps, cin)
    run = w[records[0] * size : records[1] * size]
    return fmt.unpack(run, (records[1] - records[0]) * fmt.channels, taps, cin)


def _rows(
    a: Bytes, a_row: int, rows: Span, pitch: int, inside: NDArray[np.intp], unsigned: bool
) -> Ints:
    first: NDArray[np.intp] = (a_row + np.arange(*rows)) * pitch
    return _ints(a[first[:, None] + inside], unsigned)


def _finish(
    acc: Ints,
    packed: Weights,
    out: Bytes,
    places: NDArray[np.intp],
    records: Span,
    out_pitch: int,
    requant: TileRequant,
) -> None:
    acc = acc + packed.bias.astype(np.int64)
    multiplier = packed.multiplier
    if requant.clamped:
        held = apply_clamp(acc, multiplier, packed.offset, packed.bound, requant.shift)
        y = _bytes(held)
    else:
        y = requantise(acc, multiplier.astype(np.int64), requant)
    channels = y.shape[1]
    first = records[0] * (channels // (records[1] - records[0]))
    _scatter(y, out, places, out_pitch, first)


def _scatter(y: Bytes, out: Bytes, places: NDArray[np.intp], pitch: int, first: int) -> None:
    starts = places * pitch + first
    out[starts[:, None] + np.arange(y.shape[1])] = y


def pool_max(
    a: Bytes,
    a_row: int,
    out: Bytes,
    out_row: int,
    rows: Span,
    groups: Span,
    *,
    taps: int,
    tap_pitch: int,
    a_pitch: int,
    out_pitch: int,
    unsigned_input: bool,
) -> None:
    """The maximum over taps, channels [4 * groups)."""
    if rows[0] >= rows[1] or groups[0] >= groups[1]:
        return
    x = _taps(a, a_row, rows, groups, taps, tap_pitch, a_pitch, unsigned_input)
    _store(_bytes(x.max(axis=1)), out, out_row, rows, groups, out_pitch)


def pool_average(
    a: Bytes,
    a_row: int,
    out: Bytes,
    out_row: int,
    first_pixel: int,
    rows: Span,
    groups: Span,
    *,
    taps: int,
    tap_pitch: int,
    a_pitch: int,
    out_pitch: int,
    input_zero_point: int,
    multipliers: Ints,
    counted: Window | None,
    requant: TileRequant,
    unsigned_input: bool,
) -> None:
    """The requantised sum over taps; the multiplier is that of the number of taps counted."""
    if rows[0] >= rows[1] or groups[0] >= groups[1]:
        return
    x = _taps(a, a_row, rows, groups, taps, tap_pitch, a_pitch, unsigned_input)
    acc = x.sum(axis=1) - taps * input_zero_point
    counts = np.full(len(acc), taps)
    if counted is not None:
        pixels = first_pixel + np.arange(*rows)
        extent = int(pixels.max(initial=0)) // counted.out_width + 1
        down = np.array(counted.valid_counts(0, extent))
        across = np.array(counted.valid_counts(1, counted.out_width))
        counts = down[pixels // counted.out_width] * across[pixels % counted.out_width]
    chosen = multipliers[np.maximum(counts, 1) - 1] if len(multipliers) > 1 else multipliers
    y = requantise(acc, np.broadcast_to(chosen, (len(acc),))[:, None], requant)
    _store(y, out, out_row, rows, groups, out_pitch)


def _taps(
    a: Bytes,
    a_row: int,
    rows: Span,
    groups: Span,
    taps: int,
    tap_pitch: int,
    a_pitch: int,
    unsigned: bool,
) -> Ints:
    inside = np.arange(taps)[:, None] * tap_pitch + np.arange(4 * groups[0], 4 * groups[1])
    flat = _rows(a, a_row, rows, a_pitch, inside.reshape(-1), unsigned)
    return flat.reshape(rows[1] - rows[0], taps, 4 * (groups[1] - groups[0]))


def _store(y: Bytes, out: Bytes, out_row: int, rows: Span, groups: Span, out_pitch: int) -> None:
    _scatter(y, out, out_row + np.arange(*rows), out_pitch, 4 * groups[0])


def add(
    a: Bytes,
    b: Bytes,
    out: Bytes,
    span: Span,
    *,
    a_zero_point: int,
    b_zero_point: int,
    a_multiplier: int,
    b_multiplier: int,
    requant: TileRequant,
    a_unsigned: bool,
    b_unsigned: bool,
) -> None:
    """clamp((((a - z_a) * m_a + (b - z_b) * m_b + 2^(s-1)) >> s) + z, lo, hi) on bytes [span)."""
    where = slice(*span)
    total = (_ints(a[where], a_unsigned) - a_zero_point) * a_multiplier
    total += (_ints(b[where], b_unsigned) - b_zero_point) * b_multiplier
    out[where] = requantise(total, np.array(1), requant)


def requantize(
    src: Bytes,
    out: Bytes,
    span: Span,
    *,
    input_zero_point: int,
    multiplier: int,
    requant: TileRequant,
    unsigned_input: bool,
) -> None:
    """requantise(x - z) on bytes [span)."""
    where = slice(*span)
    x = _ints(src[where], unsigned_input) - input_zero_point
    out[where] = requantise(x, np.array(multiplier), requant)


def fill(dst: Bytes, span: Span, *, value: int) -> None:
    """Bytes [span) become `value`."""
    dst[slice(*span)] = value


def transpose(
    src: Bytes, dst: Bytes, span: Span, *, rows: int, columns: int, element_bytes: int
) -> None:
    """dst[s][r] = src[r][s] for s in [span), elements of `element_bytes` bytes."""
    shape = (rows, columns, element_bytes)
    size = rows * columns * element_bytes
    turned = src[:size].reshape(shape).transpose(1, 0, 2)
    dst[:size].reshape(columns, rows, element_bytes)[slice(*span)] = turned[slice(*span)]
