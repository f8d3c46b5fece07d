"""Softmax of rows of 8-bit integers in 32-bit arithmetic (numerics, "Softmax").

For a row x of n integers, with T the table of `round(2^23 exp(-d * s_x))` for d = 0 to 255 and
elements of w = 23 - v bits:

    d[i]  = max(x) - x[i]
    total = sum over parts of `part` elements of (sum of T[d[i]] >> v)     a part is below 2^32
    h     = clamp(msb(total) - w, 0, 31 - s)                               total in w + 1 bits
    r     = (numerator + ((total >> h) >> 1)) / (total >> h), rounded down
    e[i]  = (T[d[i]] + 2^(v-1)) >> v                                       at most 2^w
    y[i]  = clamp(((e[i] * r + 2^(s+h-1)) >> (s+h)) + z, lo, hi)

`numerator / 2^s` is 1 / s_y, so that `e * r / 2^(s+h)` is exp / sum in steps of the output. Every
value is below 2^32, unsigned. An element is off by at most 2^-(w+1) / s_y steps, its row's
reciprocal by 2^-(30-w) of itself, so of 255 steps at most: w is chosen to balance the two, 15 for
the usual s_y = 1/255 and up to 18 for finer ones.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nmc.numerics.derive import RequantError

Array = npt.NDArray[Any]

ONE_BITS = 23
"""exp(0) is 2^23 in the table."""
FINEST_SCALE = 1 / 32768
"""Output scales below it leave no number of bits that is accurate enough."""
PART = 256
"""2^23 * 256 is below 2^32: so many elements are added before the partial sum is shifted."""
LONGEST_ROW = 4096


@dataclass(frozen=True)
class SoftmaxParams:
    """The constants of one softmax.

    `table` [256] of exponentials, the first a power of two and the largest; `value_shift` v;
    `part` elements of a partial sum; `numerator` and `shift` s of the division; zero-point and
    bounds of the output.
    """

    table: tuple[int, ...]
    numerator: int
    shift: int
    value_shift: int
    zero_point: int
    lo: int
    hi: int
    part: int = PART

    @property
    def element_bits(self) -> int:
        """w: the exponential of the largest element is 2^w where it is multiplied."""
        return (self.table[0] >> self.value_shift).bit_length() - 1

    @property
    def largest_step(self) -> int:
        """No output is more steps above the zero-point: that of a row's maximum alone.

        A larger total makes a smaller reciprocal, or a larger shift.
        """
        bits = self.element_bits
        reciprocal = (self.numerator + ((1 << bits) >> 1)) >> bits
        return ((reciprocal << bits) + (1 << (self.shift - 1))) >> self.shift

    def apply(self, x: Array) -> npt.NDArray[np.int64]:
        """Softmax of an 8-bit x [.., n] along its last axis; int64 within [lo, hi]."""
        wide = x.astype(np.int64)
        exponential = np.asarray(self.table, np.int64)[wide.max(axis=-1, keepdims=True) - wide]
        total = self._total(exponential)
        drop = np.clip(_bit_length(total) - 1 - self.element_bits, 0, 31 - self.shift)
        divisor = total >> drop
        reciprocal = (self.numerator + (divisor >> 1)) // divisor
        element = (exponential + (1 << (self.value_shift - 1))) >> self.value_shift
        shift = self.shift + drop
        steps = (element * reciprocal + (np.int64(1) << (shift - 1))) >> shift
        return np.clip(steps + self.zero_point, self.lo, self.hi)

    def _total(self, exponential: Array) -> npt.NDArray[np.int64]:
        """The shifted partial sums of int64 [.., n], added: [.., 1]."""
        length = exponential.shape[-1]
        starts = range(0, length, self.part)
        parts = [exponential[..., i : i + self.part].sum(axis=-1, keepdims=True) for i in starts]
        return np.sum([part >> self.value_shift for part in parts], axis=0)


def _bit_length(values: Array) -> npt.NDArray[np.int64]:
    """Bits of positive integers below 2^53, which float64 holds exactly."""
    return np.frexp(values.astype(np.float64))[1].astype(np.int64)


def unsafe_softmax_reason(params: SoftmaxParams, length: int) -> str | None:
    """Why rows of `length` elements can leave 32 bits, None when they cannot."""
    if len(params.table) != 256 or min(params.table) < 0:
        return "the table needs 256 numbers of 0 or more"
    first = params.table[0]
    if first != max(params.table) or first & (first - 1):
        return f"the table must start with its largest entry, a power of two; got {first}"
    if not 1 <= params.value_shift < first.bit_length():
        return f"value_shift must be 1 to {first.bit_length() - 1}, got {params.value_shift}"
    if params.part < 1 or first * min(params.part, length) >= 1 << 32:
        return f"a partial sum of {params.part} elements can leave 32 bits"
    parts = -(-length // params.part)
    if parts * (first * min(params.part, length) >> params.value_shift) >= 1 << 31:
        return f"the sum of a row of {length} elements can leave 32 bits"
    if params.element_bits > 30 or not 0 < params.numerator <= largest_numerator(params):
        limit = largest_numerator(params)
        return f"numerator must be 1 to {limit}, got {params.numerator}"
    if not 1 <= params.shift <= 31:
        return f"shift must be 1 to 31, got {params.shift}"
    if params.lo > params.hi:
        return f"lo = {params.lo} lies above hi = {params.hi}"
    return None


def largest_numerator(params: SoftmaxParams) -> int:
    """What keeps the largest element times its row's reciprocal below 2^31."""
    return (1 << 31) - (1 << params.element_bits)


def derive_softmax(
    input_scale: float,
    output_scale: float,
    length: int,
    *,
    zero_point: int,
    bounds: tuple[int, int],
) -> SoftmaxParams:
    """The constants for rows of `length` elements. Raises RequantError where none are accurate."""
    if length > LONGEST_ROW:
        raise RequantError(f"its rows have {length} elements, more than {LONGEST_ROW}")
    if output_scale < FINEST_SCALE:
        raise RequantError(
            f"its output scale {output_scale:.3g} is below 1/{round(1 / FINEST_SCALE)}, too fine"
            " for its elements; quantise its result to the range 0 to 1"
        )
    bits = min(max(11 + round(math.log2(1 / output_scale) / 2), 15), 18)
    exponentials = np.rint(np.ldexp(np.exp(-input_scale * np.arange(256)), ONE_BITS))
    table = tuple(int(value) for value in exponentials)
    # The largest shift that leaves the numerator below 2^31.
    for shift in range(31, 0, -1):
        numerator = round(math.ldexp(1 / output_scale, shift))
        params = SoftmaxParams(table, numerator, shift, ONE_BITS - bits, zero_point, *bounds)
        if 0 < numerator <= largest_numerator(params):
            return params
    raise RequantError(f"its output scale {output_scale:.3g} is out of range")
