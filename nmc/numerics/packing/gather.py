"""1:M records for word gathers on pixel-interleaved rows: pairs of weights with their indices."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmc.numerics.packing.pair import GROUP
from nmc.numerics.packing.record import Bytes
from nmc.numerics.packing.sparse import SparseFormat

# In a pair's word: where the byte of indices is.
INDICES_AT = 16


@dataclass(frozen=True)
class GatherFormat(SparseFormat):
    """Records of one channel: a word for each two blocks.

    Bytes 0 and 1 are the weights, byte 2 holds both indices, the first one lowest, byte 3 is 0.
    Where the number of blocks is odd the second weight of the last word is 0. n is 1, `unit` 2
    and `copies` 1.
    """

    @property
    def interleave(self) -> int:
        return GROUP

    @property
    def clamps(self) -> bool:
        return True

    def row_pitch(self, taps: int, cin: int) -> int:
        return taps * self.tap_pitch(cin)

    def index_bytes(self, taps: int, cin: int) -> int:
        return self.nonzeros(taps, cin) // 2

    def weight_bytes(self, taps: int, cin: int) -> int:
        return 2 * self.nonzeros(taps, cin)

    def pack_weights(self, weights: NDArray[np.int8]) -> Bytes:
        channels, taps, cin = weights.shape
        values, positions = self.split(weights)
        fill = ((0, 0), (0, self.nonzeros(taps, cin) - values.shape[1]))
        pairs = np.zeros((channels, self.nonzeros(taps, cin) // 2, 4), np.uint8)
        pairs[:, :, :2] = np.pad(values, fill).view(np.uint8).reshape(channels, -1, 2)
        indices = np.pad(positions, fill).reshape(channels, -1, 2)
        pairs[:, :, 2] = indices[:, :, 0] | (indices[:, :, 1] << self.width)
        return pairs.reshape(channels, -1)

    def unpack_weights(self, data: Bytes, taps: int, cin: int) -> NDArray[np.int8]:
        channels, blocks = data.shape[0], taps * self.blocks(cin)
        pairs = data.reshape(channels, -1, 4)
        values = np.ascontiguousarray(pairs[:, :, :2]).view(np.int8).reshape(channels, -1)
        both, mask = pairs[:, :, 2], (1 << self.width) - 1
        indices = np.stack([both & mask, both >> self.width & mask], axis=2).reshape(channels, -1)
        rows = np.zeros((channels, blocks, self.m), np.int8)
        places = indices[:, :blocks, None].astype(np.intp)
        np.put_along_axis(rows, places, values[:, :blocks, None], axis=2)
        return rows.reshape(channels, taps, -1)[:, :, :cin]
