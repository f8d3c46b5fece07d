"""Conv."""

from nmc.frontend.attributes import Attributes
from nmc.frontend.graph import Node
from nmc.frontend.operators.weights import check_accumulator, check_bias, read_weights
from nmc.frontend.operators.window import image_shape, read_window, window_params
from nmc.frontend.tensors import FloatOperation, Tensors


def conv(node: Node, tensors: Tensors) -> FloatOperation:
    """Two-dimensional, any window; groups 1 or depthwise; weights [O, I, KH, KW]."""
    x, w = tensors.real(node, 0, "its input"), tensors.real(node, 1, "its weight")
    channels, height, width = image_shape(node, tensors, x)
    shape = tensors.shapes[w]
    if len(shape) != 4:
        node.refuse(f"weights of shape {list(shape)}", "expected [O, I, KH, KW]")
    attributes = Attributes(node)
    groups = attributes.integer("group", 1)
    if groups not in (1, channels):
        node.refuse(
            f"{groups} groups for {channels} input channels",
            "only groups = 1 and depthwise (groups = input channels) are supported",
        )
    if shape[1] * groups != channels or shape[0] % groups:
        node.refuse(
            f"weights of shape {list(shape)} do not fit {channels} input channels"
            f" in {groups} groups",
            "export the model again",
        )
    geometry = read_window(node, attributes, (height, width), (shape[2], shape[3]))
    attributes.finish()
    weights = read_weights(node, tensors, w, 0)
    operands = (x, w)
    bias = node.input(2)
    if bias:
        operands = (x, w, tensors.real(node, 2, "its bias"))
        check_bias(node, tensors, bias, shape[0])
    check_accumulator(node, tensors, x, weights, bias)
    params = {**window_params(geometry), "kernel_shape": geometry.kernel, "group": groups}
    return FloatOperation("Conv", operands, params, (1, shape[0], *geometry.output()))
