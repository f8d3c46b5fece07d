"""The clamped form of a requantisation: constants that bound the accumulator, not the output.

An output that has reached a bound stays there, so the accumulator can be held where that happens
first. With the ends [bottom, top] of a channel moved to lie evenly around zero that is one
instruction, and neither the product nor the output needs another bound:

    y = (clip(acc - centre, -bound - 1, bound) * m + offset + 2^(s-1)) >> s

in 32 bits that wrap. `bias - centre` starts the accumulator instead of the bias.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nmc.numerics.requant import Requant

Array = npt.NDArray[Any]

REACH = 1 << 30
"""Accumulators of the clamped form lie in [-REACH, REACH]."""


@dataclass(frozen=True)
class Clamp:
    """Constants of each channel, int64 [channels]; `offset` as a signed 32-bit number."""

    centre: npt.NDArray[np.int64]
    offset: npt.NDArray[np.int64]
    bound: npt.NDArray[np.int64]


def unclampable_reason(requant: Requant) -> str | None:
    """Why these constants have no clamped form, or None where they have."""
    limit = 1 << (31 - requant.shift)
    if requant.lo < -limit or requant.hi >= limit:
        return f"the clamped form cannot hold outputs up to {requant.hi} at shift {requant.shift}"
    # Two accumulators at least give the lowest output: so the range can be made even.
    if max(requant.multiplier) >= 1 << max(requant.shift - 2, 0):
        return "the clamped form needs multipliers below a quarter of 2^shift"
    return None


def clamp_of(requant: Requant, channels: int) -> Clamp:
    """The constants for `channels` channels. Requires that `unclampable_reason` finds nothing."""
    shift, zero = requant.shift, requant.zero_point
    m = np.broadcast_to(np.asarray(requant.multiplier, dtype=np.int64), (channels,))
    half, divisor = 1 << (shift - 1), np.maximum(m, 1)
    # y >= hi from `top` on, y <= lo up to `bottom`.
    top = -((half - ((requant.hi - zero) << shift)) // divisor)
    bottom = (((requant.lo - zero + 1) << shift) - half - 1) // divisor
    top, bottom = np.minimum(top, REACH), np.maximum(bottom, -REACH)
    bound = (top - bottom) // 2
    centre = top - bound
    # An output that is always the same is the offset's.
    constant = (m == 0) | (requant.lo == requant.hi)
    only = np.clip(zero, requant.lo, requant.hi) << shift
    bound, centre = np.where(constant, 0, bound), np.where(constant, 0, centre)
    offset = np.where(constant, only, centre * m + (zero << shift))
    wrapped = (offset + (1 << 31)) % (1 << 32) - (1 << 31)
    return Clamp(centre, wrapped, bound)


def apply_clamp(
    acc: Array, multiplier: Array, offset: Array, bound: Array, shift: int
) -> npt.NDArray[np.int64]:
    """Outputs of accumulators [..., channels] from which the centre was subtracted."""
    limit = bound.astype(np.int64)
    held = np.clip(acc.astype(np.int64), -limit - 1, limit)
    total = held * multiplier.astype(np.int64) + offset + (1 << (shift - 1))
    return ((total + (1 << 31)) % (1 << 32) - (1 << 31)) >> shift
