"""Cycles of the kernels on one core, from their instruction counts.

One instruction a cycle; branches taken 3, hardware loops 0 an iteration. Bank conflicts, cache
misses and waiting for DMA are not in these figures. They are what the cost model compares
variants with; tests hold the inner loops to them by counting instructions.
"""

from dataclasses import dataclass

from nmc.numerics.interleave import LineLayout
from nmc.numerics.packing import (
    AccumulateFormat,
    ChannelPairFormat,
    DenseFormat,
    DepthwiseFormat,
    DepthwiseLineFormat,
    GatherFormat,
    PairFormat,
    SparseFormat,
    WalkFormat,
    round_up,
)
from nmc.numerics.window import Window

# A call with its address arithmetic, and the start of a kernel with what it saves and sets up.
CALL = 40.0

# The same of a kernel of single rows on one row: no loop over rows, hardly a register to save.
CALL_SINGLE = 15.0


# What mulh takes beyond mul.
HIGH_HALF = 4.0


# Of an offset or a step of a load or a store.
LARGEST_IMMEDIATE = 2047

# Lines of code (16 bytes, four instructions): of a contraction what is there once, of others all.
ONCE = 12
POOL_LINES = {"max": 10, "avg": 14}
ADD_LINES, REQUANTIZE_LINES, LOOKUP_LINES, TRANSPOSE_LINES = 9, 9, 8, 2
ROW_LINES, PACK_LINES = 25, 15


def code_lines(channels: int, pixels: int) -> int:
    """Lines of a contraction with that many channels and pixels in flight.

    About seven instructions an output: its start, its product, requantising and storing it. As many
    again, and loading, for each channel of a single pixel.
    """
    return ONCE + (7 * channels * pixels + 15 * channels) // 4


def requantise(outputs: int, channels: int, wide: bool) -> float:
    """Requantising `outputs` accumulators and storing them, of records of `channels`.

    `wide`: with the high half of the product.
    """
    per_output = 3.75 if channels % 4 == 0 else 4.0
    return outputs * (per_output + (HIGH_HALF if wide else 0.0))


def dense(
    fmt: DenseFormat, pixels: int, rows: int, records: int, taps: int, cin: int, *, wide: bool
) -> float:
    """A block of a dense contraction: groups of `pixels` rows, then single rows."""
    steps = round_up(taps * cin, 4) // 4
    channels = fmt.channels

    def group(width: int) -> float:
        inner = steps * (channels + width + channels * width)
        start = channels + channels * width + width + 6
        if fmt.clamps and not wide:
            start += 2 * channels
        return inner + start + requantise(channels * width, channels, wide) + channels

    whole, rest = divmod(rows, pixels)
    # Single rows alone: no second nest, and few registers to save.
    around = 20 if pixels > 1 else 8
    return CALL + records * (whole * group(pixels) + rest * group(1) + around)


def single_row_accesses(fmt: DenseFormat) -> float:
    """Accesses to L1 an instruction of a dense contraction of a single row."""
    return (fmt.channels + 1) / (2 * fmt.channels + 1)


def walk_accesses(fmt: WalkFormat) -> float:
    """The same of a contraction that walks: words of weights and distances, and activations."""
    return (fmt.unit // 4 + 1 + fmt.unit) / _walk_step(fmt)


def _walk_step(fmt: WalkFormat) -> int:
    """Instructions of an iteration: those, an extract each, of four two packs and a dot."""
    return 1 + fmt.unit // 4 * (1 + 4 + 4 + 2 + 1)


def sparse(
    fmt: SparseFormat,
    feature: bool,
    rows: int,
    records: int,
    taps: int,
    cin: int,
    *,
    wide: bool,
) -> float:
    """A block of a decimated contraction: pairs of rows, then a single row."""
    iterations = fmt.nonzeros(taps, cin) // fmt.unit
    words = fmt.unit // 4
    index_loads = max(1, fmt.unit * fmt.width * fmt.copies // 32)

    def group(width: int) -> float:
        if feature:
            inner = index_loads + words * (1 + 4 * 2 + width)
        else:
            inner = index_loads + words * (1 + 9 + 4 * width + 2 * width + width)
        return iterations * inner + 14 + requantise(width, 1, wide) + 2

    whole, rest = divmod(rows, 2)
    return CALL + records * (whole * group(2) + rest * group(1) + 20)


def channel_pair(
    fmt: ChannelPairFormat, rows: int, records: int, taps: int, cin: int, *, wide: bool
) -> float:
    """A block of a contraction that gathers for two channels of a row at a time."""
    words = fmt.nonzeros(taps, cin) // 4
    inner = fmt.nonzeros(taps, cin) // fmt.unit + words * (2 + 8 + 2)
    row = inner + 14 + requantise(2, 2, wide) + 4
    return CALL + records * (rows * row + 20)


def pair(
    fmt: PairFormat | GatherFormat,
    rows: int,
    records: int,
    taps: int,
    cin: int,
    *,
    wide: bool,
) -> float:
    """A block of a contraction on interleaved pixels: whole groups, a last one perhaps ragged."""
    pixels = fmt.interleave
    gathered = isinstance(fmt, GatherFormat)
    instructions = 35.0 if gathered else 36.0 if fmt.spread else 37.0
    inner = fmt.nonzeros(taps, cin) // 2 * instructions
    groups, rest = divmod(rows, pixels)
    # Accumulators start from a copy of the bias each; the multiplier is waited for.
    record = inner + pixels + 8 + requantise(pixels, 1, wide)
    # Between groups pointers move on, and what that evicts from the instruction cache comes back.
    between = 90
    ragged = between + records * (record + 3 * pixels) if rest else 0.0
    return CALL + groups * (between + records * record) + ragged


def pair_record(pixels: int, pitch: int) -> tuple[int, int]:
    """(instructions a record of such a contraction has besides, all that its loop has).

    pitch: bytes from one pixel's output to the next. Stores that no offset reaches are reached by
    pointers that are moved: where a constant is too long for one instruction, by three.
    """
    first = -(pixels // 2) * pitch
    moves, moved = 0, 0
    for offset in range(first, first + pixels * pitch, pitch):
        if not -LARGEST_IMMEDIATE - 1 <= offset - moved <= LARGEST_IMMEDIATE:
            moves, moved = moves + 1, offset
    return 3 * moves, 36 + 8 + 5 * pixels + 3 * moves


def walk(fmt: WalkFormat, rows: int, records: int, taps: int, cin: int, *, wide: bool) -> float:
    """A block of a contraction that walks, row by row."""
    # Bias, multiplier, loop, product, shift, clip, store; clamped two more constants.
    around = 7 + fmt.around + (HIGH_HALF if wide else 2.0)
    channel = fmt.nonzeros(taps, cin) // fmt.unit * _walk_step(fmt) + around
    return (CALL_SINGLE if rows == 1 else CALL + 10 * rows) + rows * records * channel


def accumulate(
    fmt: AccumulateFormat,
    requantises: bool,
    rows: int,
    records: int,
    taps: int,
    cin: int,
    *,
    wide: bool,
) -> float:
    """A block of a contraction that gathers and accumulates, four pixels at a time.

    `requantises`: with the instruction that requantises an accumulator.
    """
    channel = _accumulate_channel(fmt, requantises, taps, cin, wide=wide)
    # Beside that the stores of four pixels and the loop; then the pointers of the next word.
    record = fmt.channels * channel + 4 + 8
    return CALL + -(-rows // 4) * (records * record + 20)


def accumulate_accesses(fmt: AccumulateFormat, requantises: bool, taps: int, cin: int) -> float:
    """Accesses to L1 an instruction of the same: gathers, indices, weights, bias, multiplier."""
    channel = _accumulate_channel(fmt, requantises, taps, cin, wide=False)
    return (_accumulate_words(fmt, taps, cin) + 2) / channel


def _accumulate_words(fmt: AccumulateFormat, taps: int, cin: int) -> int:
    """Instructions of a channel's inner loops, each of them an access."""
    chunks = [chunk for chunks in fmt.passes(taps, cin) for chunk in chunks]
    return sum(1 + chunk.weight_words + chunk.count for chunk in chunks)


def _accumulate_channel(
    fmt: AccumulateFormat, requantises: bool, taps: int, cin: int, *, wide: bool
) -> float:
    # Bias, start, multiplier, the wait for the last gather; for each pass its loop and base.
    channel = _accumulate_words(fmt, taps, cin) + 4 + 3 * fmt.n
    return channel + (4 if requantises else 4 * (2 + requantise(1, 4, wide)))


def depthwise(fmt: DepthwiseFormat, rows: int, records: int, taps: int, *, wide: bool) -> float:
    """A block of a depthwise convolution."""
    groups = -(-taps // 4)
    if fmt.channels == 4:
        return CALL + records * (20 + rows * (groups * 20 + 12 + requantise(4, 4, wide)))
    return CALL + records * (20 + rows * (taps * 3 + 9 + requantise(1, 1, wide)))


def depthwise_line(
    fmt: DepthwiseLineFormat, rows: int, records: int, taps: int, *, wide: bool
) -> float:
    """A block of a depthwise convolution on gathered lines."""
    # A halfword of each row, and what puts them into words.
    column = fmt.height + fmt.height * (fmt.height > 1)
    # Dots, and what moves the sums on.
    sums = 2 * fmt.width + 2 * -(-fmt.width // fmt.stride)
    pixel = fmt.stride * column + sums + requantise(2, 1, wide)
    begun = (fmt.width - fmt.stride) * (column + fmt.width)
    line = begun + fmt.height + 3 + fmt.outputs(taps) * pixel
    return CALL + records * (12 + 2 * fmt.width + fmt.height + rows * line)


def im2col(
    window: Window, tap_pitch: int, row_pitch: int, pixels: int, interleave: int = 1
) -> float:
    """Gathering `pixels` rows, of which most lie inside the image.

    Interleaved rows are stored byte by byte.
    """
    rows, columns = window.kernel
    contiguous = tap_pitch == window.channels and window.dilation[1] == 1
    copies, length = (rows, columns * tap_pitch) if contiguous else (rows * columns, tap_pitch)
    aligned = window.channels % 4 == 0
    per_byte = 0.5 if aligned else 0.75
    tail = (row_pitch - window.taps * tap_pitch) / 4
    if interleave > 1:
        per_byte = 2.1
        tail *= 4
    return CALL + pixels * (14 + copies * (8 + per_byte * length) + tail)


def interleave(lines: LineLayout, slabs: int) -> float:
    """Gathering `slabs` slabs of lines of interleaved pixels."""
    if slabs == 0:
        return 0.0
    window, channels = lines.window, min(lines.slab, lines.window.channels)
    words, rest = divmod(channels, 4)
    # Four channels of four lanes: 4 loads, 10 to transpose, 4 stores.
    quad = words * 18 + rest * 8 + lines.slab - channels
    # Where a lane of a kernel column lies outside, each lane's pointer is chosen.
    room = window.width - (lines.columns - 1) * window.stride[1]
    starts = [tap * window.dilation[1] - window.pad[1] for tap in range(window.kernel[1])]
    chosen = [not 0 <= x < room for x in starts[: 1 if lines.moves else None]]
    quads = lines.lanes / 4
    slab = 30.0 + sum(20.0 + quads * (8.0 + 28.0 * outside + quad) for outside in chosen)
    if lines.moves:
        beyond = window.kernel[1] - 1
        # Edges are loaded and joined; each further column is a shuffle, a store, and a copy or not.
        # A slab's code is more than a private instruction cache holds: about 100 cycles of refills.
        edge = lines.rows * (2 * beyond - 1)
        slab += 110.0 + 8.0 * lines.rows * beyond + channels * (quads * 3 * beyond + edge)
    return CALL + 60.0 + slabs * slab


def pool(kind: str, taps: int, rows: int, groups: int, readers: int = 1) -> float:
    """Pooling `rows` rows over `groups` groups of four channels.

    A tap is loaded, waited for and used, by one instruction with the end of the loop behind it, or
    for an average by four. `readers`: cores whose taps all lie in one bank, which serves
    one of them a cycle.
    """
    tap = max(4 if kind == "max" else 6, readers)
    per_group = taps * tap + (2 if kind == "max" else 24)
    return CALL + rows * (10 + groups * per_group)


def pack_records(records: int, depth: int, columns: bool) -> float:
    """Packing rows or columns of an activation as records of four outputs."""
    word = 4 + 4 + 4 + (8 if columns else 0)
    return CALL + records * (30 + depth / 4 * word)


def row_starts(rows: int, depth: int) -> float:
    """Multiples of the sums of rows."""
    return CALL + rows * (10 + depth / 4 * 3)


def starts(pixels: int, rows: int, records: int) -> float:
    """What a dense contraction takes longer where its rows have starts."""
    return -(-rows // pixels) * records * 5.0 * pixels


def add(size: int) -> float:
    """Adding `size` bytes."""
    return CALL + 7.0 * size


def requantize(size: int) -> float:
    """Requantising `size` bytes."""
    return CALL + 5.0 * size


def lookup(size: int) -> float:
    """Looking up `size` bytes: of four, the word, its bytes, their entries, two packs, a store."""
    return CALL + 3.1 * size


@dataclass(frozen=True)
class Element:
    """What moving one element of a transposition takes.

    pieces: loads, and as many stores. waits: cycles between the last load and the first store.
    rest: cycles behind the last store. column: cycles around the elements of a column.
    """

    pieces: int
    waits: int
    rest: int
    column: int = 4

    @property
    def cycles(self) -> int:
        """Of one element, where no bank is waited for."""
        return 2 * self.pieces + self.waits + self.rest


def transposed_element(size: int, pitch: int) -> Element:
    """An element of `size` bytes of lines that are `pitch` bytes apart.

    Behind an element stands the end of the loop. A piece that is stored right behind its load waits
    for it, unless the way to the next line is more than an immediate holds and its addition is
    between them.
    """
    words, rest = divmod(size, 4)
    pieces = words + rest.bit_count()
    if pieces == 1 and pitch > LARGEST_IMMEDIATE:
        return Element(1, 1, 0)
    waits = rest.bit_count() + (words % 4 == 1)
    return Element(pieces, waits, 1 + (3 if words >= 8 else 0))


def transpose(columns: int, rows: int, size: int, pitch: int = 0) -> float:
    """Moving `columns` columns of `rows` elements of `size` bytes to lines."""
    element = transposed_element(size, pitch)
    return CALL + columns * (element.column + rows * element.cycles)


def softmax(rows: int, length: int) -> float:
    """Softmax of rows: half a cycle an element for the maximum, 4.75 for the sum, 6.1 for outputs.

    A row has a division and single elements at its end.
    """
    return CALL + rows * (60.0 + 11.35 * length + 8.0 * (length % 4))


def layer_norm(rows: int, length: int) -> float:
    """Layer normalisation of rows: 0.75 cycles an element for the sums, 9.05 for the output.

    A row has a square root, a division and single elements at its end.
    """
    return CALL + rows * (190.0 + 9.8 * length + 8.0 * (length % 4))
