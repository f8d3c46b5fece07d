"""Sliding windows: reading kernel, strides, pads and dilations, and resolving automatic padding."""

from nmc.frontend.attributes import Attributes
from nmc.frontend.graph import Node
from nmc.frontend.tensors import Param, Tensors
from nmc.numerics.geometry import PoolGeometry

# Larger ones come from corrupt files and would only overflow later.
MAX_EXTENT = 1 << 16


def image_shape(node: Node, tensors: Tensors, name: str) -> tuple[int, int, int]:
    """(channels, height, width) of a [1, C, H, W] tensor."""
    shape = tensors.shapes[name]
    if len(shape) != 4:
        node.refuse(
            f"its input has shape {list(shape)}",
            "only two-dimensional images [1, C, H, W] are supported, reshape it",
        )
    if shape[0] != 1:
        node.refuse(f"batch {shape[0]}", "only batch 1 is supported, export it so")
    return shape[1], shape[2], shape[3]


def read_window(
    node: Node,
    attributes: Attributes,
    size: tuple[int, int],
    kernel: tuple[int, int] | None,
    *,
    ceil: bool = False,
) -> PoolGeometry:
    """The window over an image of `size`; `kernel` when the weights determine it.

    Automatic padding becomes explicit: SAME_UPPER puts the odd row or column at the end,
    SAME_LOWER at the beginning, VALID pads nothing.
    """
    stated = attributes.optional_integers("kernel_shape")
    if stated is None:
        stated = kernel
    if stated is None or len(stated) != 2 or (kernel is not None and stated != kernel):
        node.refuse(
            f"attribute kernel_shape = {None if stated is None else list(stated)}",
            "it must have two entries, those of the weights",
        )
    strides = attributes.integers("strides", [1, 1], 1)
    dilations = attributes.integers("dilations", [1, 1], 1)
    mode = attributes.text("auto_pad", "NOTSET", ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"))
    pads = attributes.integers("pads", [0, 0, 0, 0], 0)
    if mode != "NOTSET":
        if any(pads):
            node.refuse(f"both auto_pad = {mode} and pads", "give one of the two")
        ends = [_automatic(mode, size[a], stated[a], strides[a], dilations[a]) for a in range(2)]
        pads = (ends[0][0], ends[1][0], ends[0][1], ends[1][1])
    if min(stated) < 1 or max(*stated, *strides, *dilations, *pads) > MAX_EXTENT:
        node.refuse("its window is empty or far too large", "export the model again")
    geometry = PoolGeometry(
        size,
        (stated[0], stated[1]),
        (strides[0], strides[1]),
        (pads[0], pads[1], pads[2], pads[3]),
        (dilations[0], dilations[1]),
        ceil and not mode.startswith("SAME"),
    )
    if min(geometry.output()) < 1:
        node.refuse(
            f"its window of {list(stated)} does not fit an image of {list(size)}",
            "use a larger input or a smaller kernel",
        )
    return geometry


def window_params(geometry: PoolGeometry) -> dict[str, Param]:
    """The parts every window operator states."""
    return {
        "strides": geometry.strides,
        "pads": geometry.pads,
        "dilations": geometry.dilations,
    }


def _automatic(mode: str, size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    if mode == "VALID":
        return 0, 0
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    small, large = total // 2, total - total // 2
    return (small, large) if mode == "SAME_UPPER" else (large, small)
