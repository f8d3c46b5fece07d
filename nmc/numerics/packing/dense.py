"""Dense records: the channels of a record interleaved word by word."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmc.numerics.packing.record import Bytes, RecordFormat, round_up


@dataclass(frozen=True)
class DenseFormat(RecordFormat):
    """K = taps * cin weights of each channel, padded with zeros to a multiple of 4.

    Four weights of channel 0, four of channel 1, ..., then the next four of channel 0: all the
    channels of a record stream from one pointer. `clamped`: with the constants of that form.
    """

    clamped: bool = False

    @property
    def clamps(self) -> bool:
        return self.clamped

    def tap_pitch(self, cin: int) -> int:
        return cin

    def row_pitch(self, taps: int, cin: int) -> int:
        return round_up(taps * cin, 4)

    def weight_bytes(self, taps: int, cin: int) -> int:
        return self.channels * round_up(taps * cin, 4)

    def pack_weights(self, weights: NDArray[np.int8]) -> Bytes:
        channels, taps, cin = weights.shape
        length = taps * cin
        rows = np.pad(weights.reshape(channels, length), ((0, 0), (0, -length % 4)))
        words = rows.reshape(-1, self.channels, rows.shape[1] // 4, 4).transpose(0, 2, 1, 3)
        return np.ascontiguousarray(words).view(np.uint8).reshape(words.shape[0], -1)

    def unpack_weights(self, data: Bytes, taps: int, cin: int) -> NDArray[np.int8]:
        length = taps * cin
        words = data.view(np.int8).reshape(data.shape[0], -1, self.channels, 4)
        rows = np.ascontiguousarray(words.transpose(0, 2, 1, 3))
        return rows.reshape(data.shape[0] * self.channels, -1)[:, :length].reshape(-1, taps, cin)
