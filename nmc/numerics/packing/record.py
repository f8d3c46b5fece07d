"""The record: the weights of a few output channels with their bias and multiplier.

A packed layer is a run of records of equal length. A tile of output channels is a run of whole
records, so packing does not depend on tiling. All integers are little-endian. A record is

    bias        int32 x channels     what the accumulators start from
    weights     and indices, as the format says
    multiplier  int32 x channels     of the requantisation
    offset      int32 x channels     where the format clamps: see `nmc.numerics.clamp`
    bound       int32 x channels

The multiplier follows the weights: a pointer that has streamed over the weights points at it.
A clamping format starts accumulators from bias - centre; requantisations of another form leave
the centre, offset and bound 0.
"""

from abc import ABC, abstractmethod
from dataclasses import astuple, dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmc.numerics.clamp import Clamp

Bytes = NDArray[np.uint8]


def round_up(value: int, multiple: int) -> int:
    """The least multiple of `multiple` that is not below `value`."""
    return -(-value // multiple) * multiple


@dataclass(frozen=True)
class Weights:
    """What a packed layer says.

    weights: int8 [O][T][I], T taps of I input channels (I = 1 for depthwise).
    bias, multiplier: int32 [O]. offset, bound: int32 [O], zeros unless the format clamps.
    """

    weights: NDArray[np.int8]
    bias: NDArray[np.int32]
    multiplier: NDArray[np.int32]
    offset: NDArray[np.int32]
    bound: NDArray[np.int32]


@dataclass(frozen=True)
class RecordFormat(ABC):
    """How one record is laid out. `channels` is the number of output channels of a record."""

    channels: int

    @property
    def interleave(self) -> int:
        """Pixels whose im2col rows lie byte by byte beside each other; 1: row after row."""
        return 1

    @property
    def clamps(self) -> bool:
        """Whether records hold the constants of the clamped form."""
        return False

    @property
    def tail_bytes(self) -> int:
        """Bytes of a record behind its weights."""
        return 4 * self.channels * (3 if self.clamps else 1)

    @abstractmethod
    def tap_pitch(self, cin: int) -> int:
        """Bytes from one tap of an im2col row to the next."""

    @abstractmethod
    def row_pitch(self, taps: int, cin: int) -> int:
        """Bytes from one im2col row to the next, a multiple of 4."""

    @abstractmethod
    def weight_bytes(self, taps: int, cin: int) -> int:
        """Bytes of weights and indices in one record, a multiple of 4."""

    @abstractmethod
    def pack_weights(self, weights: NDArray[np.int8]) -> Bytes:
        """uint8 [records][weight_bytes] of int8 [records * channels][T][I]."""

    @abstractmethod
    def unpack_weights(self, data: Bytes, taps: int, cin: int) -> NDArray[np.int8]:
        """int8 [records * channels][taps][cin] of uint8 [records][weight_bytes]."""

    def records(self, out_channels: int) -> int:
        """Records that hold `out_channels` output channels."""
        return -(-out_channels // self.channels)

    def record_bytes(self, taps: int, cin: int) -> int:
        """Bytes of one record."""
        return 4 * self.channels + self.weight_bytes(taps, cin) + self.tail_bytes

    def pack(
        self,
        weights: NDArray[np.int8],
        bias: NDArray[np.int32],
        multiplier: NDArray[np.int32],
        clamp: Clamp | None = None,
    ) -> Bytes:
        """Flat bytes of int8 [O][T][I], int32 [O], int32 [O] (or [1]: one for all channels).

        `clamp` holds the constants of the clamped form, for a format that clamps. The last record
        is filled with channels of zero weights and constants.
        """
        out_channels = weights.shape[0]
        padded = self.records(out_channels) * self.channels
        fill = padded - out_channels
        filled = np.pad(weights.astype(np.int8), ((0, fill), (0, 0), (0, 0)))
        words = partial(_words, count=out_channels, fill=fill, channels=self.channels)
        zero = np.zeros(1, np.int64)
        centre, *tail = (zero, zero, zero) if clamp is None else astuple(clamp)
        parts = [words(bias - centre), self.pack_weights(filled), words(multiplier)]
        if self.clamps:
            parts += [words(values) for values in tail]
        elif clamp is not None:
            raise ValueError(f"{type(self).__name__} has no room for the constants of a clamp")
        return np.concatenate(parts, axis=1).reshape(-1)

    def unpack(self, data: Bytes, out_channels: int, taps: int, cin: int) -> Weights:
        """The inverse of `pack`."""
        size = self.record_bytes(taps, cin)
        rows = np.ascontiguousarray(data).reshape(-1, size)
        head, tail = 4 * self.channels, size - self.tail_bytes

        def words(start: int) -> NDArray[np.int32]:
            part = np.ascontiguousarray(rows[:, start : start + head])
            return part.view("<i4").reshape(-1)[:out_channels]

        weights = self.unpack_weights(np.ascontiguousarray(rows[:, head:tail]), taps, cin)
        none = np.zeros(out_channels, np.int32)
        offset, bound = (words(tail + head), words(tail + 2 * head)) if self.clamps else (none,) * 2
        return Weights(weights[:out_channels], words(0), words(tail), offset, bound)


def _words(values: NDArray[Any], count: int, fill: int, channels: int) -> Bytes:
    full = np.broadcast_to(values.astype("<i4"), (count,))
    return np.pad(full, (0, fill)).astype("<i4").view(np.uint8).reshape(-1, 4 * channels)
