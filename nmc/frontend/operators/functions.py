"""Elementwise functions of one tensor and of two."""

import numpy as np

from nmc.frontend.attributes import Attributes
from nmc.frontend.graph import Node
from nmc.frontend.tensors import FloatOperation, Param, Tensors
from nmc.numerics.functions import ONE_INPUT


def one_input(node: Node, tensors: Tensors) -> FloatOperation:
    """A function of every element, with all its attributes written out."""
    x = tensors.real(node, 0, "its input")
    attributes = Attributes(node)
    function = ONE_INPUT[node.op]
    params: dict[str, Param] = {}
    for name, default in function.numbers.items():
        params[name] = attributes.number(name, default)
    for name, choices in function.choices.items():
        params[name] = attributes.text(name, choices[0], choices)
    attributes.finish()
    return FloatOperation(node.op, (x,), params, tensors.shapes[x])


def two_inputs(node: Node, tensors: Tensors) -> FloatOperation:
    """Add, Sub, Mul, Div and Pow of two tensors, either of them repeated along the other."""
    operands = (tensors.real(node, 0, "its first input"), tensors.real(node, 1, "its second input"))
    Attributes(node).finish()
    shapes = [tensors.shapes[name] for name in operands]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        node.refuse(f"shapes {list(shapes[0])} and {list(shapes[1])}", "they do not fit")
    if all(tensors.is_constant(name) for name in operands):
        node.refuse("both inputs are constant", "fold constants before quantising")
    return FloatOperation(node.op, operands, {}, shape)


def identity(node: Node, tensors: Tensors) -> FloatOperation:
    """The tensor itself; Dropout too, which does nothing when a model is run."""
    x = tensors.real(node, 0, "its input")
    attributes = Attributes(node)
    attributes.integer("seed", 0)
    attributes.finish()
    if any(node.outputs[1:]):
        node.refuse("its output of a mask is used", "export the model for inference")
    return FloatOperation("Identity", (x,), {}, tensors.shapes[x])
