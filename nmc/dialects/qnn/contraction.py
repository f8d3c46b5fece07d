"""Convolution and matrix product."""

from collections.abc import Sequence
from typing import Any

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, StringAttr, TensorType, i64
from xdsl.ir import Operation, SSAValue
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.qnn.addition import AdditionAttr, check_addition, own_type
from nmc.dialects.qnn.bounds import check_constants, check_requant
from nmc.dialects.qnn.canonical import CanonicalLayerOp
from nmc.dialects.qnn.common import (
    BIAS,
    INT,
    INTS,
    QUANTIZED,
    WEIGHT,
    check_array,
    check_in_range,
    check_shape,
    check_static,
    int_attr,
    ints_attr,
    shape_of,
)
from nmc.dialects.qnn.requant import RequantAttr
from nmc.numerics.geometry import PoolGeometry

NHWC, NCHW = "nhwc", "nchw"


@irdl_op_definition
class Conv2dOp(CanonicalLayerOp):
    """Two-dimensional convolution of integers, requantised.

    ```
    %y = qnn.conv2d "conv1" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0,
         lo = 0, hi = 127, form = narrow> {pads = array<i64: 1, 1, 1, 1>, input_zero_point = 3}
       : (tensor<1x8x8x4xi8>, tensor<16x3x3x4xi8>, tensor<16xi32>) -> tensor<1x8x8x16xi8>
    ```

    `acc = bias + sum(x * w)` over taps and input channels, where a tap outside the image reads
    `input_zero_point`, then `requant`. The bias is FOLDED: it holds the model's bias minus
    `input_zero_point * sum(w)` of its channel, so the kernel multiplies raw inputs.

    * `input` int8 or uint8 [1, H, W, C]; `weight` int8 [O, KH, KW, I]; `bias` int32 [O]; result
      int8 or uint8 [1, OH, OW, O]. With `layout = "nchw"` (as imported) images are [1, C, H, W]
      and weights [O, I, KH, KW].
    * `strides`, `dilations` [height, width], default 1; `pads` [top, left, bottom, right], default
      0; `groups` 1 (I = C) or C (depthwise: I = 1, O a multiple of C, output channel o reads input
      channel o / (O / C)).

    With an `addend` of the result's shape, `requant` gives the left operand of `addition`, to which
    the addend is added as `qnn.add` does: `%b plus %r requant <..> {addition = #qnn.addition<..>}`.

    The weight may carry an #nm.sparsity encoding; results do not depend on it. A constant weight
    is checked against its encoding, and with a constant bias `requant` is proved safe for every
    accumulator that inputs of the type can reach.
    """

    name = "qnn.conv2d"

    input = operand_def(QUANTIZED)
    weight = operand_def(WEIGHT)
    bias = operand_def(BIAS)
    addend = opt_operand_def(QUANTIZED)
    requant = prop_def(RequantAttr)
    addition = opt_prop_def(AdditionAttr)
    strides = prop_def(INTS, default_value=DenseArrayBase.from_list(i64, [1, 1]))
    pads = prop_def(INTS, default_value=DenseArrayBase.from_list(i64, [0, 0, 0, 0]))
    dilations = prop_def(INTS, default_value=DenseArrayBase.from_list(i64, [1, 1]))
    groups = prop_def(INT, default_value=IntegerAttr(1, i64))
    input_zero_point = prop_def(INT, default_value=IntegerAttr(0, i64))
    layout = prop_def(StringAttr, default_value=StringAttr(NHWC))
    result = result_def(QUANTIZED)

    traits = traits_def(Pure())
    assembly_format = (
        "$layer $input `,` $weight `,` $bias (`plus` $addend^)? `requant` $requant attr-dict "
        "`:` functional-type(operands, results)"
    )

    def __init__(
        self,
        input: SSAValue | Operation,
        weight: SSAValue | Operation,
        bias: SSAValue | Operation,
        result_type: TensorType[Any],
        *,
        layer: str,
        requant: RequantAttr,
        strides: Sequence[int] = (1, 1),
        pads: Sequence[int] = (0, 0, 0, 0),
        dilations: Sequence[int] = (1, 1),
        groups: int = 1,
        input_zero_point: int = 0,
        layout: str = NHWC,
        addend: SSAValue | None = None,
        addition: AdditionAttr | None = None,
    ):
        super().__init__(
            operands=[input, weight, bias, [] if addend is None else [addend]],
            result_types=[result_type],
            properties={
                "layer": StringAttr(layer),
                "requant": requant,
                "addition": addition,
                "strides": ints_attr(strides),
                "pads": ints_attr(pads),
                "dilations": ints_attr(dilations),
                "groups": int_attr(groups),
                "input_zero_point": int_attr(input_zero_point),
                "layout": StringAttr(layout),
            },
        )

    @property
    def is_depthwise(self) -> bool:
        """Whether each output channel reads one input channel (groups == C > 1)."""
        return self.groups.value.data > 1

    @property
    def channels(self) -> tuple[int, int]:
        """(input channels, output channels)."""
        axis = 3 if self.layout.data == NHWC else 1
        return shape_of(self.input)[axis], shape_of(self.result)[axis]

    def geometry(self) -> PoolGeometry:
        """The window over the image, whatever the layout."""
        start = 1 if self.layout.data == NHWC else 2
        h, w = shape_of(self.input)[start : start + 2]
        kh, kw = shape_of(self.weight)[start : start + 2]
        strides, dilations = self.strides.get_values(), self.dilations.get_values()
        top, left, bottom, right = self.pads.get_values()
        return PoolGeometry(
            (h, w),
            (kh, kw),
            (strides[0], strides[1]),
            (top, left, bottom, right),
            (dilations[0], dilations[1]),
        )

    def verify_(self) -> None:
        if self.layout.data not in (NHWC, NCHW):
            raise VerifyException(f"layout must be nhwc or nchw, not '{self.layout.data}'")
        check_array("strides", self.strides.get_values(), 2, 1)
        check_array("pads", self.pads.get_values(), 4, 0)
        check_array("dilations", self.dilations.get_values(), 2, 1)
        for what, value in (
            ("input", self.input),
            ("weight", self.weight),
            ("result", self.result),
        ):
            if len(shape_of(value)) != 4:
                raise VerifyException(f"{what} must have rank 4, got {value.type}")
        check_static(self.input, self.weight, self.bias, self.result)
        if shape_of(self.input)[0] != 1:
            raise VerifyException(f"the batch must be 1, got {shape_of(self.input)[0]}")
        nhwc = self.layout.data == NHWC
        inputs, _ = self.channels
        outputs = shape_of(self.weight)[0]
        per_group = shape_of(self.weight)[3 if nhwc else 1]
        groups = self.groups.value.data
        if groups not in (1, inputs):
            raise VerifyException(f"groups must be 1 or the {inputs} input channels, not {groups}")
        if per_group * groups != inputs or outputs % groups:
            raise VerifyException(
                f"weights {self.weight.type} do not fit {inputs} input channels in {groups} groups"
            )
        h, w = self.geometry().output()
        check_shape(
            "the result", shape_of(self.result), (1, h, w, outputs) if nhwc else (1, outputs, h, w)
        )
        check_shape("the bias", shape_of(self.bias), (outputs,))
        check_in_range("input_zero_point", self.input_zero_point.value.data, self.input.type)
        check_requant(self.requant, own_type(self.addition, self.result), outputs)
        check_addition(self.addition, self.addend, self.result)
        if self.addend is not None and not nhwc:
            raise VerifyException("an addend needs the layout nhwc")
        check_constants(self.input, self.weight, self.bias, self.requant)


@irdl_op_definition
class MatmulOp(CanonicalLayerOp):
    """Product of an activation and a constant matrix, requantised.

    ```
    %y = qnn.matmul "fc" %x, %w, %b requant <multiplier = [77], shift = 12, zero_point = 0,
         lo = -128, hi = 127, form = narrow> {input_zero_point = -4 : i64}
       : (tensor<1x64xi8>, tensor<10x64xi8>, tensor<10xi32>) -> tensor<1x10xi8>
    ```

    `acc[.., n] = bias[n] + sum over k of x[.., k] * w[n, k]`, then `requant`. As for
    `qnn.conv2d` the bias is folded: it includes `-input_zero_point * sum(w[n])`.
    `input` int8 or uint8 [.., K] of rank 1 or more; `weight` int8 [N, K], K innermost; `bias`
    int32 [N]; result [.., N]. An `addend` is added as `qnn.conv2d` does.
    """

    name = "qnn.matmul"

    input = operand_def(QUANTIZED)
    weight = operand_def(WEIGHT)
    bias = operand_def(BIAS)
    addend = opt_operand_def(QUANTIZED)
    requant = prop_def(RequantAttr)
    addition = opt_prop_def(AdditionAttr)
    input_zero_point = prop_def(INT, default_value=IntegerAttr(0, i64))
    result = result_def(QUANTIZED)

    traits = traits_def(Pure())
    assembly_format = (
        "$layer $input `,` $weight `,` $bias (`plus` $addend^)? `requant` $requant attr-dict "
        "`:` functional-type(operands, results)"
    )

    def __init__(
        self,
        input: SSAValue | Operation,
        weight: SSAValue | Operation,
        bias: SSAValue | Operation,
        result_type: TensorType[Any],
        *,
        layer: str,
        requant: RequantAttr,
        input_zero_point: int = 0,
        addend: SSAValue | None = None,
        addition: AdditionAttr | None = None,
    ):
        super().__init__(
            operands=[input, weight, bias, [] if addend is None else [addend]],
            result_types=[result_type],
            properties={
                "layer": StringAttr(layer),
                "requant": requant,
                "addition": addition,
                "input_zero_point": int_attr(input_zero_point),
            },
        )

    def verify_(self) -> None:
        check_static(self.input, self.weight, self.bias, self.result)
        x, w = shape_of(self.input), shape_of(self.weight)
        if len(x) < 1 or len(w) != 2:
            raise VerifyException("needs an input of rank 1 or more and weights of rank 2")
        if x[-1] != w[1]:
            raise VerifyException(f"the input's rows have {x[-1]} elements, the weights' {w[1]}")
        check_shape("the result", shape_of(self.result), (*x[:-1], w[0]))
        check_shape("the bias", shape_of(self.bias), (w[0],))
        check_in_range("input_zero_point", self.input_zero_point.value.data, self.input.type)
        check_requant(self.requant, own_type(self.addition, self.result), w[0])
        check_addition(self.addition, self.addend, self.result)
        check_constants(self.input, self.weight, self.bias, self.requant)
