"""Tables of one-input functions, and products of two activations."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nmc.numerics.batch_matmul import batch_matmul, product_bounds
from nmc.numerics.lookup import codes, dequantised_codes, lookup, quantise_entries
from nmc.numerics.requant import Requant


def test_codes_are_in_the_order_of_bytes() -> None:
    assert codes(np.int8)[[0, 127, 128, 255]].tolist() == [0, 127, -128, -1]
    assert codes(np.uint8).tolist() == list(range(256))


@given(st.integers(-128, 127), st.floats(0.01, 1), st.floats(0.01, 1), st.integers(-128, 127))
def test_table_of_tanh(x: int, scale: float, step: float, zero: int) -> None:
    """Round half to even of the function at the dequantised input, saturated."""
    values = np.tanh(dequantised_codes(np.int8, scale, 7))
    table = quantise_entries(values, step, zero, (-100, 100), np.int8)
    expected = round(math.tanh((x - 7) * scale) / step) + zero
    got = lookup(table, np.array([[x]], np.int8))
    assert got.shape == (1, 1) and got.dtype == np.int8
    assert got[0, 0] == min(max(expected, -100), 100)


def test_what_is_no_number() -> None:
    values = np.array([np.nan, np.inf, -np.inf, 2.5, 3.5, -2.5] + [0.0] * 250)
    table = quantise_entries(values, 1.0, 10, (0, 200), np.uint8)
    assert table[:6].tolist() == [10, 200, 0, 12, 14, 8]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.integers(1, 4), st.sampled_from([1, 5, 256, 300]),
    st.integers(-128, 127), st.integers(0, 255), st.booleans(),
)  # fmt: skip
def test_batch_matmul(
    seed: int, rows: int, depth: int, left_zero: int, right_zero: int, transposed: bool
) -> None:
    """Sums of products in Python's integers, and their bounds."""
    rng = np.random.default_rng(seed)
    a = rng.integers(-128, 128, (2, rows, depth)).astype(np.int8)
    b = rng.integers(0, 256, (2, depth, 3)).astype(np.uint8)
    requant = Requant((3,), 12, 5, -128, 127)
    got = batch_matmul(
        a,
        np.swapaxes(b, 1, 2) if transposed else b,
        requant,
        lhs_zero_point=left_zero,
        rhs_zero_point=right_zero,
        transpose_rhs=transposed,
    )
    low, high = product_bounds(
        depth, (-128 - left_zero, 127 - left_zero), (-right_zero, 255 - right_zero)
    )
    for batch in range(2):
        for i in range(rows):
            for j in range(3):
                factors = zip(a[batch, i].tolist(), b[batch, :, j].tolist(), strict=True)
                acc = sum((x - left_zero) * (y - right_zero) for x, y in factors)
                assert low[0] <= acc <= high[0]
                assert got[batch, i, j] == min(max(((acc * 3 + 2048) >> 12) + 5, -128), 127)


def test_product_bounds_are_reached() -> None:
    low, high = product_bounds(3, (-2, 5), (-7, 1))
    assert (low[0], high[0]) == (-105, 42)
