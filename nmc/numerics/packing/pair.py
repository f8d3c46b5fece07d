"""N:M records for pixel-interleaved rows: pairs of weights with the distances to what follows.

The rows of `interleave` pixels lie byte by byte beside each other: byte k of pixel p of a group is
at k * interleave + p. One address then serves a non-zero for all pixels of the group.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmc.numerics.packing.record import Bytes, round_up
from nmc.numerics.packing.sparse import SparseFormat

# Pixels of a group: four words of each k.
GROUP = 16


@dataclass(frozen=True)
class PairFormat(SparseFormat):
    """Records of one channel: where the first non-zero lies (int32), then pairs of non-zeros.

    A pair is its two int8 weights and, for each, the unsigned distance in bytes from its
    activations to those of the next non-zero, in `width` bits; the last distance is 0.
    `spread`: each weight is followed by a byte of 0, as the dot products take them. `unit` is 2 and
    `copies` 1.
    """

    spread: bool = False

    @property
    def interleave(self) -> int:
        return GROUP

    @property
    def clamps(self) -> bool:
        return True

    @property
    def pair_bytes(self) -> int:
        """Bytes of two non-zeros."""
        return self.distances_at + 2 * self.width // 8

    @property
    def distances_at(self) -> int:
        """Where in a pair its distances start."""
        return 4 if self.spread else 2

    def row_pitch(self, taps: int, cin: int) -> int:
        return round_up(taps * self.tap_pitch(cin), 4)

    def index_bytes(self, taps: int, cin: int) -> int:
        return self.nonzeros(taps, cin) * self.width // 8

    def stream_bytes(self, taps: int, cin: int) -> int:
        """Bytes of a channel's pairs, before padding to a word."""
        return self.nonzeros(taps, cin) // 2 * self.pair_bytes

    def weight_bytes(self, taps: int, cin: int) -> int:
        return 4 + round_up(self.stream_bytes(taps, cin), 4)

    def pack_weights(self, weights: NDArray[np.int8]) -> Bytes:
        channels, taps, cin = weights.shape
        values, at = self.positions(weights)
        fill = self.nonzeros(taps, cin) - values.shape[1]
        at = np.pad(at * GROUP, ((0, 0), (0, fill)), mode="edge")
        values = np.pad(values, ((0, 0), (0, fill)))
        kind = np.uint8 if self.width == 8 else np.uint16
        after = np.concatenate([at[:, 1:], at[:, -1:]], axis=1)
        deltas = (after - at).astype(kind).reshape(channels, -1, 2)
        # A weight as an unsigned halfword is the weight and a byte of 0.
        stored = values.view(np.uint8).astype("<u2" if self.spread else np.uint8)
        pairs = np.concatenate(
            [
                stored.view(np.uint8).reshape(channels, -1, self.distances_at),
                np.ascontiguousarray(deltas).view(np.uint8),
            ],
            axis=2,
        ).reshape(channels, -1)
        first = np.ascontiguousarray(at[:, :1].astype("<i4")).view(np.uint8)
        return np.concatenate([first, np.pad(pairs, ((0, 0), (0, -pairs.shape[1] % 4)))], axis=1)

    def unpack_weights(self, data: Bytes, taps: int, cin: int) -> NDArray[np.int8]:
        channels, stored = data.shape[0], taps * self.blocks(cin) * self.n
        first = np.ascontiguousarray(data[:, :4]).view("<i4").astype(np.int64)
        stream = data[:, 4 : 4 + self.stream_bytes(taps, cin)]
        pairs = stream.reshape(channels, -1, self.pair_bytes)
        start = self.distances_at
        weights = np.ascontiguousarray(pairs[:, :, : start : start // 2])
        values = weights.view(np.int8).reshape(channels, -1)
        steps = np.ascontiguousarray(pairs[:, :, start:]).view(
            np.uint8 if self.width == 8 else np.uint16
        )
        ends = first + np.cumsum(steps.reshape(channels, -1).astype(np.int64), axis=1)
        at = np.concatenate([first, ends[:, :-1]], axis=1)[:, :stored] // GROUP
        rows = np.zeros((channels, taps * self.tap_pitch(cin)), dtype=np.int8)
        np.put_along_axis(rows, at, values[:, :stored], axis=1)
        return rows.reshape(channels, taps, -1)[:, :, :cin]
