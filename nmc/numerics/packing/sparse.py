"""N:M records: the stored weights of one output channel, then their positions in the blocks.

Blocks of M run along the input channels of one tap, the last one ragged. Each block stores
exactly N weights in order of position; a block with fewer non-zeros stores zeros.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmc.errors import NmcError
from nmc.numerics.packing.record import Bytes, RecordFormat, round_up


@dataclass(frozen=True)
class SparseFormat(RecordFormat):
    """Records of one channel: int8 weights, then packed indices, lowest bits first.

    n, m:        weights stored of each block of m.
    width:       bits of an index.
    copies:      how often each index is stored in a row (2: once per pixel column).
    unit:        non-zeros are padded (weight 0, index 0) to a multiple of this, which is what
                 the kernel's inner loop consumes in an iteration.
    """

    n: int
    m: int
    width: int
    copies: int
    unit: int

    def blocks(self, cin: int) -> int:
        """Blocks of one tap."""
        return -(-cin // self.m)

    def nonzeros(self, taps: int, cin: int) -> int:
        """Stored weights of a channel, padding to `unit` included."""
        return round_up(taps * self.blocks(cin) * self.n, self.unit)

    def index_bytes(self, taps: int, cin: int) -> int:
        """Bytes of a channel's indices, before padding to a word."""
        return self.nonzeros(taps, cin) * self.copies * self.width // 8

    def tap_pitch(self, cin: int) -> int:
        return self.blocks(cin) * self.m

    def row_pitch(self, taps: int, cin: int) -> int:
        # Padding non-zeros read their (useless) activation inside the row.
        return round_up(-(-self.nonzeros(taps, cin) // self.n) * self.m, 4)

    def weight_bytes(self, taps: int, cin: int) -> int:
        return self.nonzeros(taps, cin) + round_up(self.index_bytes(taps, cin), 4)

    def split(self, weights: NDArray[np.int8]) -> tuple[NDArray[np.int8], NDArray[np.uint8]]:
        """Stored values and positions, both [O][taps * blocks * n], of int8 [O][T][I].

        Raises NmcError where a block has more than n non-zeros.
        """
        channels, taps, cin = weights.shape
        padded = np.pad(weights, ((0, 0), (0, 0), (0, -cin % self.m)))
        blocks = padded.reshape(channels, taps * self.blocks(cin), self.m)
        if int(np.count_nonzero(blocks, axis=2).max(initial=0)) > self.n:
            raise NmcError(
                f"weights are not {self.n}:{self.m} sparse along their input channels: "
                f"a block has more than {self.n} non-zeros; prune them or use a dense kernel"
            )
        # A stable sort puts the non-zeros first, in order; the lowest zeros fill the block.
        order = np.argsort(blocks == 0, axis=2, kind="stable")[:, :, : self.n]
        values = np.take_along_axis(blocks, order, axis=2)
        return values.reshape(channels, -1), order.astype(np.uint8).reshape(channels, -1)

    def positions(self, weights: NDArray[np.int8]) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
        """Stored values of int8 [O][T][I] and where each lies in an im2col row, in that order."""
        values, positions = self.split(weights)
        block = np.arange(values.shape[1], dtype=np.int64) // self.n
        at: NDArray[np.int64] = positions.astype(np.int64) + block * self.m
        order: NDArray[np.intp] = np.argsort(at, axis=1, kind="stable")
        return np.take_along_axis(values, order, axis=1), np.take_along_axis(at, order, axis=1)

    def join_fields(self, fields: NDArray[np.uint8]) -> Bytes:
        """Indices [R][fields] packed, lowest bits first, and padded to words."""
        per_byte = 8 // self.width
        parts = fields.reshape(len(fields), -1, per_byte).astype(np.uint16)
        shifts = np.arange(per_byte, dtype=np.uint16) * self.width
        packed = (parts << shifts).sum(axis=2).astype(np.uint8)
        return np.pad(packed, ((0, 0), (0, -packed.shape[1] % 4)))

    def split_fields(self, data: Bytes) -> NDArray[np.uint8]:
        """The inverse of `join_fields`, of bytes without padding."""
        shifts = np.arange(8 // self.width, dtype=np.uint8) * self.width
        mask = np.uint8((1 << self.width) - 1)
        return ((data[:, :, None] >> shifts) & mask).reshape(len(data), -1)

    def scatter(
        self, values: NDArray[np.int8], positions: NDArray[np.uint8], taps: int, cin: int
    ) -> NDArray[np.int8]:
        """The inverse of `split`, int8 [O][T][I]; what is stored behind the blocks is left out."""
        channels, stored = values.shape[0], taps * self.blocks(cin) * self.n
        blocks = np.zeros((channels, taps * self.blocks(cin), self.m), dtype=np.int8)
        shape = (channels, taps * self.blocks(cin), self.n)
        where = positions[:, :stored].reshape(shape).astype(np.intp)
        # Added, not assigned: a ragged block may name a position twice, the second time with 0.
        rows, columns = np.indices(shape)[:2]
        np.add.at(blocks, (rows, columns, where), values[:, :stored].reshape(shape))
        return blocks.reshape(channels, taps, -1)[:, :, :cin]

    def pack_weights(self, weights: NDArray[np.int8]) -> Bytes:
        _, taps, cin = weights.shape
        values, positions = self.split(weights)
        fill = ((0, 0), (0, self.nonzeros(taps, cin) - values.shape[1]))
        fields = np.repeat(np.pad(positions, fill), self.copies, axis=1)
        stored = np.ascontiguousarray(np.pad(values, fill)).view(np.uint8)
        return np.concatenate([stored, self.join_fields(fields)], axis=1)

    def unpack_weights(self, data: Bytes, taps: int, cin: int) -> NDArray[np.int8]:
        first = self.nonzeros(taps, cin)
        values = np.ascontiguousarray(data[:, :first]).view(np.int8)
        fields = self.split_fields(data[:, first : first + self.index_bytes(taps, cin)])
        return self.scatter(values, fields[:, :: self.copies], taps, cin)
