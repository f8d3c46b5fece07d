"""MaxPool, AveragePool and GlobalAveragePool."""

from nmc.frontend.attributes import Attributes
from nmc.frontend.graph import Node
from nmc.frontend.operators.window import image_shape, read_window, window_params
from nmc.frontend.tensors import FloatOperation, Param, Tensors


def max_pool(node: Node, tensors: Tensors) -> FloatOperation:
    """The maximum of each window, padding ignored."""
    if any(node.outputs[1:]):
        node.refuse("its output of indices is used", "only the maxima are supported")
    attributes = Attributes(node)
    # Concerns the output of indices only.
    attributes.integer("storage_order", 0, (0, 1))
    return _pool(node, tensors, attributes, {})


def average_pool(node: Node, tensors: Tensors) -> FloatOperation:
    """The mean of each window, over its valid positions or over the padded ones too."""
    attributes = Attributes(node)
    include = attributes.integer("count_include_pad", 0, (0, 1))
    return _pool(node, tensors, attributes, {"count_include_pad": include})


def global_average_pool(node: Node, tensors: Tensors) -> FloatOperation:
    """The mean over the whole image: [1, C, H, W] to [1, C, 1, 1]."""
    x = tensors.real(node, 0, "its input")
    Attributes(node).finish()
    channels, _, _ = image_shape(node, tensors, x)
    return FloatOperation("GlobalAveragePool", (x,), {}, (1, channels, 1, 1))


def _pool(
    node: Node, tensors: Tensors, attributes: Attributes, extra: dict[str, Param]
) -> FloatOperation:
    x = tensors.real(node, 0, "its input")
    channels, height, width = image_shape(node, tensors, x)
    ceil = attributes.integer("ceil_mode", 0, (0, 1))
    geometry = read_window(node, attributes, (height, width), None, ceil=bool(ceil))
    attributes.finish()
    spans = [d * (k - 1) + 1 for k, d in zip(geometry.kernel, geometry.dilations, strict=True)]
    top, left, bottom, right = geometry.pads
    if max(top, bottom) >= spans[0] or max(left, right) >= spans[1]:
        node.refuse(
            f"pads {list(geometry.pads)} reach beyond its kernel {list(geometry.kernel)}",
            "some windows would lie outside the image, pad less",
        )
    if (geometry.counts(include_pad=False) == 0).any():
        node.refuse("some of its windows lie outside the image", "pad or dilate less")
    params: dict[str, Param] = {
        **window_params(geometry),
        "kernel_shape": geometry.kernel,
        "ceil_mode": int(geometry.ceil),
        **extra,
    }
    return FloatOperation(node.op, (x,), params, (1, channels, *geometry.output()))
