"""Depthwise records: as dense ones with K = taps, over im2col rows that keep channels apart."""

from dataclasses import dataclass

from nmc.numerics.packing.dense import DenseFormat
from nmc.numerics.packing.record import round_up


@dataclass(frozen=True)
class DepthwiseFormat(DenseFormat):
    """Weights int8 [O][taps][1]; `cin` of the pitches is the number of input channels.

    An im2col row is [tap][channel] with the channels padded to words, so that four channels of
    a tap are one aligned word.
    """

    def tap_pitch(self, cin: int) -> int:
        return round_up(cin, 4)

    def row_pitch(self, taps: int, cin: int) -> int:
        return taps * round_up(cin, 4)

    def weight_bytes(self, taps: int, cin: int) -> int:  # noqa: ARG002 - one weight a tap, whatever cin
        return self.channels * round_up(taps, 4)
