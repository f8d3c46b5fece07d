"""1:M records of two channels whose indices alternate, as published for fully connected layers.

The published instruction takes two steps in each block: for convolutions one a pixel, with the same
index twice; for a single row one a channel, with the index of each (arXiv 2503.06183).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmc.numerics.packing.record import Bytes, round_up
from nmc.numerics.packing.sparse import SparseFormat


@dataclass(frozen=True)
class ChannelPairFormat(SparseFormat):
    """Records: four int8 weights of channel 0, four of channel 1, the next four of channel 0, ...

    Behind them the packed indices: of each block that of channel 0, then that of channel 1.
    `channels` is 2, and so is `copies`, the indices of a position; n is 1.
    """

    def weight_bytes(self, taps: int, cin: int) -> int:
        stored = self.channels * self.nonzeros(taps, cin)
        return stored + round_up(self.index_bytes(taps, cin), 4)

    def pack_weights(self, weights: NDArray[np.int8]) -> Bytes:
        channels, taps, cin = weights.shape
        values, positions = self.split(weights)
        fill = ((0, 0), (0, self.nonzeros(taps, cin) - values.shape[1]))
        records = channels // self.channels
        words = np.pad(values, fill).reshape(records, self.channels, -1, 4).transpose(0, 2, 1, 3)
        pairs = np.pad(positions, fill).reshape(records, self.channels, -1).transpose(0, 2, 1)
        stored = np.ascontiguousarray(words).view(np.uint8).reshape(records, -1)
        return np.concatenate([stored, self.join_fields(pairs.reshape(records, -1))], axis=1)

    def unpack_weights(self, data: Bytes, taps: int, cin: int) -> NDArray[np.int8]:
        records, stored = data.shape[0], self.channels * self.nonzeros(taps, cin)
        words = np.ascontiguousarray(data[:, :stored]).view(np.int8)
        words = words.reshape(records, -1, self.channels, 4).transpose(0, 2, 1, 3)
        fields = self.split_fields(data[:, stored : stored + self.index_bytes(taps, cin)])
        positions = fields.reshape(records, -1, self.channels).transpose(0, 2, 1)
        shape = (records * self.channels, -1)
        return self.scatter(words.reshape(shape), positions.reshape(shape), taps, cin)
