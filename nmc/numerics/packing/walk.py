"""N:M records that a pointer walks along: distances from non-zero to non-zero.

For single rows. An absolute index costs an extract and an add for each non-zero; a distance is
added by the load that uses the pointer. The pointer walks on from channel to channel. Where a
distance fits four bits the walk goes around: from a channel's last non-zero upwards to the place
behind the row where the next channel's first one would be, and a row back. Else distances are
signed, and channels of even number run up the row and those of odd number down it, so that a
channel begins near where the one before ended.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmc.numerics.clamp import Clamp
from nmc.numerics.packing.record import Bytes, Weights, round_up
from nmc.numerics.packing.sparse import SparseFormat

# Bits of a distance where the walk goes around; it spans less than two blocks.
AROUND = 4

# Places in a record. The multiplier stands in front, so that it is there when the sum is.
BIAS, MULTIPLIER, FIRST, STREAM = 0, 4, 8, 12

# Behind the stream: the constants of the clamped form.
OFFSET, BOUND, TAIL = 0, 4, 8


@dataclass(frozen=True)
class WalkFormat(SparseFormat):
    """Records of one channel: bias, multiplier, the place of its first non-zero; then non-zeros.

    The first three are int32, and so are the offset and the bound of the clamped form behind the
    non-zeros. `unit` non-zeros are their int8 weights, then a word of the bytes from each one's
    activation to that of the next: the last one's leads to the first one of the next channel (0
    behind the last channel). `width` is 4 and `unit` 8 where the walk goes around, which M up to 8
    allows; else `width` is 8 and `unit` 4, for M up to 64. `copies` is 1.
    """

    @property
    def around(self) -> bool:
        """Whether the walk goes around rather than up and down."""
        return self.width == AROUND

    def span(self, taps: int, cin: int) -> int:
        """How far a walk around goes in a channel: a row without what pads it to words."""
        return taps * self.tap_pitch(cin)

    @property
    def clamps(self) -> bool:
        return True

    def row_pitch(self, taps: int, cin: int) -> int:
        return round_up(taps * self.tap_pitch(cin), 4)

    def weight_bytes(self, taps: int, cin: int) -> int:
        return 4 + self.nonzeros(taps, cin) + self.index_bytes(taps, cin)

    def pack(
        self,
        weights: NDArray[np.int8],
        bias: NDArray[np.int32],
        multiplier: NDArray[np.int32],
        clamp: Clamp | None = None,
    ) -> Bytes:
        """As `RecordFormat.pack`; the multiplier behind the bias."""
        rows = super().pack(weights, bias, multiplier, clamp).reshape(len(weights), -1)
        return _moved(rows, rows.shape[1] - 4 - TAIL, MULTIPLIER).reshape(-1)

    def unpack(self, data: Bytes, out_channels: int, taps: int, cin: int) -> Weights:
        size = self.record_bytes(taps, cin)
        rows = np.ascontiguousarray(data).reshape(-1, size)
        behind = np.ascontiguousarray(_moved(rows, MULTIPLIER, size - 4 - TAIL))
        return super().unpack(behind.reshape(-1), out_channels, taps, cin)

    def pack_weights(self, weights: NDArray[np.int8]) -> Bytes:
        channels, taps, cin = weights.shape
        values, at = self.positions(weights)
        if not self.around:
            values[1::2], at[1::2] = values[1::2, ::-1].copy(), at[1::2, ::-1].copy()
        fill = self.nonzeros(taps, cin) - values.shape[1]
        at = np.pad(at, ((0, 0), (0, fill)), mode="edge")
        values = np.pad(values, ((0, 0), (0, fill)))
        following = np.concatenate([at.reshape(-1)[1:], at[-1:, -1]]).reshape(at.shape)
        distances = following - at
        if self.around:
            distances[:-1, -1] += self.span(taps, cin)
        fields = self.join_fields(distances.reshape(-1, self.unit).astype(np.uint8))
        stored = values.reshape(-1, self.unit).view(np.uint8)
        first: NDArray[Any] = at[:, :1].astype("<i4")
        return np.concatenate(
            [
                first.view(np.uint8),
                np.concatenate([stored, fields], axis=1).reshape(channels, -1),
            ],
            axis=1,
        )

    def unpack_weights(self, data: Bytes, taps: int, cin: int) -> NDArray[np.int8]:
        stored = taps * self.blocks(cin) * self.n
        first = np.ascontiguousarray(data[:, :4]).view("<i4").astype(np.int64)
        steps = np.ascontiguousarray(data[:, 4:]).reshape(-1, self.unit + 4)
        values = steps[:, : self.unit].reshape(len(first), -1).view(np.int8)
        fields = self.split_fields(steps[:, self.unit :])
        distances = (fields if self.around else fields.view(np.int8)).astype(np.int64)
        ends = first + np.cumsum(distances.reshape(len(first), -1), axis=1)
        at = np.concatenate([first, ends[:, :-1]], axis=1)[:, :stored]
        rows = np.zeros((len(first), self.span(taps, cin)), dtype=np.int8)
        np.put_along_axis(rows, at, values[:, :stored], axis=1)
        return rows.reshape(len(first), taps, -1)[:, :, :cin]


def _moved(rows: Bytes, old: int, new: int) -> Bytes:
    """The same records with the word at `old` moved to `new`."""
    word = rows[:, old : old + 4]
    return np.insert(np.delete(rows, slice(old, old + 4), axis=1), [new] * 4, word, axis=1)
