"""From real scales to the integers of a requantisation (numerics, "Requantisation").

Given the real multiplier M of each channel and the accumulators it can meet, choose form, shift,
multipliers and saturation. In order of cost on the target, the first whose estimated error is
small enough wins:

1. narrow, no saturation;
2. clamped (contractions only): the accumulator held by channel, so that the output needs no bound
   of its own; multipliers up to 22 bits;
3. narrow after saturating the accumulator where the output has reached its bound (one more
   instruction an output): fewer accumulator bits leave more bits to the multiplier;
4. wide (31-bit multipliers; the high product takes five cycles on RI5CY instead of one);
5. wide with accumulators moved up, and saturated if need be, for real multipliers of 1/4 and more.

**Error estimate.** With m = round(M * 2^s), y differs from the real result only where
`acc * (m / 2^s - M)` carries `acc * M` over a rounding boundary, so with probability
`|y_real| * |m / (2^s * M) - 1|` for a fraction that is uniform. Averaged over outputs spread evenly
over what the channel can output, and over channels, that is the rate. Real outputs crowd near
zero, where the error is smaller; the worst case (every output at its bound) is twice the
estimate. So an estimate below 1/400 keeps the contract's 1/200 for any distribution.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from nmc.numerics.accumulator import INT32_MAX, INT32_MIN, unsafe_reason
from nmc.numerics.clamp import REACH, unclampable_reason
from nmc.numerics.requant import (
    CLAMPED_SHIFTS,
    NARROW_SHIFTS,
    WIDE_LEAST,
    WIDE_SHIFTS,
    Form,
    Requant,
)

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]

RATE_WANTED = 1 / 400
RATE_ALLOWED = 1 / 200


class RequantError(ValueError):
    """No requantisation of the contract's accuracy exists; the message says why."""


@dataclass(frozen=True)
class Target:
    """What a requantisation must do: real multipliers, reachable accumulators, output bounds.

    `real` is float64 [1] or [channels]; `low`, `high` int64 [channels].
    """

    real: Floats
    low: Array
    high: Array
    zero_point: int
    lo: int
    hi: int

    def requant(self, shift: int, form: Form, acc_bits: int = 0) -> Requant:
        """The requantisation with this shift, multipliers rounded to nearest."""
        multiplier = np.rint(np.ldexp(self.real, shift)).astype(np.int64)
        return Requant(
            tuple(int(m) for m in multiplier),
            shift,
            self.zero_point,
            self.lo,
            self.hi,
            form,
            acc_bits,
        )


def derive_requant(
    real: Floats,
    low: Array,
    high: Array,
    zero_point: int,
    bounds: tuple[int, int],
    *,
    clamped: bool = False,
) -> Requant:
    """The cheapest requantisation that keeps the contract.

    real: positive float64 [1] or [channels], `s_x * s_w / s_y`; low, high: int64 [channels], the
    accumulators the layer can reach (`accumulator_bounds`); bounds: (lo, hi) of the output;
    clamped: whether that form may be taken. Raises RequantError when an accumulator leaves int32 or
    no form is accurate enough.
    """
    if int(low.min()) < INT32_MIN or int(high.max()) > INT32_MAX:
        raise RequantError("its accumulator can reach 2^31")
    if not bool(np.all(real > 0)) or not bool(np.all(np.isfinite(real))):
        raise RequantError("its scales do not give positive finite multipliers")
    target = Target(real, low, high, zero_point, *bounds)
    found: list[tuple[float, Requant]] = []
    for search in (_narrow, *([_clamped] if clamped else []), _narrow_saturated, _wide, _raised):
        requant = search(target)
        if requant is None:
            continue
        rate = off_by_one_rate(target, requant)
        if rate < RATE_WANTED:
            return requant
        found.append((rate, requant))
    best = min(found, key=lambda pair: pair[0], default=None)
    if best is None or best[0] >= RATE_ALLOWED:
        spread = float(real.max() / real.min())
        raise RequantError(
            f"no 32-bit multipliers are accurate enough (real multipliers {real.min():.3g} to "
            f"{real.max():.3g}, a spread of {spread:.3g})"
        )
    return best[1]


def off_by_one_rate(target: Target, requant: Requant) -> float:
    """The estimated share of outputs that differ by one; infinite if any can differ by more."""
    error = np.abs(np.asarray(requant.multiplier, dtype=np.float64) - _scaled(target, requant))
    relative = error / _scaled(target, requant)
    # Outputs (before z is added) a channel can produce without saturating.
    bottom = np.clip(target.low * target.real, target.lo - target.zero_point - 0.5, None)
    top = np.clip(target.high * target.real, None, target.hi - target.zero_point + 0.5)
    live = top > bottom
    if not bool(live.any()):
        return 0.0
    largest = np.maximum(np.abs(top), np.abs(bottom)) * relative
    if bool(np.any(largest[live] > 0.5)):
        return float("inf")
    mean = _mean_magnitude(bottom, top, live)
    return float(np.mean((mean * relative)[live]))


def _scaled(target: Target, requant: Requant) -> Floats:
    return np.ldexp(target.real, requant.shift)


def _mean_magnitude(bottom: Floats, top: Floats, live: Array) -> Floats:
    """Mean of |y| for y uniform on [bottom, top] (1 where that is empty)."""
    span = np.where(live, top - bottom, 1.0)
    straddling = (top * top + bottom * bottom) / (2 * span)
    one_sided = np.abs(top + bottom) / 2
    return np.where((bottom < 0) & (top > 0), straddling, one_sided)


def _fits_narrow(target: Target, requant: Requant) -> bool:
    """Whether `sat(acc) * m + (z << s) + 2^(s-1)` stays in int32 at both ends of every channel."""
    multiplier = np.asarray(requant.multiplier, dtype=np.int64)
    if int(multiplier.max()) > INT32_MAX:
        return False
    offset = (requant.zero_point << requant.shift) + (1 << (requant.shift - 1))
    sums = requant.saturate(np.stack([target.low, target.high])) * multiplier + offset
    return int(sums.min()) >= INT32_MIN and int(sums.max()) <= INT32_MAX


def _narrow(target: Target) -> Requant | None:
    """Narrow form with the largest shift that fits, without saturation."""
    for shift in reversed(NARROW_SHIFTS):
        requant = target.requant(shift, "narrow")
        if _fits_narrow(target, requant):
            return requant
    return None


def _narrow_saturated(target: Target) -> Requant | None:
    """Narrow form with the largest shift that fits, the accumulator saturated where exact."""
    for shift in reversed(NARROW_SHIFTS):
        bits = _exact_acc_bits(target, target.requant(shift, "narrow"))
        if bits > 32:
            continue
        requant = target.requant(shift, "narrow", bits)
        if _fits_narrow(target, requant):
            return requant
    return None


def _exact_acc_bits(target: Target, requant: Requant) -> int:
    """The fewest bits an accumulator can be saturated to without changing any result."""
    multiplier = np.maximum(np.asarray(requant.multiplier, dtype=np.int64), 1)
    half = 1 << (requant.shift - 1)
    # y >= hi from here on: acc * m + half >= (hi - z) << s. And y <= lo up to there.
    reaches_hi = -((half - ((target.hi - target.zero_point) << requant.shift)) // multiplier)
    reaches_lo = (((target.lo - target.zero_point + 1) << requant.shift) - half - 1) // multiplier
    dead = np.asarray(requant.multiplier, dtype=np.int64) == 0
    top = np.where(dead, target.high, np.minimum(target.high, reaches_hi))
    bottom = np.where(dead, target.low, np.maximum(target.low, reaches_lo))
    need = max(int(top.max()), -int(bottom.min()) - 1, 1)
    return need.bit_length() + 1


def _clamped(target: Target) -> Requant | None:
    """Clamped form with the largest shift."""
    if int(target.low.min()) < -REACH or int(target.high.max()) > REACH:
        return None
    for shift in reversed(CLAMPED_SHIFTS):
        requant = target.requant(shift, "clamped")
        if unclampable_reason(requant) is None:
            return requant
    return None


def _wide(target: Target) -> Requant | None:
    """Wide form with the largest shift that keeps multipliers below 2^31."""
    for shift in range(WIDE_SHIFTS[-1], WIDE_LEAST - 1, -1):
        if _fits_wide(target, shift):
            return target.requant(shift, "wide")
    return None


def _raised(target: Target) -> Requant | None:
    """Wide form with accumulators moved up, those beyond an output's bounds saturated."""
    for shift in range(WIDE_LEAST - 1, WIDE_SHIFTS[0] - 1, -1):
        if not _fits_wide(target, shift):
            continue
        plain = target.requant(shift, "wide")
        saturated = replace(plain, acc_bits=_exact_acc_bits(target, plain))
        for requant in (plain, saturated):
            if unsafe_reason(requant, target.low, target.high) is None:
                return requant
    return None


def _fits_wide(target: Target, shift: int) -> bool:
    return float(np.rint(np.ldexp(target.real, shift)).max()) <= INT32_MAX
