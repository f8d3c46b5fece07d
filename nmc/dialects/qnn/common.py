"""What the operations of `qnn` share: types, number attributes, checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from typing_extensions import TypeVar, override
from xdsl.dialects.builtin import (
    I64,
    DenseArrayBase,
    IntegerAttr,
    IntegerType,
    Signedness,
    StringAttr,
    TensorType,
    i8,
    i32,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    AttrConstraint,
    EqAttrConstraint,
    IntConstraint,
    IRDLOperation,
    ParsePropInAttrDict,
    VerificationContext,
    base,
    prop_def,
)
from xdsl.utils.exceptions import VerifyException

ui8 = IntegerType(8, Signedness.UNSIGNED)


@dataclass(frozen=True)
class EightBits(AttrConstraint):
    """The element type of an activation: i8 (signed) or ui8."""

    @override
    def verify(self, attr: Attribute, constraint_context: VerificationContext) -> None:
        if attr not in (i8, ui8):
            raise VerifyException(f"elements must be i8 or ui8, got {attr}")

    @override
    def mapping_type_vars(
        self, type_var_mapping: Mapping[TypeVar, AttrConstraint | IntConstraint]
    ) -> AttrConstraint:
        return self


QUANTIZED = TensorType.constr(EightBits())
"""int8 or uint8 tensors: activations."""
WEIGHT = TensorType.constr(EqAttrConstraint(i8))
BIAS = TensorType.constr(EqAttrConstraint(i32))
TENSOR = base(TensorType[Attribute])

INTS = DenseArrayBase.constr(i64)
INT = base(IntegerAttr[I64])


class LayerOp(IRDLOperation):
    """Base of the dialect's operations: each names the node of the model it came from.

    `layer` is unique in a function and survives every pass, so that tables, plans and errors can
    speak of layers.
    """

    layer = prop_def(StringAttr)
    irdl_options = (ParsePropInAttrDict(),)

    @property
    def layer_name(self) -> str:
        """The name of the layer."""
        return self.layer.data


def int_attr(value: int) -> IntegerAttr[I64]:
    """A 64-bit integer attribute, as the number attributes of this dialect are."""
    return IntegerAttr(value, i64)


def ints_attr(values: Sequence[int]) -> DenseArrayBase[I64]:
    """A 64-bit integer array attribute, as strides and pads are."""
    return DenseArrayBase.from_list(i64, list(values))


def shape_of(value: SSAValue) -> tuple[int, ...]:
    """The shape of a tensor value."""
    return cast(TensorType[Any], value.type).get_shape()


def tensor_type(value: SSAValue) -> TensorType[Any]:
    """The type of a tensor value."""
    return cast(TensorType[Any], value.type)


def integer_range(type: Attribute) -> tuple[int, int]:
    """Smallest and largest value of an int8 or uint8 tensor (or element) type."""
    element = cast(TensorType[Any], type).element_type if isinstance(type, TensorType) else type
    return (0, 255) if element == ui8 else (-128, 127)


def check_static(*values: SSAValue) -> None:
    """Every dimension of every tensor is known and positive."""
    for value in values:
        if any(d < 1 for d in shape_of(value)):
            raise VerifyException(f"every dimension must be known and positive: {value.type}")


def check_array(name: str, values: tuple[int, ...], length: int, least: int) -> None:
    """An array attribute has `length` entries, none below `least`."""
    if len(values) != length:
        raise VerifyException(f"{name} needs {length} numbers, got {len(values)}")
    if any(v < least for v in values):
        raise VerifyException(f"{name} must be at least {least}, got {list(values)}")


def check_in_range(name: str, value: int, type: Attribute) -> None:
    """A zero-point or bound is a value of the tensor it belongs to."""
    low, high = integer_range(type)
    if not low <= value <= high:
        raise VerifyException(f"{name} = {value} lies outside [{low}, {high}] of {type}")


def check_shape(what: str, actual: tuple[int, ...], expected: tuple[int, ...]) -> None:
    """A tensor has the shape the operation computes."""
    if actual != expected:
        raise VerifyException(f"{what} has shape {list(actual)}, expected {list(expected)}")
