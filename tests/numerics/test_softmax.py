"""Softmax: the bits as 32-bit registers compute them, and the contract's accuracy."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmc.numerics.derive import RequantError
from nmc.numerics.softmax import SoftmaxParams, derive_softmax, unsafe_softmax_reason

INT8 = (-128, 127)
Rows = npt.NDArray[np.int8]


def on_hardware(row: list[int], p: SoftmaxParams) -> list[int]:
    """One row, every intermediate value held to an unsigned 32-bit register."""

    def register(value: int) -> int:
        assert 0 <= value < 1 << 32
        return value

    top = max(row)
    total = 0
    for start in range(0, len(row), p.part):
        part = 0
        for x in row[start : start + p.part]:
            part = register(part + p.table[top - x])
        total = register(total + (part >> p.value_shift))
    drop = min(max(total.bit_length() - 1 - p.element_bits, 0), 31 - p.shift)
    divisor = total >> drop
    reciprocal = register(p.numerator + (divisor >> 1)) // divisor
    shift = p.shift + drop
    outputs: list[int] = []
    for x in row:
        element = register(p.table[top - x] + (1 << (p.value_shift - 1))) >> p.value_shift
        steps = register(element * reciprocal + (1 << (shift - 1))) >> shift
        outputs.append(min(max(steps + p.zero_point, p.lo), p.hi))
    return outputs


def in_floating_point(x: Rows, input_scale: float, output_scale: float) -> npt.NDArray[np.float64]:
    """float64 softmax, quantised with zero-point -128."""
    exponential = np.exp((x.astype(float) - x.max(axis=-1, keepdims=True)) * input_scale)
    steps = exponential / exponential.sum(axis=-1, keepdims=True) / output_scale
    return np.clip(np.rint(steps) - 128, *INT8)


def adversarial(length: int) -> Rows:
    """Constant rows, and rows of one value with one element that stands out either way."""
    values = np.arange(-128, 128, 15)
    outlier, rest = np.meshgrid(values, values)
    rows = np.repeat(rest.reshape(-1, 1), length, axis=1)
    rows[:, length // 2] = outlier.reshape(-1)
    return rows.astype(np.int8)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(-128, 127), min_size=1, max_size=40),
    st.integers(1, 30),
    st.floats(1e-4, 8),
    st.floats(1 / 30000, 2),
    st.integers(-128, 127),
)
def test_bits_are_those_of_registers(
    row: list[int], copies: int, input_scale: float, output_scale: float, zero: int
) -> None:
    """Rows longer than a part too."""
    row = row * copies
    params = derive_softmax(input_scale, output_scale, len(row), zero_point=zero, bounds=INT8)
    assert unsafe_softmax_reason(params, len(row)) is None
    assert params.apply(np.array([row], np.int8)).tolist() == [on_hardware(row, params)]


def test_uint8_and_bounds() -> None:
    params = derive_softmax(0.1, 1 / 255, 5, zero_point=0, bounds=(3, 200))
    x = np.array([[0, 10, 20, 250, 255]], np.uint8)
    assert params.apply(x).tolist() == [on_hardware(x[0].tolist(), params)]
    assert params.apply(x).min() == 3


@pytest.mark.parametrize("length", [1, 2, 3, 16, 197, 256, 257, 1000, 4096])
@pytest.mark.parametrize("output_scale", [1 / 255, 1 / 256, 1 / 700, 1 / 3000, 1 / 12750])
def test_contract(length: int, output_scale: float) -> None:
    """Never off by more than 1; by 1 in fewer than one of 50 of ordinary rows."""
    rng = np.random.default_rng(length)
    count = max(400_000 // length // 4, 8)
    for input_scale in (1e-4, 0.02, 0.1, 1.0):
        params = derive_softmax(input_scale, output_scale, length, zero_point=-128, bounds=INT8)
        rows = np.clip(rng.normal(0, 35, (count, length)), *INT8).astype(np.int8)
        off = np.abs(params.apply(rows) - in_floating_point(rows, input_scale, output_scale))
        assert off.max() <= 1
        assert off.mean() < 1 / 50
        hard = adversarial(length)
        off = np.abs(params.apply(hard) - in_floating_point(hard, input_scale, output_scale))
        assert off.max() <= 1


def test_scales_that_are_too_fine_are_refused() -> None:
    with pytest.raises(RequantError, match="too fine"):
        derive_softmax(0.1, 1e-6, 4, zero_point=0, bounds=INT8)
    with pytest.raises(RequantError, match="4097 elements"):
        derive_softmax(0.1, 1 / 255, 4097, zero_point=0, bounds=INT8)


def test_unsafe_constants_are_named() -> None:
    good = derive_softmax(0.1, 1 / 255, 100, zero_point=0, bounds=INT8)
    for change, words in (
        ({"table": good.table[:-1]}, "256 numbers"),
        ({"table": (good.table[0] - 1, *good.table[1:])}, "power of two"),
        ({"value_shift": 24}, "value_shift"),
        ({"part": 600}, None),
        ({"numerator": 1 << 31}, "numerator"),
        ({"shift": 0}, "shift"),
        ({"lo": 5, "hi": 4}, "above"),
    ):
        reason = unsafe_softmax_reason(replace(good, **change), 100)
        assert reason is None if words is None else words in str(reason)
    assert "partial sum" in str(unsafe_softmax_reason(replace(good, part=600), 600))
    assert "the sum of a row" in str(unsafe_softmax_reason(good, 1 << 20))
