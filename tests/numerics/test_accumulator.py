"""Accumulator bounds are exact: reached, and never passed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nmc.numerics.accumulator import accumulator_bounds, unsafe_reason
from nmc.numerics.contraction import fold_zero_point, unfold_zero_point
from nmc.numerics.requant import Requant

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(1, 40), st.sampled_from([(-128, 127), (0, 255)]))
def test_bounds_are_reached_and_never_passed(seed: int, k: int, x_range: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    w = rng.integers(-128, 128, (3, k), dtype=np.int8)
    bias = rng.integers(-1000, 1000, 3)
    low, high = accumulator_bounds(w, bias, x_range)
    inputs = rng.integers(x_range[0], x_range[1] + 1, (50, k))
    acc = inputs @ w.T.astype(np.int64) + bias
    assert np.all(acc >= low)
    assert np.all(acc <= high)
    for c in range(3):
        worst = np.where(w[c] > 0, x_range[1], x_range[0])
        best = np.where(w[c] > 0, x_range[0], x_range[1])
        assert worst @ w[c].astype(np.int64) + bias[c] == high[c]
        assert best @ w[c].astype(np.int64) + bias[c] == low[c]


@given(seeds, st.integers(-128, 127))
def test_folding_the_zero_point_can_be_undone(seed: int, zero: int) -> None:
    rng = np.random.default_rng(seed)
    w = rng.integers(-128, 128, (4, 2, 3, 5), dtype=np.int8)
    bias = rng.integers(-(2**24), 2**24, 4)
    folded = fold_zero_point(w, bias, zero)
    assert unfold_zero_point(w, folded, zero).tolist() == bias.tolist()
    x = rng.integers(-128, 128, (2, 3, 5))
    direct = ((x - zero) * w.astype(np.int64)).sum(axis=(1, 2, 3)) + bias
    assert (x * w.astype(np.int64)).sum(axis=(1, 2, 3)).tolist() == (direct - folded).tolist()


def test_reasons() -> None:
    narrow = Requant((1 << 20,), 24, 0, -128, 127)
    assert unsafe_reason(narrow, np.array([-2000]), np.array([2000])) is None
    reason = unsafe_reason(narrow, np.array([-5, -3000]), np.array([5, 3000]))
    assert reason == "the narrow form can leave 32 bits in channel 1"
    wide = Requant((1 << 30,), 40, 0, -128, 127, "wide")
    assert unsafe_reason(wide, np.array([-(2**31)]), np.array([2**31 - 1])) is None
    reason = unsafe_reason(wide, np.array([-(2**31) - 1]), np.array([0]))
    assert reason == "the accumulator of channel 0 can leave int32"
    cut = Requant((1 << 8,), 16, 0, -128, 127, "narrow", 16)
    assert unsafe_reason(cut, np.array([-60000]), np.array([60000])) is None
    cut = Requant((1 << 7,), 16, 0, -128, 127, "narrow", 16)
    reason = unsafe_reason(cut, np.array([-60000]), np.array([60000]))
    assert reason == "saturating to 16 bits changes results of channel 0"
