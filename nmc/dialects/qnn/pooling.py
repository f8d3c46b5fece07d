"""Maximum and average over a sliding window."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, StringAttr, TensorType, UnitAttr, i64
from xdsl.ir import Operation, SSAValue
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.qnn.bounds import check_requant
from nmc.dialects.qnn.common import (
    INT,
    INTS,
    QUANTIZED,
    LayerOp,
    check_array,
    check_in_range,
    check_shape,
    check_static,
    int_attr,
    integer_range,
    ints_attr,
    shape_of,
)
from nmc.dialects.qnn.contraction import NCHW, NHWC
from nmc.dialects.qnn.requant import RequantAttr
from nmc.numerics.accumulator import unsafe_reason
from nmc.numerics.geometry import PoolGeometry


class PoolOp(LayerOp):
    """Window attributes and checks of both pooling operations."""

    input = operand_def(QUANTIZED)
    kernel = prop_def(INTS)
    strides = prop_def(INTS, default_value=DenseArrayBase.from_list(i64, [1, 1]))
    pads = prop_def(INTS, default_value=DenseArrayBase.from_list(i64, [0, 0, 0, 0]))
    dilations = prop_def(INTS, default_value=DenseArrayBase.from_list(i64, [1, 1]))
    ceil_mode = opt_prop_def(UnitAttr)
    layout = prop_def(StringAttr, default_value=StringAttr(NHWC))
    result = result_def(QUANTIZED)

    traits = traits_def(Pure())

    @property
    def channels(self) -> int:
        """Number of channels."""
        return shape_of(self.input)[3 if self.layout.data == NHWC else 1]

    def geometry(self) -> PoolGeometry:
        """The window over the image, whatever the layout."""
        start = 1 if self.layout.data == NHWC else 2
        h, w = shape_of(self.input)[start : start + 2]
        kernel, strides = self.kernel.get_values(), self.strides.get_values()
        dilations = self.dilations.get_values()
        top, left, bottom, right = self.pads.get_values()
        return PoolGeometry(
            (h, w),
            (kernel[0], kernel[1]),
            (strides[0], strides[1]),
            (top, left, bottom, right),
            (dilations[0], dilations[1]),
            self.ceil_mode is not None,
        )

    def verify_window(self) -> None:
        """Check attributes and shapes; raises VerifyException."""
        if self.layout.data not in (NHWC, NCHW):
            raise VerifyException(f"layout must be nhwc or nchw, not '{self.layout.data}'")
        check_array("kernel", self.kernel.get_values(), 2, 1)
        check_array("strides", self.strides.get_values(), 2, 1)
        check_array("pads", self.pads.get_values(), 4, 0)
        check_array("dilations", self.dilations.get_values(), 2, 1)
        if len(shape_of(self.input)) != 4 or len(shape_of(self.result)) != 4:
            raise VerifyException("pooling needs tensors of rank 4")
        check_static(self.input, self.result)
        if shape_of(self.input)[0] != 1:
            raise VerifyException(f"the batch must be 1, got {shape_of(self.input)[0]}")
        geometry = self.geometry()
        (h, w), c = geometry.output(), self.channels
        expected = (1, h, w, c) if self.layout.data == NHWC else (1, c, h, w)
        check_shape("the result", shape_of(self.result), expected)
        if int(geometry.counts(include_pad=False).min()) == 0:
            raise VerifyException("a window lies wholly in the padding")


def _window_properties(
    kernel: Sequence[int],
    strides: Sequence[int],
    pads: Sequence[int],
    dilations: Sequence[int],
    ceil_mode: bool,
    layout: str,
) -> dict[str, Any]:
    return {
        "kernel": ints_attr(kernel),
        "strides": ints_attr(strides),
        "pads": ints_attr(pads),
        "dilations": ints_attr(dilations),
        "ceil_mode": UnitAttr() if ceil_mode else None,
        "layout": StringAttr(layout),
    }


@irdl_op_definition
class MaxPool2dOp(PoolOp):
    """Maximum over a window; positions outside the image are ignored.

    ```
    %y = qnn.max_pool2d "pool1" %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>}
       : tensor<1x8x8x16xi8> -> tensor<1x4x4x16xi8>
    ```

    Input and result have one type (and so one quantisation). `kernel`, `strides`, `dilations`
    [height, width], `pads` [top, left, bottom, right]; `ceil_mode` rounds the output size up.
    With `layout = "nchw"` images are [1, C, H, W].
    """

    name = "qnn.max_pool2d"

    assembly_format = "$layer $input attr-dict `:` type($input) `->` type($result)"

    def __init__(
        self,
        input: SSAValue | Operation,
        result_type: TensorType[Any],
        *,
        layer: str,
        kernel: Sequence[int],
        strides: Sequence[int] = (1, 1),
        pads: Sequence[int] = (0, 0, 0, 0),
        dilations: Sequence[int] = (1, 1),
        ceil_mode: bool = False,
        layout: str = NHWC,
    ):
        window = _window_properties(kernel, strides, pads, dilations, ceil_mode, layout)
        super().__init__(
            operands=[input],
            result_types=[result_type],
            properties={"layer": StringAttr(layer), **window},
        )

    def verify_(self) -> None:
        self.verify_window()
        if integer_range(self.input.type) != integer_range(self.result.type):
            raise VerifyException("input and result must have one element type")


@irdl_op_definition
class AvgPool2dOp(PoolOp):
    """Average over a window, requantised once.

    ```
    %y = qnn.avg_pool2d "gap" %x requant <multiplier = [65536], shift = 20, zero_point = 0,
         lo = -128, hi = 127, form = narrow> {kernel = array<i64: 4, 4>}
       : tensor<1x4x4x512xi8> -> tensor<1x1x1x512xi8>
    ```

    `acc = sum(x - input_zero_point)` over the positions inside the image, then `requant`, whose
    multiplier includes the division. It has either one entry (every window divides by the same
    count) or kernel_h * kernel_w entries, entry c - 1 for windows that divide by c (0 where no
    window does). The count is that of positions inside the image, or with `count_include_pad`
    inside the image or its padding (but not beyond, where `ceil_mode` lets a window hang over).
    A global average is a kernel of the image's size.
    """

    name = "qnn.avg_pool2d"

    requant = prop_def(RequantAttr)
    input_zero_point = prop_def(INT, default_value=IntegerAttr(0, i64))
    count_include_pad = opt_prop_def(UnitAttr)

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
        kernel: Sequence[int],
        strides: Sequence[int] = (1, 1),
        pads: Sequence[int] = (0, 0, 0, 0),
        dilations: Sequence[int] = (1, 1),
        ceil_mode: bool = False,
        count_include_pad: bool = False,
        input_zero_point: int = 0,
        layout: str = NHWC,
    ):
        window = _window_properties(kernel, strides, pads, dilations, ceil_mode, layout)
        super().__init__(
            operands=[input],
            result_types=[result_type],
            properties={
                "layer": StringAttr(layer),
                "requant": requant,
                "input_zero_point": int_attr(input_zero_point),
                "count_include_pad": UnitAttr() if count_include_pad else None,
                **window,
            },
        )

    def divisors(self) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        """[out_h, out_w]: what each output position divides by."""
        return self.geometry().counts(self.count_include_pad is not None)

    def verify_(self) -> None:
        self.verify_window()
        check_in_range("input_zero_point", self.input_zero_point.value.data, self.input.type)
        kh, kw = self.kernel.get_values()
        check_requant(self.requant, self.result.type, kh * kw)
        counts = np.unique(self.divisors())
        requant = self.requant.to_requant()
        if len(requant.multiplier) > 1:
            chosen = [requant.multiplier[int(c) - 1] for c in counts]
            if 0 in chosen:
                count = counts[chosen.index(0)]
                raise VerifyException(f"windows divide by {count}, but its multiplier is 0")
        elif len(counts) > 1:
            raise VerifyException(
                f"windows divide by {list(map(int, counts))}: one multiplier is not enough"
            )
        zero = self.input_zero_point.value.data
        low, high = integer_range(self.input.type)
        # Each multiplier meets sums of at most as many positions as it divides by.
        positions = counts if len(requant.multiplier) == 1 else np.arange(1, kh * kw + 1)
        reason = unsafe_reason(requant, (low - zero) * positions, (high - zero) * positions)
        if reason is not None:
            raise VerifyException(reason)
