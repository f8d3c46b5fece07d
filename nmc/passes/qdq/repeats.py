"""A smaller activation repeated along axes: concatenations of it with itself."""

import math

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Operation

from nmc.dialects import qnn
from nmc.dialects.qnn.common import shape_of, tensor_type
from nmc.passes.qdq.operands import Activation, RefusalError

SHORTEST_RUN = 8
"""Bytes that are copied at once, at least: single elements are not moved one by one."""


def repeat(x: Activation, shape: tuple[int, ...], layer: str) -> tuple[list[Operation], Activation]:
    """`x` in the larger `shape`, its axes of length 1 repeated, those in front added.

    Raises RefusalError where short runs of elements would be repeated.
    """
    ops: list[Operation] = []
    value, element = x.value, tensor_type(x.value).element_type
    own = shape_of(value)
    if own == shape:
        return ops, x
    current = [1] * (len(shape) - len(own)) + list(own)
    if len(current) != len(own):
        ops.append(qnn.ReshapeOp(value, TensorType(element, current), layer=f"{layer}.axes"))
        value = ops[-1].results[0]
    for axis in reversed(range(len(shape))):
        count = shape[axis]
        if current[axis] == count:
            continue
        if math.prod(current[axis:]) < SHORTEST_RUN:
            raise RefusalError(
                f"it repeats a tensor of shape {list(own)} along axis {axis} of {list(shape)}; "
                f"only {SHORTEST_RUN} elements or more in a row, and constants, are repeated"
            )
        current[axis] = count
        joined = qnn.ConcatOp(
            [value] * count,
            TensorType(element, current),
            layer=f"{layer}.repeat{axis}",
            axis=axis,
            input_zero_points=[0] * count,
            requants=[None] * count,
        )
        ops.append(joined)
        value = joined.result
    return ops, Activation(value, x.scale, x.zero_point)
