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
# and column. Rows [top, bottom) of the input are there.
PARAMETERS = ("origin", "dst", "y", "x", "bottom", "pad", "lo", "hi")

# Selectors of lanes: low and high halves of two words; every second byte of two words.
LOW_HALVES, HIGH_HALVES = 0x05040100, 0x07060302
EVEN_BYTES, ODD_BYTES = 0x06040200, 0x07050301


def interleave_name(lines: LineLayout, pad_value: int) -> str:
    """The name of the function for these constants."""
    kind = "shared" if lines.shared else "apart"
    return (
        f"interleave_{window_name(lines.window)}_{lines.rows}x{lines.columns}_{kind}"
        f"_t{lines.tap_pitch}_s{lines.slab}_v{pad_value}"
    )


def build_interleave(lines: LineLayout, pad_value: int) -> func.FuncOp:
    """`interleave_...(origin, dst, y, x, bottom, pad, lo, hi)`, as `tile.interleave` says.

    Four channels of four lanes at a time: four words are loaded, transposed and stored. Where a
    lane's tap is outside, its pointer is that of the padding, so that the inner loop is the same.
    """
    kernel = _Interleave(lines, pad_value)
    return kernel_function(interleave_name(lines, pad_value), PARAMETERS, kernel.body)


class _Interleave:
    def __init__(self, lines: LineLayout, pad_value: int):
        window = lines.window
        self.lines = lines
        self.pad_word = pad_value * 0x01010101
        self.chunks = lines.tap_pitch // lines.slab
        # Channels of a slab that the image has: all chunks are whole, or there is one.
        self.channels = min(lines.slab, window.channels)
        self.across = window.stride[1] * window.channels
        self.down = window.stride[0] * window.width * window.channels
        # Quads lie in a row of lanes, or fill rows.
        self.quad_rows = max(1, 4 // lines.columns)
        self.quads_across = max(1, lines.columns // 4)

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
        self.pad, self.bottom = pad, bottom
        # Where the first slab lies: its line, kernel column and chunk of channels.
        line = e.divu(lo, lines.line_slabs)
        place = e.sub(lo, e.mul(line, lines.line_slabs))
        column = e.divu(place, self.chunks) if self.chunks > 1 else place
        chunk = e.sub(place, e.mul(column, self.chunks))
        row, tap = line, e.const(0)
        if not lines.shared:
            group = e.divu(line, window.kernel[0])
            tap = e.sub(line, e.mul(group, window.kernel[0]))
            row = e.add(e.mul(group, lines.rows * window.stride[0]), e.mul(tap, window.dilation[0]))
        step = window.dilation[1]
        src = e.add(origin, e.mul(row, window.width * window.channels))
        src = e.add(src, e.mul(column, step * window.channels))
        src = e.add(src, e.mul(chunk, lines.slab))
        self.x_end = e.add(x, window.kernel[1] * step)
        dst = e.add(dst, e.mul(lo, lines.slab * lines.lanes))
        start = [src, dst, e.add(y, row), e.add(x, e.mul(column, step)), tap, chunk]
        e.loop(e.sub(hi, lo), start, lambda _, s: self._slab(e, *s))

    def _slab(
        self,
        e: Emitter,
        src: SSAValue,
        dst: SSAValue,
        y: SSAValue,
        x: SSAValue,
        tap: SSAValue,
        chunk: SSAValue,
    ) -> Sequence[SSAValue]:
        lines, window = self.lines, self.lines.window
        pad = self.pad if self.chunks == 1 else e.add(self.pad, e.mul(chunk, lines.slab))
        room = window.width - (lines.columns - 1) * window.stride[1]
        if room > 0:
            last = e.add(y, (lines.rows - 1) * window.stride[0])
            inside = e.both(e.compare("sge", y, 0), e.compare("slt", last, self.bottom))
            inside = e.both(inside, e.compare("ult", x, room))
            e.when(
                inside,
                lambda: self._inside(e, src, dst),
                lambda: self._border(e, src, dst, y, x, pad),
            )
        else:
            self._border(e, src, dst, y, x, pad)
        dst = e.add(dst, lines.slab * lines.lanes)
        if self.chunks == 1:
            return self._next_column(e, src, dst, y, x, tap, chunk)
        chunk = e.add(chunk, 1)
        return e.when(
            e.compare("eq", chunk, self.chunks),
            lambda: self._next_column(
                e, e.add(src, lines.slab - window.channels), dst, y, x, tap, e.const(0)
            ),
            lambda: [e.add(src, lines.slab), dst, y, x, tap, chunk],
        )

    def _next_column(
        self,
        e: Emitter,
        src: SSAValue,
        dst: SSAValue,
        y: SSAValue,
        x: SSAValue,
        tap: SSAValue,
        chunk: SSAValue,
    ) -> Sequence[SSAValue]:
        """The state after the last chunk of a kernel column."""
        window = self.lines.window
        step, columns = window.dilation[1], window.kernel[1]
        row_bytes = window.width * window.channels
        src, x = e.add(src, step * window.channels), e.add(x, step)

        def down(rows: int, tap: SSAValue) -> Sequence[SSAValue]:
            back = rows * row_bytes - columns * step * window.channels
            return e.add(src, back), e.add(y, rows), e.add(x, -columns * step), tap

        def next_line() -> Sequence[SSAValue]:
            if self.lines.shared:
                return down(1, tap)
            taps = window.kernel[0]
            ahead = self.lines.rows * window.stride[0] - (taps - 1) * window.dilation[0]
            moved = e.add(tap, 1)
            return e.when(
                e.compare("eq", moved, taps),
                lambda: down(ahead, e.const(0)),
                lambda: down(window.dilation[0], moved),
            )

        src, y, x, tap = e.when(e.compare("eq", x, self.x_end), next_line, lambda: [src, y, x, tap])
        return src, dst, y, x, tap, chunk

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
                pointers: list[SSAValue] = []
                for down, across in self._offsets():
                    at_y, at_x = (
                        e.add(y, down * window.stride[0]),
                        e.add(x, across * window.stride[1]),
                    )
                    inside = e.both(
                        e.compare("ult", at_y, self.bottom), e.compare("ult", at_x, window.width)
                    )
                    place = e.add(src, down * self.down + across * self.across)
                    pointers.append(e.select(inside, place, pad))
                self._quad(e, pointers, dst)
                step = 4 * window.stride[1]
                return e.add(src, 4 * self.across), e.add(dst, 4), e.add(x, step)

            src, dst, x = e.loop(self.quads_across, rest, quad)
            back = self.quad_rows * self.down - self.quads_across * 4 * self.across
            start = e.add(x, -4 * self.quads_across * window.stride[1])
            return e.add(y, self.quad_rows * window.stride[0]), e.add(src, back), dst, start

        e.loop(self.lines.rows // self.quad_rows, [y, src, dst, x], row)
        return ()

    def _quad(self, e: Emitter, pointers: Sequence[SSAValue], dst: SSAValue) -> None:
        """All channels of a slab for four lanes, given where each lane's lie."""
        words, rest = divmod(self.channels, 4)
        if words:
            *pointers, dst = e.loop(words, [*pointers, dst], lambda _, s: self._block(e, s))
        lanes = self.lines.lanes
        for channel in range(rest):
            values = [e.load(pointer, ui8, channel) for pointer in pointers]
            e.store(e.pack(values, S8X4), dst, S8X4, channel * lanes)
        for channel in range(rest, rest + self.lines.slab - self.channels):
            e.store(e.const(self.pad_word), dst, i32, channel * lanes)

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
