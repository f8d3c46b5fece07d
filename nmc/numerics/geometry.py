"""Shapes of sliding windows: output extents and how many positions a window covers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


def output_extent(
    size: int, kernel: int, stride: int, pads: tuple[int, int], dilation: int, ceil: bool = False
) -> int:
    """Output positions of a window along one axis, as ONNX defines them (0 or less: none).

    `pads` is (before, after). With `ceil` the last window may hang over the padded end, but must
    start inside the image or the padding before it.
    """
    span = size + pads[0] + pads[1] - (dilation * (kernel - 1) + 1)
    if span < 0:
        return 0
    count = (-(-span // stride) if ceil else span // stride) + 1
    if ceil and (count - 1) * stride >= size + pads[0]:
        count -= 1
    return count


@dataclass(frozen=True)
class PoolGeometry:
    """A two-dimensional window: sizes, strides, pads [top, left, bottom, right], dilations."""

    size: tuple[int, int]
    kernel: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilations: tuple[int, int] = (1, 1)
    ceil: bool = False

    def axis_pads(self, axis: int) -> tuple[int, int]:
        """(before, after) along axis 0 (height) or 1 (width)."""
        return self.pads[axis], self.pads[axis + 2]

    def output(self) -> tuple[int, int]:
        """(height, width) of the output."""
        h, w = (
            output_extent(
                self.size[a],
                self.kernel[a],
                self.strides[a],
                self.axis_pads(a),
                self.dilations[a],
                self.ceil,
            )
            for a in (0, 1)
        )
        return h, w

    def counts(self, include_pad: bool) -> npt.NDArray[np.int64]:
        """[out_h, out_w]: how many positions of each window an average divides by.

        Without `include_pad` those inside the image; with it those inside the image or its
        padding, but never those hanging over the end that `ceil` allowed.
        """
        rows, columns = (self._axis_counts(axis, include_pad) for axis in (0, 1))
        return np.outer(rows, columns)

    def _axis_counts(self, axis: int, include_pad: bool) -> npt.NDArray[Any]:
        before, after = self.axis_pads(axis)
        size = self.size[axis]
        low, high = (-before, size + after) if include_pad else (0, size)
        starts = np.arange(self.output()[axis]) * self.strides[axis] - before
        taps = starts[:, None] + np.arange(self.kernel[axis]) * self.dilations[axis]
        return ((taps >= low) & (taps < high)).sum(axis=1)
