"""Softmax, LayerNormalization and ReduceMean: operators on the elements along axes."""

import math

from nmc.frontend.attributes import Attributes
from nmc.frontend.graph import Node
from nmc.frontend.tensors import FloatOperation, Param, Tensors


def softmax(node: Node, tensors: Tensors) -> FloatOperation:
    """Along one axis, the last by default."""
    x = tensors.real(node, 0, "its input")
    attributes = Attributes(node)
    axis = checked_axis(node, attributes.integer("axis", -1), len(tensors.shapes[x]))
    attributes.finish()
    return FloatOperation("Softmax", (x,), {"axis": axis}, tensors.shapes[x])


def layer_normalization(node: Node, tensors: Tensors) -> FloatOperation:
    """Over all axes from `axis` on, with constant gains and, optionally, biases of their shape."""
    x = tensors.real(node, 0, "its input")
    if any(node.outputs[1:]):
        node.refuse("its mean or deviation is used", "only the normalised tensor is supported")
    attributes = Attributes(node)
    shape = tensors.shapes[x]
    axis = checked_axis(node, attributes.integer("axis", -1), len(shape))
    epsilon = attributes.number("epsilon", 1e-5)
    attributes.integer("stash_type", 1, (1,))
    attributes.finish()
    if not (math.isfinite(epsilon) and epsilon >= 0):
        node.refuse(f"attribute epsilon = {epsilon}", "expected a number of 0 or more")
    operands = [x]
    for index, what in ((1, "gain"), (2, "bias")):
        if index == 2 and not node.input(2):
            continue
        name = tensors.real(node, index, f"its {what}")
        if not tensors.is_constant(name):
            node.refuse(f"its {what} is computed, not constant", "only constants are supported")
        if tensors.shapes[name] != shape[axis:]:
            node.refuse(
                f"its {what} has shape {list(tensors.shapes[name])}",
                f"expected {list(shape[axis:])}, one number for each element of a row",
            )
        operands.append(name)
    params: dict[str, Param] = {"axis": axis, "epsilon": epsilon}
    return FloatOperation("LayerNormalization", tuple(operands), params, shape)


def reduce_mean(node: Node, tensors: Tensors) -> FloatOperation:
    """The mean along some axes (an attribute until opset 17), or along all."""
    x = tensors.real(node, 0, "its input")
    shape = tensors.shapes[x]
    attributes = Attributes(node)
    keep = attributes.integer("keepdims", 1, (0, 1))
    empty_is_none = attributes.integer("noop_with_empty_axes", 0, (0, 1))
    given = attributes.optional_integers("axes")
    attributes.finish()
    if given is None:
        given = tensors.vector(node, 1, "its axes") if node.input(1) else ()
    axes = tuple(sorted({checked_axis(node, axis, len(shape)) for axis in given}))
    if not axes and not empty_is_none:
        axes = tuple(range(len(shape)))
    kept = [d for i, d in enumerate(shape) if i not in axes]
    result = tuple(1 if i in axes else d for i, d in enumerate(shape)) if keep else tuple(kept)
    return FloatOperation("ReduceMean", (x,), {"axes": axes}, result)


def checked_axis(node: Node, axis: int, rank: int) -> int:
    """An axis counted from the front."""
    if not -rank <= axis < rank:
        node.refuse(f"axis {axis}", f"its input has {rank} dimensions")
    return axis % rank
