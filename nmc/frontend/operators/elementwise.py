"""Relu and Clip."""

import math

import numpy as np

from nmc.frontend.attributes import Attributes
from nmc.frontend.graph import Node
from nmc.frontend.tensors import FloatOperation, Param, Tensors


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
