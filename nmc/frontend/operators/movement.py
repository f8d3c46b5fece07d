"""Operators that move data: Flatten, Reshape, Transpose, Concat, Pad."""

import math

import numpy as np

from nmc.frontend.attributes import Attributes
from nmc.frontend.graph import Node
from nmc.frontend.parse import MAX_ELEMENTS
from nmc.frontend.tensors import FloatOperation, Tensors


def flatten(node: Node, tensors: Tensors) -> FloatOperation:
    """Two dimensions: those before `axis`, and the rest."""
    x = tensors.real(node, 0, "its input")
    attributes = Attributes(node)
    axis = attributes.integer("axis", 1)
    attributes.finish()
    shape = tensors.shapes[x]
    if not -len(shape) <= axis <= len(shape):
        node.refuse(f"attribute axis = {axis}", f"its input has {len(shape)} dimensions")
    if axis < 0:
        axis += len(shape)
    result = (math.prod(shape[:axis]), math.prod(shape[axis:]))
    return FloatOperation("Flatten", (x,), {}, result)


def reshape(node: Node, tensors: Tensors) -> FloatOperation:
    """To a constant shape; 0 keeps a dimension (unless allowzero), one -1 takes what is left."""
    x = tensors.real(node, 0, "its input")
    attributes = Attributes(node)
    allow_zero = attributes.integer("allowzero", 0, (0, 1))
    attributes.finish()
    source = tensors.shapes[x]
    wanted = list(tensors.vector(node, 1, "its shape"))
    if not allow_zero:
        wanted = [source[i] if d == 0 and i < len(source) else d for i, d in enumerate(wanted)]
    count = math.prod(source)
    known = math.prod(d for d in wanted if d != -1)
    if wanted.count(-1) == 1 and known > 0 and count % known == 0:
        wanted[wanted.index(-1)] = count // known
    if any(d < 1 for d in wanted) or math.prod(wanted) != count:
        node.refuse(
            f"{list(source)} does not reshape to {list(wanted)}",
            "the shape may assume another batch size, export the model with batch 1",
        )
    return FloatOperation("Reshape", (x,), {}, tuple(wanted))


def transpose(node: Node, tensors: Tensors) -> FloatOperation:
    """Dimensions in another order, reversed by default."""
    x = tensors.real(node, 0, "its input")
    attributes = Attributes(node)
    shape = tensors.shapes[x]
    order = attributes.integers("perm", list(reversed(range(len(shape)))))
    attributes.finish()
    if sorted(order) != list(range(len(shape))):
        node.refuse(f"attribute perm = {list(order)}", f"expected an order of {len(shape)} axes")
    return FloatOperation("Transpose", (x,), {"perm": order}, tuple(shape[i] for i in order))


def concat(node: Node, tensors: Tensors) -> FloatOperation:
    """Tensors joined along one axis."""
    operands = tuple(
        tensors.real(node, index, f"input {index}") for index in range(max(len(node.inputs), 1))
    )
    attributes = Attributes(node)
    shapes = [tensors.shapes[name] for name in operands]
    rank = len(shapes[0])
    axis = attributes.integer("axis", 0, range(-rank, rank))
    attributes.finish()
    axis %= max(rank, 1)
    if any(len(s) != rank or _without(s, axis) != _without(shapes[0], axis) for s in shapes):
        node.refuse(f"shapes {[list(s) for s in shapes]}", f"they may differ only on axis {axis}")
    joined = list(shapes[0])
    joined[axis] = sum(s[axis] for s in shapes)
    return FloatOperation("Concat", operands, {"axis": axis}, tuple(joined))


def pad(node: Node, tensors: Tensors) -> FloatOperation:
    """A constant around the tensor; amounts and value are constants."""
    x = tensors.real(node, 0, "its input")
    attributes = Attributes(node)
    attributes.text("mode", "constant", ("constant",))
    attributes.finish()
    shape = tensors.shapes[x]
    amounts = list(tensors.vector(node, 1, "its pads"))
    if node.input(3):
        amounts = _on_axes(node, tensors, amounts, len(shape))
    rank = len(shape)
    if len(amounts) != 2 * rank or any(amount < 0 for amount in amounts):
        node.refuse(f"pads {amounts}", f"expected {2 * rank} numbers of 0 or more")
    result = tuple(amounts[i] + shape[i] + amounts[rank + i] for i in range(rank))
    if math.prod(result) > MAX_ELEMENTS:
        node.refuse(f"pads {amounts}", "the result is far too large")
    value = 0.0
    if node.input(2):
        constant = padding_value(node, tensors)
        value = float(constant)
    return FloatOperation(
        "Pad", (x,), {"mode": "constant", "pads": tuple(amounts), "value": value}, result
    )


def padding_value(node: Node, tensors: Tensors) -> float:
    """The scalar a Pad fills with, stored as a number or dequantised from an integer."""
    name = tensors.real(node, 2, "its padding value")
    source = tensors.sources.get(name)
    if source is not None and source.data is not None and source.data.size == 1:
        q = source.quantisation
        steps = int(source.data.reshape(())) - int(q.zero_point.reshape(()))
        return float(np.float32(steps) * q.scale.reshape(()))
    array = tensors.constant(node, 2, "its padding value")
    value = float(array.reshape(())) if array.size == 1 else math.nan
    if not math.isfinite(value):
        node.refuse("its padding value is no finite number", "pad with one number")
    return value


def _on_axes(node: Node, tensors: Tensors, amounts: list[int], rank: int) -> list[int]:
    """Pads given for some axes only (opset 18), spread over all."""
    axes = tensors.vector(node, 3, "its axes")
    if len(amounts) != 2 * len(axes) or len({a % rank for a in axes}) != len(axes):
        node.refuse(f"pads {amounts} for axes {list(axes)}", "two numbers for each axis")
    if any(not -rank <= a < rank for a in axes):
        node.refuse(f"axes {list(axes)}", f"its input has {rank} dimensions")
    spread = [0] * (2 * rank)
    for position, axis in enumerate(axes):
        spread[axis % rank] = amounts[position]
        spread[rank + axis % rank] = amounts[len(axes) + position]
    return spread


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return shape[:axis] + shape[axis + 1 :]
