"""Adding a constant that is the same all over each channel."""

import numpy as np
from xdsl.dialects.builtin import TensorType
from xdsl.ir import Operation, SSAValue

from nmc.dialects import qnn
from nmc.dialects.constants import constant_op
from nmc.dialects.qnn.common import shape_of, tensor_type
from nmc.numerics.contraction import derive_contraction
from nmc.numerics.derive import RATE_WANTED, RequantError
from nmc.passes.qdq.operands import Activation, Floats, Output, RefusalError

WEIGHT = 127
"""The one weight of the convolution: the finer the accumulator's unit, s_x / 127, the better."""


def add_per_channel(
    node: qnn.FloatOp, x: Activation, constant: Floats, output: Output
) -> list[Operation] | None:
    """`x + constant` as a depthwise 1x1 convolution with weight 127 and the constant as bias.

    One rounding in all, but for the constant's: it is off by at most 1/254 of an input step, that
    is in about `s_x / s_y / 508` of the outputs. None when the constant varies within a channel
    (axis 1 of four, else the last), or that error is too large.
    """
    ratio = x.scale / output.scale
    if ratio / (4 * WEIGHT) >= RATE_WANTED:
        return None
    shape = shape_of(x.value)
    axis = 1 if len(shape) == 4 else len(shape) - 1
    if axis < 0:
        return None
    moved = np.moveaxis(constant, axis, -1).reshape(-1, shape[axis])
    if not bool(np.all(moved == moved[0])):
        return None
    channels = shape[axis]
    w = np.full((channels, 1, 1, 1), WEIGHT, dtype=np.int8)
    try:
        constants = derive_contraction(
            w,
            np.rint(moved[0] * WEIGHT / x.scale).astype(np.int64),
            np.array([ratio / WEIGHT]),
            input_zero_point=x.zero_point,
            input_range=x.range,
            zero_point=output.zero_point,
            bounds=output.bounds,
        )
    except RequantError as error:
        raise RefusalError(str(error)) from error
    layer, nchw = node.layer_name, len(shape) == 4
    ops: list[Operation] = []
    value: SSAValue = x.value
    if not nchw:
        rows = int(np.prod(shape[:-1]))
        image = TensorType(tensor_type(value).element_type, (1, rows, 1, channels))
        ops.append(qnn.ReshapeOp(value, image, layer=f"{layer}.rows"))
        value = ops[-1].results[0]
    weight, folded = constant_op(w), constant_op(constants.folded_bias)
    conv = qnn.Conv2dOp(
        value,
        weight,
        folded,
        output.type_like(value),
        layer=layer,
        requant=qnn.RequantAttr.from_requant(constants.requant),
        groups=channels,
        input_zero_point=x.zero_point,
        layout=qnn.NCHW if nchw else qnn.NHWC,
    )
    ops += [weight, folded, conv]
    if not nchw:
        ops.append(qnn.ReshapeOp(conv, output.type_like(x.value), layer=f"{layer}.shape"))
    return ops
