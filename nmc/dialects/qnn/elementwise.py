"""Addition of two activations, and requantisation of one."""

from typing import Any

import numpy as np
from xdsl.dialects.builtin import IntegerAttr, StringAttr, TensorType, i64
from xdsl.ir import Operation, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.qnn.bounds import check_requant
from nmc.dialects.qnn.canonical import CanonicalLayerOp
from nmc.dialects.qnn.common import (
    INT,
    QUANTIZED,
    check_in_range,
    check_shape,
    check_static,
    int_attr,
    integer_range,
    shape_of,
)
from nmc.dialects.qnn.requant import RequantAttr
from nmc.numerics.accumulator import unsafe_reason
from nmc.numerics.add import AddParams, unsafe_add_reason


@irdl_op_definition
class AddOp(CanonicalLayerOp):
    """Sum of two activations of one shape, rounded once.

    ```
    %y = qnn.add "add1" %a, %b {lhs_zero_point = 3 : i64, rhs_zero_point = -5 : i64,
         lhs_multiplier = 1048576 : i64, rhs_multiplier = 524288 : i64, shift = 20 : i64,
         zero_point = 0 : i64, lo = 0 : i64, hi = 127 : i64}
       : (tensor<1x8x8x16xi8>, tensor<1x8x8x16xi8>) -> tensor<1x8x8x16xi8>
    ```

    `y = clamp((((a - z_a) * m_a + (b - z_b) * m_b + 2^(s-1)) >> s) + z, lo, hi)`. Multipliers lie
    in [0, 2^21), and the shift is such that the sum with `z << s` added stays in 32 bits for every
    pair of inputs (checked).
    """

    name = "qnn.add"

    lhs = operand_def(QUANTIZED)
    rhs = operand_def(QUANTIZED)
    lhs_zero_point = prop_def(INT, default_value=IntegerAttr(0, i64))
    rhs_zero_point = prop_def(INT, default_value=IntegerAttr(0, i64))
    lhs_multiplier = prop_def(INT)
    rhs_multiplier = prop_def(INT)
    shift = prop_def(INT)
    zero_point = prop_def(INT, default_value=IntegerAttr(0, i64))
    lo = prop_def(INT)
    hi = prop_def(INT)
    result = result_def(QUANTIZED)

    traits = traits_def(Pure())
    assembly_format = "$layer $lhs `,` $rhs attr-dict `:` functional-type(operands, results)"

    def __init__(
        self,
        lhs: SSAValue | Operation,
        rhs: SSAValue | Operation,
        result_type: TensorType[Any],
        *,
        layer: str,
        params: AddParams,
    ):
        super().__init__(
            operands=[lhs, rhs],
            result_types=[result_type],
            properties={
                "layer": StringAttr(layer),
                "lhs_zero_point": int_attr(params.lhs_zero_point),
                "rhs_zero_point": int_attr(params.rhs_zero_point),
                "lhs_multiplier": int_attr(params.lhs_multiplier),
                "rhs_multiplier": int_attr(params.rhs_multiplier),
                "shift": int_attr(params.shift),
                "zero_point": int_attr(params.zero_point),
                "lo": int_attr(params.lo),
                "hi": int_attr(params.hi),
            },
        )

    def params(self) -> AddParams:
        """The constants of the addition."""
        return AddParams(
            self.lhs_zero_point.value.data,
            self.rhs_zero_point.value.data,
            self.lhs_multiplier.value.data,
            self.rhs_multiplier.value.data,
            self.shift.value.data,
            self.zero_point.value.data,
            self.lo.value.data,
            self.hi.value.data,
        )

    def verify_(self) -> None:
        check_static(self.lhs, self.rhs, self.result)
        check_shape("the right operand", shape_of(self.rhs), shape_of(self.lhs))
        check_shape("the result", shape_of(self.result), shape_of(self.lhs))
        check_in_range("lhs_zero_point", self.lhs_zero_point.value.data, self.lhs.type)
        check_in_range("rhs_zero_point", self.rhs_zero_point.value.data, self.rhs.type)
        for name, attr in (("zero_point", self.zero_point), ("lo", self.lo), ("hi", self.hi)):
            check_in_range(name, attr.value.data, self.result.type)
        reason = unsafe_add_reason(
            self.params(), integer_range(self.lhs.type), integer_range(self.rhs.type)
        )
        if reason is not None:
            raise VerifyException(reason)


@irdl_op_definition
class RequantizeOp(CanonicalLayerOp):
    """The same real values in another scale, zero-point, type, or within tighter bounds.

    ```
    %y = qnn.requantize "relu" %x requant <multiplier = [1048576], shift = 20, zero_point = -128,
         lo = -128, hi = 127, form = narrow> {input_zero_point = -128 : i64}
       : tensor<1x8x8x16xi8> -> tensor<1x8x8x16xi8>
    ```

    `acc = x - input_zero_point`, then `requant` (one multiplier). A multiplier of exactly 2^shift
    only shifts and clamps: a lone ReLU.
    """

    name = "qnn.requantize"

    input = operand_def(QUANTIZED)
    requant = prop_def(RequantAttr)
    input_zero_point = prop_def(INT, default_value=IntegerAttr(0, i64))
    result = result_def(QUANTIZED)

    traits = traits_def(Pure())
    assembly_format = (
        "$layer $input `requant` $requant attr-dict `:` type($input) `->` type($result)"
    )

    def __init__(
        self,
        input: SSAValue | Operation,
        result_type: TensorType[Any],
        *,
        layer: str,
        requant: RequantAttr,
        input_zero_point: int = 0,
    ):
        super().__init__(
            operands=[input],
            result_types=[result_type],
            properties={
                "layer": StringAttr(layer),
                "requant": requant,
                "input_zero_point": int_attr(input_zero_point),
            },
        )

    def verify_(self) -> None:
        check_static(self.input, self.result)
        check_shape("the result", shape_of(self.result), shape_of(self.input))
        check_in_range("input_zero_point", self.input_zero_point.value.data, self.input.type)
        check_requant(self.requant, self.result.type, 1)
        zero = self.input_zero_point.value.data
        low, high = integer_range(self.input.type)
        reason = unsafe_reason(
            self.requant.to_requant(), np.array([low - zero]), np.array([high - zero])
        )
        if reason is not None:
            raise VerifyException(reason)
