"""NumPy arrays as constants of the IR and back, without a detour through Python numbers."""

from typing import Any, cast

import numpy as np
import numpy.typing as npt
from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    BytesAttr,
    DenseIntOrFPElementsAttr,
    Float32Type,
    Float64Type,
    IntegerType,
    Signedness,
    TensorType,
    f32,
    f64,
)
from xdsl.ir import Attribute, OpResult, SSAValue
from xdsl.traits import ConstantLike

Array = npt.NDArray[Any]

_INTEGER_TYPES: dict[str, IntegerType] = {
    "int8": IntegerType(8),
    "int16": IntegerType(16),
    "int32": IntegerType(32),
    "int64": IntegerType(64),
    "uint8": IntegerType(8, Signedness.UNSIGNED),
    "uint16": IntegerType(16, Signedness.UNSIGNED),
    "uint32": IntegerType(32, Signedness.UNSIGNED),
    "uint64": IntegerType(64, Signedness.UNSIGNED),
}


def element_type_of(dtype: npt.DTypeLike) -> Attribute:
    """The IR element type of a NumPy dtype: int8 is the signless `i8`, uint8 is `ui8`.

    Raises TypeError for a dtype the IR has no type for.
    """
    name = np.dtype(dtype).name
    if name in _INTEGER_TYPES:
        return _INTEGER_TYPES[name]
    if name == "float32":
        return f32
    if name == "float64":
        return f64
    raise TypeError(f"no element type for arrays of {name}")


def dtype_of(element_type: Attribute) -> np.dtype[Any]:
    """The little-endian NumPy dtype of an IR element type (signless integers are signed)."""
    match element_type:
        case IntegerType(width=width, signedness=signedness) if width.data in (8, 16, 32, 64):
            kind = "u" if signedness.data == Signedness.UNSIGNED else "i"
            return np.dtype(f"<{kind}{width.data // 8}")
        case Float32Type():
            return np.dtype("<f4")
        case Float64Type():
            return np.dtype("<f8")
        case _:
            raise TypeError(f"no NumPy dtype for elements of type {element_type}")


def tensor_type_of(array: Array, encoding: Attribute | None = None) -> TensorType[Attribute]:
    """`tensor<shape x element>` for an array, with an optional encoding."""
    element = element_type_of(array.dtype)
    if encoding is None:
        return TensorType(element, array.shape)
    return TensorType(element, array.shape, encoding)


def dense_from_numpy(
    array: Array, type: TensorType[Any] | None = None
) -> DenseIntOrFPElementsAttr[Any]:
    """A dense constant with the bytes of `array`.

    `type` overrides the tensor type (to add an encoding); its shape and element width must be
    the array's. Raises ValueError when they are not.
    """
    if type is None:
        type = tensor_type_of(array)
    expected = dtype_of(type.get_element_type())
    if expected.itemsize != array.dtype.itemsize or type.get_shape() != array.shape:
        raise ValueError(f"{array.dtype.name} array of shape {array.shape} is no {type}")
    data = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False)).tobytes()
    return DenseIntOrFPElementsAttr(type, BytesAttr(data))


def numpy_from_dense(attr: Attribute) -> Array:
    """A read-only view of a dense constant's bytes, in its shape and dtype."""
    if not isinstance(attr, DenseIntOrFPElementsAttr):
        raise TypeError(f"not a dense constant: {attr}")
    dense = cast(DenseIntOrFPElementsAttr[Any], attr)
    flat = np.frombuffer(dense.data.data, dtype=dtype_of(dense.get_element_type()))
    return flat.reshape(dense.get_shape())


def constant_attr(value: SSAValue) -> DenseIntOrFPElementsAttr[Any] | None:
    """The dense attribute behind `value` when a constant-like operation defines it, else None."""
    if not isinstance(value, OpResult):
        return None
    attr = ConstantLike.get_constant_value(value)
    if isinstance(attr, DenseIntOrFPElementsAttr):
        return cast(DenseIntOrFPElementsAttr[Any], attr)
    return None


def constant_value(value: SSAValue) -> Array | None:
    """The array behind `value` when a constant-like operation defines it, else None."""
    attr = constant_attr(value)
    return None if attr is None else numpy_from_dense(attr)


def constant_op(array: Array) -> arith.ConstantOp:
    """`arith.constant` of an array."""
    return arith.ConstantOp(dense_from_numpy(array))
