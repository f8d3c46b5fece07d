"""Softmax of rows."""

from typing import Any

import numpy as np
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    StringAttr,
    TensorType,
    i32,
    i64,
)
from xdsl.ir import Operation, SSAValue
from xdsl.irdl import base, irdl_op_definition, operand_def, prop_def, result_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.constants import dense_from_numpy, numpy_from_dense
from nmc.dialects.qnn.common import (
    INT,
    QUANTIZED,
    LayerOp,
    check_in_range,
    check_shape,
    check_static,
    int_attr,
    shape_of,
)
from nmc.numerics.softmax import PART, SoftmaxParams, unsafe_softmax_reason


@irdl_op_definition
class SoftmaxOp(LayerOp):
    """Softmax of every row of the innermost axis.

    ```
    %y = qnn.softmax "attention" %x exponentials dense<[8388608, ...]> : tensor<256xi32>
         {numerator = 2139095040 : i64, shift = 23 : i64, value_shift = 8 : i64,
          zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64}
       : tensor<1x6x197x197xi8> -> tensor<1x6x197x197xi8>
    ```

    With d the distance to the row's maximum, entry d of the table is the exponential in fixed
    point, `round(2^23 exp(-d * scale))`. `value_shift` reduces it to the bits it is multiplied
    with, `part` elements are added before a partial sum is reduced as well, and `numerator /
    2^shift` is one over the output's scale. `nmc.numerics.softmax` defines the bits; that rows of
    this length stay in 32 bits is checked.
    """

    name = "qnn.softmax"

    input = operand_def(QUANTIZED)
    exponentials = prop_def(base(DenseIntOrFPElementsAttr))
    numerator = prop_def(INT)
    shift = prop_def(INT)
    value_shift = prop_def(INT)
    part = prop_def(INT, default_value=IntegerAttr(PART, i64))
    zero_point = prop_def(INT, default_value=IntegerAttr(0, i64))
    lo = prop_def(INT)
    hi = prop_def(INT)
    result = result_def(QUANTIZED)

    traits = traits_def(Pure())
    assembly_format = (
        "$layer $input `exponentials` $exponentials attr-dict `:` type($input) `->` type($result)"
    )

    def __init__(
        self,
        input: SSAValue | Operation,
        result_type: TensorType[Any],
        *,
        layer: str,
        params: SoftmaxParams,
    ):
        super().__init__(
            operands=[input],
            result_types=[result_type],
            properties={
                "layer": StringAttr(layer),
                "exponentials": dense_from_numpy(np.array(params.table, np.int32)),
                "numerator": int_attr(params.numerator),
                "shift": int_attr(params.shift),
                "value_shift": int_attr(params.value_shift),
                "part": int_attr(params.part),
                "zero_point": int_attr(params.zero_point),
                "lo": int_attr(params.lo),
                "hi": int_attr(params.hi),
            },
        )

    def params(self) -> SoftmaxParams:
        """The constants of the operation."""
        return SoftmaxParams(
            tuple(int(value) for value in numpy_from_dense(self.exponentials)),
            self.numerator.value.data,
            self.shift.value.data,
            self.value_shift.value.data,
            self.zero_point.value.data,
            self.lo.value.data,
            self.hi.value.data,
            self.part.value.data,
        )

    def verify_(self) -> None:
        check_static(self.input, self.result)
        shape = shape_of(self.input)
        if not shape:
            raise VerifyException("needs an input of rank 1 or more")
        check_shape("the result", shape_of(self.result), shape)
        check_shape("the table", self.exponentials.get_shape(), (256,))
        if self.exponentials.get_element_type() != i32:
            raise VerifyException("the table must hold i32")
        for name, attr in (("zero_point", self.zero_point), ("lo", self.lo), ("hi", self.hi)):
            check_in_range(name, attr.value.data, self.result.type)
        reason = unsafe_softmax_reason(self.params(), shape[-1])
        if reason is not None:
            raise VerifyException(reason)
