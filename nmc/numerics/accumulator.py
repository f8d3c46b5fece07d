"""What values an accumulator can reach, exactly, and whether a requantisation is safe for them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from nmc.numerics.clamp import REACH, unclampable_reason
from nmc.numerics.requant import Requant

Array = npt.NDArray[Any]

INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1


def accumulator_bounds(
    weights: Array, bias: Array, x_range: tuple[int, int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Smallest and largest `bias + sum(x * w)` of each output channel over every possible input.

    weights: int8 [channels, ...]; bias: int32 [channels]; every x lies in `x_range`, both ends
    included. With raw inputs (an int8 tensor: -128..127) the bias must be the folded one, with
    `x - z_x` inputs the unfolded one: both give the same bounds. The bounds are reached: each x
    is free, so the largest sum takes x_hi where w > 0 and x_lo where w < 0.
    """
    rows = weights.reshape(weights.shape[0], -1)
    positive = np.where(rows > 0, rows, 0).sum(axis=1, dtype=np.int64)
    negative = rows.sum(axis=1, dtype=np.int64) - positive
    start = bias.astype(np.int64)
    lo, hi = x_range
    return start + positive * lo + negative * hi, start + positive * hi + negative * lo


def unsafe_reason(requant: Requant, low: Array, high: Array) -> str | None:
    """Why `requant` is wrong for accumulators in [low, high], or None when it is safe.

    `low` and `high` are int64 [channels]. Checked, for every channel: the accumulator fits int32;
    saturation to `acc_bits` happens only where the output has reached its bound; in narrow form
    nothing leaves int32, nor does what the wide form moves up; the clamped form has its constants.
    All of them are monotonous in the accumulator, so the two ends decide.
    """
    if int(low.min()) < INT32_MIN or int(high.max()) > INT32_MAX:
        worst = int(np.argmax(np.maximum(-low, high)))
        return f"the accumulator of channel {worst} can leave int32"
    ends = requant.saturate(np.stack([low, high]))
    if requant.acc_bits:
        outputs = requant.apply(ends)
        cut_low = (ends[0] != low) & (outputs[0] != requant.lo)
        cut_high = (ends[1] != high) & (outputs[1] != requant.hi)
        if bool(np.any(cut_low | cut_high)):
            worst = int(np.argmax(cut_low | cut_high))
            return f"saturating to {requant.acc_bits} bits changes results of channel {worst}"
    if requant.form == "clamped":
        if int(low.min()) < -REACH or int(high.max()) > REACH:
            return "an accumulator of the clamped form can leave [-2^30, 2^30]"
        return unclampable_reason(requant)
    if requant.form == "narrow":
        multiplier = np.asarray(requant.multiplier, dtype=np.int64)
        offset = (requant.zero_point << requant.shift) + (1 << (requant.shift - 1))
        sums = ends * multiplier + offset
        outside = (sums < INT32_MIN) | (sums > INT32_MAX)
        if bool(np.any(outside)):
            worst = int(np.argmax(outside.any(axis=0)))
            return f"the narrow form can leave 32 bits in channel {worst}"
    raised = ends << requant.raised
    beyond = (raised < INT32_MIN) | (raised > INT32_MAX)
    if bool(np.any(beyond)):
        worst = int(np.argmax(beyond.any(axis=0)))
        return f"the wide form can leave 32 bits in channel {worst}: saturate the accumulator"
    return None
