"""MLP-Mixers: feed-forward parts over the tokens and over the channels by turns, no attention.

Tolstikhin et al., "MLP-Mixer: An all-MLP Architecture for Vision", 2021.
"""

from dataclasses import dataclass, replace

import onnx

from nmc.errors import NmcError
from nmc.models.blocks import FORMS, Forms, feed_forward, layer_norm, longest_row
from nmc.models.builder import GraphBuilder, Value
from nmc.models.patches import patches
from nmc.models.quantise import DEFAULT, Quantisation, quantise
from nmc.models.sparsity import Sparsity, parse_sparsity

# Later blocks add little: see nmc/models/vit.py.
BRANCH_GAIN = 0.05
HEADROOM = 3.0


@dataclass(frozen=True)
class Mixer:
    """Sizes of an MLP-Mixer.

    `input` and `patch` are sides in pixels, `mlp` the width between the two layers that mix
    channels; those that mix tokens have an eighth of it between them, as the published ones do.
    """

    input: int = 224
    patch: int = 16
    width: int = 512
    depth: int = 8
    mlp: int = 2048

    @property
    def token_mlp(self) -> int:
        return max(self.mlp // 8, 1)

    def problem(self) -> str | None:
        """What is wrong with these sizes, or None."""
        if min(self.input, self.patch, self.width, self.depth, self.mlp) < 1:
            return "every size must be 1 or more"
        if self.input % self.patch:
            return f"input {self.input} is not divisible by patch {self.patch}"
        return longest_row((self.input // self.patch) ** 2, self.width)


SMALL = Mixer()
"""Mixer-S/16 for 224 x 224 images."""


def build_mixer(
    name: str,
    sizes: Mixer,
    classes: int = 100,
    sparsity: str = "dense",
    seed: int = 0,
    *,
    forms: Forms = FORMS,
    quantisation: Quantisation = DEFAULT,
    samples: int = 32,
) -> onnx.ModelProto:
    """A quantised MLP-Mixer with random weights for 3 x input x input images.

    `sparsity` prunes both feed-forward parts of every block; patches and head stay dense.
    """
    problem = sizes.problem()
    if problem is not None:
        raise NmcError(f"model {name}: {problem}")
    pattern = parse_sparsity(sparsity)
    graph = GraphBuilder(name, seed, samples=samples)
    image = graph.input("input", (1, 3, sizes.input, sizes.input))
    x = patches(graph, image, sizes.patch, sizes.width)
    for index in range(sizes.depth):
        x = _block(graph, f"blocks.{index}", x, sizes, forms, pattern)
    x = layer_norm(graph, "norm", x, forms.norm)
    x = graph.node("ReduceMean", "mean", [x], {"axes": [1], "keepdims": 0})
    logits = graph.gemm("head", x, classes, head=True, favour=False)
    return quantise(graph, {"logits": logits}, replace(quantisation, headroom=HEADROOM))


def _block(
    graph: GraphBuilder, name: str, x: Value, sizes: Mixer, forms: Forms, pattern: Sparsity | None
) -> Value:
    """Tokens are mixed channel by channel, then channels token by token."""
    y = layer_norm(graph, f"{name}.norm1", x, forms.norm)
    y = graph.transpose(f"{name}.columns", y, (0, 2, 1))
    y = feed_forward(
        graph,
        f"{name}.tokens",
        y,
        sizes.token_mlp,
        gain=BRANCH_GAIN,
        sparsity=pattern,
        forms=forms,
    )
    x = graph.add(f"{name}.add1", x, graph.transpose(f"{name}.rows", y, (0, 2, 1)))
    y = layer_norm(graph, f"{name}.norm2", x, forms.norm)
    y = feed_forward(
        graph,
        f"{name}.channels",
        y,
        sizes.mlp,
        gain=BRANCH_GAIN,
        sparsity=pattern,
        forms=forms,
    )
    return graph.add(f"{name}.add2", x, y)
