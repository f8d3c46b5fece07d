"""Layer normalisation of rows of 8-bit integers in 32-bit arithmetic (numerics, "LayerNorm").

For a row x of n integers, S1 and S2 the sums of x and x^2, exact:

    N = ((n S2 - S1^2) << f) + epsilon                        64 bits; n^2 (variance + eps), f even
    M = N shifted by an even h into [2^30, 2^32)              N = M 2^h
    d = floor(sqrt(M))                                        16 bits
    a = (n 2^k + (d >> 1)) / d, rounded down                  n 2^k in [2^30, 2^31): 15 to 16 bits
    A = a shifted left by F - k + f / 2 - h / 2               n / sqrt(N), F fraction bits
    C = -(q A + (A * (r * (2^32 / n)) >> 32))                 -mean A, for S1 = q n + r, 0 <= r < n

A row's scale A and offset C hold for all of it, an element is

    t = (x A + C + 2^(F-t'-1)) >> (F-t')                      (x - mean) / deviation, t' bits
    y = clamp((t g + b) >> s, lo, hi)                         g, b are the channel's

with the zero-point and the rounding of the last shift in b. Everything is taken modulo 2^32: since
|x - mean| <= sqrt(n - 1) deviations, x A + C lies within 31 bits, though neither term need. A
row without variance and epsilon (N = 0) has A = 0.

Errors: A is off by 2^-15 of itself at most; t by 2^-(t'+1), which counts `gain / s_y` times;
g by half its last bit, which counts t times.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

LONGEST_ROW = 4096
MASK = (1 << 32) - 1


@dataclass(frozen=True)
class RowNorm:
    """The constants that take a row to its normalised elements.

    `length` n; `row_bits` F; `value_bits` t'; `epsilon` in steps of the squared sums with
    `epsilon_bits` f fraction bits.
    """

    length: int
    row_bits: int
    value_bits: int
    epsilon: int
    epsilon_bits: int

    @property
    def numerator_bits(self) -> int:
        """k: how far n is shifted to have 31 bits."""
        return 31 - self.length.bit_length()

    @property
    def largest(self) -> int:
        """No |t| is larger."""
        return math.ceil((math.sqrt(self.length - 1) + 2**-6) * (1 << self.value_bits)) + 1

    def normalise(self, x: Array) -> npt.NDArray[np.int64]:
        """t for every element of an 8-bit x [.., n]: int64, `value_bits` fraction bits."""
        wide = x.astype(np.int64)
        scale, offset = self.row(wide.sum(axis=-1), (wide * wide).sum(axis=-1))
        drop = self.row_bits - self.value_bits
        total = wide * scale[..., None] + offset[..., None] + (1 << (drop - 1))
        return _signed(total) >> drop

    def row(self, total: Array, squares: Array) -> tuple[Array, Array]:
        """(A, C) of rows with these sums, int64 holding unsigned 32-bit numbers."""
        n = self.length
        power = ((n * squares - total * total) << self.epsilon_bits) + self.epsilon
        half = _half_shift(power)
        mantissa = np.where(half >= 0, power >> np.maximum(2 * half, 0), power)
        mantissa = mantissa << np.maximum(-2 * half, 0)
        root = np.maximum(_floor_sqrt(mantissa), 1)
        quotient = ((n << self.numerator_bits) + (root >> 1)) // root
        shift = self.row_bits - self.numerator_bits + self.epsilon_bits // 2 - half
        scale = np.where(shift >= 0, quotient << np.maximum(shift, 0), quotient) & MASK
        scale = np.where(shift >= 0, scale, scale >> np.minimum(np.maximum(-shift, 0), 31))
        scale = np.where(power == 0, 0, scale)
        whole = np.floor_divide(total, n)
        part = (total - whole * n) * min((1 << 32) // n, MASK)
        # The two factors are below 2^32 and their product may pass 2^63: halves are multiplied.
        high = (scale * (part >> 16) + ((scale * (part & 0xFFFF)) >> 16)) >> 16
        return scale, -(whole * scale + high) & MASK


def _signed(values: Array) -> npt.NDArray[np.int64]:
    """The numbers that 32-bit registers hold."""
    return ((values + (1 << 31)) & MASK) - (1 << 31)


def _half_shift(power: Array) -> npt.NDArray[np.int64]:
    """h / 2: half the even shift that brings numbers below 2^62 into [2^30, 2^32); 0 for 0."""
    high = np.frexp((power >> 31).astype(np.float64))[1].astype(np.int64)
    low = np.frexp((power & 0x7FFFFFFF).astype(np.float64))[1].astype(np.int64)
    bits = np.where(high > 0, high + 31, low)
    return np.where(power == 0, 0, -((32 - bits) // 2))


def _floor_sqrt(values: Array) -> npt.NDArray[np.int64]:
    """The integer square root of numbers below 2^32: float64's is exact there."""
    return np.floor(np.sqrt(values.astype(np.float64))).astype(np.int64)


@dataclass(frozen=True)
class LayerNormParams:
    """A row's normalisation and what each channel makes of it: `clamp((t g + b) >> shift)`.

    The gains g and offsets b (int32 [n], zero-point and rounding included) are operands.
    """

    rows: RowNorm
    shift: int
    lo: int
    hi: int

    def apply(self, x: Array, gain: Array, offset: Array) -> npt.NDArray[np.int64]:
        """The layer on an 8-bit x [.., n]; int64 within [lo, hi]."""
        values = self.rows.normalise(x) * gain.astype(np.int64) + offset.astype(np.int64)
        return np.clip(values >> self.shift, self.lo, self.hi)


def unsafe_row_reason(rows: RowNorm, largest_input: int) -> str | None:
    """Why rows of inputs up to `largest_input` in magnitude break the arithmetic, None if not."""
    n = rows.length
    if not 1 <= n <= LONGEST_ROW:
        return f"rows of {n} elements are not done, 1 to {LONGEST_ROW} are"
    if rows.epsilon_bits % 2 or not 0 <= rows.epsilon_bits <= 30:
        return f"epsilon_bits must be even and 0 to 30, got {rows.epsilon_bits}"
    if rows.epsilon < 0:
        return f"epsilon must not be negative, got {rows.epsilon}"
    if (n * n * largest_input**2 << rows.epsilon_bits) + rows.epsilon >= 1 << 62:
        return "the sums with epsilon can leave 62 bits: use fewer epsilon_bits"
    if not 0 <= rows.value_bits < rows.row_bits:
        return f"value_bits must be 0 to row_bits - 1, got {rows.value_bits}"
    if (math.sqrt(n - 1) + 1) * (1 << rows.row_bits) > 1 << 30:
        return f"{rows.row_bits} row_bits are too many for rows of {n} elements"
    # The largest shift is that of N = 1.
    shift = rows.row_bits - rows.numerator_bits + rows.epsilon_bits // 2 + 15
    if not -31 <= shift <= 31:
        return "a row's scale can leave 32 bits: use fewer epsilon_bits"
    return None


def unsafe_layer_norm_reason(
    params: LayerNormParams, gain: Array, offset: Array, largest_input: int
) -> str | None:
    """Why the constants of the layer break 32-bit arithmetic, None when they do not."""
    reason = unsafe_row_reason(params.rows, largest_input)
    if reason is not None:
        return reason
    if not 1 <= params.shift <= 31:
        return f"shift must be 1 to 31, got {params.shift}"
    if params.lo > params.hi:
        return f"lo = {params.lo} lies above hi = {params.hi}"
    reach = np.abs(gain.astype(np.int64)) * params.rows.largest + np.abs(offset.astype(np.int64))
    if int(reach.max()) >= 1 << 31:
        return f"channel {int(np.argmax(reach))} can leave 32 bits"
    return None
