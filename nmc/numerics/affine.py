"""Between real numbers and integers, as ONNX's QuantizeLinear and DequantizeLinear do it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def _along(values: Sequence[float] | Sequence[int], axis: int | None, rank: int) -> Array:
    array = np.asarray(values)
    if axis is None:
        return array.reshape(())
    shape = [1] * rank
    shape[axis] = array.size
    return array.reshape(shape)


def quantize(
    x: Array,
    scale: Sequence[float],
    zero_point: Sequence[int],
    dtype: npt.DTypeLike,
    *,
    axis: int | None = None,
    bounds: tuple[int, int] | None = None,
) -> Array:
    """`clamp(round_half_even(x / scale) + zero_point, lo, hi)` as an array of `dtype`.

    The division is float32's, as in ONNX Runtime; NaN becomes the zero-point. `bounds` defaults
    to the dtype's.
    """
    lo, hi = bounds or (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    scales = _along(scale, axis, x.ndim).astype(np.float32)
    zeros = _along(zero_point, axis, x.ndim).astype(np.float64)
    steps = np.rint(x.astype(np.float32) / scales).astype(np.float64)
    return np.clip(np.nan_to_num(steps, nan=0.0) + zeros, lo, hi).astype(dtype)


def dequantize(
    q: Array, scale: Sequence[float], zero_point: Sequence[int], *, axis: int | None = None
) -> npt.NDArray[np.float32]:
    """`(q - zero_point) * scale` in float32."""
    scales = _along(scale, axis, q.ndim).astype(np.float32)
    zeros = _along(zero_point, axis, q.ndim).astype(np.int64)
    return (q.astype(np.int64) - zeros).astype(np.float32) * scales


def quantize_bound(value: float, scale: float, zero_point: int) -> int:
    """A real bound (of a Clip) as an integer: round_half_even(value / scale) + zero_point."""
    steps = np.rint(np.float32(value) / np.float32(scale))
    return int(np.clip(steps, -(1 << 20), 1 << 20)) + zero_point
