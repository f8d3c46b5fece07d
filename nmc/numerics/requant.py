"""Requantisation: from an int32 accumulator to the output's integers (numerics, "Requantisation").

    y = clamp(((sat(acc) * m + 2^(s-1)) >> s) + z, lo, hi)

in unbounded integers, with one shift for a layer and one multiplier for it or for each channel.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Form = Literal["narrow", "clamped", "wide"]

NARROW_SHIFTS = range(1, 32)
CLAMPED_SHIFTS = range(1, 25)
WIDE_SHIFTS = range(18, 63)
WIDE_LEAST = 33
"""The least shift of a wide requantisation whose accumulators are not moved up."""


def raised_by(shift: int) -> int:
    """Bits that accumulators are moved up by before their wide product with this shift."""
    return max(0, WIDE_LEAST - shift)


SHIFTS: dict[str, range] = {
    "narrow": NARROW_SHIFTS,
    "clamped": CLAMPED_SHIFTS,
    "wide": WIDE_SHIFTS,
}
"""The shifts of each form."""


@dataclass(frozen=True)
class Requant:
    """The constants of one requantisation.

    `form` is how a 32-bit machine gets these bits, and promises what it needs:

    * "narrow": 1 <= s <= 31, and `sat(acc) * m + (z << s) + 2^(s-1)` lies inside int32 for every
      accumulator the layer can reach: one multiply, one add, one shift. (The product alone may
      wrap; the sum modulo 2^32 is right.)
    * "clamped": 1 <= s <= 24, accumulators inside [-2^30, 2^30], multipliers below 2^(s-2): each
      channel's accumulator is held where its output reaches a bound (`nmc.numerics.clamp`), so
      that again 32 bits do. The product may wrap, the sum does not.
    * "wide": 18 <= s <= 62, m < 2^31, acc inside int32: the high half of the 64-bit product,
      `z << (s - 32)` added, a rounding shift by s - 32. The same bits, since the low half of the
      product cannot carry past a boundary that is a multiple of 2^32. With s < 33, for scales of
      which a real multiplier is 1/4 or more, `sat(acc)` is moved up by 33 - s first, inside int32,
      and s is 33.

    `acc_bits` > 0 saturates the accumulator to that many bits (signed) before the multiplication;
    it is only used where the output has saturated by then, so it changes no result.
    """

    multiplier: tuple[int, ...]
    """One for the tensor, or one for each channel; 0 <= m < 2^31."""
    shift: int
    zero_point: int
    lo: int
    hi: int
    form: Form = "narrow"
    acc_bits: int = 0

    def apply(self, acc: Array, channel_axis: int = -1) -> Array:
        """Requantise accumulators of any shape; per-channel multipliers run along `channel_axis`.

        The result is int64 within [lo, hi]; the caller casts it to the tensor's dtype.
        """
        multiplier = np.asarray(self.multiplier, dtype=np.int64)
        if multiplier.size > 1:
            shape = [1] * acc.ndim
            shape[channel_axis] = multiplier.size
            multiplier = multiplier.reshape(shape)
        # |acc| < 2^31, m < 2^31 and 2^(s-1) <= 2^61: the sum stays inside int64.
        wide = self.saturate(acc.astype(np.int64)) * multiplier
        wide += 1 << (self.shift - 1)
        wide >>= self.shift
        wide += self.zero_point
        return np.clip(wide, self.lo, self.hi)

    def widened(self) -> "Requant":
        """A clamped requantisation in the wide form: the same bits."""
        if self.form != "clamped":
            raise ValueError(f"a {self.form} requantisation is not widened")
        bits = WIDE_LEAST - self.shift
        multiplier = tuple(m << bits for m in self.multiplier)
        return replace(self, multiplier=multiplier, shift=self.shift + bits, form="wide")

    @property
    def raised(self) -> int:
        """Bits that accumulators are moved up by before their product."""
        return raised_by(self.shift) if self.form == "wide" else 0

    def saturate(self, acc: Array) -> Array:
        """`acc` clamped to `acc_bits` bits, unchanged when that is 0."""
        if self.acc_bits == 0:
            return acc
        limit = 1 << (self.acc_bits - 1)
        return np.clip(acc, -limit, limit - 1)
