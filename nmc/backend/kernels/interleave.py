"""Gathering the taps of output pixels into lines of interleaved pixels, by transposing words."""

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.signature import window_name
from nmc.dialects.micro import S8X4
from nmc.dialects.micro.types import ui8
from nmc.numerics.interleave import LineLayout

# Origin: where the first lane's pixel of line 0, kernel column 0 would lie; y, x: its input row
# and column, y counted from the first row that is there; `bottom` of them are.
PARAMETERS = ("origin", "dst", "y", "x", "bottom", "pad", "lo", "hi")

# Selectors of lanes: low and high halves of two words; every second byte of two words.
LOW_HALVES, HIGH_HALVES = 0x05040100, 0x07060302
EVEN_BYTES, ODD_BYTES = 0x06040200, 0x07050301
# The first bytes of two words; two neighbouring words moved by one or two lanes.
FIRST_BYTES = 0x05050400
MOVED = (0x03020100, 0x04030201, 0x05040302)


def interleave_name(lines: LineLayout, pad_value: int) -> str:
    """The name of the function for these constants."""
    kind = "shared" if lines.shared else "apart"
    name = (
        f"interleave_{window_name(lines.window)}_{lines.rows}x{lines.columns}_{kind}"
        f"_t{lines.tap_pitch}_s{lines.slab}"
    )
    # What is outside the image is read from a buffer: code fills only channels there are not.
    return f"{name}_v{pad_value}" if lines.slab > lines.window.channels else name


def build_interleave(lines: LineLayout, pad_value: int) -> func.FuncOp:
    """`interleave_...(origin, dst, y, x, bottom, pad, lo, hi)`, as `tile.interleave` says.

    Four channels of four lanes at a time: four words are loaded, transposed and stored. Where a
    lane's tap is outside, its pointer is that of the padding, so that the inner loop is the same.
    Further kernel columns are the first one's words moved by a lane, where neighbouring lanes are
    neighbouring pixels.
    """
    kernel = _Interleave(lines, pad_value)
    return kernel_function(interleave_name(lines, pad_value), PARAMETERS, kernel.body)


class _Interleave:
    def __init__(self, lines: LineLayout, pad_value: int):
        window = lines.window
        self.lines = lines
        self.pad_word = pad_value * 0x01010101
        self.chunks = lines.line_slabs
        # Channels of a slab that the image has: all chunks are whole, or there is one.
        self.channels = min(lines.slab, window.channels)
        self.across = window.stride[1] * window.channels
        self.down = window.stride[0] * window.width * window.channels
        # Quads lie in a row of lanes, or fill rows.
        self.quad_rows = max(1, 4 // lines.columns)
        self.quads_across = max(1, lines.columns // 4)
        # Bytes from a kernel column of a line to the next.
        self.column_bytes = lines.tap_pitch * lines.lanes

    def body(
        self,
        e: Emitter,
        origin: SSAValue,
        dst: SSAValue,
        y: SSAValue,
        x: SSAValue,
        bottom: SSAValue,
        pad: SSAValue,
        lo: SSAValue,
        hi: SSAValue,
    ) -> None:
        lines, window = self.lines, self.lines.window
        self.pad, self.bottom, self.x = pad, bottom, x
        # Where the first slab lies: its line and its chunk of channels.
        line = e.divu(lo, self.chunks)
        chunk = e.sub(lo, e.mul(line, self.chunks))
        row, tap = line, e.const(0)
        if not lines.shared:
            group = e.divu(line, window.kernel[0])
            tap = e.sub(line, e.mul(group, window.kernel[0]))
            row = e.add(e.mul(group, lines.rows * window.stride[0]), e.mul(tap, window.dilation[0]))
        src = e.add(origin, e.mul(row, window.width * window.channels))
        src = e.add(src, e.mul(chunk, lines.slab))
        dst = e.add(dst, e.mul(line, lines.line_bytes))
        dst = e.add(dst, e.mul(chunk, lines.slab * lines.lanes))
        start = [src, dst, e.add(y, row), tap, chunk]
        e.loop(e.sub(hi, lo), start, lambda _, s: self._slab(e, *s))

    def _slab(
        self,
        e: Emitter,
        src: SSAValue,
        dst: SSAValue,
        y: SSAValue,
        tap: SSAValue,
        chunk: SSAValue,
    ) -> Sequence[SSAValue]:
        lines, window = self.lines, self.lines.window
        pad = self.pad if self.chunks == 1 else e.add(self.pad, e.mul(chunk, lines.slab))
        if lines.moves:
            self._column(e, src, dst, y, self.x, pad)
            self._moved_columns(e, src, dst, y, pad)
        else:

            def column(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
                src, dst, x = state
                self._column(e, src, dst, y, x, pad)
                step = window.dilation[1]
                return (
                    e.add(src, step * window.channels),
                    e.add(dst, self.column_bytes),
                    e.add(x, step),
                )

            e.loop(window.kernel[1], [src, dst, self.x], column)
        # The chunk after this one; after the last one, the first of the next line.
        src, dst = e.add(src, lines.slab), e.add(dst, lines.slab * lines.lanes)
        if self.chunks == 1:
            return self._next_line(e, src, dst, y, tap, chunk)
        chunk = e.add(chunk, 1)
        return e.when(
            e.compare("eq", chunk, self.chunks),
            lambda: self._next_line(e, src, dst, y, tap, e.const(0)),
            lambda: [src, dst, y, tap, chunk],
        )

    def _next_line(
        self,
        e: Emitter,
        src: SSAValue,
        dst: SSAValue,
        y: SSAValue,
        tap: SSAValue,
        chunk: SSAValue,
    ) -> Sequence[SSAValue]:
        """The state of a line's first chunk, given where one beyond the last chunk would be."""
        lines, window = self.lines, self.lines.window
        row_bytes = window.width * window.channels
        dst = e.add(dst, lines.line_bytes - self.column_bytes)

        def down(rows: int, tap: SSAValue) -> Sequence[SSAValue]:
            return e.add(src, rows * row_bytes - lines.tap_pitch), e.add(y, rows), tap

        if lines.shared:
            src, y, tap = down(1, tap)
        else:
            taps = window.kernel[0]
            ahead = lines.rows * window.stride[0] - (taps - 1) * window.dilation[0]
            moved = e.add(tap, 1)
            src, y, tap = e.when(
                e.compare("eq", moved, taps),
                lambda: down(ahead, e.const(0)),
                lambda: down(window.dilation[0], moved),
            )
        return src, dst, y, tap, chunk

    def _column(
        self,
        e: Emitter,
        src: SSAValue,
        dst: SSAValue,
        y: SSAValue,
        x: SSAValue,
        pad: SSAValue,
    ) -> None:
        """A slab's channels of one kernel column."""
        lines, window = self.lines, self.lines.window
        room = window.width - (lines.columns - 1) * window.stride[1]
        if room <= 0:
            self._border(e, src, dst, y, x, pad)
            return
        last = e.add(y, (lines.rows - 1) * window.stride[0])
        inside = e.both(e.compare("sge", y, 0), e.compare("slt", last, self.bottom))
        e.when(
            e.both(inside, e.compare("ult", x, room)),
            lambda: self._inside(e, src, dst),
            lambda: self._border(e, src, dst, y, x, pad),
        )

    def _moved_columns(
        self, e: Emitter, src: SSAValue, dst: SSAValue, y: SSAValue, pad: SSAValue
    ) -> None:
        """The kernel columns behind the first, whose lines are written already."""
        lines, window = self.lines, self.lines.window
        beyond = window.kernel[1] - 1
        pointers = [
            self._pointer(e, src, pad, (y, self.x), (row, lines.columns + pixel))
            for row in range(lines.rows)
            for pixel in range(beyond)
        ]
        targets = [e.add(dst, self.column_bytes * column) for column in range(beyond + 1)]

        def channel(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            pointers, targets = list(state[:edges]), state[edges:]
            words = [e.load(targets[0], S8X4, 4 * n) for n in range(lines.lanes // 4)]
            edge: list[SSAValue] = []
            for place, pointer in enumerate(pointers):
                value, pointers[place] = e.load_next(pointer, ui8, 1)
                edge.append(e.bytes_of(value, S8X4))
            self._move(e, words, edge, targets)
            return [*pointers, *(e.add(target, lines.lanes) for target in targets)]

        edges = len(pointers)
        ended = e.loop(self.channels, [*pointers, *targets], channel)
        for target in ended[edges + 1 :]:
            self._fill_channels(e, target, 0)

    def _move(
        self,
        e: Emitter,
        words: Sequence[SSAValue],
        edge: Sequence[SSAValue],
        targets: Sequence[SSAValue],
    ) -> None:
        """A channel's lanes of each further kernel column; `edge`: the pixels beyond each row."""
        lines = self.lines
        beyond, across = len(targets) - 1, self.quads_across
        for row in range(lines.rows):
            pixels = edge[row * beyond : (row + 1) * beyond]
            last = pixels[0]
            if beyond > 1:
                last = e.shuffle(pixels[0], pixels[1], e.const(FIRST_BYTES))
            run = [*words[row * across : (row + 1) * across], last]
            for n in range(across):
                for column in range(1, beyond + 1):
                    value = e.shuffle(run[n], run[n + 1], e.const(MOVED[column]))
                    e.store(value, targets[column], S8X4, 4 * (row * across + n))

    def _offsets(self) -> list[tuple[int, int]]:
        """(rows, columns) of the lanes of a quad from its first one."""
        return [divmod(lane, min(4, self.lines.columns)) for lane in range(4)]

    def _inside(self, e: Emitter, src: SSAValue, dst: SSAValue) -> Sequence[SSAValue]:
        """A slab whose lanes all lie in the image."""

        def row(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            def quad(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
                src, dst = state
                places = [
                    down * self.down + across * self.across for down, across in self._offsets()
                ]
                self._quad(e, [e.add(src, place) for place in places], dst)
                return e.add(src, 4 * self.across), e.add(dst, 4)

            src, dst = e.loop(self.quads_across, state, quad)
            back = self.quad_rows * self.down - self.quads_across * 4 * self.across
            return e.add(src, back), dst

        e.loop(self.lines.rows // self.quad_rows, [src, dst], row)
        return ()

    def _border(
        self, e: Emitter, src: SSAValue, dst: SSAValue, y: SSAValue, x: SSAValue, pad: SSAValue
    ) -> Sequence[SSAValue]:
        """A slab of which some lanes may lie outside: those read the padding."""
        window = self.lines.window

        def row(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            y, *rest = state

            def quad(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
                src, dst, x = state
                pointers = [self._pointer(e, src, pad, (y, x), lane) for lane in self._offsets()]
                self._quad(e, pointers, dst)
                step = 4 * window.stride[1]
                return e.add(src, 4 * self.across), e.add(dst, 4), e.add(x, step)

            src, dst, x = e.loop(self.quads_across, rest, quad)
            back = self.quad_rows * self.down - self.quads_across * 4 * self.across
            start = e.add(x, -4 * self.quads_across * window.stride[1])
            return e.add(y, self.quad_rows * window.stride[0]), e.add(src, back), dst, start

        e.loop(self.lines.rows // self.quad_rows, [y, src, dst, x], row)
        return ()

    def _pointer(
        self,
        e: Emitter,
        src: SSAValue,
        pad: SSAValue,
        place: tuple[SSAValue, SSAValue],
        lane: tuple[int, int],
    ) -> SSAValue:
        """Where the pixel of a lane (down, across) from `src` at (y, x) lies, or the padding."""
        window, (y, x), (down, across) = self.lines.window, place, lane
        inside = e.both(
            e.compare("ult", e.add(y, down * window.stride[0]), self.bottom),
            e.compare("ult", e.add(x, across * window.stride[1]), window.width),
        )
        return e.select(inside, e.add(src, down * self.down + across * self.across), pad)

    def _quad(self, e: Emitter, pointers: Sequence[SSAValue], dst: SSAValue) -> None:
        """All channels of a slab for four lanes, given where each lane's lie."""
        words, rest = divmod(self.channels, 4)
        if words:
            *pointers, dst = e.loop(words, [*pointers, dst], lambda _, s: self._block(e, s))
        for channel in range(rest):
            values = [e.load(pointer, ui8, channel) for pointer in pointers]
            e.store(e.pack(values, S8X4), dst, S8X4, channel * self.lines.lanes)
        self._fill_channels(e, dst, rest)

    def _fill_channels(self, e: Emitter, dst: SSAValue, first: int) -> None:
        """The channels that the image has not, of four lanes, the first of them at `first`."""
        for channel in range(first, first + self.lines.slab - self.channels):
            e.store(e.const(self.pad_word), dst, i32, channel * self.lines.lanes)

    def _block(self, e: Emitter, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
        """Four channels of four lanes."""
        *pointers, dst = state
        loaded = [e.load_next(pointer, S8X4, 4) for pointer in pointers]
        a, b, c, d = (value for value, _ in loaded)
        low, high = e.const(LOW_HALVES), e.const(HIGH_HALVES)
        first = e.shuffle(a, b, low), e.shuffle(c, d, low)
        second = e.shuffle(a, b, high), e.shuffle(c, d, high)
        lanes = self.lines.lanes
        for channel, (halves, selector) in enumerate(
            (pair, selector) for pair in (first, second) for selector in (EVEN_BYTES, ODD_BYTES)
        ):
            value = e.shuffle(*halves, e.const(selector))
            e.store(value, dst, S8X4, channel * lanes)
        return [*(pointer for _, pointer in loaded), e.add(dst, 4 * lanes)]
