"""Random operands."""

import numpy as np
from numpy.typing import NDArray

from nmc.backend.kernels import DepthwiseKernel, depthwise_by_name
from nmc.dialects.tile import RequantAttr
from nmc.numerics import tile_ops
from nmc.numerics.packing import Bytes


def random_weights(
    rng: np.random.Generator, shape: tuple[int, int, int], nm: tuple[int, int] | None
) -> NDArray[np.int8]:
    """int8 [O][T][I], pruned by magnitude to n of each m where a pattern is given."""
    weights = rng.integers(-128, 128, shape).astype(np.int8)
    if nm is None:
        return weights
    n, m = nm
    padded = np.pad(weights, ((0, 0), (0, 0), (0, -shape[2] % m)))
    blocks = padded.reshape(shape[0], shape[1], -1, m).copy()
    ranks = np.argsort(np.argsort(-np.abs(blocks.astype(int)), axis=3, kind="stable"), axis=3)
    blocks[ranks >= n] = 0
    return blocks.reshape(padded.shape)[:, :, : shape[2]]


def line_kernel(height: int, width: int, stride: int) -> DepthwiseKernel:
    """The depthwise kernel for lines of windows of this size."""
    ending = "" if stride == 1 else f"-s{stride}"
    return depthwise_by_name(f"depthwise-line-{height}x{width}{ending}")


def random_bytes(rng: np.random.Generator, size: int) -> Bytes:
    """uint8 [size]."""
    return rng.integers(0, 256, size).astype(np.uint8)


def plain(requant: RequantAttr) -> tile_ops.TileRequant:
    """The constants as NumPy semantics take them."""
    return tile_ops.TileRequant(
        requant.shift.data,
        requant.zero_point.data,
        requant.lo.data,
        requant.hi.data,
        requant.acc_bits.data,
        requant.kind == "clamped",
    )
