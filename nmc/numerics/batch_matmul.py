"""Matrix products of two activations (numerics, "Convolution and matrix product")."""

from typing import Any

import numpy as np
import numpy.typing as npt

from nmc.numerics.requant import Requant

Array = npt.NDArray[Any]


def product_bounds(
    depth: int, lhs: tuple[int, int], rhs: tuple[int, int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Smallest and largest sum of `depth` products: int64 [1] each.

    `lhs` and `rhs` are the ends of what the factors can be once their zero-points are taken off.
    Both bounds are reached, since every factor is free.
    """
    products = [a * b for a in lhs for b in rhs]
    return np.array([depth * min(products)]), np.array([depth * max(products)])


def batch_matmul(
    lhs: Array,
    rhs: Array,
    requant: Requant,
    *,
    lhs_zero_point: int = 0,
    rhs_zero_point: int = 0,
    transpose_rhs: bool = False,
) -> npt.NDArray[np.int64]:
    """Products of matrices, requantised: int64 [.., M, N] within the bounds of `requant`.

    lhs 8-bit [.., M, K]; rhs 8-bit [.., K, N], or [.., N, K] with `transpose_rhs`; the axes in
    front are the same.
    """
    # A difference has 9 bits, a product of two is below 2^16: sums are exact in float64 for any
    # K that fits memory, and in float32 below 2^24.
    dtype = np.float32 if lhs.shape[-1] <= 256 else np.float64
    left = lhs.astype(dtype) - lhs_zero_point
    right = rhs.astype(dtype) - rhs_zero_point
    if transpose_rhs:
        right = np.swapaxes(right, -1, -2)
    return requant.apply((left @ right).astype(np.int64))
