"""Integers and real numbers at the boundary of a program."""

import numpy as np
import pytest

from nmc.errors import NmcError
from nmc.program.tensors import TensorInfo

REAL = TensorInfo("x", (4,), "int8", "float32", scale=0.5, zero_point=3)
INTEGER = TensorInfo("x", (2, 3), "uint8", "uint8")


def test_quantisation_rounds_half_to_even_and_saturates() -> None:
    x = np.array([0.25, 0.75, -100.0, 1e30], np.float32)
    assert REAL.to_integers(x).tolist() == [3, 5, -128, 127]
    assert REAL.to_integers(x).dtype == np.int8


def test_quantisation_divides_in_float32() -> None:
    """As ONNX's QuantizeLinear: 0.3 / 0.1 in float32 is above 2.5 steps and the same as there."""
    tensor = TensorInfo("x", (1,), "int8", "float32", scale=float(np.float32(0.1)), zero_point=0)
    x = np.array([0.25], np.float32)
    expected = np.rint(x / np.float32(0.1)).astype(np.int8)
    assert tensor.to_integers(x).tolist() == expected.tolist()


def test_integers_and_other_reals_are_taken() -> None:
    assert REAL.to_integers(np.array([1, 2, 3, 4], np.int8)).tolist() == [1, 2, 3, 4]
    assert REAL.to_integers(np.zeros(4, np.float64)).tolist() == [3, 3, 3, 3]


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (np.zeros(5, np.float32), "the array is 5, the model takes 4; reshape it"),
        (np.zeros(4, np.int32), "holds int32, the model takes float32 or int8"),
        (np.zeros(4, np.uint8), "holds uint8"),
        (np.array([0, 0, np.nan, 0], np.float32), "holds NaN"),
    ],
)
def test_refusals(x: np.ndarray[tuple[int], np.dtype[np.float32]], said: str) -> None:
    with pytest.raises(NmcError) as error:
        REAL.to_integers(x)
    assert said in str(error.value)


def test_integer_models_take_no_reals() -> None:
    with pytest.raises(NmcError, match="holds float32, the model takes uint8"):
        INTEGER.to_integers(np.zeros((2, 3), np.float32))


def test_dequantisation() -> None:
    y = REAL.to_model(np.array([3, 5, -128, 127], np.int8))
    assert y.dtype == np.float32
    assert y.tolist() == [0.0, 1.0, -65.5, 62.0]
    integers = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert INTEGER.to_model(integers) is integers


def test_bytes() -> None:
    assert INTEGER.from_bytes(bytes(range(6))).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_random_is_the_standard_normal_through_the_quantiser() -> None:
    drawn = REAL.random(np.random.default_rng(7))
    normal = np.random.default_rng(7).standard_normal(4).astype(np.float32)
    assert drawn.tolist() == REAL.to_integers(normal).tolist()
    many = TensorInfo("x", (10_000,), "int8", "int8").random(np.random.default_rng(0))
    assert (many.min(), many.max()) == (-128, 127)
