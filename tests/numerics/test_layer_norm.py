"""Layer normalisation: the bits as 32-bit registers compute them, and the contract's accuracy."""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmc.numerics.derive import RequantError
from nmc.numerics.derive_norm import LayerNorm, derive_layer_norm
from nmc.numerics.layer_norm import unsafe_layer_norm_reason, unsafe_row_reason

INT8, UINT8 = (-128, 127), (0, 255)
ZERO = 3
Array = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


def wrap(value: int) -> int:
    """The value a 32-bit register holds."""
    return (value + 2**31) % 2**32 - 2**31


def on_hardware(row: list[int], norm: LayerNorm) -> list[int]:
    """One row in Python's integers, wrapped where a register would, checked where it must not."""
    rows, n = norm.params.rows, len(row)
    total, squares = sum(row), sum(x * x for x in row)
    assert squares < 2**31
    power = ((n * squares - total * total) << rows.epsilon_bits) + rows.epsilon
    assert 0 <= power < 2**62
    scale = 0
    if power:
        half = 0
        while power >> (2 * half) >= 2**32:
            half += 1
        while half <= 0 and power << (-2 * half) < 2**30:
            half -= 1
        mantissa = power >> 2 * half if half >= 0 else power << -2 * half
        assert 2**30 <= mantissa < 2**32
        root = math.isqrt(mantissa)
        numerator = (n << rows.numerator_bits) + (root >> 1)
        assert numerator < 2**32
        shift = rows.row_bits - rows.numerator_bits + rows.epsilon_bits // 2 - half
        assert abs(shift) < 32
        quotient = numerator // root
        scale = (quotient << shift if shift >= 0 else quotient >> -shift) % 2**32
    whole = total // n
    part = (total - whole * n) * min(2**32 // n, 2**32 - 1)
    assert part < 2**32
    offset = -(whole * scale + (scale * part >> 32))
    drop = rows.row_bits - rows.value_bits
    outputs: list[int] = []
    for x, g, b in zip(row, norm.gain.tolist(), norm.offset.tolist(), strict=True):
        value = wrap(x * scale + offset + (1 << (drop - 1))) >> drop
        assert abs(value) <= rows.largest
        assert wrap(value * g + b) == value * g + b
        y = (value * g + b) >> norm.params.shift
        outputs.append(min(max(y, norm.params.lo), norm.params.hi))
    return outputs


def in_floating_point(
    x: Array, gain: Reals, bias: Reals, epsilon: float, input_scale: float, output_scale: float
) -> Reals:
    """float64 from exact sums (a mean of floats would not be exact for constant rows)."""
    n = x.shape[-1]
    total = x.sum(axis=-1, keepdims=True)
    centred = n * x - total
    power = n * (x * x).sum(axis=-1, keepdims=True) - total * total
    deviation = np.sqrt(power + epsilon * (n / input_scale) ** 2)
    normal = np.divide(centred, deviation, out=np.zeros(x.shape), where=centred != 0)
    return np.clip(np.rint((normal * gain + bias) / output_scale) + ZERO, *INT8)


def adversarial(n: int) -> Array:
    """Constant rows, rows with one outlier, two values in turn, and hardly any variation."""
    values = np.arange(-128, 128, 17)
    near = np.minimum(values + 1, 127)
    outlier, rest = np.meshgrid(np.concatenate([values, near]), values)
    rows = np.repeat(rest.reshape(-1, 1), n, axis=1)
    rows[:, n // 3] = outlier.reshape(-1)
    turns = np.where(np.arange(n) % 2, values[:, None], values[::-1, None])
    flat = np.clip(np.random.default_rng(n).normal(100, 0.6, (20, n)).round(), *INT8)
    return np.concatenate([rows, turns, flat]).astype(np.int64)


def derived(
    n: int, input_scale: float, output_scale: float, epsilon: float
) -> tuple[LayerNorm, Reals, Reals]:
    """(constants, gain, bias) with gains near 1."""
    rng = np.random.default_rng(n)
    gain, bias = rng.normal(1, 0.3, n), rng.normal(0, 0.3, n)
    norm = derive_layer_norm(
        gain,
        bias,
        epsilon,
        input_scale=input_scale,
        input_range=UINT8,
        output_scale=output_scale,
        zero_point=ZERO,
        bounds=INT8,
    )
    return norm, gain, bias


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(-128, 127), min_size=1, max_size=30),
    st.integers(1, 8),
    st.booleans(),
    st.sampled_from([0.0, 1e-12, 1e-5, 0.1, 1e4]),
    st.floats(1e-3, 1),
    st.floats(0.01, 1),
)
def test_bits_are_those_of_registers(
    row: list[int], copies: int, unsigned: bool, epsilon: float, scale: float, output: float
) -> None:
    row = [x + 128 * unsigned for x in row] * copies
    norm, _, _ = derived(len(row), scale, output, epsilon)
    assert unsafe_layer_norm_reason(norm.params, norm.gain, norm.offset, 255) is None
    x = np.array([row], np.uint8 if unsigned else np.int8)
    got = norm.params.apply(x, norm.gain, norm.offset)
    assert got.tolist() == [on_hardware(row, norm)]


@pytest.mark.parametrize("n", [1, 2, 3, 16, 64, 197, 384, 768, 1536, 4096])
def test_contract(n: int) -> None:
    """Never off by more than 1; by 1 in fewer than one of 50 of ordinary rows."""
    rng = np.random.default_rng(n)
    count = max(200_000 // n // 8, 8)
    for input_scale in (1e-3, 0.05):
        for output_scale in (0.015, 0.04):
            for epsilon in (0.0, 1e-12, 1e-5):
                norm, gain, bias = derived(n, input_scale, output_scale, epsilon)
                where = (gain, bias, epsilon, input_scale, output_scale)
                rows = np.clip(rng.normal(10, 35, (count, n)), *INT8).astype(np.int64)
                got = norm.params.apply(rows.astype(np.int8), norm.gain, norm.offset)
                off = np.abs(got - in_floating_point(rows, *where))
                assert off.max() <= 1
                assert off.mean() < 1 / 50
                hard = adversarial(n)
                got = norm.params.apply(hard.astype(np.int8), norm.gain, norm.offset)
                assert np.abs(got - in_floating_point(hard, *where)).max() <= 1


def test_constant_rows_give_the_bias() -> None:
    norm, _, bias = derived(384, 0.05, 0.04, 1e-12)
    for value in (-128, -1, 0, 127):
        got = norm.params.apply(np.full((1, 384), value, np.int8), norm.gain, norm.offset)
        assert np.abs(got[0] - np.clip(np.rint(bias / 0.04) + ZERO, *INT8)).max() == 0


def test_what_is_refused() -> None:
    with pytest.raises(RequantError, match="too much"):
        derived(4096, 0.05, 1e-4, 1e-5)
    with pytest.raises(RequantError, match="epsilon is too large"):
        derived(4096, 1e-9, 0.05, 1e-5)
    with pytest.raises(RequantError, match="4097 elements"):
        derived(4097, 0.05, 0.05, 1e-5)


def test_unsafe_constants_are_named() -> None:
    norm, _, _ = derived(100, 0.05, 0.05, 1e-5)
    rows = norm.params.rows
    for change, words in (
        ({"length": 5000}, "rows of 5000"),
        ({"epsilon_bits": 15}, "even"),
        ({"epsilon": -1}, "negative"),
        ({"epsilon": 1 << 62}, "62 bits"),
        ({"value_bits": rows.row_bits}, "value_bits"),
        ({"row_bits": 29}, "too many"),
        ({"epsilon_bits": 30}, "a row's scale can leave 32 bits"),
    ):
        assert words in str(unsafe_row_reason(replace(rows, **change), 128))
    for change, words in (({"shift": 32}, "shift"), ({"lo": 9, "hi": 8}, "above")):
        params = replace(norm.params, **change)
        assert words in str(unsafe_layer_norm_reason(params, norm.gain, norm.offset, 128))
    gain = np.full(100, 1 << 24)
    assert "can leave 32 bits" in str(unsafe_layer_norm_reason(norm.params, gain, norm.offset, 128))
