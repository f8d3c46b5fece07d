"""Integer operations against slow, obvious loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmc.numerics.add import AddParams, derive_add, unsafe_add_reason
from nmc.numerics.affine import dequantize, quantize
from nmc.numerics.contraction import (
    conv2d_accumulate,
    derive_contraction,
    exact_product,
    fold_zero_point,
    matmul,
    windows,
)
from nmc.numerics.derive import RATE_ALLOWED, RequantError
from nmc.numerics.geometry import PoolGeometry, output_extent
from nmc.numerics.pooling import avg_pool2d, derive_average, max_pool2d

seeds = st.integers(0, 2**32 - 1)
INT8 = (-128, 127)


@st.composite
def geometries(draw: st.DrawFn, ceil: bool = False) -> PoolGeometry:
    def pair(low: int, high: int) -> tuple[int, int]:
        return draw(st.integers(low, high)), draw(st.integers(low, high))

    kernel, dilations = pair(1, 3), pair(1, 2)
    reach = [d * (k - 1) for k, d in zip(kernel, dilations, strict=True)]
    pads = tuple(draw(st.integers(0, min(2, reach[i % 2]))) for i in range(4))
    size = (
        draw(st.integers(reach[0] + 1, 7)),
        draw(st.integers(reach[1] + 1, 7)),
    )
    mode = draw(st.booleans()) if ceil else False
    return PoolGeometry(
        size, kernel, pair(1, 3), (pads[0], pads[1], pads[2], pads[3]), dilations, mode
    )


def taps_of(geometry: PoolGeometry, oy: int, ox: int) -> list[tuple[int, int, int, int]]:
    """(ky, kx, y, x) of every tap of one output position, inside the image or not."""
    (sy, sx), (dy, dx) = geometry.strides, geometry.dilations
    return [
        (ky, kx, oy * sy - geometry.pads[0] + ky * dy, ox * sx - geometry.pads[1] + kx * dx)
        for ky in range(geometry.kernel[0])
        for kx in range(geometry.kernel[1])
    ]


def inside(geometry: PoolGeometry, y: int, x: int) -> bool:
    return 0 <= y < geometry.size[0] and 0 <= x < geometry.size[1]


@settings(max_examples=60, deadline=None)
@given(seeds, geometries(), st.sampled_from([1, 3]), st.integers(-128, 127))
def test_convolution(seed: int, geometry: PoolGeometry, groups: int, zero: int) -> None:
    rng = np.random.default_rng(seed)
    channels, outputs = 3, 6
    x = rng.integers(-128, 128, (1, *geometry.size, channels), dtype=np.int8)
    w = rng.integers(-128, 128, (outputs, *geometry.kernel, channels // groups), dtype=np.int8)
    bias = rng.integers(-1000, 1000, outputs)
    out_h, out_w = geometry.output()
    got = conv2d_accumulate(x, w, fold_zero_point(w, bias, zero), geometry, groups, zero)
    assert got.shape == (1, out_h, out_w, outputs)
    for oy in range(out_h):
        for ox in range(out_w):
            for o in range(outputs):
                acc = int(bias[o])
                for ky, kx, y, xx in taps_of(geometry, oy, ox):
                    if not inside(geometry, y, xx):
                        continue  # padding is the zero-point: it adds nothing
                    for i in range(channels // groups):
                        c = i if groups == 1 else o // (outputs // groups)
                        acc += (int(x[0, y, xx, c]) - zero) * int(w[o, ky, kx, i])
                assert got[0, oy, ox, o] == acc


@settings(max_examples=60, deadline=None)
@given(seeds, geometries(ceil=True), st.booleans(), st.integers(-128, 127))
def test_pooling(seed: int, geometry: PoolGeometry, include_pad: bool, zero: int) -> None:
    counts = geometry.counts(include_pad)
    if int(geometry.counts(include_pad=False).min()) == 0:
        return
    rng = np.random.default_rng(seed)
    x = rng.integers(-128, 128, (1, *geometry.size, 2), dtype=np.int8)
    positions = geometry.kernel[0] * geometry.kernel[1]
    requant = derive_average(
        0.7,
        counts,
        positions,
        input_zero_point=zero,
        input_range=INT8,
        zero_point=5,
        bounds=INT8,
    )
    out_h, out_w = geometry.output()
    average = avg_pool2d(x, requant, geometry, input_zero_point=zero, count_include_pad=include_pad)
    maximum = max_pool2d(x, geometry)
    height, width = geometry.size
    _, _, bottom, right = geometry.pads
    for oy in range(out_h):
        for ox in range(out_w):
            taps = [(y, xx) for _, _, y, xx in taps_of(geometry, oy, ox)]
            seen = [x[0, y, xx].astype(int) for y, xx in taps if inside(geometry, y, xx)]
            counted = len(seen)
            if include_pad:
                counted = sum(y < height + bottom and xx < width + right for y, xx in taps)
            assert counts[oy, ox] == counted
            assert maximum[0, oy, ox].tolist() == np.max(seen, axis=0).tolist()
            real = 0.7 * (np.sum(seen, axis=0) - zero * len(seen)) / counted
            want = np.clip(np.floor(real + 0.5) + 5, *INT8)
            assert np.abs(average[0, oy, ox] - want).max() <= 1


def test_global_average_of_a_large_image_is_accurate() -> None:
    """1 / 3136 of the sum in one multiplier: more bits than the narrow form has."""
    geometry = PoolGeometry((56, 56), (56, 56))
    requant = derive_average(
        1.3,
        geometry.counts(include_pad=False),
        56 * 56,
        input_zero_point=-128,
        input_range=INT8,
        zero_point=-128,
        bounds=INT8,
    )
    assert len(requant.multiplier) == 1
    rng = np.random.default_rng(0)
    sums = rng.integers(0, 255 * 3136, 100_000)
    want = np.clip(np.floor(sums * 1.3 / 3136 + 0.5) - 128, *INT8)
    assert (requant.apply(sums) != want).mean() < RATE_ALLOWED


@given(st.integers(1, 12), st.integers(1, 4), st.integers(1, 4), st.integers(0, 3), st.booleans())
def test_output_extent(size: int, kernel: int, stride: int, pad: int, ceil: bool) -> None:
    pad = min(pad, kernel - 1)
    count = output_extent(size, kernel, stride, (pad, pad), 1, ceil)
    if size + 2 * pad < kernel:
        assert count == 0
        return
    starts = [i * stride - pad for i in range(count + 1)]
    fits = [start + kernel <= size + pad for start in starts]
    if not ceil:
        assert fits == [True] * count + [False]
        return
    # With ceil one more may begin inside the image and hang over the padded end.
    assert all(start < size for start in starts[:count])
    assert starts[count] >= size or starts[count - 1] + kernel >= size + pad


@given(seeds, st.integers(1, 700))
def test_products_through_floating_point_are_exact(seed: int, k: int) -> None:
    """Both sides of the border between single and double precision, at the largest values."""
    rng = np.random.default_rng(seed)
    x = rng.choice(np.array([0, 1, 254, 255], dtype=np.uint8), (2, k))
    w = rng.choice(np.array([-128, -127, 127], dtype=np.int8), (3, k))
    want = x.astype(np.int64) @ w.T.astype(np.int64)
    assert np.array_equal(exact_product(x, w), want)
    same = np.full((1, k), 255, np.uint8)
    lowest = np.full((1, k), -128, np.int8)
    assert exact_product(same, lowest)[0, 0] == -255 * 128 * k


def test_contract_of_a_layer_over_100_000_outputs() -> None:
    """A whole layer against real arithmetic: off by at most 1, in fewer than 1 in 200."""
    rng = np.random.default_rng(3)
    for k, spread in ((27, 0.02), (576, 0.004), (4608, 0.001)):
        w = np.clip(np.rint(rng.standard_normal((64, k)) * 40), -127, 127).astype(np.int8)
        bias = rng.integers(-5000, 5000, 64)
        real = spread * rng.uniform(0.3, 1.0, 64)
        layer = derive_contraction(
            w,
            bias,
            real,
            input_zero_point=-128,
            input_range=INT8,
            zero_point=-20,
            bounds=INT8,
        )
        x = rng.integers(-128, 0, (2000, k)).astype(np.int8)
        got = matmul(x, w, layer.folded_bias, layer.requant)
        acc = (x.astype(np.int64) + 128) @ w.T.astype(np.int64) + bias
        want = np.clip(np.floor(acc * real + 0.5) - 20, *INT8)
        assert got.size >= 100_000
        assert np.abs(got - want).max() <= 1
        assert (got != want).mean() < RATE_ALLOWED


def test_a_dead_channel_does_not_cost_the_others_their_precision() -> None:
    """A channel of zero weights has an arbitrary scale: here one no 32-bit layer could share."""
    rng = np.random.default_rng(5)
    w = rng.integers(-127, 128, (4, 256), dtype=np.int8)
    w[2] = 0
    bias = np.array([10, -20, 8, 30])
    real = np.array([1e-3, 1.2e-3, 5.5, 0.9e-3])
    layer = derive_contraction(
        w, bias, real, input_zero_point=3, input_range=INT8, zero_point=1, bounds=INT8
    )
    x = rng.integers(-128, 128, (500, 256)).astype(np.int8)
    got = matmul(x, w, layer.folded_bias, layer.requant)
    acc = (x.astype(np.int64) - 3) @ w.T.astype(np.int64) + bias
    want = np.clip(np.floor(acc * real + 0.5) + 1, *INT8)
    assert np.array_equal(got[:, 2], np.full(500, 45))  # 8 * 5.5 + 1
    assert np.abs(got - want).max() <= 1


@settings(max_examples=100)
@given(
    seeds,
    st.floats(0.05, 4.0),
    st.floats(0.05, 4.0),
    st.integers(-128, 127),
    st.integers(0, 255),
    st.booleans(),
)
def test_addition(seed: int, a_real: float, b_real: float, za: int, zb: int, relu: bool) -> None:
    bounds = (4, 127) if relu else INT8
    params = derive_add(
        a_real,
        b_real,
        lhs_zero_point=za,
        rhs_zero_point=zb,
        lhs_range=INT8,
        rhs_range=(0, 255),
        zero_point=4,
        bounds=bounds,
    )
    assert unsafe_add_reason(params, INT8, (0, 255)) is None
    rng = np.random.default_rng(seed)
    a = rng.integers(-128, 128, 2000, dtype=np.int8)
    b = rng.integers(0, 256, 2000, dtype=np.uint8)
    got = params.apply(a, b)
    real = (a.astype(int) - za) * a_real + (b.astype(int) - zb) * b_real
    want = np.clip(np.floor(real + 0.5) + 4, *bounds)
    assert np.abs(got - want).max() <= 1
    # A tie in real arithmetic may fall either way once multipliers are rounded: leave those out.
    near_tie = np.abs(real + 0.5 - np.rint(real + 0.5)) < 1e-3
    assert (got != want)[~near_tie].mean() < RATE_ALLOWED


def test_addition_refusals() -> None:
    def derive(a: float, b: float) -> AddParams:
        return derive_add(
            a,
            b,
            lhs_zero_point=0,
            rhs_zero_point=0,
            lhs_range=INT8,
            rhs_range=INT8,
            zero_point=0,
            bounds=INT8,
        )

    with pytest.raises(RequantError, match="too large"):
        derive(2.0**21, 1.0)
    with pytest.raises(RequantError, match="differ too much"):
        derive(2.0**12, 1.0)


def test_quantize_rounds_half_to_even_and_saturates() -> None:
    x = np.array([0.25, 0.75, -0.25, -0.75, 100.0, -100.0, np.nan, np.inf], dtype=np.float32)
    got = quantize(x, [0.5], [3], np.int8)
    assert got.tolist() == [3, 5, 3, 1, 127, -128, 3, 127]
    assert quantize(x[:4], [0.5], [3], np.int8, bounds=(3, 4)).tolist() == [3, 4, 3, 3]
    per_channel = quantize(np.ones((2, 2), np.float32), [0.5, 0.25], [0, 1], np.uint8, axis=0)
    assert per_channel.tolist() == [[2, 2], [5, 5]]
    back = dequantize(per_channel, [0.5, 0.25], [0, 1], axis=0)
    assert back.dtype == np.float32
    assert back.tolist() == [[1, 1], [1, 1]]


def test_windows_read_the_fill_outside() -> None:
    x = np.arange(4, dtype=np.uint8).reshape(1, 2, 2, 1)
    taps = windows(x, PoolGeometry((2, 2), (3, 3), (1, 1), (1, 1, 1, 1)), 9)
    assert taps[0, 0, :, :, 0].tolist() == [[9, 9, 9], [9, 0, 1], [9, 2, 3]]
