"""Add, and plain requantisation, between dequantise and quantise."""

import numpy as np
from xdsl.ir import Operation

from nmc.dialects import qnn
from nmc.dialects.constants import constant_op, constant_value
from nmc.dialects.qnn.common import shape_of, tensor_type
from nmc.numerics.add import derive_add
from nmc.numerics.derive import RequantError, derive_requant
from nmc.passes.qdq.constant_add import add_per_channel
from nmc.passes.qdq.operands import (
    Activation,
    Output,
    RefusalError,
    activation,
    as_activation,
    real_constant,
)
from nmc.passes.qdq.repeats import repeat

SAME_SCALE = 2.0**-20
"""Scales nearer to each other than this are float32's roundings of one number."""


def fold_add(node: qnn.FloatOp, output: Output) -> list[Operation]:
    """Add of two activations, a smaller one repeated, or of one and a constant."""
    lhs, rhs = node.inputs
    for value, constant in ((lhs, rhs), (rhs, lhs)):
        real = real_constant(constant)
        if real is None or real_constant(value) is not None:
            continue
        x = activation(value)
        shape = shape_of(node.result)
        if shape_of(value) != shape:
            raise RefusalError("its constant is larger than its input")
        ops = add_per_channel(node, x, np.broadcast_to(real, shape), output)
        if ops is not None:
            return ops
        other = as_activation(constant)
        integers = None if other is None else constant_value(other.value)
        if other is None or integers is None:
            raise RefusalError("its constant is floating point; quantise it")
        spread = constant_op(np.ascontiguousarray(np.broadcast_to(integers, shape)))
        quantised = Activation(spread.result, other.scale, other.zero_point)
        return [spread, _add(node, x, quantised, output)]
    a, b = activation(lhs, "left operand"), activation(rhs, "right operand")
    shape = shape_of(node.result)
    before, a = repeat(a, shape, f"{node.layer_name}.left")
    between, b = repeat(b, shape, f"{node.layer_name}.right")
    return [*before, *between, _add(node, a, b, output)]


def _add(node: qnn.FloatOp, a: Activation, b: Activation, output: Output) -> Operation:
    try:
        params = derive_add(
            a.scale / output.scale,
            b.scale / output.scale,
            lhs_zero_point=a.zero_point,
            rhs_zero_point=b.zero_point,
            lhs_range=a.range,
            rhs_range=b.range,
            zero_point=output.zero_point,
            bounds=output.bounds,
        )
    except RequantError as error:
        raise RefusalError(str(error)) from error
    return qnn.AddOp(
        a.value, b.value, output.type_like(node.result), layer=node.layer_name, params=params
    )


def requantize(x: Activation, output: Output, layer: str) -> qnn.RequantizeOp | None:
    """The operation that takes `x` to `output`, or None when nothing changes."""
    unchanged = (
        abs(x.scale / output.scale - 1) < SAME_SCALE
        and x.zero_point == output.zero_point
        and x.range == output.bounds
        and tensor_type(x.value).element_type == output.element_type
    )
    if unchanged:
        return None
    low, high = (np.array([end - x.zero_point], dtype=np.int64) for end in x.range)
    try:
        requant = derive_requant(
            np.array([x.scale / output.scale]), low, high, output.zero_point, output.bounds
        )
    except RequantError as error:
        raise RefusalError(str(error)) from error
    return qnn.RequantizeOp(
        x.value,
        output.type_like(x.value),
        layer=layer,
        requant=qnn.RequantAttr.from_requant(requant),
        input_zero_point=x.zero_point,
    )
