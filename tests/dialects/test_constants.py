"""Arrays into constants and back."""

from io import StringIO
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from xdsl.context import Context
from xdsl.dialects import test
from xdsl.dialects.builtin import Builtin, MemRefType, TensorType, i8, i32
from xdsl.ir import Attribute, SSAValue
from xdsl.parser import Parser
from xdsl.printer import Printer

from nmc.dialects.constants import (
    constant_op,
    constant_value,
    dense_from_numpy,
    dtype_of,
    element_type_of,
    numpy_from_dense,
)
from nmc.dialects.nm import ConstantOp, SparsityAttr

DTYPES = ("int8", "uint8", "int32", "int64", "uint16")


def reparsed(attribute: Attribute) -> Attribute:
    text = StringIO()
    Printer(text).print_attribute(attribute)
    context = Context()
    context.load_dialect(Builtin)
    return Parser(context, text.getvalue()).parse_attribute()


@given(
    st.sampled_from(DTYPES).flatmap(
        lambda name: hnp.arrays(np.dtype(name), hnp.array_shapes(max_dims=4, max_side=6))
    )
)
def test_integers_survive_text(array: npt.NDArray[Any]) -> None:
    dense = dense_from_numpy(array)
    assert np.array_equal(numpy_from_dense(dense), array)
    assert numpy_from_dense(dense).dtype == array.dtype
    assert reparsed(dense) == dense


def test_a_million_weights_are_hexadecimal_and_survive() -> None:
    array = np.random.default_rng(0).integers(-128, 128, 1_000_000, dtype=np.int8)
    dense = dense_from_numpy(array)
    assert reparsed(dense) == dense


def test_layout_in_memory_does_not_matter() -> None:
    array = np.arange(12, dtype=">i4").reshape(3, 4).T
    assert np.array_equal(numpy_from_dense(dense_from_numpy(array)), array)


def test_types() -> None:
    for name in (*DTYPES, "float32", "float64"):
        assert dtype_of(element_type_of(name)) == np.dtype(name)
    with pytest.raises(TypeError, match="complex64"):
        element_type_of("complex64")
    with pytest.raises(TypeError, match="memref"):
        dtype_of(MemRefType(i8, [1]))


def test_the_type_must_fit_the_array() -> None:
    with pytest.raises(ValueError, match="is no tensor"):
        dense_from_numpy(np.zeros(4, np.int8), TensorType(i8, [5]))
    with pytest.raises(ValueError, match="is no tensor"):
        dense_from_numpy(np.zeros(4, np.int8), TensorType(i32, [4]))


def value_of(value: SSAValue) -> npt.NDArray[Any]:
    array = constant_value(value)
    assert array is not None
    return array


def test_constant_values_of_any_constant() -> None:
    array = np.array([0, 3, 0, 0], np.int8)
    plain = constant_op(array)
    assert value_of(plain.result).tolist() == [0, 3, 0, 0]
    encoding = SparsityAttr.get(1, 4, 0)
    encoded = ConstantOp(dense_from_numpy(array, TensorType(i8, [4], encoding)))
    assert value_of(encoded.result).tolist() == [0, 3, 0, 0]
    other = test.TestOp.create(result_types=[TensorType(i8, [4])])
    assert constant_value(other.results[0]) is None
