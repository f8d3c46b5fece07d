"""Lines of interleaved pixels: where the bytes of an image go, and `tile.interleave` on bytes."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from nmc.numerics.packing import Bytes
from nmc.numerics.window import Window

Span = tuple[int, int]

# Columns of lanes from which moving lanes is cheaper than gathering them again.
MOVED_FROM = 8


@dataclass(frozen=True)
class LineLayout:
    """The static part of `tile.interleave`.

    rows, columns: output pixels of a group, one a lane. shared: whether groups share lines.
    tap_pitch: channels of a tap in a line, those beyond the image's being padding. slab: channels
    of a slab, the unit in which lines are dealt to cores: those of all kernel columns of a line.
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
        return self.tap_pitch // self.slab

    @property
    def moves(self) -> bool:
        """Whether a kernel column is the one before it moved by a lane."""
        window = self.window
        near = window.stride[1] == window.dilation[1] == 1
        return near and window.kernel[1] in (2, 3) and self.columns >= MOVED_FROM

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
    down, across = np.divmod(np.arange(lanes), lines.columns)
    oy, ox = divmod(first_pixel, window.out_width)
    for number, column in product(range(*slabs), range(window.kernel[1])):
        line, chunk = divmod(number, lines.line_slabs)
        y = oy * window.stride[0] - window.pad[0] + lines.input_row(line) + down * window.stride[0]
        x = (ox + across) * window.stride[1] - window.pad[1] + column * window.dilation[1]
        inside = (src_rows[0] <= y) & (y < src_rows[1]) & (x >= 0) & (x < window.width)
        channels = np.arange(chunk * slab, min(chunk * slab + slab, window.channels))
        at: NDArray[np.intp] = ((y - src_rows[0]) * window.width + x) * window.channels
        values = src[np.where(inside, at, 0)[:, None] + channels]
        taken = np.where(inside[:, None], values, pad[channels])
        start = line * lines.line_bytes + (column * lines.tap_pitch + chunk * slab) * lanes
        target = dst[start : start + slab * lanes].reshape(slab, lanes)
        target[:] = pad_value
        target[: len(channels)] = taken.T
