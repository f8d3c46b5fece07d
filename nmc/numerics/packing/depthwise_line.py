"""Depthwise records for kernels that slide over gathered lines, column by column."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmc.numerics.packing.record import Bytes, RecordFormat, round_up

# Which lanes of a column hold each channel's rows, by the window's height: what few shuffles make
# of a halfword (two channels) of each row. The other lanes hold anything; their weights are zero.
LANES: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {
    1: ((0,), (1,)),
    2: ((0, 1), (2, 3)),
    3: ((0, 1, 2), (0, 1, 3)),
    4: ((0, 1, 2, 3), (0, 1, 2, 3)),
}


@dataclass(frozen=True)
class DepthwiseLineFormat(RecordFormat):
    """Weights int8 [O][height * width][1] of windows of this size, two channels a record.

    stride: columns from the window of an output to the next one's, at most `width`.

    For each column of the window, from the left, a word of channel 0 and one of channel 1, a lane
    a row. What a kernel works on is a gathered line: the input rows of a line of outputs, padding
    included, as an im2col row [row][column][channel] of a window as wide as the line.
    """

    height: int
    width: int
    stride: int = 1

    def taps(self, outputs: int) -> int:
        """Taps of the gathered line of so many outputs."""
        return self.height * ((outputs - 1) * self.stride + self.width)

    def outputs(self, taps: int) -> int:
        """The outputs of a gathered line of so many taps; 0 where that is none's."""
        columns, rest = divmod(taps, self.height)
        steps, over = divmod(columns - self.width, self.stride)
        return 0 if rest or over or steps < 0 else steps + 1

    def tap_pitch(self, cin: int) -> int:
        return round_up(cin, 4)

    def row_pitch(self, taps: int, cin: int) -> int:
        return taps * round_up(cin, 4)

    def weight_bytes(self, taps: int, cin: int) -> int:  # noqa: ARG002 - the window's own size
        return 4 * self.channels * self.width

    def pack_weights(self, weights: NDArray[np.int8]) -> Bytes:
        pairs = weights.reshape(-1, self.channels, self.height, self.width)
        words = np.zeros((len(pairs), self.width, self.channels, 4), np.int8)
        for channel, lanes in enumerate(LANES[self.height]):
            words[:, :, channel, list(lanes)] = pairs[:, channel].transpose(0, 2, 1)
        return words.view(np.uint8).reshape(len(pairs), -1)

    def unpack_weights(self, data: Bytes, taps: int, cin: int) -> NDArray[np.int8]:
        del taps, cin  # the window's own size
        words = data.view(np.int8).reshape(len(data), self.width, self.channels, 4)
        pairs = [
            words[:, :, channel, list(lanes)].transpose(0, 2, 1)
            for channel, lanes in enumerate(LANES[self.height])
        ]
        return np.ascontiguousarray(np.stack(pairs, axis=1)).reshape(
            len(data) * self.channels, self.height * self.width, 1
        )
