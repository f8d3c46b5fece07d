"""Packed weights: what goes in comes out, and what cannot go in is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmc.backend.kernels import (
    depthwise_by_name,
    depthwise_for,
    kernel_by_name,
    kernels_for,
)
from nmc.backend.kernels.registry import LINE_WINDOWS
from nmc.errors import NmcError
from nmc.targets import KNOWN_FEATURES
from tests.kernels.data import line_kernel, random_weights

PATTERNS = (None, (1, 4), (1, 8), (1, 16), (2, 4), (2, 8), (2, 16), (4, 8), (4, 16))
KERNELS = {k.name: k for nm in PATTERNS for k in kernels_for(nm, KNOWN_FEATURES)}


@given(
    st.sampled_from(sorted(KERNELS)),
    st.integers(1, 9),
    st.sampled_from([1, 2, 9]),
    st.integers(1, 40),
    st.integers(0, 2**32 - 1),
)
def test_unpack_inverts_pack(name: str, outputs: int, taps: int, cin: int, seed: int) -> None:
    kernel = KERNELS[name]
    rng = np.random.default_rng(seed)
    weights = random_weights(rng, (outputs, taps, cin), kernel.nm)
    bias = rng.integers(-(2**31), 2**31, outputs).astype(np.int32)
    multiplier = rng.integers(0, 2**31, outputs).astype(np.int32)
    data = kernel.pack(weights, bias, multiplier)
    assert len(data) == kernel.records(outputs) * kernel.record_bytes(taps, cin)
    found = kernel.unpack(data, outputs, taps, cin)
    np.testing.assert_array_equal(found.weights, weights)
    np.testing.assert_array_equal(found.bias, bias)
    np.testing.assert_array_equal(found.multiplier, multiplier)


def test_records_do_not_depend_on_their_neighbours() -> None:
    kernel = kernel_by_name("dense-4x4")
    rng = np.random.default_rng(0)
    weights = random_weights(rng, (8, 9, 5), None)
    bias, multiplier = np.arange(8, dtype=np.int32), np.arange(8, dtype=np.int32)
    whole = kernel.pack(weights, bias, multiplier)
    tail = kernel.pack(weights[4:], bias[4:], multiplier[4:])
    np.testing.assert_array_equal(whole[len(whole) // 2 :], tail)


def test_one_multiplier_serves_all_channels() -> None:
    kernel = kernel_by_name("dense-1x2")
    data = kernel.pack(np.ones((3, 1, 4), np.int8), np.zeros(3, np.int32), np.array([7], np.int32))
    assert list(kernel.unpack(data, 3, 1, 4).multiplier) == [7, 7, 7]


def test_denser_weights_than_the_pattern_are_refused() -> None:
    kernel = kernel_by_name("decimate-1x2-1:8")
    with pytest.raises(NmcError, match="not 1:8 sparse"):
        kernel.pack(np.ones((1, 1, 8), np.int8), np.zeros(1, np.int32), np.ones(1, np.int32))


@pytest.mark.parametrize(
    ("name", "taps", "cin", "size"),
    [
        # bias and multiplier 8 bytes; values a byte, indices 4 bits, each once or twice.
        ("decimate-1x2-1:8", 9, 64, 8 + 72 + 36),
        ("xdecimate-1x2-1:8", 9, 64, 8 + 72 + 72),
        ("xdecimate-2x1-1:8", 9, 64, 2 * (8 + 72) + 72),
        ("xdecimate-shared-1x2-1:4", 1, 64, 8 + 16 + 4),
        # The first place 4 bytes; values a byte, distances a byte or half; a clamp.
        ("walk-1x1-1:16", 1, 128, 8 + 4 + 8 + 8 + 8),
        ("walk-1x1-1:8", 1, 64, 8 + 4 + 8 + 4 + 8),
        ("dense-4x4", 9, 64, 4 * (8 + 576)),
        ("dense-4x4", 1, 3, 4 * (8 + 4)),
        ("dense-4x4-clamped", 1, 3, 4 * (16 + 4)),
    ],
)
def test_stored_bytes(name: str, taps: int, cin: int, size: int) -> None:
    assert kernel_by_name(name).record_bytes(taps, cin) == size


def test_kernels_for_a_target_and_a_pattern() -> None:
    assert all(k.nm is None for k in kernels_for(None, KNOWN_FEATURES))
    assert not any(k.features for k in kernels_for((1, 8)))
    assert {k.nm for k in kernels_for((1, 8), KNOWN_FEATURES)} == {None, (1, 8)}
    # Patterns without a kernel of their own are computed as dense.
    assert all(k.nm is None for k in kernels_for((3, 8), KNOWN_FEATURES))


def test_depthwise_kernels() -> None:
    assert [k.name for k in depthwise_for(2)] == ["depthwise-1"]
    kernel = depthwise_by_name("depthwise-4")
    assert kernel.tap_pitch(6) == 8
    assert kernel.row_pitch(9, 6) == 72
    assert kernel.record_bytes(9, 6) == 4 * (8 + 12)


@pytest.mark.parametrize(("height", "width", "stride"), LINE_WINDOWS)
def test_taps_of_lines(height: int, width: int, stride: int) -> None:
    fmt = line_kernel(height, width, stride).line
    assert fmt is not None
    every = {fmt.taps(outputs): outputs for outputs in range(1, 9)}
    assert fmt.taps(1) == height * width
    assert [fmt.outputs(taps) for taps in range(max(every) + 1)] == [
        every.get(taps, 0) for taps in range(max(every) + 1)
    ]


def test_depthwise_kernels_of_lines_are_for_their_windows() -> None:
    def names(multiplier: int, *window: int) -> list[str]:
        height, width, stride = window
        return [kernel.name for kernel in depthwise_for(multiplier, (height, width, stride))]

    assert names(1, 3, 3, 1) == ["depthwise-4", "depthwise-1", "depthwise-line-3x3"]
    assert names(1, 3, 3, 2) == ["depthwise-4", "depthwise-1", "depthwise-line-3x3-s2"]
    assert names(1, 3, 3, 3) == ["depthwise-4", "depthwise-1"]
    assert names(2, 3, 3, 1) == ["depthwise-1"]
    assert names(1, 5, 5, 1) == ["depthwise-4", "depthwise-1"]


@pytest.mark.parametrize(("height", "width", "stride"), LINE_WINDOWS)
def test_records_of_lines(height: int, width: int, stride: int) -> None:
    """Two channels: bias, a word of each column, multiplier; what comes back is what went in."""
    kernel = line_kernel(height, width, stride)
    taps = height * width
    assert kernel.record_bytes(99, 1) == 2 * (4 + 4 * width + 4)
    rng = np.random.default_rng(taps)
    weights = rng.integers(-128, 128, (7, taps, 1)).astype(np.int8)
    bias, multiplier = (rng.integers(-9999, 9999, 7).astype(np.int32) for _ in range(2))
    back = kernel.unpack(kernel.pack(weights, bias, multiplier), 7, taps, 1)
    np.testing.assert_array_equal(back.weights, weights)
    np.testing.assert_array_equal(back.bias, bias)
    np.testing.assert_array_equal(back.multiplier, multiplier)


@pytest.mark.parametrize("find", [kernel_by_name, depthwise_by_name])
def test_unknown_names_are_refused(find: object) -> None:
    assert callable(find)
    with pytest.raises(NmcError, match="called 'dence'"):
        find("dence")
