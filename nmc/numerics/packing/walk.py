"""N:M records of four channels that a pointer walks along: distances from non-zero to non-zero.

For one row at a time. An absolute index costs an extract and an add for each non-zero; a distance
is added by the load that uses the pointer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmc.numerics.packing.record import Bytes, round_up
from nmc.numerics.packing.sparse import SparseFormat

# Non-zeros that share a word of weights and one of distances.
STEP = 4


@dataclass(frozen=True)
class WalkFormat(SparseFormat):
    """Records: a byte a channel, where its first non-zero lies; then each channel's non-zeros.

    Four non-zeros are their int8 weights, then for each the bytes from its activation to that of
    the next one (uint8; 0 behind the last). `width` is 8, `copies` 1, `unit` 4, `channels` 4.
    A distance spans less than two blocks, so M is at most 128.
    """

    def row_pitch(self, taps: int, cin: int) -> int:
        return round_up(taps * self.tap_pitch(cin), 4)

    def channel_bytes(self, taps: int, cin: int) -> int:
        """Bytes of one channel's weights and distances."""
        return 2 * self.nonzeros(taps, cin)

    def weight_bytes(self, taps: int, cin: int) -> int:
        return self.channels + self.channels * self.channel_bytes(taps, cin)

    def pack_weights(self, weights: NDArray[np.int8]) -> Bytes:
        channels, taps, cin = weights.shape
        values, at = self.positions(weights)
        fill = self.nonzeros(taps, cin) - values.shape[1]
        at = np.pad(at, ((0, 0), (0, fill)), mode="edge")
        values = np.pad(values, ((0, 0), (0, fill)))
        distances = np.diff(at, axis=1, append=at[:, -1:]).astype(np.uint8)
        quads = np.stack(
            [
                np.ascontiguousarray(values).view(np.uint8).reshape(channels, -1, STEP),
                distances.reshape(channels, -1, STEP),
            ],
            axis=2,
        )
        records = channels // self.channels
        first = at[:, 0].astype(np.uint8).reshape(records, -1)
        return np.concatenate([first, quads.reshape(records, -1)], axis=1)

    def unpack_weights(self, data: Bytes, taps: int, cin: int) -> NDArray[np.int8]:
        stored = taps * self.blocks(cin) * self.n
        first = data[:, : self.channels].reshape(-1, 1).astype(np.int64)
        quads = data[:, self.channels :].reshape(len(first), -1, 2, STEP)
        values = np.ascontiguousarray(quads[:, :, 0]).view(np.int8).reshape(len(first), -1)
        steps = np.cumsum(quads[:, :, 1].reshape(len(first), -1).astype(np.int64), axis=1)
        at = np.concatenate([first, first + steps[:, :-1]], axis=1)[:, :stored]
        rows = np.zeros((len(first), taps * self.tap_pitch(cin)), dtype=np.int8)
        np.put_along_axis(rows, at, values[:, :stored], axis=1)
        return rows.reshape(len(first), taps, -1)[:, :, :cin]
