"""Gathering the taps of output pixels into rows."""

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.ir import SSAValue

from nmc.backend.kernels.copying import copy, fill, scatter, scatter_fill
from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.signature import window_name
from nmc.numerics.window import Window

PARAMETERS = ("src", "dst", "first_pixel", "src_row", "lo", "hi")


def im2col_name(
    window: Window, tap_pitch: int, row_pitch: int, pad_value: int, interleave: int = 1
) -> str:
    """The name of the function for these constants."""
    return f"im2col_{window_name(window)}_t{tap_pitch}_r{row_pitch}_v{pad_value}" + (
        f"_i{interleave}" if interleave > 1 else ""
    )


def build_im2col(
    window: Window, tap_pitch: int, row_pitch: int, pad_value: int, interleave: int = 1
) -> func.FuncOp:
    """`im2col_...(src, dst, first_pixel, src_row, lo, hi)`, as `tile.im2col` says.

    A pixel whose window lies inside the image copies whole runs of kernel columns; others go
    tap by tap. Where there is one pixel a row, as of windows as wide as a line, what lies beside
    the image is known: each kernel row is a run between two of padding.
    """
    kernel = _Im2col(window, tap_pitch, row_pitch, pad_value, interleave)
    name = im2col_name(window, tap_pitch, row_pitch, pad_value, interleave)
    return kernel_function(name, PARAMETERS, kernel.body)


class _Im2col:
    def __init__(
        self, window: Window, tap_pitch: int, row_pitch: int, pad_value: int, interleave: int
    ):
        self.window = window
        self.tap_pitch = tap_pitch
        self.row_pitch = row_pitch
        # Bytes from one byte of a row to the next.
        self.stride = interleave
        self.pad_word = pad_value * 0x01010101
        self.row_bytes = window.width * window.channels
        # Whether kernel rows are runs of bytes; and every window begins at the same column.
        self.contiguous = tap_pitch == window.channels and window.dilation[1] == 1
        self.lines = window.out_width == 1 and self.contiguous and interleave == 1
        # Window origins from which every tap is inside, along y and x; none if not positive.
        self.inside = (
            window.height - (window.kernel[0] - 1) * window.dilation[0],
            window.width - (window.kernel[1] - 1) * window.dilation[1],
        )

    def body(
        self,
        e: Emitter,
        src: SSAValue,
        dst: SSAValue,
        first: SSAValue,
        src_row: SSAValue,
        lo: SSAValue,
        hi: SSAValue,
    ) -> None:
        window = self.window
        pixel = e.add(first, lo)
        oy = e.divu(pixel, window.out_width)
        ox = e.sub(pixel, e.mul(oy, window.out_width))
        y = e.add(e.mul(oy, window.stride[0]), -window.pad[0])
        x = e.add(e.mul(ox, window.stride[1]), -window.pad[1])
        # Where the window's origin would lie, perhaps before the image.
        row = e.add(src, e.mul(e.sub(y, src_row), self.row_bytes))
        origin = e.add(row, e.mul(x, window.channels))
        target = dst
        group = lo
        if self.stride > 1:
            place = e.mask(lo, self.stride - 1)
            target, group = e.add(dst, place), e.sub(lo, place)
        target = e.add(target, e.mul(group, self.row_pitch))
        e.loop(e.sub(hi, lo), [target, origin, y, x, lo], lambda _, s: self._pixel(e, *s))

    def _pixel(
        self,
        e: Emitter,
        dst: SSAValue,
        origin: SSAValue,
        y: SSAValue,
        x: SSAValue,
        row: SSAValue,
    ) -> Sequence[SSAValue]:
        window = self.window
        if self.lines:
            self._runs(e, dst, origin, y)
        elif min(self.inside) > 0:
            inside = e.both(
                e.compare("ult", y, self.inside[0]), e.compare("ult", x, self.inside[1])
            )
            e.when(
                inside,
                lambda: self._interior(e, dst, origin),
                lambda: self._border(e, dst, origin, y, x),
            )
        else:
            self._border(e, dst, origin, y, x)
        tail = self.row_pitch - window.taps * self.tap_pitch
        if tail:
            end = e.add(dst, (self.row_pitch - tail) * self.stride)
            self._fill(e, e.const(self.pad_word), end, tail)
        step = window.stride[1]
        end = window.out_width * step - window.pad[1]
        # Past the last column: back to the first one, `stride` rows on.
        back = window.stride[0] * self.row_bytes - window.out_width * step * window.channels
        moved = e.add(x, step)
        origin, y, x = e.when(
            e.compare("eq", moved, end),
            lambda: [
                e.add(origin, step * window.channels + back),
                e.add(y, window.stride[0]),
                e.const(-window.pad[1]),
            ],
            lambda: [e.add(origin, step * window.channels), y, moved],
        )
        row = e.add(row, 1)
        return self._next_row(e, dst, row), origin, y, x, row

    def _next_row(self, e: Emitter, dst: SSAValue, row: SSAValue) -> SSAValue:
        """Where row `row` starts, the one before starting at `dst`."""
        if self.stride == 1:
            return e.add(dst, self.row_pitch)
        (moved,) = e.when(
            e.compare("eq", e.mask(row, self.stride - 1), 0),
            lambda: [e.add(dst, self.stride * (self.row_pitch - 1) + 1)],
            lambda: [e.add(dst, 1)],
        )
        return moved

    def _copy(
        self, e: Emitter, src: SSAValue, dst: SSAValue, length: int
    ) -> tuple[SSAValue, SSAValue]:
        if self.stride == 1:
            return copy(e, src, dst, length)
        return scatter(e, src, dst, length, self.stride)

    def _fill(self, e: Emitter, value: SSAValue, dst: SSAValue, length: int) -> SSAValue:
        if self.stride == 1:
            return fill(e, value, dst, length)
        return scatter_fill(e, value, dst, length, self.stride)

    def _interior(self, e: Emitter, dst: SSAValue, origin: SSAValue) -> Sequence[SSAValue]:
        """Every tap is inside: runs of whole kernel rows where they are contiguous."""
        window = self.window
        next_row = window.dilation[0] * self.row_bytes
        if self.contiguous:
            length = window.kernel[1] * window.channels

            def run(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
                src, dst = self._copy(e, state[1], state[0], length)
                return dst, e.add(src, next_row - length)

            e.loop(window.kernel[0], [dst, origin], run)
            return ()

        def row(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            dst, src = state

            def tap(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
                dst, at = state
                end = self._copy(e, at, dst, window.channels)[1]
                self._pad_tap(e, end)
                step = window.dilation[1] * window.channels
                return e.add(dst, self.tap_pitch * self.stride), e.add(at, step)

            ended = e.loop(window.kernel[1], [dst, src], tap)
            return ended[0], e.add(src, next_row)

        e.loop(window.kernel[0], [dst, origin], row)
        return ()

    def _runs(self, e: Emitter, dst: SSAValue, origin: SSAValue, y: SSAValue) -> None:
        """Kernel rows as runs; those outside filled with the padding value."""
        window = self.window
        columns, pad = window.kernel[1], e.const(self.pad_word)
        before = min(window.pad[1], columns)
        inside = min(columns - before, window.width)
        left, length, right = (
            taps * window.channels for taps in (before, inside, columns - before - inside)
        )

        def row(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            dst, src, y = state

            def take() -> Sequence[SSAValue]:
                place = fill(e, pad, dst, left) if left else dst
                place = copy(e, src, place, length)[1] if length else place
                if right:
                    fill(e, pad, place, right)
                return ()

            def miss() -> Sequence[SSAValue]:
                fill(e, pad, dst, left + length + right)
                return ()

            e.when(e.compare("ult", y, window.height), take, miss)
            step = window.dilation[0]
            moved = e.add(src, step * self.row_bytes), e.add(y, step)
            return e.add(dst, left + length + right), *moved

        e.loop(window.kernel[0], [dst, e.add(origin, left), y], row)

    def _border(
        self, e: Emitter, dst: SSAValue, origin: SSAValue, y: SSAValue, x: SSAValue
    ) -> Sequence[SSAValue]:
        """Tap by tap, those outside filled with the padding value."""
        window = self.window
        pad = e.const(self.pad_word)

        def row(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            dst, src, y = state
            row_inside = e.compare("ult", y, window.height)

            def tap(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
                dst, at, x = state

                def take() -> Sequence[SSAValue]:
                    self._pad_tap(e, self._copy(e, at, dst, window.channels)[1])
                    return ()

                def miss() -> Sequence[SSAValue]:
                    self._fill(e, pad, dst, self.tap_pitch)
                    return ()

                e.when(e.both(row_inside, e.compare("ult", x, window.width)), take, miss)
                step = window.dilation[1]
                return (
                    e.add(dst, self.tap_pitch * self.stride),
                    e.add(at, step * window.channels),
                    e.add(x, step),
                )

            ended = e.loop(window.kernel[1], [dst, src, x], tap)
            step = window.dilation[0]
            return ended[0], e.add(src, step * self.row_bytes), e.add(y, step)

        e.loop(window.kernel[0], [dst, origin, y], row)
        return ()

    def _pad_tap(self, e: Emitter, end: SSAValue) -> None:
        rest = self.tap_pitch - self.window.channels
        if rest:
            self._fill(e, e.const(self.pad_word), end, rest)
