"""Addition of two quantised tensors with one rounding (numerics, "Add")."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nmc.numerics.derive import RATE_ALLOWED, RequantError

Array = npt.NDArray[Any]

MULTIPLIER_BITS = 21


@dataclass(frozen=True)
class AddParams:
    """`y = clamp((((a - z_a) * m_a + (b - z_b) * m_b + 2^(s-1)) >> s) + z, lo, hi)`."""

    lhs_zero_point: int
    rhs_zero_point: int
    lhs_multiplier: int
    rhs_multiplier: int
    shift: int
    zero_point: int
    lo: int
    hi: int

    def apply(self, lhs: Array, rhs: Array) -> Array:
        """Add integer arrays of one shape; int64 within [lo, hi], the caller casts."""
        total = (lhs.astype(np.int64) - self.lhs_zero_point) * self.lhs_multiplier
        total += (rhs.astype(np.int64) - self.rhs_zero_point) * self.rhs_multiplier
        total += 1 << (self.shift - 1)
        total >>= self.shift
        total += self.zero_point
        return np.clip(total, self.lo, self.hi)

    def extremes(self, lhs_range: tuple[int, int], rhs_range: tuple[int, int]) -> tuple[int, int]:
        """Least and greatest value before the shift, `z << s` and the rounding term added."""
        offset = (self.zero_point << self.shift) + (1 << (self.shift - 1))
        low, high = (
            (lhs_range[end] - self.lhs_zero_point) * self.lhs_multiplier
            + (rhs_range[end] - self.rhs_zero_point) * self.rhs_multiplier
            + offset
            for end in (0, 1)
        )
        return low, high


def unsafe_add_reason(
    params: AddParams, lhs_range: tuple[int, int], rhs_range: tuple[int, int]
) -> str | None:
    """Why the constants break what 32-bit kernels rely on; None when they do not."""
    for side, value in (("lhs", params.lhs_multiplier), ("rhs", params.rhs_multiplier)):
        if not 0 <= value < 1 << MULTIPLIER_BITS:
            return f"{side}_multiplier must lie in [0, 2^{MULTIPLIER_BITS}), got {value}"
    if not 1 <= params.shift <= 31:
        return f"shift must be 1 to 31, got {params.shift}"
    if params.lo > params.hi:
        return f"lo = {params.lo} lies above hi = {params.hi}"
    low, high = params.extremes(lhs_range, rhs_range)
    if low < -(1 << 31) or high >= 1 << 31:
        return "the sum can leave 32 bits: use a smaller shift"
    return None


def derive_add(
    lhs_real: float,
    rhs_real: float,
    *,
    lhs_zero_point: int,
    rhs_zero_point: int,
    lhs_range: tuple[int, int],
    rhs_range: tuple[int, int],
    zero_point: int,
    bounds: tuple[int, int],
) -> AddParams:
    """The addition with the largest shift whose multipliers stay below 2^21 and sums in 32 bits.

    `lhs_real`, `rhs_real` are `s_a / s_y` and `s_b / s_y`. At most 765 steps are in play where the
    scales are alike, so the shift is about 20 and the error of a multiplier, 2^-21 of an input
    step, far below the contract's bound. Raises RequantError where the scales differ so much that
    it is not.
    """
    for shift in range(31, 0, -1):
        params = AddParams(
            lhs_zero_point,
            rhs_zero_point,
            round(lhs_real * 2.0**shift),
            round(rhs_real * 2.0**shift),
            shift,
            zero_point,
            *bounds,
        )
        if unsafe_add_reason(params, lhs_range, rhs_range) is None:
            break
    else:
        raise RequantError("its input scales are too large for its output scale")
    # Each input is off by at most half a multiplier step: 255 steps of 2^-(s+1), over outputs.
    if 255 * 2.0 ** -(params.shift + 1) * 2 >= RATE_ALLOWED:
        raise RequantError("its input and output scales differ too much for an accurate sum")
    return params
