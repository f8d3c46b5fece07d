"""Encoders of text: what BERT does behind its embeddings.

Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
2019; sizes of Turc et al., "Well-Read Students Learn Better", 2019.
"""

from dataclasses import dataclass, replace

import numpy as np
import onnx

from nmc.errors import NmcError
from nmc.models.blocks import FORMS, Forms, Prune, attention, feed_forward, layer_norm, longest_row
from nmc.models.builder import GraphBuilder, Value
from nmc.models.evaluate import FloatArray
from nmc.models.quantise import DEFAULT, Quantisation, quantise
from nmc.models.sparsity import Sparsity, parse_sparsity

# As in nmc/models/vit.py: the first block mixes tokens, later ones add little.
FIRST_GAIN, BRANCH_GAIN = 2.0, 0.05
RANK = 12
HEADROOM = 3.0

MASKED = -16.0
"""What is added to the scores of keys that are padding. Large enough to leave them no share after
a softmax, and small enough that scores and mask fit 8 bits together; the usual -10000 does not."""


@dataclass(frozen=True)
class Bert:
    """Sizes of an encoder of text: `input` is the number of tokens."""

    input: int = 128
    width: int = 128
    depth: int = 2
    heads: int = 2
    mlp: int = 512

    def problem(self) -> str | None:
        """What is wrong with these sizes, or None."""
        if min(self.input, self.width, self.depth, self.heads, self.mlp) < 1:
            return "every size must be 1 or more"
        if self.width % self.heads:
            return f"width {self.width} is not divisible by {self.heads} heads"
        if self.input < 8:
            return f"input {self.input}: give 8 tokens or more, whose mask can be repeated"
        return longest_row(self.input, self.width)


TINY = Bert()
"""BERT-Tiny."""


def build_bert(
    name: str,
    sizes: Bert,
    classes: int = 100,
    sparsity: str = "dense",
    prune: Prune = "ffn",
    seed: int = 0,
    *,
    forms: Forms = FORMS,
    quantisation: Quantisation = DEFAULT,
    samples: int = 32,
) -> onnx.ModelProto:
    """A quantised encoder with random weights and a classifier on the first token.

    Its inputs are the sums of the tokens' embeddings, which the host looks up, [1, tokens, width],
    and a mask [1, 1, 1, tokens]: 0 for a token, `MASKED` for padding.
    """
    problem = sizes.problem()
    if problem is not None:
        raise NmcError(f"model {name}: {problem}")
    pattern = parse_sparsity(sparsity)
    graph = GraphBuilder(name, seed, samples=samples)
    x = graph.input("embeddings", (1, sizes.input, sizes.width))
    mask = graph.input("mask", (1, 1, 1, sizes.input), _padding)
    x = layer_norm(graph, "embeddings.norm", x, forms.norm)
    for index in range(sizes.depth):
        gain = BRANCH_GAIN if index else FIRST_GAIN
        x = _block(graph, f"layer.{index}", x, mask, sizes, forms, pattern, prune, gain)
    first = graph.constant("first.index", np.array(0, np.int64))
    x = graph.node("Gather", "first", [x, first], {"axis": 1})
    x = graph.node("Tanh", "pooler.tanh", [graph.gemm("pooler", x, sizes.width)])
    logits = graph.gemm("classifier", x, classes, head=True, favour=False)
    return quantise(graph, {"logits": logits}, replace(quantisation, headroom=HEADROOM))


def _padding(generator: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    """A mask of a text that fills at least half of the tokens."""
    tokens = shape[-1]
    length = int(generator.integers(tokens // 2, tokens + 1))
    return np.where(np.arange(tokens) < length, 0, MASKED).reshape(shape).astype(np.float32)


def _block(
    graph: GraphBuilder,
    name: str,
    x: Value,
    mask: Value,
    sizes: Bert,
    forms: Forms,
    pattern: Sparsity | None,
    prune: Prune,
    gain: float,
) -> Value:
    """Attention, then the feed-forward part, each added to the tokens and then normalised."""
    y = attention(
        graph,
        f"{name}.attn",
        x,
        sizes.heads,
        sharpness=1.0,
        gain=gain,
        rank=RANK,
        sparsity=pattern if prune == "linear" else None,
        forms=forms,
        mask=mask,
    )
    x = layer_norm(graph, f"{name}.norm1", graph.add(f"{name}.add1", x, y), forms.norm)
    y = feed_forward(graph, name, x, sizes.mlp, gain=BRANCH_GAIN, sparsity=pattern, forms=forms)
    return layer_norm(graph, f"{name}.norm2", graph.add(f"{name}.add2", x, y), forms.norm)
