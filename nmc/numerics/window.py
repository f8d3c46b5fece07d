"""The geometry of a sliding window over an image."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """Where output pixel `oy * out_width + ox` reads its taps, in an NHWC image of batch 1.

    Tap (ky, kx) of output pixel (oy, ox) is the input pixel
    (oy * stride[0] - pad[0] + ky * dilation[0], ox * stride[1] - pad[1] + kx * dilation[1]),
    outside the image where that is not inside [0, height) x [0, width). `pad` is (top, left).
    """

    height: int
    width: int
    channels: int
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    pad: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)
    out_width: int = 1

    @property
    def taps(self) -> int:
        """Number of taps of the window."""
        return self.kernel[0] * self.kernel[1]

    def valid_counts(self, axis: int, extent: int) -> list[int]:
        """For output positions 0..extent-1 along an axis, the taps that lie inside the image."""
        size = (self.height, self.width)[axis]
        return [
            sum(
                0 <= o * self.stride[axis] - self.pad[axis] + k * self.dilation[axis] < size
                for k in range(self.kernel[axis])
            )
            for o in range(extent)
        ]
