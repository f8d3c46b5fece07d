"""Requantisation: the bits, what the forms promise, and the contract's accuracy."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmc.numerics.accumulator import unsafe_reason
from nmc.numerics.clamp import REACH, apply_clamp, clamp_of, unclampable_reason
from nmc.numerics.derive import (
    RATE_ALLOWED,
    RequantError,
    Target,
    derive_requant,
    off_by_one_rate,
)
from nmc.numerics.requant import Requant

INT8 = (-128, 127)


def exact(acc: int, requant: Requant, m: int) -> int:
    """The formula in Python's unbounded integers."""
    if requant.acc_bits:
        limit = 1 << (requant.acc_bits - 1)
        acc = min(max(acc, -limit), limit - 1)
    y = ((acc * m + (1 << (requant.shift - 1))) >> requant.shift) + requant.zero_point
    return min(max(y, requant.lo), requant.hi)


@given(
    st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=20),
    st.integers(0, 2**31 - 1),
    st.integers(1, 62),
    st.integers(-128, 127),
    st.sampled_from([0, 2, 16, 32]),
)
def test_apply_is_the_formula(acc: list[int], m: int, shift: int, zero: int, bits: int) -> None:
    requant = Requant((m,), shift, zero, *INT8, "wide", bits)
    got = requant.apply(np.array(acc, dtype=np.int32))
    assert got.tolist() == [exact(a, requant, m) for a in acc]


def test_multipliers_run_along_the_channel_axis() -> None:
    requant = Requant((2, 4, 8), 1, 0, *INT8)
    acc = np.ones((2, 3), dtype=np.int32)
    assert requant.apply(acc).tolist() == [[1, 2, 4]] * 2
    assert requant.apply(acc.T, channel_axis=0).tolist() == [[1, 1], [2, 2], [4, 4]]


def wrap(value: int) -> int:
    """The value a 32-bit register holds."""
    return (value + 2**31) % 2**32 - 2**31


def narrow_on_hardware(acc: int, requant: Requant, m: int) -> int:
    """The narrow form's instructions: 32-bit registers that wrap, the sum must not need it."""
    if requant.acc_bits:
        limit = 1 << (requant.acc_bits - 1)
        acc = min(max(acc, -limit), limit - 1)
    offset = (requant.zero_point << requant.shift) + (1 << (requant.shift - 1))
    total = wrap(wrap(acc * m) + wrap(offset))
    assert total == acc * m + offset
    return min(max(total >> requant.shift, requant.lo), requant.hi)


def wide_on_hardware(acc: int, requant: Requant, m: int) -> int:
    """The wide form's: high half of the product, then a rounding shift."""
    if requant.acc_bits:
        limit = 1 << (requant.acc_bits - 1)
        acc = min(max(acc, -limit), limit - 1)
    raised = max(0, 33 - requant.shift)
    assert wrap(acc << raised) == acc << raised
    high = ((acc << raised) * m) >> 32
    shift = requant.shift + raised - 32
    total = high + (requant.zero_point << shift) + (1 << (shift - 1))
    assert -(2**31) <= total < 2**31
    return min(max(total >> shift, requant.lo), requant.hi)


def clamped_on_hardware(acc: int, requant: Requant, m: int) -> int:
    """The clamped form's: the accumulator held, then multiply, add and shift in 32 bits."""
    one = replace(requant, multiplier=(m,))
    clamp = clamp_of(one, 1)
    centre, offset, bound = (int(v[0]) for v in (clamp.centre, clamp.offset, clamp.bound))
    assert wrap(acc - centre) == acc - centre
    held = min(max(acc - centre, -bound - 1), bound)
    y = wrap(wrap(held * m) + offset + (1 << (requant.shift - 1))) >> requant.shift
    shifted = np.array([acc - centre])
    constants = np.array([m]), clamp.offset, clamp.bound
    assert apply_clamp(shifted, *constants, requant.shift).tolist() == [y]
    return y


HARDWARE = {
    "narrow": narrow_on_hardware,
    "clamped": clamped_on_hardware,
    "wide": wide_on_hardware,
}


@settings(deadline=None)
@given(
    st.integers(2, 24),
    st.integers(0, 2**22 - 1),
    st.integers(-128, 255),
    st.sampled_from([(-128, 127), (-7, 100), (0, 127), (0, 255), (3, 3)]),
    st.lists(st.integers(-REACH, REACH), max_size=8),
)
def test_the_clamped_form_gives_the_bits(
    shift: int, m: int, zero: int, bounds: tuple[int, int], others: list[int]
) -> None:
    zero = min(max(zero, bounds[0]), bounds[1])
    requant = Requant((m % (1 << (shift - 2)),), shift, zero, *bounds, "clamped")
    if unclampable_reason(requant) is not None:
        assert bounds[1] > 127 and shift == 24
        return
    (m,) = requant.multiplier
    # Around where the output leaves and reaches its bounds, and anywhere.
    edges = [((y - zero << shift) // max(m, 1)) for y in (*bounds, bounds[0] + 1, bounds[1] + 1)]
    near = [edge + d for edge in edges for d in (-(1 << shift) // max(m, 1), -2, -1, 0, 1, 2)]
    for acc in [*near, *others, 0, REACH, -REACH]:
        if abs(acc) <= REACH:
            assert clamped_on_hardware(acc, requant, m) == exact(acc, requant, m)
    assert requant.widened().form == "wide"
    accs = np.array(others, dtype=np.int64)
    np.testing.assert_array_equal(requant.widened().apply(accs), requant.apply(accs))


reals = st.one_of(st.floats(1e-7, 0.2), st.floats(0.1, 100.0))


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(reals, st.integers(0, 2**20), st.integers(0, 2**20)), min_size=1, max_size=8
    ),
    st.integers(-128, 127),
    st.booleans(),
    st.booleans(),
)
def test_derived_forms_keep_their_promises(
    channels: list[tuple[float, int, int]], zero: int, relu: bool, clamped: bool
) -> None:
    real = np.array([c[0] for c in channels])
    low = np.array([-c[1] for c in channels])
    high = np.array([c[2] for c in channels])
    bounds = (zero, 127) if relu else INT8
    try:
        requant = derive_requant(real, low, high, zero, bounds, clamped=clamped)
    except RequantError:
        return
    assert unsafe_reason(requant, low, high) is None
    assert clamped or requant.form != "clamped"
    hardware = HARDWARE[requant.form]
    for m, a, b in zip(requant.multiplier, low.tolist(), high.tolist(), strict=True):
        unclamped = Requant((m,), requant.shift, zero, *bounds)
        for acc in {a, a // 2, -1, 0, 1, b // 3, b}:
            if a <= acc <= b:
                assert hardware(acc, requant, m) == exact(acc, unclamped, m)


@pytest.mark.parametrize("clamped", [False, True])
@pytest.mark.parametrize("zero", [-128, 0, 17])
@pytest.mark.parametrize(
    ("reach", "scale"), [(2**12, 0.03), (2**15, 2e-2), (2**18, 1e-3), (2**22, 1e-4), (2**26, 3e-6)]
)
def test_contract_over_many_outputs(zero: int, reach: int, scale: float, clamped: bool) -> None:
    """At most 1 off, in fewer than 1 output in 200, over 200,000 outputs spread over the range."""
    rng = np.random.default_rng(reach + zero)
    real = scale * rng.uniform(0.2, 1.0, 40)
    low, high = np.full(40, -reach), np.full(40, reach)
    requant = derive_requant(real, low, high, zero, INT8, clamped=clamped)
    # Accumulators whose outputs cover evenly what the layer reaches of the bounds.
    reached = np.maximum(low * real, -128 - zero), np.minimum(high * real, 127 - zero)
    acc = np.rint(rng.uniform(*reached, (5000, 40)) / real).astype(np.int64)
    got = requant.apply(acc)
    want = np.clip(np.floor(acc * real + 0.5) + zero, *INT8)
    assert np.abs(got - want).max() <= 1
    assert (got != want).mean() < RATE_ALLOWED


@pytest.mark.parametrize("reach", [2**20, 2**29])
@pytest.mark.parametrize("largest", [0.3, 4.0, 200.0])
def test_contract_where_scales_are_large_and_apart(largest: float, reach: int) -> None:
    rng = np.random.default_rng(reach)
    real = np.geomspace(largest / 5000, largest, 40)
    low, high = np.full(40, -reach), np.full(40, reach)
    requant = derive_requant(real, low, high, 3, INT8)
    assert (requant.form, requant.raised > 0) == ("wide", True)
    acc = np.rint(rng.uniform(-160, 160, (5000, 40)) / real).astype(np.int64)
    got = requant.apply(acc)
    want = np.clip(np.floor(acc * real + 0.5) + 3, *INT8)
    assert np.abs(got - want).max() <= 1
    assert (got != want).mean() < RATE_ALLOWED


def test_rounds_half_up_where_the_multiplier_is_exact() -> None:
    requant = derive_requant(np.array([0.5]), np.array([-255]), np.array([255]), 0, INT8)
    acc = np.arange(-6, 7)
    assert requant.apply(acc).tolist() == [int(np.floor(a / 2 + 0.5)) for a in acc]


def test_the_cheapest_form_wins() -> None:
    def derive(real: float, reach: int) -> Requant:
        return derive_requant(np.array([real]), np.array([-reach]), np.array([reach]), 0, INT8)

    few = derive(0.5, 255)
    assert (few.form, few.acc_bits) == ("narrow", 0)
    # An accumulator that runs far beyond what the output shows is saturated first.
    far = derive(0.01, 2**24)
    assert far.form == "narrow"
    assert 0 < far.acc_bits <= 16
    # A small multiplier would lose its bits: the high half of the product it is.
    assert derive(1e-5, 2**25).form == "wide"
    # Scales apart leave the smallest few bits, unless each channel is held for itself.
    apart = np.array([0.02, 0.002])
    low, high = np.full(2, -(2**20)), np.full(2, 2**20)
    assert derive_requant(apart, low, high, 0, INT8).form == "wide"
    held = derive_requant(apart, low, high, 0, INT8, clamped=True)
    assert (held.form, held.shift) == ("clamped", 24)


def test_error_estimate_sees_a_bad_multiplier() -> None:
    target = Target(np.array([0.3]), np.array([-400]), np.array([400]), 0, *INT8)
    assert off_by_one_rate(target, target.requant(3, "narrow")) > RATE_ALLOWED
    assert off_by_one_rate(target, target.requant(22, "narrow")) < 1e-4


def test_impossible_scales_are_refused() -> None:
    with pytest.raises(RequantError, match="no 32-bit multipliers are accurate enough"):
        derive_requant(np.array([0.9, 1e-7]), np.full(2, -(2**30)), np.full(2, 2**30), 0, INT8)
    with pytest.raises(RequantError, match=r"accumulator can reach 2\^31"):
        derive_requant(np.array([0.1]), np.array([0]), np.array([2**31]), 0, INT8)
    with pytest.raises(RequantError, match="positive finite"):
        derive_requant(np.array([np.nan]), np.array([0]), np.array([5]), 0, INT8)


def test_exactness_against_fractions() -> None:
    """The real arithmetic of the contract, without floating point."""
    real = Fraction(7, 1000)
    requant = derive_requant(
        np.array([float(real)]), np.array([-99999]), np.array([99999]), 3, INT8
    )
    for acc in range(-20000, 20000, 37):
        want = (acc * real + Fraction(1, 2)).__floor__() + 3
        got = int(requant.apply(np.array([acc]))[0])
        assert abs(got - min(max(want, -128), 127)) <= 1
