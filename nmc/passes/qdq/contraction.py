"""Conv, MatMul and Gemm between dequantise and quantise."""

import numpy as np
from xdsl.dialects.builtin import FloatAttr
from xdsl.ir import Operation, SSAValue

from nmc.dialects import qnn
from nmc.dialects.constants import constant_op
from nmc.dialects.qnn.common import shape_of
from nmc.numerics.contraction import Contraction, derive_contraction
from nmc.numerics.derive import RequantError
from nmc.passes.qdq.operands import (
    Activation,
    Array,
    Floats,
    Output,
    RefusalError,
    activation,
    bias,
    real_constant,
    weights,
)
from nmc.passes.qdq.products import fold_product


def _derive(
    x: Activation, w: Array, b: Array, w_scale: Floats, output: Output, factor: float = 1.0
) -> Contraction:
    """The layer's constants; `factor` multiplies the product (Gemm's alpha)."""
    try:
        return derive_contraction(
            w,
            b,
            x.scale * w_scale * factor / output.scale,
            input_zero_point=x.zero_point,
            input_range=x.range,
            zero_point=output.zero_point,
            bounds=output.bounds,
        )
    except RequantError as error:
        raise RefusalError(str(error)) from error


def fold_conv(node: qnn.FloatOp, output: Output) -> list[Operation]:
    """Conv with quantised input, constant weights and an optional constant bias."""
    x = activation(node.inputs[0])
    if len(shape_of(x.value)) != 4:
        raise RefusalError("only two-dimensional convolutions are done")
    w, w_scale = weights(node.inputs[1], 0)
    channels, groups = shape_of(x.value)[1], node.int_param("group", 1)
    if groups not in (1, channels):
        raise RefusalError(f"{groups} groups of {channels} channels: only 1 or depthwise are done")
    b = bias(_optional(node, 2), x.scale * w_scale, w.shape[0])
    constants = _derive(x, w, b, w_scale, output)
    weight, folded = constant_op(w), constant_op(constants.folded_bias)
    conv = qnn.Conv2dOp(
        x.value,
        weight,
        folded,
        output.type_like(node.result),
        layer=node.layer_name,
        requant=qnn.RequantAttr.from_requant(constants.requant),
        strides=node.int_list("strides", (1, 1)),
        pads=node.int_list("pads", (0, 0, 0, 0)),
        dilations=node.int_list("dilations", (1, 1)),
        groups=groups,
        input_zero_point=x.zero_point,
        layout=qnn.NCHW,
    )
    return [weight, folded, conv]


def fold_matmul(node: qnn.FloatOp, output: Output) -> list[Operation]:
    """MatMul with a constant [K, N] on the right, a third operand being a bias [N]; or of two
    activations."""
    if real_constant(node.inputs[1]) is None and len(node.inputs) == 2:
        return fold_product(node, output)
    if len(shape_of(node.inputs[1])) != 2:
        raise RefusalError("its right operand must be a constant matrix")
    x = activation(node.inputs[0], "left operand")
    w, w_scale = weights(node.inputs[1], 1)
    b = bias(_optional(node, 2), x.scale * w_scale, w.shape[1])
    return _matmul(node, output, x, w.T, b, w_scale)


def fold_gemm(node: qnn.FloatOp, output: Output) -> list[Operation]:
    """Gemm: alpha * x @ w + beta * bias, w constant and either way round."""
    if node.int_param("transA", 0):
        raise RefusalError("a transposed left operand (transA) is not done")
    x = activation(node.inputs[0], "left operand")
    transposed = node.int_param("transB", 0) != 0
    w, w_scale = weights(node.inputs[1], 0 if transposed else 1)
    w = w if transposed else w.T
    alpha, beta = _real(node, "alpha"), _real(node, "beta")
    if alpha <= 0:
        raise RefusalError(f"alpha = {alpha} is not positive")
    # Inside the accumulator, alpha divides the bias's share.
    b = bias(
        _optional(node, 2), x.scale * w_scale * (alpha / beta) if beta else w_scale, w.shape[0]
    )
    return _matmul(node, output, x, w, b if beta else np.zeros_like(b), w_scale, alpha)


def _matmul(
    node: qnn.FloatOp,
    output: Output,
    x: Activation,
    w: Array,
    b: Array,
    w_scale: Floats,
    factor: float = 1.0,
) -> list[Operation]:
    constants = _derive(x, w, b, w_scale, output, factor)
    weight, folded = constant_op(np.ascontiguousarray(w)), constant_op(constants.folded_bias)
    matmul = qnn.MatmulOp(
        x.value,
        weight,
        folded,
        output.type_like(node.result),
        layer=node.layer_name,
        requant=qnn.RequantAttr.from_requant(constants.requant),
        input_zero_point=x.zero_point,
    )
    return [weight, folded, matmul]


def _optional(node: qnn.FloatOp, index: int) -> SSAValue | None:
    return node.inputs[index] if len(node.inputs) > index else None


def _real(node: qnn.FloatOp, name: str) -> float:
    value = node.params.data.get(name)
    return value.value.data if isinstance(value, FloatAttr) else 1.0
