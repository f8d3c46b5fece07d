"""Small networks for tests: one convolution in every form, and one network for each operator.

All of them are real quantised files. `conv_model` and `chain_model` take any geometry; `SMALL`
names fixed ones, each with the awkward sizes (odd channels, non-square images, uneven padding)
that a compiler gets wrong first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import onnx

from nmc.models.builder import GraphBuilder, Value, Window
from nmc.models.quantise import DEFAULT, Quantisation, quantise
from nmc.models.sparsity import Sparsity, parse_sparsity


@dataclass(frozen=True)
class ConvSpec:
    """One convolution on a [1, channels_in, height, width] input.

    `groups` is 1 or channels_in (depthwise, channels_out a multiple of it); `activation` one of
    none, relu, clip (to -0.5 .. 1.5, where it bites).
    """

    channels_in: int = 8
    channels_out: int = 8
    height: int = 8
    width: int = 8
    window: Window = field(default_factory=Window)
    groups: int = 1
    activation: str = "relu"
    sparsity: str = "dense"
    bias: bool = True

    def pruned(self, sparsity: str) -> "ConvSpec":
        return replace(self, sparsity=sparsity)


def apply_conv(graph: GraphBuilder, name: str, x: Value, spec: ConvSpec) -> Value:
    """Appends the convolution (its input size is x's) and its activation."""
    y = graph.conv(
        name,
        x,
        spec.channels_out,
        spec.window,
        groups=spec.groups,
        sparsity=parse_sparsity(spec.sparsity),
        bias=spec.bias,
    )
    if spec.activation == "relu":
        return graph.relu(f"{name}.relu", y)
    if spec.activation == "clip":
        return graph.clip(f"{name}.clip", y, -0.5, 1.5)
    return y


def chain_model(
    specs: Sequence[ConvSpec],
    seed: int = 0,
    quantisation: Quantisation = DEFAULT,
    opset: int = 17,
) -> onnx.ModelProto:
    """Convolutions one after the other; the first spec gives the input's shape."""
    first = specs[0]
    graph = GraphBuilder("chain", seed, opset)
    y = graph.input("x", (1, first.channels_in, first.height, first.width))
    for index, spec in enumerate(specs):
        y = apply_conv(graph, f"conv{index}", y, spec)
    return quantise(graph, {"y": y}, quantisation)


def conv_model(
    spec: ConvSpec, seed: int = 0, quantisation: Quantisation = DEFAULT, opset: int = 17
) -> onnx.ModelProto:
    """One convolution."""
    return chain_model([spec], seed, quantisation, opset)


Body = Callable[[GraphBuilder, Sparsity | None], dict[str, Value]]


def _residual(graph: GraphBuilder, sparsity: Sparsity | None) -> dict[str, Value]:
    """Two branches of different scale meet in an Add, twice; a strided 1x1 shortcut."""
    x = graph.input("x", (1, 3, 9, 7))
    y = graph.relu("stem.relu", graph.conv("stem", x, 16, Window.square(3)))
    for name, channels, stride in (("a", 16, 1), ("b", 24, 2)):
        z = graph.conv(f"{name}.conv1", y, channels, Window.square(3, stride), sparsity=sparsity)
        z = graph.relu(f"{name}.relu1", z)
        z = graph.conv(f"{name}.conv2", z, channels, Window.square(3), sparsity=sparsity)
        if stride > 1:
            y = graph.conv(f"{name}.shortcut", y, channels, Window.square(1, stride))
        y = graph.relu(f"{name}.relu2", graph.add(f"{name}.add", z, y))
    return {"y": y}


def _tiny_resnet(graph: GraphBuilder, sparsity: Sparsity | None) -> dict[str, Value]:
    """The whole shape of a ResNet: stem, blocks, global average, head of 10 classes."""
    y = _residual(graph, sparsity)["y"]
    y = graph.flatten("flatten", graph.global_average("pool", y))
    return {"logits": graph.gemm("head", y, 10, head=True)}


def _max_pool(graph: GraphBuilder, sparsity: Sparsity | None) -> dict[str, Value]:
    x = graph.input("x", (1, 5, 11, 8))
    y = graph.conv("conv", x, 10, Window.square(3), sparsity=sparsity)
    y = graph.pool("pool1", y, "max", Window((3, 3), (2, 2), (1, 1, 1, 1)))
    return {
        "y": graph.pool("pool2", y, "max", Window((2, 3), (2, 1), (0, 1, 0, 0)), ceil_mode=True)
    }


def _average_pool(graph: GraphBuilder, sparsity: Sparsity | None) -> dict[str, Value]:
    x = graph.input("x", (1, 6, 10, 7))
    y = graph.conv("conv", x, 9, Window.square(3), sparsity=sparsity)
    y = graph.pool("pool1", y, "average", Window((3, 3), (1, 1), (1, 1, 1, 1)))
    y = graph.pool(
        "pool2", y, "average", Window((3, 2), (2, 2), (1, 0, 1, 1)), count_include_pad=True
    )
    return {
        "y": graph.pool("pool3", y, "average", Window((2, 2), (2, 2), (0, 0, 0, 0)), ceil_mode=True)
    }


def _global_pool(graph: GraphBuilder, sparsity: Sparsity | None) -> dict[str, Value]:
    x = graph.input("x", (1, 4, 6, 5))
    y = graph.relu("relu", graph.conv("conv", x, 13, Window.square(3), sparsity=sparsity))
    return {"y": graph.global_average("pool", y)}


def _concat(graph: GraphBuilder, sparsity: Sparsity | None) -> dict[str, Value]:
    """Channels of three branches with three scales, then rows."""
    x = graph.input("x", (1, 4, 6, 6))
    a = graph.relu("a.relu", graph.conv("a", x, 8, Window.square(1)))
    b = graph.conv("b", x, 5, Window.square(3), sparsity=sparsity)
    c = graph.concat("channels", [a, b, x], 1)
    d = graph.conv("d", c, 8, Window.square(3), sparsity=sparsity)
    return {"y": graph.concat("rows", [d, a], 2)}


def _pad(graph: GraphBuilder, sparsity: Sparsity | None) -> dict[str, Value]:
    x = graph.input("x", (1, 3, 5, 6))
    y = graph.pad("pad", x, [0, 0, 1, 2, 0, 0, 2, 0])
    return {"y": graph.conv("conv", y, 7, Window.square(3, 1, 0), sparsity=sparsity)}


def _gemm(graph: GraphBuilder, sparsity: Sparsity | None) -> dict[str, Value]:
    """Two fully connected layers, one with each storage of its weights."""
    y = graph.relu("relu", graph.gemm("fc1", graph.input("x", (1, 37)), 26, sparsity=sparsity))
    return {"y": graph.gemm("fc2", y, 11, transposed=False, sparsity=sparsity)}


def _matmul(graph: GraphBuilder, sparsity: Sparsity | None) -> dict[str, Value]:
    """Rows of tokens times weights, and a skip connection."""
    x = graph.input("x", (1, 9, 24))
    y = graph.matmul("proj1", x, 18, sparsity)
    y = graph.matmul("proj2", graph.relu("relu", y), 24, sparsity)
    return {"y": graph.add("add", y, x)}


def _transpose(graph: GraphBuilder, sparsity: Sparsity | None) -> dict[str, Value]:
    """Image to tokens and back: patches, reshape, transpose, product, transpose, reshape."""
    x = graph.input("x", (1, 3, 8, 12))
    y = graph.conv("patches", x, 10, Window((4, 4), (4, 4), (0, 0, 0, 0)), sparsity=sparsity)
    y = graph.transpose("to-tokens", graph.reshape("tokens", y, (1, 10, 6)), (0, 2, 1))
    y = graph.transpose("to-image", graph.matmul("proj", y, 12, sparsity), (0, 2, 1))
    return {"y": graph.reshape("image", y, (1, 12, 2, 3))}


def _separable(graph: GraphBuilder, sparsity: Sparsity | None) -> dict[str, Value]:
    """Depthwise and pointwise, clipped, stride 2: the block of the mobile networks."""
    y = graph.input("x", (1, 6, 10, 9))
    for name, channels, stride in (("a", 11, 1), ("b", 16, 2)):
        window = Window.square(3, stride)
        y = graph.conv(f"{name}.depthwise", y, y.channels, window, groups=y.channels)
        y = graph.clip(f"{name}.clip", y, 0.0, 2.0)
        y = graph.conv(f"{name}.pointwise", y, channels, Window.square(1), sparsity=sparsity)
    return {"y": y}


def _two_outputs(graph: GraphBuilder, sparsity: Sparsity | None) -> dict[str, Value]:
    """Two inputs, two outputs, one of them used again inside."""
    a, b = graph.input("a", (1, 4, 6, 6)), graph.input("b", (1, 8, 6, 6))
    y = graph.add("add", graph.conv("conv", a, 8, Window.square(3), sparsity=sparsity), b)
    return {"sum": y, "pooled": graph.pool("pool", y, "max", Window.square(2, 2, 0))}


def _conv_body(spec: ConvSpec) -> Body:
    def body(graph: GraphBuilder, sparsity: Sparsity | None) -> dict[str, Value]:
        x = graph.input("x", (1, spec.channels_in, spec.height, spec.width))
        pruned = spec.pruned(str(sparsity)) if sparsity is not None else spec
        return {"y": apply_conv(graph, "conv", x, pruned)}

    return body


CONVS: dict[str, ConvSpec] = {
    "conv": ConvSpec(),
    "conv-odd": ConvSpec(13, 11, 7, 5),
    "conv-wide": ConvSpec(40, 36, 6, 10),
    "conv-stride": ConvSpec(16, 12, 9, 11, Window.square(3, 2)),
    "conv-uneven-pads": ConvSpec(9, 6, 8, 6, Window((3, 3), (1, 2), (0, 2, 1, 1))),
    "conv-dilated": ConvSpec(8, 8, 10, 9, Window((3, 3), (1, 1), (2, 2, 2, 2), (2, 2))),
    "conv-tall": ConvSpec(8, 7, 9, 6, Window((5, 1), (1, 1), (2, 0, 2, 0))),
    "conv-no-pad": ConvSpec(12, 16, 8, 8, Window.square(5, 1, 0), bias=False),
    "conv-clip": ConvSpec(8, 8, 6, 6, activation="clip"),
    "conv-linear": ConvSpec(17, 10, 6, 6, activation="none"),
    "pointwise": ConvSpec(19, 21, 5, 7, Window.square(1)),
    "pointwise-stride": ConvSpec(16, 8, 8, 8, Window.square(1, 2)),
    "depthwise": ConvSpec(10, 10, 8, 7, groups=10),
    "depthwise-stride": ConvSpec(7, 7, 9, 9, Window.square(3, 2), groups=7),
    "depthwise-multiplier": ConvSpec(5, 10, 6, 6, groups=5, activation="none"),
}

_BODIES: dict[str, Body] = {
    **{name: _conv_body(spec) for name, spec in CONVS.items()},
    "residual": _residual,
    "tiny-resnet": _tiny_resnet,
    "max-pool": _max_pool,
    "average-pool": _average_pool,
    "global-pool": _global_pool,
    "concat": _concat,
    "pad": _pad,
    "gemm": _gemm,
    "matmul": _matmul,
    "transpose": _transpose,
    "separable": _separable,
    "two-outputs": _two_outputs,
}

SMALL: tuple[str, ...] = tuple(_BODIES)


def small_model(
    name: str,
    sparsity: str = "dense",
    seed: int = 0,
    quantisation: Quantisation = DEFAULT,
    opset: int = 17,
) -> onnx.ModelProto:
    """The network `name` of `SMALL`; depthwise convolutions stay dense whatever `sparsity` says."""
    pattern = parse_sparsity(sparsity)
    if name in CONVS and CONVS[name].groups != 1:
        pattern = None
    graph = GraphBuilder(name, seed, opset)
    return quantise(graph, _BODIES[name](graph, pattern), quantisation)
