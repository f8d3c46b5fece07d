"""N:M records for gather-and-accumulate: indices and weights as words in the order they are used.

The rows of `lanes` pixels lie byte by byte beside each other: position k of lane q of a group is
at k * lanes + q.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmc.numerics.clamp import Clamp
from nmc.numerics.packing.record import Bytes, Weights
from nmc.numerics.packing.sparse import SparseFormat

Words = NDArray[np.uint32]

# A word holds this many weights.
WEIGHTS = 4


@dataclass(frozen=True)
class Chunk:
    """Consecutive non-zeros that share a word of indices: numbers [first, first + count)."""

    first: int
    count: int

    @property
    def weight_words(self) -> int:
        """Words of weights, the last one perhaps not full."""
        return -(-self.count // WEIGHTS)


@dataclass(frozen=True)
class AccumulateFormat(SparseFormat):
    """Records of four channels, each its bias (int32), its chunks and its multiplier (int32).

    The n non-zeros of the blocks are n passes, each over all blocks: pass t holds the t-th of each.
    A pass is a chunk of what does not fill a whole one, then chunks of `unit` non-zeros. A chunk is
    a word of indices and words of four weights. Non-zero number c, counted over all passes, has
    field c mod unit of its chunk's indices and lane c mod 4 of its word of weights: both follow
    from a counter, and the chunks need no alignment. `unit` is the indices in a word, `copies` 1.
    """

    lanes: int

    @property
    def interleave(self) -> int:
        return self.lanes

    def nonzeros(self, taps: int, cin: int) -> int:
        """Stored weights of a channel: nothing is padded."""
        return taps * self.blocks(cin) * self.n

    def row_pitch(self, taps: int, cin: int) -> int:
        return taps * self.tap_pitch(cin)

    def passes(self, taps: int, cin: int) -> list[list[Chunk]]:
        """The chunks of each pass."""
        blocks = taps * self.blocks(cin)
        return [list(self._chunks(t * blocks, blocks)) for t in range(self.n)]

    def _chunks(self, first: int, count: int) -> Iterator[Chunk]:
        rest = count % self.unit
        if rest:
            yield Chunk(first, rest)
        for start in range(first + rest, first + count, self.unit):
            yield Chunk(start, self.unit)

    def channel_words(self, taps: int, cin: int) -> int:
        """Words of a channel: bias, chunks, multiplier."""
        chunks = [chunk for chunks in self.passes(taps, cin) for chunk in chunks]
        return 2 + sum(1 + chunk.weight_words for chunk in chunks)

    def index_bytes(self, taps: int, cin: int) -> int:
        return 4 * sum(len(chunks) for chunks in self.passes(taps, cin))

    def weight_bytes(self, taps: int, cin: int) -> int:
        return self.channels * 4 * (self.channel_words(taps, cin) - 2)

    def pack(
        self,
        weights: NDArray[np.int8],
        bias: NDArray[np.int32],
        multiplier: NDArray[np.int32],
        clamp: Clamp | None = None,
    ) -> Bytes:
        if clamp is not None:
            raise ValueError("AccumulateFormat has no room for the constants of a clamp")
        outputs = weights.shape[0]
        fill = self.records(outputs) * self.channels - outputs
        padded = np.pad(weights.astype(np.int8), ((0, fill), (0, 0), (0, 0)))
        ends = [
            np.pad(np.broadcast_to(value.astype(np.int32), (outputs,)), (0, fill))[:, None]
            for value in (bias, multiplier)
        ]
        words = [ends[0].view(np.uint32), self._stream(padded), ends[1].view(np.uint32)]
        return np.concatenate(words, axis=1).astype("<u4").view(np.uint8).reshape(-1)

    def unpack(self, data: Bytes, out_channels: int, taps: int, cin: int) -> Weights:
        size = self.channel_words(taps, cin)
        words = np.ascontiguousarray(data).view("<u4").astype(np.uint32).reshape(-1, size)
        words = words[:out_channels]
        ends = np.ascontiguousarray(words[:, [0, -1]]).view(np.int32)
        weights = self._weights(words[:, 1:-1], taps, cin)
        none = np.zeros(len(words), np.int32)
        return Weights(weights, ends[:, 0].copy(), ends[:, 1].copy(), none, none)

    def pack_weights(self, weights: NDArray[np.int8]) -> Bytes:
        stream = self._stream(weights).astype("<u4").view(np.uint8)
        return stream.reshape(weights.shape[0] // self.channels, -1)

    def unpack_weights(self, data: Bytes, taps: int, cin: int) -> NDArray[np.int8]:
        size = self.channel_words(taps, cin) - 2
        words = np.ascontiguousarray(data).view("<u4").astype(np.uint32).reshape(-1, size)
        return self._weights(words, taps, cin)

    def _stream(self, weights: NDArray[np.int8]) -> Words:
        """The chunks of each channel, uint32 [O][words]."""
        channels, taps, cin = weights.shape
        values, positions = self.split(weights)
        # Non-zero c of a channel: pass by pass, in each block by block.
        values = values.reshape(channels, -1, self.n).transpose(0, 2, 1).reshape(channels, -1)
        positions = positions.reshape(channels, -1, self.n).transpose(0, 2, 1)
        positions = positions.reshape(channels, -1)
        words: list[Words] = []
        for chunk in (chunk for chunks in self.passes(taps, cin) for chunk in chunks):
            c = np.arange(chunk.first, chunk.first + chunk.count)
            words.append(_joined(positions[:, c], c % self.unit * self.width))
            for part in np.split(c, range(WEIGHTS, chunk.count, WEIGHTS)):
                words.append(_joined(values[:, part].view(np.uint8), part % WEIGHTS * 8))
        return np.stack(words, axis=1)

    def _weights(self, words: Words, taps: int, cin: int) -> NDArray[np.int8]:
        """The inverse: int8 [O][T][I]."""
        channels, blocks = words.shape[0], taps * self.blocks(cin)
        rows = np.zeros((channels, blocks * self.m), dtype=np.int8)
        at = 0
        for number, chunks in enumerate(self.passes(taps, cin)):
            for chunk in chunks:
                c = np.arange(chunk.first, chunk.first + chunk.count)
                fields = words[:, at, None] >> (c % self.unit * self.width).astype(np.uint32)
                positions = fields & ((1 << self.width) - 1)
                source = at + 1 + np.arange(chunk.count) // WEIGHTS
                values = words[:, source] >> (c % WEIGHTS * 8).astype(np.uint32)
                place = (c - number * blocks) * self.m + positions.astype(np.intp)
                channel = np.indices(place.shape)[0]
                # Added, not assigned: a block may name a position twice, once with weight 0.
                np.add.at(rows, (channel, place), (values & 0xFF).astype(np.uint8).view(np.int8))
                at += 1 + chunk.weight_words
        return rows.reshape(channels, taps, -1)[:, :, :cin]


def _joined(fields: NDArray[np.uint8], shifts: NDArray[np.intp]) -> Words:
    """One word of fields at bit positions, for each channel."""
    return np.bitwise_or.reduce(fields.astype(np.uint32) << shifts.astype(np.uint32), axis=1)
