"""One-input functions of 8-bit integers: 256 results, one for each byte (numerics, "One-input").

Entry i of a table is the result for the input whose byte is i, so that int8 and uint8 inputs both
index it with an unsigned byte: for int8 the entries of 0 to 127 come first, then -128 to -1.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Function = Callable[[Floats], Floats]

ENTRIES = 256


def codes(dtype: npt.DTypeLike) -> npt.NDArray[np.int64]:
    """The integers of int8 or uint8 in the order of their bytes, 0 to 255."""
    return np.arange(ENTRIES, dtype=np.uint8).view(dtype).astype(np.int64)


def dequantised_codes(dtype: npt.DTypeLike, scale: float, zero_point: int) -> Floats:
    """The real numbers an 8-bit tensor can hold, in table order."""
    return (codes(dtype) - zero_point).astype(np.float64) * scale


def quantise_entries(
    values: Floats, scale: float, zero_point: int, bounds: tuple[int, int], dtype: npt.DTypeLike
) -> Array:
    """A table of `dtype`: `clamp(round_half_even(value / scale) + zero_point, lo, hi)`.

    values: float64 [256]. What is no number becomes the zero-point, infinities a bound.
    """
    low, high = bounds
    steps = np.nan_to_num(values / scale, nan=0.0, posinf=np.inf, neginf=-np.inf)
    reach = np.clip(steps, low - zero_point, high - zero_point)
    return np.clip(np.rint(reach) + zero_point, low, high).astype(dtype)


def lookup(table: Array, x: Array) -> Array:
    """`table` [256] at the bytes of `x`, int8 or uint8 of any shape; the table's dtype."""
    return table[np.ascontiguousarray(x).view(np.uint8)].reshape(x.shape)
