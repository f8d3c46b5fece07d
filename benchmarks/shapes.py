"""The layers kernels are measured on: those of ResNet18 and ViT-Small, and sweeps beyond them."""

from collections.abc import Callable
from dataclasses import dataclass

import onnx

from nmc.models.builder import GraphBuilder, Window
from nmc.models.quantise import quantise
from nmc.models.small import ConvSpec, conv_model
from nmc.models.sparsity import parse_sparsity


@dataclass(frozen=True)
class Shape:
    """A layer by name, and what builds a network of it alone at a sparsity (`dense` or `N:M`).

    layer: its name in that network. kind: `conv` or `fc` (one row) or `product` (many rows).
    """

    name: str
    kind: str
    layer: str
    build: Callable[[str], onnx.ModelProto]


def convolution(
    channels_in: int, channels_out: int, size: int, kernel: int = 3, stride: int = 1
) -> Shape:
    """A square convolution, padded to keep the size at stride 1."""
    name = f"{kernel}x{kernel} {channels_in}->{channels_out} @{size}" + (
        f"/{stride}" if stride > 1 else ""
    )
    spec = ConvSpec(channels_in, channels_out, size, size, Window.square(kernel, stride))
    return Shape(name, "conv", "conv0", lambda sparsity: conv_model(spec.pruned(sparsity)))


def product(rows: int, inner: int, columns: int) -> Shape:
    """[rows, inner] times a constant [inner, columns]; one row is a fully connected layer."""

    def build(sparsity: str) -> onnx.ModelProto:
        graph = GraphBuilder("product", 0)
        x = graph.input("x", (1, rows, inner))
        return quantise(graph, {"y": graph.matmul("fc", x, columns, parse_sparsity(sparsity))})

    kind = "fc" if rows == 1 else "product"
    return Shape(f"{rows}x{inner} * {inner}x{columns}", kind, "fc", build)


RESNET18 = (
    convolution(64, 64, 32),
    convolution(64, 128, 32, stride=2),
    convolution(128, 128, 16),
    convolution(128, 256, 16, stride=2),
    convolution(256, 256, 8),
    convolution(256, 512, 8, stride=2),
    convolution(512, 512, 4),
    product(1, 512, 100),
)
VIT_SMALL = (
    product(197, 384, 1152),
    product(197, 384, 384),
    product(197, 384, 1536),
    product(197, 1536, 384),
)
SWEEP = (
    convolution(64, 64, 16),
    convolution(32, 64, 16),
    convolution(128, 64, 16),
    convolution(256, 64, 8),
    convolution(64, 64, 16, kernel=1),
    convolution(64, 64, 16, kernel=5),
    convolution(60, 52, 15),
    product(1, 512, 1000),
    product(1, 1024, 256),
)
GROUPS: dict[str, tuple[Shape, ...]] = {
    "resnet18": RESNET18,
    "vit-small": VIT_SMALL,
    "sweep": SWEEP,
}
