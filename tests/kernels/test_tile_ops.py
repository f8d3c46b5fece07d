"""The semantics of tile operations against convolutions written out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmc.backend.kernels import depthwise_by_name, kernel_by_name
from nmc.backend.kernels.registry import LINE_WINDOWS
from nmc.numerics import tile_ops
from nmc.numerics.tile_ops import TileRequant
from nmc.numerics.window import Window
from tests.kernels.data import line_kernel, random_bytes, random_weights

KERNELS = ("dense-4x4", "dense-1x2", "decimate-1x2-1:4", "xdecimate-1x2-1:8", "decimate-1x2-2:8")


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, int]:
    """A window and the number of output rows it has."""
    kernel = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    stride = (draw(st.integers(1, 2)), draw(st.integers(1, 2)))
    dilation = (draw(st.integers(1, 2)), draw(st.integers(1, 2)))
    pad = (draw(st.integers(0, 1)), draw(st.integers(0, 1)))
    height, width = draw(st.integers(5, 8)), draw(st.integers(5, 8))
    out = [
        (size + 2 * p - (k - 1) * d - 1) // s + 1
        for size, p, k, d, s in zip((height, width), pad, kernel, dilation, stride, strict=True)
    ]
    channels = draw(st.sampled_from([1, 3, 4, 8]))
    return Window(height, width, channels, kernel, stride, pad, dilation, out[1]), out[0]


def reference(acc: int, multiplier: int, requant: TileRequant) -> int:
    """Requantisation of one accumulator, as the numeric contract writes it."""
    rounded = (acc * multiplier + 2 ** (requant.shift - 1)) >> requant.shift
    return min(max(rounded + requant.zero_point, requant.lo), requant.hi)


@settings(max_examples=25, deadline=None)
@given(windows(), st.sampled_from(KERNELS), st.booleans(), st.integers(0, 1000))
def test_im2col_and_contract_are_a_convolution(
    shape: tuple[Window, int], name: str, unsigned: bool, seed: int
) -> None:
    window, out_height = shape
    kernel = kernel_by_name(name)
    rng = np.random.default_rng(seed)
    image = random_bytes(rng, window.height * window.width * window.channels)
    weights = random_weights(rng, (5, window.taps, window.channels), kernel.nm)
    bias = rng.integers(-500, 500, 5).astype(np.int32)
    multiplier = rng.integers(10, 30, 5).astype(np.int32)
    requant = TileRequant(9, 2, -100, 120)
    pixels = out_height * window.out_width
    tap_pitch = kernel.tap_pitch(window.channels)
    row_pitch = kernel.row_pitch(window.taps, window.channels)
    rows = np.zeros(pixels * row_pitch, np.uint8)
    tile_ops.im2col(
        image,
        rows,
        0,
        0,
        (0, pixels),
        window=window,
        tap_pitch=tap_pitch,
        row_pitch=row_pitch,
        pad_value=7,
    )
    out_pitch = 8
    out = np.zeros(pixels * out_pitch, np.uint8)
    tile_ops.contract(
        rows,
        0,
        kernel.pack(weights, bias, multiplier),
        out,
        0,
        (0, pixels),
        (0, kernel.records(5)),
        fmt=kernel.format,
        taps=window.taps,
        cin=window.channels,
        a_pitch=row_pitch,
        out_pitch=out_pitch,
        requant=requant,
        unsigned_input=unsigned,
    )
    typed = image.astype(int) if unsigned else image.view(np.int8).astype(int)
    x = typed.reshape(window.height, window.width, window.channels)
    found = out.view(np.int8).reshape(out_height, window.out_width, out_pitch)
    for oy in range(out_height):
        for ox in range(window.out_width):
            for o in range(5):
                acc = int(bias[o])
                for ky in range(window.kernel[0]):
                    for kx in range(window.kernel[1]):
                        iy = oy * window.stride[0] - window.pad[0] + ky * window.dilation[0]
                        ix = ox * window.stride[1] - window.pad[1] + kx * window.dilation[1]
                        inside = 0 <= iy < window.height and 0 <= ix < window.width
                        taken = x[iy, ix] if inside else np.full(window.channels, 7)
                        tap = weights[o, ky * window.kernel[1] + kx].astype(int)
                        acc += int(taken @ tap)
                assert found[oy, ox, o] == reference(acc, int(multiplier[o]), requant)


@pytest.mark.parametrize(("name", "multiplier_of_depth"), [("depthwise-4", 1), ("depthwise-1", 3)])
def test_depthwise_reads_its_own_channel(name: str, multiplier_of_depth: int) -> None:
    kernel = depthwise_by_name(name)
    channels, taps, pixels = 6, 9, 4
    outputs = channels * multiplier_of_depth
    rng = np.random.default_rng(3)
    tap_pitch, row_pitch = kernel.tap_pitch(channels), kernel.row_pitch(taps, channels)
    a = random_bytes(rng, pixels * row_pitch)
    weights = random_weights(rng, (outputs, taps, 1), None)
    bias = rng.integers(-500, 500, outputs).astype(np.int32)
    requant = TileRequant(7, 0, 0, 255)
    records = kernel.records(outputs)
    out = np.zeros(pixels * 24, np.uint8)
    tile_ops.depthwise(
        a,
        0,
        kernel.pack(weights, bias, np.array([9], np.int32)),
        out,
        0,
        (0, pixels),
        (0, records),
        fmt=kernel.format,
        taps=taps,
        channels=channels,
        depth_multiplier=multiplier_of_depth,
        tap_pitch=tap_pitch,
        a_pitch=row_pitch,
        out_pitch=24,
        requant=requant,
        unsigned_input=False,
    )
    x = a.view(np.int8).reshape(pixels, taps, tap_pitch).astype(int)
    for p in range(pixels):
        for o in range(outputs):
            acc = int(bias[o]) + int(x[p, :, o // multiplier_of_depth] @ weights[o, :, 0])
            assert out[p * 24 + o] == reference(acc, 9, requant)


@pytest.mark.parametrize(("height", "width", "stride"), LINE_WINDOWS)
def test_a_depthwise_window_slides_over_lines(height: int, width: int, stride: int) -> None:
    kernel = line_kernel(height, width, stride)
    channels, lines, line = 8, 3, 5
    columns = (line - 1) * stride + width
    rng = np.random.default_rng(height + 4 * width)
    x = rng.integers(-128, 128, (lines, height, columns, channels)).astype(np.int8)
    weights = random_weights(rng, (channels, height * width, 1), None)
    bias = rng.integers(-500, 500, channels).astype(np.int32)
    requant = TileRequant(9, 0, 0, 255)
    out = np.zeros((lines, line, channels), np.uint8)
    tile_ops.depthwise(
        x.view(np.uint8).reshape(-1),
        1,
        kernel.pack(weights, bias, np.array([9], np.int32)),
        out.reshape(-1),
        1,
        (0, lines - 1),
        (0, channels // 2),
        fmt=kernel.format,
        taps=height * columns,
        channels=channels,
        depth_multiplier=1,
        tap_pitch=channels,
        a_pitch=height * columns * channels,
        out_pitch=line * channels,
        requant=requant,
        unsigned_input=False,
    )
    assert not out[0].any()
    for y, column, o in np.ndindex(lines - 1, line, channels):
        left = column * stride
        window = x[1 + y, :, left : left + width, o].reshape(-1).astype(int)
        acc = int(bias[o]) + int(window @ weights[o, :, 0])
        assert out[1 + y, column, o] == reference(acc, 9, requant)


def test_ranges_leave_the_rest_alone() -> None:
    out = np.full(10, 9, np.uint8)
    tile_ops.fill(out, (3, 5), value=1)
    assert list(out) == [9, 9, 9, 1, 1, 9, 9, 9, 9, 9]
    src = np.arange(12, dtype=np.uint8)
    dst = np.zeros(12, np.uint8)
    tile_ops.transpose(src, dst, (1, 3), rows=2, columns=3, element_bytes=2)
    assert list(dst) == [0, 0, 0, 0, 2, 3, 8, 9, 4, 5, 10, 11]


def test_average_uses_the_multiplier_of_the_count() -> None:
    # 2x2 image, 2x2 window with a pad of 1: counts 1, 2, 1 / 2, 4, 2 / 1, 2, 1.
    counted = Window(2, 2, 4, (2, 2), (1, 1), (1, 1), (1, 1), 3)
    a = np.full(9 * 16, 8, np.uint8)
    out = np.zeros(9 * 4, np.uint8)
    tile_ops.pool_average(
        a,
        0,
        out,
        0,
        0,
        (0, 9),
        (0, 1),
        taps=4,
        tap_pitch=4,
        a_pitch=16,
        out_pitch=4,
        input_zero_point=0,
        multipliers=np.array([1, 2, 3, 4]),
        counted=counted,
        requant=TileRequant(4, 0, -128, 127),
        unsigned_input=False,
    )
    # 32 * count / 16
    assert list(out[::4]) == [2, 4, 2, 4, 8, 4, 2, 4, 2]


def test_add_rounds_once() -> None:
    out = np.zeros(2, np.uint8)
    tile_ops.add(
        np.array([10, 250], np.uint8),
        np.array([3, 5], np.uint8),
        out,
        (0, 2),
        a_zero_point=2,
        b_zero_point=-1,
        a_multiplier=5,
        b_multiplier=7,
        requant=TileRequant(4, 1, -128, 127),
        a_unsigned=False,
        b_unsigned=True,
    )
    # (8 * 5 + 4 * 7 + 8) >> 4 = 4; ((-6 - 2) * 5 + 6 * 7 + 8) >> 4 = 0; both + 1
    assert list(out) == [5, 1]
