"""Vision Transformers: patches as tokens, pre-norm blocks, a head on the class token."""

from dataclasses import dataclass, replace

import numpy as np
import onnx

from nmc.errors import NmcError
from nmc.models.blocks import FORMS, Forms, Prune, attention, feed_forward, layer_norm, longest_row
from nmc.models.builder import GraphBuilder, Value
from nmc.models.patches import patches, stem
from nmc.models.quantise import DEFAULT, Quantisation, quantise
from nmc.models.sparsity import Sparsity, parse_sparsity

# A class token of random weights hardly differs between images, and what differs is drowned by
# roundings: any one that falls the other way moves hundreds behind it. Trained networks do not
# classify noise, and these must not either: the first block's attention brings the image into
# the class token, along the few directions its projections have, and later blocks add little.
FIRST_GAIN, BRANCH_GAIN = 2.0, 0.05
RANK = 12
HEADROOM = 3.0


@dataclass(frozen=True)
class Vit:
    """Sizes of a Vision Transformer.

    `input` and `patch` are sides in pixels, `mlp` the width between the two layers of a block's
    feed-forward part. `stem` 0 cuts patches of the image; a compact one of `stem` 3x3 convolutions
    with pooling (as CCT has) halves the image each time instead, and the head reads the tokens'
    mean where there is no `class_token`.
    """

    input: int = 224
    patch: int = 16
    width: int = 384
    depth: int = 12
    heads: int = 6
    mlp: int = 1536
    stem: int = 0
    class_token: bool = True

    @property
    def tokens(self) -> int:
        """How many there are, the class token included."""
        side = -(-self.input // 2**self.stem) if self.stem else self.input // self.patch
        return side * side + self.class_token

    def problem(self) -> str | None:
        """What is wrong with these sizes, or None."""
        sizes = (self.input, self.patch, self.width, self.depth, self.heads, self.mlp)
        if min(sizes) < 1:
            return "every size must be 1 or more"
        if self.width % self.heads:
            return f"width {self.width} is not divisible by {self.heads} heads"
        if not self.stem and self.input % self.patch:
            return f"input {self.input} is not divisible by patch {self.patch}"
        if self.stem and self.input < 2**self.stem:
            return f"input {self.input} is too small to be halved {self.stem} times"
        return longest_row(self.tokens, self.width)


SIZES: dict[str, Vit] = {
    "vit-small": Vit(),
    "vit-tiny": Vit(width=192, heads=3, mlp=768),
    "cct": Vit(input=32, width=128, depth=2, heads=2, mlp=128, stem=2, class_token=False),
}
"""By name: ViT-Small/16 and ViT-Tiny/16 for 224 x 224 images, and a compact one for 32 x 32."""

SAMPLES = {"vit-small": 12, "vit-tiny": 32, "cct": 32}
"""Calibration inputs: few of the large one, whose every layer is computed for each of them."""


def build_vit(
    name: str,
    sizes: Vit,
    classes: int = 100,
    sparsity: str = "dense",
    prune: Prune = "ffn",
    seed: int = 0,
    *,
    forms: Forms = FORMS,
    quantisation: Quantisation = DEFAULT,
    samples: int = 32,
) -> onnx.ModelProto:
    """A quantised Vision Transformer with random weights for 3 x input x input images.

    `sparsity` prunes the feed-forward layers (`prune` "ffn") or every linear layer of the blocks
    ("linear"); patches and head stay dense. `samples` is the number of calibration inputs.
    """
    problem = sizes.problem()
    if problem is None and classes < 1:
        problem = f"{classes} classes: give 1 or more"
    if problem is not None:
        raise NmcError(f"model {name}: {problem}")
    pattern = parse_sparsity(sparsity)
    graph = GraphBuilder(name, seed, samples=samples)
    x = _tokens(graph, graph.input("input", (1, 3, sizes.input, sizes.input)), sizes)
    for index in range(sizes.depth):
        gain = BRANCH_GAIN if index else FIRST_GAIN
        x = _block(graph, f"blocks.{index}", x, sizes, forms, pattern, prune, gain)
    x = layer_norm(graph, "norm", x, forms.norm)
    if sizes.class_token:
        first = graph.constant("class.index", np.array(0, np.int64))
        x = graph.node("Gather", "class", [x, first], {"axis": 1})
    else:
        x = graph.node("ReduceMean", "mean", [x], {"axes": [1], "keepdims": 0})
    logits = graph.gemm("head", x, classes, head=True, favour=False)
    return quantise(graph, {"logits": logits}, replace(quantisation, headroom=HEADROOM))


def _tokens(graph: GraphBuilder, image: Value, sizes: Vit) -> Value:
    """[1, N, width]: patches or what a stem of convolutions leaves, a class token, positions."""
    if sizes.stem:
        tokens = stem(graph, image, sizes.stem, sizes.width)
    else:
        tokens = patches(graph, image, sizes.patch, sizes.width)
    if sizes.class_token:
        token = graph.weights.normal(0, 1, (1, 1, sizes.width)).astype(np.float32)
        tokens = graph.prepend("class.join", tokens, graph.constant("class.token", token))
    places = graph.weights.normal(0, 0.5, tokens.shape).astype(np.float32)
    return graph.node("Add", "positions", [tokens, graph.constant("positions.table", places)])


def _block(
    graph: GraphBuilder,
    name: str,
    x: Value,
    sizes: Vit,
    forms: Forms,
    pattern: Sparsity | None,
    prune: Prune,
    gain: float,
) -> Value:
    """Attention, then the feed-forward part, each normalised before and added to the tokens."""
    y = attention(
        graph,
        f"{name}.attn",
        layer_norm(graph, f"{name}.norm1", x, forms.norm),
        sizes.heads,
        sharpness=1.0,
        gain=gain,
        rank=RANK,
        sparsity=pattern if prune == "linear" else None,
        forms=forms,
    )
    x = graph.add(f"{name}.add1", x, y)
    y = layer_norm(graph, f"{name}.norm2", x, forms.norm)
    y = feed_forward(graph, name, y, sizes.mlp, gain=BRANCH_GAIN, sparsity=pattern, forms=forms)
    return graph.add(f"{name}.add2", x, y)
