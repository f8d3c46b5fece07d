"""Convolution and matrix product: the integers, their constants, and the bits they compute."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nmc.numerics.accumulator import INT32_MAX, INT32_MIN, accumulator_bounds
from nmc.numerics.derive import Floats, RequantError, derive_requant
from nmc.numerics.geometry import PoolGeometry
from nmc.numerics.requant import Requant

Array = npt.NDArray[Any]


def quantize_bias(bias: Floats, scale: Floats) -> npt.NDArray[np.int64]:
    """A real bias in accumulator units, round-half-even(b / (s_x * s_w)): int64 [channels]."""
    return np.rint(bias / scale).astype(np.int64)


def fold_zero_point(weights: Array, bias: Array, zero_point: int) -> npt.NDArray[np.int64]:
    """`bias - z_x * sum(w)`, the bias for raw inputs: int64. weights int8 [channels, ...]."""
    sums = weights.reshape(weights.shape[0], -1).sum(axis=1, dtype=np.int64)
    return bias.astype(np.int64) - zero_point * sums


def unfold_zero_point(weights: Array, folded: Array, zero_point: int) -> npt.NDArray[np.int64]:
    """The inverse of `fold_zero_point`: the model's bias from the folded one and the weights."""
    return fold_zero_point(weights, folded, -zero_point)


@dataclass(frozen=True)
class Contraction:
    """The integer constants of a convolution or matrix product."""

    folded_bias: npt.NDArray[np.int32]
    requant: Requant


def derive_contraction(
    weights: Array,
    bias: Array,
    real: Floats,
    *,
    input_zero_point: int,
    input_range: tuple[int, int],
    zero_point: int,
    bounds: tuple[int, int],
) -> Contraction:
    """Folded bias and requantisation of a layer.

    weights int8 [channels, ...]; bias integers [channels] at scale s_x * s_w, not folded; real
    float64 [1] or [channels], `s_x * s_w / s_y`; `input_range` of the input's dtype; `bounds`
    (lo, hi) of the output. Raises RequantError as `derive_requant` does.
    """
    folded = fold_zero_point(weights, bias, input_zero_point)
    low, high = accumulator_bounds(weights, folded, input_range)
    real, folded, low, high = _settle_constant_channels(real, folded, low, high)
    requant = derive_requant(real, low, high, zero_point, bounds, clamped=True)
    if int(folded.min()) < INT32_MIN or int(folded.max()) > INT32_MAX:
        raise RequantError("its bias does not fit int32")
    return Contraction(folded.astype(np.int32), requant)


def _settle_constant_channels(
    real: Floats, folded: Array, low: Array, high: Array
) -> tuple[Floats, Array, Array, Array]:
    """Give channels without weights the multiplier of the others.

    A dead channel's output is a constant, and its scale arbitrary (quantisers write 1.0): as one
    shift serves all channels, such a scale would cost the others their precision. With the least
    multiplier M' of the live channels and bias' = round(bias * M / M') the output is off by at
    most M' / 2 before rounding, so only where M' is small is this done.
    """
    dead = low == high
    if real.size == 1 or not bool(dead.any()) or bool(dead.all()):
        return real, folded, low, high
    shared = float(real[~dead].min())
    if shared > 1 / 64:
        return real, folded, low, high
    moved = np.where(dead, np.rint(folded * real / shared), folded).astype(np.int64)
    return (
        np.where(dead, shared, real),
        moved,
        np.where(dead, moved, low),
        np.where(dead, moved, high),
    )


def conv2d(
    x: Array,
    weights: Array,
    folded_bias: Array,
    requant: Requant,
    geometry: PoolGeometry,
    *,
    groups: int = 1,
    input_zero_point: int = 0,
) -> npt.NDArray[np.int64]:
    """Convolution of one image: int64 [1, OH, OW, O] within the bounds of `requant`.

    x int8 or uint8 [1, H, W, C]; weights int8 [O, KH, KW, I], I = C / groups; bias [O], folded.
    """
    return requant.apply(
        conv2d_accumulate(x, weights, folded_bias, geometry, groups, input_zero_point)
    )


def conv2d_accumulate(
    x: Array,
    weights: Array,
    folded_bias: Array,
    geometry: PoolGeometry,
    groups: int = 1,
    input_zero_point: int = 0,
) -> npt.NDArray[np.int64]:
    """The accumulators of `conv2d`, int64 [1, OH, OW, O]."""
    taps = windows(x, geometry, input_zero_point)
    out_h, out_w, kh, kw, channels = taps.shape
    outputs = weights.shape[0]
    if groups == 1:
        rows = taps.reshape(out_h * out_w, kh * kw * channels)
        acc = exact_product(rows, weights.reshape(outputs, -1))
    else:
        per_input = outputs // groups
        acc = np.zeros((out_h, out_w, groups, per_input), dtype=np.int64)
        by_group = weights.reshape(groups, per_input, kh, kw).astype(np.int64)
        for ky in range(kh):
            for kx in range(kw):
                acc += taps[:, :, ky, kx, :, None].astype(np.int64) * by_group[:, :, ky, kx]
    return acc.reshape(1, out_h, out_w, outputs) + folded_bias.astype(np.int64)


def windows(x: Array, geometry: PoolGeometry, fill: int) -> Array:
    """[OH, OW, KH, KW, C]: the window of every output pixel of x [1, H, W, C], `fill` outside."""
    (top, left, bottom, right), (sy, sx) = geometry.pads, geometry.strides
    (dy, dx), (kh, kw) = geometry.dilations, geometry.kernel
    out_h, out_w = geometry.output()
    # A window may hang over the end (ceil_mode): pad as far as the last one reaches.
    need_h = (out_h - 1) * sy + dy * (kh - 1) + 1
    need_w = (out_w - 1) * sx + dx * (kw - 1) + 1
    h, w = geometry.size
    extra_h, extra_w = max(bottom, need_h - h - top), max(right, need_w - w - left)
    padded = np.pad(
        x[0], ((top, extra_h), (left, extra_w), (0, 0)), constant_values=x.dtype.type(fill)
    )
    row, column, channel = padded.strides
    return np.lib.stride_tricks.as_strided(
        padded,
        (out_h, out_w, kh, kw, x.shape[3]),
        (row * sy, column * sx, row * dy, column * dx, channel),
        writeable=False,
    )


def matmul(x: Array, weights: Array, folded_bias: Array, requant: Requant) -> npt.NDArray[np.int64]:
    """Matrix product: int64 [.., N]. x 8-bit [.., K]; weights int8 [N, K]; bias [N], folded."""
    rows = x.reshape(-1, x.shape[-1])
    acc = exact_product(rows, weights) + folded_bias.astype(np.int64)
    return requant.apply(acc).reshape(*x.shape[:-1], weights.shape[0])


def exact_product(rows: Array, weights: Array) -> npt.NDArray[np.int64]:
    """`rows @ weights.T` of 8-bit integers, exactly, through floating-point BLAS. int64 [R, N].

    A product of 8-bit integers is below 2^15 in magnitude, so every partial sum of K of them, in
    whatever order, is an integer below K * 2^15 < 2^53 for any K that fits memory: float64 holds it
    exactly, no rounding happens. float32 does the same below 2^24, that is for K <= 512.
    """
    narrow = rows.shape[1] <= 512
    dtype = np.float32 if narrow else np.float64
    return (rows.astype(dtype) @ weights.astype(dtype).T).astype(np.int64)
