"""Softmax, LayerNormalization and ReduceMean between dequantise and quantise."""

import math

import numpy as np
from xdsl.dialects.builtin import FloatAttr, TensorType
from xdsl.ir import Operation, SSAValue

from nmc.dialects import qnn
from nmc.dialects.constants import constant_op
from nmc.dialects.qnn.common import shape_of, tensor_type
from nmc.dialects.qnn.patterns.layout import inverse
from nmc.numerics.derive import RequantError
from nmc.numerics.derive_norm import derive_layer_norm
from nmc.numerics.pooling import derive_average
from nmc.numerics.softmax import derive_softmax
from nmc.passes.qdq.operands import Output, RefusalError, activation, real_constant


def fold_softmax(node: qnn.FloatOp, output: Output) -> list[Operation]:
    """Softmax of a quantised tensor, its axis moved last and back where it is another."""
    x = activation(node.inputs[0])
    shape = shape_of(x.value)
    axis = node.int_param("axis", -1) % len(shape)
    try:
        params = derive_softmax(
            x.scale,
            output.scale,
            shape[axis],
            zero_point=output.zero_point,
            bounds=output.bounds,
        )
    except RequantError as error:
        raise RefusalError(str(error)) from error
    layer = node.layer_name
    last = len(shape) - 1
    if axis == last:
        return [qnn.SoftmaxOp(x.value, output.type_like(x.value), layer=layer, params=params)]
    order = [*(i for i in range(len(shape)) if i != axis), axis]
    moved = qnn.TransposeOp(x.value, order, layer=f"{layer}.last")
    rows = qnn.SoftmaxOp(moved, output.type_like(moved.result), layer=layer, params=params)
    return [moved, rows, qnn.TransposeOp(rows, inverse(order), layer=f"{layer}.back")]


def fold_layer_norm(node: qnn.FloatOp, output: Output) -> list[Operation]:
    """LayerNormalization of a quantised tensor; several axes are one row."""
    x = activation(node.inputs[0])
    shape = shape_of(x.value)
    axis = node.int_param("axis", -1) % len(shape)
    length = math.prod(shape[axis:])
    constants = [np.ones(length), np.zeros(length)]
    for index, value in enumerate(node.inputs[1:]):
        constant = real_constant(value)
        if constant is None:
            raise RefusalError(f"its {('gain', 'bias')[index]} is not constant")
        constants[index] = constant.reshape(-1)
    epsilon = node.params.data.get("epsilon")
    try:
        norm = derive_layer_norm(
            constants[0],
            constants[1],
            epsilon.value.data if isinstance(epsilon, FloatAttr) else 1e-5,
            input_scale=x.scale,
            input_range=x.range,
            output_scale=output.scale,
            zero_point=output.zero_point,
            bounds=output.bounds,
        )
    except RequantError as error:
        raise RefusalError(str(error)) from error
    gain, offset = constant_op(norm.gain), constant_op(norm.offset)
    ops: list[Operation] = [gain, offset]
    value: SSAValue = x.value
    rows = (*shape[:axis], length)
    if rows != shape:
        element = tensor_type(value).element_type
        ops.append(qnn.ReshapeOp(value, TensorType(element, rows), layer=f"{node.layer_name}.rows"))
        value = ops[-1].results[0]
    ops.append(
        qnn.LayerNormOp(
            value, gain, offset, output.type_like(value), layer=node.layer_name, params=norm.params
        )
    )
    if rows != shape:
        result = output.type_like(x.value)
        ops.append(qnn.ReshapeOp(ops[-1], result, layer=f"{node.layer_name}.shape"))
    return ops


def fold_mean(node: qnn.FloatOp, output: Output) -> list[Operation]:
    """ReduceMean of a quantised tensor: an average pool of one window, the axes moved in front."""
    x = activation(node.inputs[0])
    shape = shape_of(x.value)
    axes = node.int_list("axes", ())
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    count = math.prod(shape[axis] for axis in axes)
    channels = math.prod(shape[axis] for axis in kept)
    try:
        requant = derive_average(
            x.scale / output.scale,
            np.array([[count]]),
            count,
            input_zero_point=x.zero_point,
            input_range=x.range,
            zero_point=output.zero_point,
            bounds=output.bounds,
        )
    except RequantError as error:
        raise RefusalError(str(error)) from error
    layer, element = node.layer_name, tensor_type(x.value).element_type
    order = [*axes, *kept]
    moved = qnn.TransposeOp(x.value, order, layer=f"{layer}.front")
    image = qnn.ReshapeOp(
        moved, TensorType(element, (1, count, 1, channels)), layer=f"{layer}.rows"
    )
    pool = qnn.AvgPool2dOp(
        image,
        TensorType(output.element_type, (1, 1, 1, channels)),
        layer=layer,
        requant=qnn.RequantAttr.from_requant(requant),
        kernel=(count, 1),
        input_zero_point=x.zero_point,
        layout=qnn.NHWC,
    )
    shaped = qnn.ReshapeOp(pool, output.type_like(node.result), layer=f"{layer}.shape")
    return [moved, image, pool, shaped]
