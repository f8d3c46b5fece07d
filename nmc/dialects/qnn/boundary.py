"""Between real numbers and integers: what an imported model is made of before it is folded."""

from collections.abc import Mapping, Sequence
from typing import Any

from xdsl.dialects.builtin import (
    DenseArrayBase,
    DictionaryAttr,
    Float32Type,
    IntegerAttr,
    StringAttr,
    TensorType,
    f32,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.constants import dtype_of
from nmc.dialects.qnn.common import (
    INT,
    INTS,
    TENSOR,
    LayerOp,
    check_in_range,
    check_shape,
    check_static,
    int_attr,
    ints_attr,
    shape_of,
    tensor_type,
)

FLOATS = DenseArrayBase.constr(f32)
REAL = TensorType.constr(Float32Type())


def _quantization(
    scale: Sequence[float], zero_point: Sequence[int], axis: int | None
) -> dict[str, Attribute | None]:
    return {
        "scale": DenseArrayBase.from_list(f32, [float(s) for s in scale]),
        "zero_point": ints_attr(zero_point),
        "axis": None if axis is None else int_attr(axis),
    }


class QuantizationOp(LayerOp):
    """Scale and zero-point, for the tensor or for each index of an axis."""

    scale = prop_def(FLOATS)
    zero_point = prop_def(INTS)
    axis = opt_prop_def(INT)

    traits = traits_def(Pure())

    def verify_quantization(self, integers: SSAValue, reals: SSAValue) -> None:
        """Check shapes, counts and ranges; raises VerifyException."""
        check_static(integers, reals)
        check_shape("the result", shape_of(reals), shape_of(integers))
        scales, zeros = self.scale.get_values(), self.zero_point.get_values()
        if len(scales) != len(zeros):
            raise VerifyException(f"{len(scales)} scales and {len(zeros)} zero-points")
        if self.axis is None:
            expected = 1
        else:
            axis, rank = self.axis.value.data, len(shape_of(integers))
            if not 0 <= axis < rank:
                raise VerifyException(f"axis {axis} is none of the {rank} axes")
            expected = shape_of(integers)[axis]
        if len(scales) != expected:
            raise VerifyException(f"needs {expected} scales, got {len(scales)}")
        # The comparison also catches NaN. Far above any real scale; and xDSL prints some floats
        # over a million as hexadecimal, which it does not read back in an array.
        if not all(0.0 < s < 1.0e6 for s in scales):
            raise VerifyException("scales must be positive and below a million")
        element = tensor_type(integers).element_type
        try:
            kind = dtype_of(element)
        except TypeError as error:
            raise VerifyException(str(error)) from error
        if kind.kind not in "iu" or kind.itemsize not in (1, 4):
            raise VerifyException(f"{element} is no quantised type (i8, ui8 or i32)")
        for zero in set(zeros):
            if kind.itemsize == 1:
                check_in_range("zero_point", zero, element)
            elif zero != 0:
                raise VerifyException("int32 values have zero-point 0")


@irdl_op_definition
class QuantizeOp(QuantizationOp):
    """Real numbers to integers: ONNX's QuantizeLinear, with optional tighter bounds.

    ```
    %q = qnn.quantize "q" %x {scale = array<f32: 0.5>, zero_point = array<i64: 3>}
       : tensor<1x3x8x8xf32> -> tensor<1x3x8x8xi8>
    ```

    `clamp(round_half_even(x / scale) + zero_point, lo, hi)`; the bounds are the type's unless
    `lo` and `hi` are given (a folded Relu or Clip). `axis` makes scales per index of that axis.
    """

    name = "qnn.quantize"

    input = operand_def(REAL)
    lo = opt_prop_def(INT)
    hi = opt_prop_def(INT)
    result = result_def(TENSOR)

    assembly_format = "$layer $input attr-dict `:` type($input) `->` type($result)"

    def __init__(
        self,
        input: SSAValue | Operation,
        result_type: TensorType[Any],
        *,
        layer: str,
        scale: Sequence[float],
        zero_point: Sequence[int],
        axis: int | None = None,
        lo: int | None = None,
        hi: int | None = None,
    ):
        super().__init__(
            operands=[input],
            result_types=[result_type],
            properties={
                "layer": StringAttr(layer),
                **_quantization(scale, zero_point, axis),
                "lo": None if lo is None else int_attr(lo),
                "hi": None if hi is None else int_attr(hi),
            },
        )

    def verify_(self) -> None:
        self.verify_quantization(self.result, self.input)
        for name, bound in (("lo", self.lo), ("hi", self.hi)):
            if bound is not None:
                check_in_range(name, bound.value.data, self.result.type)


@irdl_op_definition
class DequantizeOp(QuantizationOp):
    """Integers to real numbers: ONNX's DequantizeLinear, `(q - zero_point) * scale`.

    ```
    %x = qnn.dequantize "dq" %w {scale = array<f32: 0.5, 0.25>, zero_point = array<i64: 0, 0>,
         axis = 0 : i64} : tensor<2x3x3x3xi8> -> tensor<2x3x3x3xf32>
    ```

    int8, uint8, or int32 (a bias).
    """

    name = "qnn.dequantize"

    input = operand_def(TENSOR)
    result = result_def(REAL)

    assembly_format = "$layer $input attr-dict `:` type($input) `->` type($result)"

    def __init__(
        self,
        input: SSAValue | Operation,
        *,
        layer: str,
        scale: Sequence[float],
        zero_point: Sequence[int],
        axis: int | None = None,
    ):
        value = SSAValue.get(input)
        super().__init__(
            operands=[value],
            result_types=[TensorType(f32, tensor_type(value).get_shape())],
            properties={"layer": StringAttr(layer), **_quantization(scale, zero_point, axis)},
        )

    def verify_(self) -> None:
        self.verify_quantization(self.input, self.result)


@irdl_op_definition
class FloatOp(LayerOp):
    """An ONNX operator on real numbers, waiting to be folded into an integer one.

    ```
    %y = qnn.float "Conv" "conv1" (%x, %w, %b) {strides = array<i64: 2, 2>}
       : (tensor<1x3x8x8xf32>, tensor<4x3x1x1xf32>, tensor<4xf32>) -> tensor<1x4x4x4xf32>
    ```

    `op_type` is the ONNX operator, `params` its attributes (opset 13 names). What ONNX passes as
    constant inputs but is no data becomes a parameter: Clip `min`, `max` (f32, absent when
    unbounded); Pad `pads` (i64 array, ONNX order: all begins, then all ends), `value` (f32) and
    `mode`; Slice `starts` and `steps` for every axis (i64 arrays), how many elements the result
    type says; ReduceMean `axes` (i64 array). Reshape, Flatten, Squeeze and Unsqueeze need no
    parameter. Axes count from the front. Operands are the data inputs in ONNX order, a trailing
    absent one (a bias) left out.
    """

    name = "qnn.float"

    inputs = var_operand_def(REAL)
    op_type = prop_def(StringAttr)
    params = prop_def(DictionaryAttr)
    result = result_def(REAL)

    traits = traits_def(Pure())
    assembly_format = (
        "$op_type $layer `(` $inputs `)` $params attr-dict `:` functional-type(operands, results)"
    )

    def __init__(
        self,
        op_type: str,
        inputs: Sequence[SSAValue],
        result_type: TensorType[Any],
        *,
        layer: str,
        params: Mapping[str, Attribute] | None = None,
    ):
        super().__init__(
            operands=[inputs],
            result_types=[result_type],
            properties={
                "layer": StringAttr(layer),
                "op_type": StringAttr(op_type),
                "params": DictionaryAttr(dict(params or {})),
            },
        )

    def int_list(self, name: str, default: Sequence[int]) -> tuple[int, ...]:
        """An i64 array parameter, or `default` where the node does not give it."""
        value = self.params.data.get(name)
        if value is None:
            return tuple(default)
        if not isinstance(value, DenseArrayBase):
            raise VerifyException(f"parameter {name} must be an i64 array, got {value}")
        return tuple(int(v) for v in value.get_values())

    def int_param(self, name: str, default: int) -> int:
        """An integer parameter, or `default`."""
        value = self.params.data.get(name)
        return value.value.data if isinstance(value, IntegerAttr) else default

    def verify_(self) -> None:
        check_static(*self.inputs, self.result)
