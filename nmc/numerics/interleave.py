"""Lines of interleaved pixels: where the bytes of an image go, and `tile.interleave` on bytes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmc.numerics.packing import Bytes
from nmc.numerics.window import Window

Span = tuple[int, int]


@dataclass(frozen=True)
class LineLayout:
    """The static part of `tile.interleave`.

    rows, columns: output pixels of a group, one a lane. shared: whether groups share lines.
    tap_pitch: channels of a tap in a line, those beyond the image's being padding. slab: channels
    of a slab, the unit in which lines are dealt to cores.
    """

    window: Window
    rows: int
    columns: int
    shared: bool
    tap_pitch: int
    slab: int

    @property
    def lanes(self) -> int:
        """Output pixels of a group."""
        return self.rows * self.columns

    @property
    def line_slabs(self) -> int:
        """Slabs of a line."""
        return self.window.kernel[1] * (self.tap_pitch // self.slab)

    @property
    def line_bytes(self) -> int:
        """Bytes of a line."""
        return self.window.kernel[1] * self.tap_pitch * self.lanes

    @property
    def group_lines(self) -> int:
        """Lines from the first one of a group to the first one of the next."""
        return self.rows * self.window.stride[0] if self.shared else self.window.kernel[0]

    def lines(self, groups: int) -> int:
        """Lines of a number of groups."""
        return 0 if groups == 0 else (groups - 1) * self.group_lines + self.window.kernel[0]

    def input_row(self, line: int) -> int:
        """The input row of the first lane in a line, counted from that of line 0."""
        window = self.window
        if self.shared:
            return line
        group, tap = divmod(line, window.kernel[0])
        return group * self.rows * window.stride[0] + tap * window.dilation[0]


def interleave(
    src: Bytes,
    pad: Bytes,
    dst: Bytes,
    first_pixel: int,
    src_rows: Span,
    slabs: Span,
    *,
    lines: LineLayout,
    pad_value: int,
) -> None:
    """Slabs [slabs) of `dst` become the taps of the groups from output pixel `first_pixel` on.

    `src` holds the input rows [src_rows); taps outside them or the image read `pad`.
    """
    window, slab, lanes = lines.window, lines.slab, lines.lanes
    chunks = lines.tap_pitch // slab
    down, across = np.divmod(np.arange(lanes), lines.columns)
    oy, ox = divmod(first_pixel, window.out_width)
    for number in range(*slabs):
        line, place = divmod(number, lines.line_slabs)
        column, chunk = divmod(place, chunks)
        y = oy * window.stride[0] - window.pad[0] + lines.input_row(line) + down * window.stride[0]
        x = (ox + across) * window.stride[1] - window.pad[1] + column * window.dilation[1]
        inside = (src_rows[0] <= y) & (y < src_rows[1]) & (x >= 0) & (x < window.width)
        channels = np.arange(chunk * slab, min(chunk * slab + slab, window.channels))
        at: NDArray[np.intp] = ((y - src_rows[0]) * window.width + x) * window.channels
        values = src[np.where(inside, at, 0)[:, None] + channels]
        taken = np.where(inside[:, None], values, pad[channels])
        target = dst[number * slab * lanes : (number + 1) * slab * lanes].reshape(slab, lanes)
        target[:] = pad_value
        target[: len(channels)] = taken.T
