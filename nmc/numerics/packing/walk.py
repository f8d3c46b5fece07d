"""N:M records that a pointer walks along: distances from non-zero to non-zero, signed.

For single rows. An absolute index costs an extract and an add for each non-zero; a distance is
added by the load that uses the pointer. Channels of even number run up the row and those of odd
number down it, so that a channel begins near where the one before ended: the pointer walks on,
and nothing is set up for a channel.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmc.numerics.clamp import Clamp
from nmc.numerics.packing.record import Bytes, Weights, round_up
from nmc.numerics.packing.sparse import SparseFormat

# Non-zeros that share a word of weights and one of distances.
STEP = 4

# Places in a record. The multiplier stands in front, so that it is there when the sum is.
BIAS, MULTIPLIER, FIRST, STREAM = 0, 4, 8, 12

# Behind the stream: the constants of the clamped form.
OFFSET, BOUND, TAIL = 0, 4, 8


@dataclass(frozen=True)
class WalkFormat(SparseFormat):
    """Records of one channel: bias, multiplier, the place of its first non-zero; then non-zeros.

    The first three are int32, and so are the offset and the bound of the clamped form behind the
    non-zeros. Four non-zeros are their int8 weights, then for each the bytes from its activation to
    that of the next one (int8): the last one's leads to the first one of the next channel (0 behind
    the last channel). `width` is 8, `copies` 1, `unit` 4.
    A distance spans less than two blocks, so M is at most 64.
    """

    @property
    def clamps(self) -> bool:
        return True

    def row_pitch(self, taps: int, cin: int) -> int:
        return round_up(taps * self.tap_pitch(cin), 4)

    def weight_bytes(self, taps: int, cin: int) -> int:
        return 4 + 2 * self.nonzeros(taps, cin)

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
        values[1::2], at[1::2] = values[1::2, ::-1].copy(), at[1::2, ::-1].copy()
        fill = self.nonzeros(taps, cin) - values.shape[1]
        at = np.pad(at, ((0, 0), (0, fill)), mode="edge")
        values = np.pad(values, ((0, 0), (0, fill)))
        following = np.concatenate([at.reshape(-1)[1:], at[-1:, -1]])
        distances = (following - at.reshape(-1)).astype(np.int8)
        quads = np.stack(
            [values.reshape(channels, -1, STEP), distances.reshape(channels, -1, STEP)], axis=2
        )
        first: NDArray[Any] = at[:, :1].astype("<i4")
        return np.concatenate(
            [first.view(np.uint8), quads.view(np.uint8).reshape(channels, -1)], axis=1
        )

    def unpack_weights(self, data: Bytes, taps: int, cin: int) -> NDArray[np.int8]:
        stored = taps * self.blocks(cin) * self.n
        first = np.ascontiguousarray(data[:, :4]).view("<i4").astype(np.int64)
        quads = np.ascontiguousarray(data[:, 4:]).view(np.int8).reshape(len(first), -1, 2, STEP)
        values = quads[:, :, 0].reshape(len(first), -1)
        steps = np.cumsum(quads[:, :, 1].reshape(len(first), -1).astype(np.int64), axis=1)
        at = np.concatenate([first, first + steps[:, :-1]], axis=1)[:, :stored]
        rows = np.zeros((len(first), taps * self.tap_pitch(cin)), dtype=np.int8)
        np.put_along_axis(rows, at, values[:, :stored], axis=1)
        return rows.reshape(len(first), taps, -1)[:, :, :cin]


def _moved(rows: Bytes, old: int, new: int) -> Bytes:
    """The same records with the word at `old` moved to `new`."""
    word = rows[:, old : old + 4]
    return np.insert(np.delete(rows, slice(old, old + 4), axis=1), [new] * 4, word, axis=1)
