"""Operators that take parts of a tensor, and that add or drop axes of length 1."""

from collections.abc import Sequence

from nmc.frontend.attributes import Attributes
from nmc.frontend.graph import Node
from nmc.frontend.operators.rows import checked_axis
from nmc.frontend.tensors import FloatOperation, Tensors


def slice_(node: Node, tensors: Tensors) -> FloatOperation:
    """Constant starts and ends along some axes, with steps of 1 or more."""
    x = tensors.real(node, 0, "its input")
    Attributes(node).finish()
    shape = tensors.shapes[x]
    starts = tensors.vector(node, 1, "its starts")
    ends = tensors.vector(node, 2, "its ends")
    axes = tensors.vector(node, 3, "its axes") if node.input(3) else tuple(range(len(starts)))
    steps = tensors.vector(node, 4, "its steps") if node.input(4) else (1,) * len(starts)
    places = [checked_axis(node, axis, len(shape)) for axis in axes]
    if len({len(starts), len(ends), len(axes), len(steps), len(set(places))}) != 1:
        node.refuse("its starts, ends, axes and steps differ in number", "export the model again")
    parts = [range(size) for size in shape]
    for start, end, axis, step in zip(starts, ends, places, steps, strict=True):
        if step < 1:
            node.refuse(f"step {step} along axis {axis}", "only steps of 1 or more are supported")
        parts[axis] = range(shape[axis])[start:end:step]
        if not parts[axis]:
            node.refuse(
                f"it takes {start} to {end} of {shape[axis]} along axis {axis}",
                "nothing is left of its input",
            )
    return _part(x, parts)


def split(node: Node, tensors: Tensors) -> list[FloatOperation]:
    """Consecutive parts along one axis, of equal or of constant lengths."""
    x = tensors.real(node, 0, "its input")
    attributes = Attributes(node)
    shape = tensors.shapes[x]
    axis = checked_axis(node, attributes.integer("axis", 0), len(shape))
    count = attributes.integer("num_outputs", len(node.outputs))
    attributes.finish()
    if node.input(1):
        lengths = list(tensors.vector(node, 1, "its lengths"))
    else:
        each = -(-shape[axis] // max(count, 1))
        lengths = [max(min(each, shape[axis] - i * each), 0) for i in range(count)]
    if len(lengths) != len(node.outputs) or sum(lengths) != shape[axis] or min(lengths) < 1:
        node.refuse(
            f"parts of {lengths} along axis {axis} of {list(shape)}",
            f"expected {len(node.outputs)} lengths that make {shape[axis]}",
        )
    found: list[FloatOperation] = []
    for index, length in enumerate(lengths):
        start = sum(lengths[:index])
        if node.outputs[index]:
            parts = [range(size) for size in shape]
            parts[axis] = range(start, start + length)
            suffix = f".{index}" if index else ""
            found.append(_part(x, parts, result=node.outputs[index], suffix=suffix))
    return found


def gather(node: Node, tensors: Tensors) -> list[FloatOperation]:
    """Constant indices along one axis: a single one drops the axis, several stay in their order."""
    x = tensors.real(node, 0, "its input")
    attributes = Attributes(node)
    shape = tensors.shapes[x]
    axis = checked_axis(node, attributes.integer("axis", 0), len(shape))
    attributes.finish()
    indices = tensors.constant(node, 1, "its indices")
    kinds = ("int32", "int64")
    if indices.dtype.name not in kinds or indices.ndim > 1 or not indices.size:
        node.refuse(
            f"its indices are {indices.dtype.name} of shape {list(indices.shape)}",
            "one index or a list of them is supported",
        )
    places = [int(i) for i in indices.reshape(-1)]
    if any(not -shape[axis] <= i < shape[axis] for i in places):
        node.refuse(f"indices {places}", f"its input has {shape[axis]} elements along axis {axis}")
    runs = _runs([i % shape[axis] for i in places])
    result = (*shape[:axis], *indices.shape, *shape[axis + 1 :])
    found: list[FloatOperation] = []
    for number, run in enumerate(runs):
        parts = [range(size) for size in shape]
        parts[axis] = run
        alone = len(runs) == 1 and indices.ndim == 1
        name, suffix = ("", "") if alone else (f"{node.name}.part{number}", f".part{number}")
        found.append(_part(x, parts, result=name, suffix=suffix))
    if len(runs) > 1:
        operands = tuple(part.result for part in found)
        found.append(FloatOperation("Concat", operands, {"axis": axis}, result))
    elif indices.ndim == 0:
        found.append(FloatOperation("Squeeze", (found[0].result,), {}, result))
    return found


def squeeze(node: Node, tensors: Tensors) -> FloatOperation:
    """Without some axes of length 1, or without all of them."""
    x = tensors.real(node, 0, "its input")
    Attributes(node).finish()
    shape = tensors.shapes[x]
    if node.input(1):
        given = tensors.vector(node, 1, "its axes")
        axes = {checked_axis(node, axis, len(shape)) for axis in given}
    else:
        axes = {axis for axis, size in enumerate(shape) if size == 1}
    if any(shape[axis] != 1 for axis in axes):
        node.refuse(f"axes {sorted(axes)} of shape {list(shape)}", "they must have length 1")
    result = tuple(size for axis, size in enumerate(shape) if axis not in axes)
    return FloatOperation("Squeeze", (x,), {}, result)


def unsqueeze(node: Node, tensors: Tensors) -> FloatOperation:
    """With more axes of length 1."""
    x = tensors.real(node, 0, "its input")
    Attributes(node).finish()
    shape = list(tensors.shapes[x])
    given = tensors.vector(node, 1, "its axes")
    rank = len(shape) + len(given)
    axes = {checked_axis(node, axis, rank) for axis in given}
    if len(axes) != len(given):
        node.refuse(f"axes {list(given)}", "each may be named once")
    for axis in sorted(axes):
        shape.insert(axis, 1)
    return FloatOperation("Unsqueeze", (x,), {}, tuple(shape))


def _part(x: str, parts: Sequence[range], result: str = "", suffix: str = "") -> FloatOperation:
    """A slice that takes the indices `parts` along each axis."""
    shape = tuple(len(part) for part in parts)
    starts = tuple(part.start for part in parts)
    steps = tuple(part.step for part in parts)
    return FloatOperation("Slice", (x,), {"starts": starts, "steps": steps}, shape, result, suffix)


def _runs(places: list[int]) -> list[range]:
    """Indices as few ranges with a step of 1 or more."""
    runs: list[range] = []
    for place in places:
        if runs:
            last = runs[-1]
            step = place - last[-1] if len(last) == 1 else last.step
            if step >= 1 and place == last[-1] + step:
                runs[-1] = range(last.start, place + 1, step)
                continue
        runs.append(range(place, place + 1))
    return runs
