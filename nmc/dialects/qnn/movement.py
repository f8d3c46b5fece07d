"""Operations that move or join data: exact, but for the requantisation of concatenated inputs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, StringAttr, TensorType, UnitAttr, i64
from xdsl.interfaces import HasFolderInterface
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    base,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.constants import constant_value, dense_from_numpy
from nmc.dialects.qnn.bounds import check_requant
from nmc.dialects.qnn.canonical import CanonicalLayerOp
from nmc.dialects.qnn.common import (
    INT,
    INTS,
    QUANTIZED,
    TENSOR,
    check_array,
    check_in_range,
    check_shape,
    check_static,
    int_attr,
    integer_range,
    ints_attr,
    shape_of,
    tensor_type,
)
from nmc.dialects.qnn.requant import RequantAttr
from nmc.numerics.accumulator import unsafe_reason


@irdl_op_definition
class ReshapeOp(CanonicalLayerOp, HasFolderInterface):
    """The same elements in the same order under another shape.

    ```
    %y = qnn.reshape "flatten" %x : tensor<1x1x1x512xi8> -> tensor<1x512xi8>
    ```
    """

    name = "qnn.reshape"

    input = operand_def(TENSOR)
    result = result_def(TENSOR)

    traits = traits_def(Pure())
    assembly_format = "$layer $input attr-dict `:` type($input) `->` type($result)"

    def __init__(self, input: SSAValue | Operation, result_type: TensorType[Any], *, layer: str):
        super().__init__(
            operands=[input],
            result_types=[result_type],
            properties={"layer": StringAttr(layer)},
        )

    def verify_(self) -> None:
        check_static(self.input, self.result)
        source, result = tensor_type(self.input), tensor_type(self.result)
        if source.element_type != result.element_type:
            raise VerifyException("input and result must have one element type")
        if np.prod(source.get_shape()) != np.prod(result.get_shape()):
            raise VerifyException(f"{source} and {result} differ in their number of elements")

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        if self.input.type == self.result.type:
            return (self.input,)
        value = constant_value(self.input)
        if value is None:
            return None
        return (dense_from_numpy(value.reshape(shape_of(self.result)), tensor_type(self.result)),)


@irdl_op_definition
class TransposeOp(CanonicalLayerOp, HasFolderInterface):
    """Permute axes: axis i of the result is axis `permutation[i]` of the input.

    ```
    %y = qnn.transpose "in" %x {permutation = array<i64: 0, 2, 3, 1>}
       : tensor<1x3x32x32xi8> -> tensor<1x32x32x3xi8>
    ```
    """

    name = "qnn.transpose"

    input = operand_def(TENSOR)
    permutation = prop_def(INTS)
    result = result_def(TENSOR)

    traits = traits_def(Pure())
    assembly_format = "$layer $input attr-dict `:` type($input) `->` type($result)"

    def __init__(self, input: SSAValue | Operation, permutation: Sequence[int], *, layer: str):
        value = SSAValue.get(input)
        source = tensor_type(value)
        shape = [source.get_shape()[p] for p in permutation]
        super().__init__(
            operands=[value],
            result_types=[TensorType(source.element_type, shape)],
            properties={"layer": StringAttr(layer), "permutation": ints_attr(permutation)},
        )

    def verify_(self) -> None:
        check_static(self.input, self.result)
        source, permutation = shape_of(self.input), self.permutation.get_values()
        if sorted(permutation) != list(range(len(source))):
            raise VerifyException(f"{list(permutation)} is no permutation of {len(source)} axes")
        if tensor_type(self.input).element_type != tensor_type(self.result).element_type:
            raise VerifyException("input and result must have one element type")
        check_shape("the result", shape_of(self.result), tuple(source[p] for p in permutation))

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        permutation = self.permutation.get_values()
        if permutation == tuple(range(len(permutation))) and self.input.type == self.result.type:
            return (self.input,)
        value = constant_value(self.input)
        if value is None:
            return None
        return (dense_from_numpy(value.transpose(permutation), tensor_type(self.result)),)


@irdl_op_definition
class ConcatOp(CanonicalLayerOp):
    """Join tensors along an axis, requantising the inputs that need it.

    ```
    %y = qnn.concat "cat" %a, %b {axis = 3 : i64, input_zero_points = array<i64: 0, 4>,
         requants = [unit, #qnn.requant<multiplier = [524288], shift = 20, zero_point = 0,
                                        lo = -128, hi = 127, form = narrow>]}
       : (tensor<1x8x8x4xi8>, tensor<1x8x8x4xi8>) -> tensor<1x8x8x8xi8>
    ```

    Input i is copied where `requants[i]` is `unit` (its quantisation is the result's), and
    otherwise becomes `requants[i]` of `x - input_zero_points[i]`.
    """

    name = "qnn.concat"

    inputs = var_operand_def(QUANTIZED)
    axis = prop_def(INT)
    input_zero_points = prop_def(INTS)
    requants = prop_def(ArrayAttr.constr(base(RequantAttr) | base(UnitAttr)))
    result = result_def(QUANTIZED)

    traits = traits_def(Pure())
    assembly_format = "$layer $inputs attr-dict `:` functional-type(operands, results)"

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        result_type: TensorType[Any],
        *,
        layer: str,
        axis: int,
        input_zero_points: Sequence[int],
        requants: Sequence[RequantAttr | None],
    ):
        super().__init__(
            operands=[inputs],
            result_types=[result_type],
            properties={
                "layer": StringAttr(layer),
                "axis": int_attr(axis),
                "input_zero_points": ints_attr(input_zero_points),
                "requants": ArrayAttr([UnitAttr() if r is None else r for r in requants]),
            },
        )

    def input_requants(self) -> tuple[RequantAttr | None, ...]:
        """The requantisation of each input, None where it is copied."""
        return tuple(r if isinstance(r, RequantAttr) else None for r in self.requants.data)

    def verify_(self) -> None:
        if not self.inputs:
            raise VerifyException("nothing to join")
        check_static(*self.inputs, self.result)
        count, axis, shape = len(self.inputs), self.axis.value.data, shape_of(self.result)
        if not 0 <= axis < len(shape):
            raise VerifyException(f"axis {axis} is none of the {len(shape)} axes")
        check_array("input_zero_points", self.input_zero_points.get_values(), count, -128)
        if len(self.requants) != count:
            raise VerifyException(f"requants needs {count} entries, got {len(self.requants)}")
        total = 0
        for value in self.inputs:
            part = shape_of(value)
            if len(part) != len(shape):
                raise VerifyException(f"the ranks of {value.type} and the result differ")
            check_shape("an input", part, (*shape[:axis], part[axis], *shape[axis + 1 :]))
            total += part[axis]
        if total != shape[axis]:
            raise VerifyException(f"the inputs fill {total} of {shape[axis]} along axis {axis}")
        for value, zero, requant in zip(
            self.inputs, self.input_zero_points.get_values(), self.input_requants(), strict=True
        ):
            check_in_range("an input's zero-point", zero, value.type)
            low, high = integer_range(value.type)
            if requant is None:
                if (low, high) != integer_range(self.result.type):
                    raise VerifyException(f"{value.type} needs a requantisation to the result")
                continue
            check_requant(requant, self.result.type, 1)
            reason = unsafe_reason(
                requant.to_requant(), np.array([low - zero]), np.array([high - zero])
            )
            if reason is not None:
                raise VerifyException(reason)


@irdl_op_definition
class PadOp(CanonicalLayerOp):
    """Surround a tensor with a constant.

    ```
    %y = qnn.pad "pad" %x {before = array<i64: 0, 1, 1, 0>, after = array<i64: 0, 1, 1, 0>,
         value = -128 : i64} : tensor<1x8x8x4xi8> -> tensor<1x10x10x4xi8>
    ```

    `before` and `after` have one entry an axis; `value` is an integer of the tensor's type.
    """

    name = "qnn.pad"

    input = operand_def(QUANTIZED)
    before = prop_def(INTS)
    after = prop_def(INTS)
    value = prop_def(INT, default_value=IntegerAttr(0, i64))
    result = result_def(QUANTIZED)

    traits = traits_def(Pure())
    assembly_format = "$layer $input attr-dict `:` type($input) `->` type($result)"

    def __init__(
        self,
        input: SSAValue | Operation,
        *,
        layer: str,
        before: Sequence[int],
        after: Sequence[int],
        value: int = 0,
    ):
        source = tensor_type(SSAValue.get(input))
        shape = [b + d + a for b, d, a in zip(before, source.get_shape(), after, strict=True)]
        super().__init__(
            operands=[input],
            result_types=[TensorType(source.element_type, shape)],
            properties={
                "layer": StringAttr(layer),
                "before": ints_attr(before),
                "after": ints_attr(after),
                "value": int_attr(value),
            },
        )

    def verify_(self) -> None:
        check_static(self.input, self.result)
        source = shape_of(self.input)
        before, after = self.before.get_values(), self.after.get_values()
        check_array("before", before, len(source), 0)
        check_array("after", after, len(source), 0)
        if integer_range(self.input.type) != integer_range(self.result.type):
            raise VerifyException("input and result must have one element type")
        expected = tuple(b + d + a for b, d, a in zip(before, source, after, strict=True))
        check_shape("the result", shape_of(self.result), expected)
        check_in_range("value", self.value.value.data, self.input.type)
