"""Add, Relu and Clip."""

import math

import numpy as np

from nmc.frontend.attributes import Attributes
from nmc.frontend.graph import Node
from nmc.frontend.tensors import FloatOperation, Param, Tensors


def add(node: Node, tensors: Tensors) -> FloatOperation:
    """The sum of two tensors; a constant one may be smaller and is repeated along the other."""
    operands = (tensors.real(node, 0, "its first input"), tensors.real(node, 1, "its second input"))
    Attributes(node).finish()
    shapes = [tensors.shapes[name] for name in operands]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        node.refuse(f"shapes {list(shapes[0])} and {list(shapes[1])}", "they do not fit")
    constant = [tensors.is_constant(name) for name in operands]
    if all(constant):
        node.refuse("both inputs are constant", "fold constants before quantising")
    for name, fixed in zip(operands, constant, strict=True):
        if not fixed and tensors.shapes[name] != shape:
            node.refuse(
                f"input {name!r} of shape {list(tensors.shapes[name])} would be repeated to"
                f" {list(shape)}",
                "only constants may be smaller than the result",
            )
    return FloatOperation("Add", operands, {}, shape)


def relu(node: Node, tensors: Tensors) -> FloatOperation:
    """`max(x, 0)`."""
    x = tensors.real(node, 0, "its input")
    Attributes(node).finish()
    return FloatOperation("Relu", (x,), {}, tensors.shapes[x])


def clip(node: Node, tensors: Tensors) -> FloatOperation:
    """`min(max(x, low), high)`; both bounds constant scalars, both optional."""
    x = tensors.real(node, 0, "its input")
    Attributes(node).finish()
    bounds = {"min": -math.inf, "max": math.inf}
    params: dict[str, Param] = {}
    for index, name in enumerate(bounds, start=1):
        if not node.input(index):
            continue
        value = tensors.constant(node, index, f"its {name}")
        if value.size != 1 or value.dtype != np.float32 or math.isnan(float(value.reshape(()))):
            node.refuse(f"its {name} is no float number", "export the model again")
        bounds[name] = float(value.reshape(()))
        if math.isfinite(bounds[name]):
            params[name] = bounds[name]
    if bounds["min"] > bounds["max"]:
        node.refuse(f"min {bounds['min']} is above max {bounds['max']}", "swap them")
    return FloatOperation("Clip", (x,), params, tensors.shapes[x])
