"""Layer normalisation of rows."""

from typing import Any

from xdsl.dialects.builtin import StringAttr, TensorType
from xdsl.ir import Operation, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.constants import constant_value
from nmc.dialects.qnn.common import (
    BIAS,
    INT,
    QUANTIZED,
    LayerOp,
    check_in_range,
    check_shape,
    check_static,
    int_attr,
    integer_range,
    shape_of,
)
from nmc.numerics.layer_norm import (
    LayerNormParams,
    RowNorm,
    unsafe_layer_norm_reason,
    unsafe_row_reason,
)


@irdl_op_definition
class LayerNormOp(LayerOp):
    """Every row of the innermost axis with mean 0 and deviation 1, times a gain, plus an offset.

    ```
    %y = qnn.layer_norm "norm1" %x, %gain, %offset {row_bits = 25 : i64, value_bits = 13 : i64,
         epsilon = 96 : i64, epsilon_bits = 16 : i64, shift = 20 : i64, lo = -128 : i64,
         hi = 127 : i64}
       : (tensor<1x197x384xi8>, tensor<384xi32>, tensor<384xi32>) -> tensor<1x197x384xi8>
    ```

    A normalised element has `value_bits` fraction bits, a row's scale `row_bits`; `epsilon` has
    `epsilon_bits` and counts squared steps of the input times the row's length squared. `gain` and
    `offset` are int32 [n]: `y = clamp((value * gain + offset) >> shift, lo, hi)`, the zero-point
    and the rounding of the shift included in the offset. `nmc.numerics.layer_norm` defines the
    bits; with constant operands that nothing leaves 32 bits is checked.
    """

    name = "qnn.layer_norm"

    input = operand_def(QUANTIZED)
    gain = operand_def(BIAS)
    offset = operand_def(BIAS)
    row_bits = prop_def(INT)
    value_bits = prop_def(INT)
    epsilon = prop_def(INT)
    epsilon_bits = prop_def(INT)
    shift = prop_def(INT)
    lo = prop_def(INT)
    hi = prop_def(INT)
    result = result_def(QUANTIZED)

    traits = traits_def(Pure())
    assembly_format = (
        "$layer $input `,` $gain `,` $offset attr-dict `:` functional-type(operands, results)"
    )

    def __init__(
        self,
        input: SSAValue | Operation,
        gain: SSAValue | Operation,
        offset: SSAValue | Operation,
        result_type: TensorType[Any],
        *,
        layer: str,
        params: LayerNormParams,
    ):
        rows = params.rows
        super().__init__(
            operands=[input, gain, offset],
            result_types=[result_type],
            properties={
                "layer": StringAttr(layer),
                "row_bits": int_attr(rows.row_bits),
                "value_bits": int_attr(rows.value_bits),
                "epsilon": int_attr(rows.epsilon),
                "epsilon_bits": int_attr(rows.epsilon_bits),
                "shift": int_attr(params.shift),
                "lo": int_attr(params.lo),
                "hi": int_attr(params.hi),
            },
        )

    def params(self) -> LayerNormParams:
        """The constants of the operation, but for gain and offset."""
        rows = RowNorm(
            shape_of(self.input)[-1],
            self.row_bits.value.data,
            self.value_bits.value.data,
            self.epsilon.value.data,
            self.epsilon_bits.value.data,
        )
        return LayerNormParams(rows, self.shift.value.data, self.lo.value.data, self.hi.value.data)

    def verify_(self) -> None:
        check_static(self.input, self.gain, self.offset, self.result)
        shape = shape_of(self.input)
        if not shape:
            raise VerifyException("needs an input of rank 1 or more")
        check_shape("the result", shape_of(self.result), shape)
        check_shape("the gain", shape_of(self.gain), shape[-1:])
        check_shape("the offset", shape_of(self.offset), shape[-1:])
        for name, attr in (("lo", self.lo), ("hi", self.hi)):
            check_in_range(name, attr.value.data, self.result.type)
        largest = max(abs(end) for end in integer_range(self.input.type))
        gain, offset = constant_value(self.gain), constant_value(self.offset)
        if gain is None or offset is None:
            reason = unsafe_row_reason(self.params().rows, largest)
        else:
            reason = unsafe_layer_norm_reason(self.params(), gain, offset, largest)
        if reason is not None:
            raise VerifyException(reason)
