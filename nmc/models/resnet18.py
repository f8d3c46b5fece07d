"""ResNet18 in its CIFAR form: a 3x3 stem without pooling, then four stages of two blocks."""

import onnx

from nmc.errors import NmcError
from nmc.models.builder import GraphBuilder, Value, Window
from nmc.models.quantise import DEFAULT, Quantisation, quantise
from nmc.models.sparsity import Sparsity, parse_sparsity

STAGES = (64, 128, 256, 512)
BLOCKS = 2
# What a block adds to its shortcut, in spreads of the shortcut. Training finds small ones, too;
# with large ones a rounding error anywhere grows from block to block until it decides the class.
BRANCH_GAIN = 0.15


def build_resnet18(
    classes: int = 100,
    input: int = 32,
    sparsity: str = "dense",
    seed: int = 0,
    quantisation: Quantisation = DEFAULT,
) -> onnx.ModelProto:
    """A quantised ResNet18 of random weights for 3 x input x input images, 11.2 M parameters.

    `sparsity` prunes the 3x3 convolutions except the stem; the 1x1 downsampling convolutions
    and the head stay dense. Batch normalisations are folded into the convolutions.
    """
    if classes < 1 or input < 1:
        raise NmcError(f"model resnet18: {classes} classes of {input} x {input}: both must be > 0")
    pattern = parse_sparsity(sparsity)
    graph = GraphBuilder("resnet18", seed)
    x = graph.input("input", (1, 3, input, input))
    y = graph.relu("stem.relu", graph.conv("stem.conv", x, STAGES[0], Window.square(3)))
    for stage, channels in enumerate(STAGES, start=1):
        for block in range(BLOCKS):
            stride = 2 if stage > 1 and block == 0 else 1
            y = _basic_block(
                graph, f"layer{stage}.{block}", y, channels, stride=stride, sparsity=pattern
            )
    y = graph.flatten("flatten", graph.global_average("pool", y))
    logits = graph.gemm("head", y, classes, head=True)
    return quantise(graph, {"logits": logits}, quantisation)


def _basic_block(
    graph: GraphBuilder,
    name: str,
    x: Value,
    channels: int,
    *,
    stride: int,
    sparsity: Sparsity | None,
) -> Value:
    y = graph.conv(f"{name}.conv1", x, channels, Window.square(3, stride), sparsity=sparsity)
    y = graph.relu(f"{name}.relu1", y)
    y = graph.conv(
        f"{name}.conv2", y, channels, Window.square(3), sparsity=sparsity, gain=BRANCH_GAIN
    )
    if stride != 1 or x.channels != channels:
        x = graph.conv(f"{name}.downsample", x, channels, Window.square(1, stride))
    return graph.relu(f"{name}.relu2", graph.add(f"{name}.add", y, x))
