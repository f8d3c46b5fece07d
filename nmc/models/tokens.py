"""Small networks of tokens for tests: each part of a transformer in each of its forms.

Real quantised files like those of `nmc.models.small`, with odd numbers of tokens and channels.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import onnx

from nmc.models.bert import Bert, build_bert
from nmc.models.blocks import Forms, attention, gelu, layer_norm, linear
from nmc.models.builder import GraphBuilder, Value
from nmc.models.mixer import Mixer, build_mixer
from nmc.models.quantise import DEFAULT, Quantisation, quantise
from nmc.models.sparsity import Sparsity, parse_sparsity
from nmc.models.vit import Vit, build_vit

Body = Callable[[GraphBuilder, Value, Sparsity | None], Value]

TOKENS, WIDTH = 9, 12


def _softmax(graph: GraphBuilder, x: Value, sparsity: Sparsity | None, axis: int) -> Value:
    y = linear(graph, "fc", x, 17, gain=2.0, sparsity=sparsity)
    return graph.node("Softmax", "softmax", [y], {"axis": axis})


def _layer_norm(graph: GraphBuilder, x: Value, sparsity: Sparsity | None) -> Value:
    """The operator, and its decomposition between two linear layers."""
    y = linear(graph, "fc1", layer_norm(graph, "fused", x), 20, sparsity=sparsity)
    return linear(graph, "fc2", layer_norm(graph, "decomposed", y, "decomposed"), 7)


def _gelu(graph: GraphBuilder, x: Value, sparsity: Sparsity | None) -> Value:
    """Every form of it, each between linear layers."""
    for form in ("erf", "erf-quantised", "tanh", "sigmoid"):
        x = linear(graph, f"{form}.fc", x, 13, sparsity=sparsity)
        x = gelu(graph, form, x, form)
    return linear(graph, "out", x, 5)


def _functions(graph: GraphBuilder, x: Value, sparsity: Sparsity | None) -> Value:
    """One-input operators, between linear layers as a quantiser leaves them real."""
    for op in ("Sigmoid", "Tanh", "HardSwish", "HardSigmoid", "Elu", "LeakyRelu", "Softplus"):
        x = linear(graph, f"{op}.fc", x, 11, gain=1.5, sparsity=sparsity)
        x = graph.node(op, op, [x], {"alpha": 0.3} if op == "LeakyRelu" else {})
    return linear(graph, "out", x, 5)


def _attention(
    graph: GraphBuilder, x: Value, sparsity: Sparsity | None, forms: Forms, mask: bool = False
) -> Value:
    """Attention with a branch around it; with a `mask` of keys that is an input."""
    keys = graph.input("mask", (1, 1, 1, TOKENS)) if mask else None
    y = layer_norm(graph, "norm", x)
    y = attention(graph, "attn", y, 2, sparsity=sparsity, forms=forms, mask=keys)
    return graph.add("add", x, y)


def _parts(graph: GraphBuilder, x: Value, sparsity: Sparsity | None) -> Value:
    """Parts in every way: a split, a slice with steps, scattered indices, a mean of tokens."""
    y = linear(graph, "fc", x, 12, sparsity=sparsity)
    left, middle, right = graph.split("split", y, 3, 2)
    bounds = [
        graph.constant(f"steps.{name}", np.array([value], np.int64))
        for name, value in (("start", -8), ("end", 1 << 40), ("axis", 1), ("step", 3))
    ]
    stepped = graph.node("Slice", "steps", [graph.add("sum", left, right), *bounds])
    places = graph.constant("places.index", np.array([8, 0, 2, 4], np.int64))
    picked = graph.node("Gather", "places", [middle, places], {"axis": 1})
    joined = graph.concat("join", [stepped, picked], 1)
    mean = graph.node("ReduceMean", "mean", [joined], {"axes": [1], "keepdims": 0})
    return linear(graph, "out", mean, 5)


BODIES: dict[str, Body] = {
    "softmax": partial(_softmax, axis=-1),
    "softmax-columns": partial(_softmax, axis=1),
    "layer-norm": _layer_norm,
    "gelu": _gelu,
    "functions": _functions,
    "attention": partial(_attention, forms=Forms()),
    "attention-split": partial(_attention, forms=Forms("matmul", heads="split", scale="both")),
    "attention-separate": partial(
        _attention, forms=Forms(heads="separate", scale="scores"), mask=True
    ),
    "parts": _parts,
}

SMALL_VIT = Vit(input=24, patch=8, width=24, depth=2, heads=3, mlp=40)
SMALL_CCT = Vit(input=12, width=16, depth=1, heads=2, mlp=24, stem=2, class_token=False)
FORMS = Forms("matmul", "decomposed", "erf-quantised", "split")

SMALL_MIXER = Mixer(input=24, patch=8, width=20, depth=1, mlp=40)
SMALL_BERT = Bert(input=10, width=16, depth=1, heads=2, mlp=24)

VITS: dict[str, tuple[Vit, Forms]] = {
    "vit": (SMALL_VIT, Forms()),
    "vit-forms": (SMALL_VIT, FORMS),
    "cct": (SMALL_CCT, Forms()),
}

TOKEN_NETWORKS: tuple[str, ...] = (*BODIES, *VITS, "mixer", "bert")


def token_model(
    name: str, sparsity: str = "dense", seed: int = 0, quantisation: Quantisation = DEFAULT
) -> onnx.ModelProto:
    """The network `name` of `TOKEN_NETWORKS`; its linear layers are pruned."""
    if name in VITS:
        sizes, forms = VITS[name]
        return build_vit(
            name, sizes, 10, sparsity, "linear", seed, forms=forms, quantisation=quantisation
        )
    if name == "mixer":
        return build_mixer(name, SMALL_MIXER, 10, sparsity, seed, quantisation=quantisation)
    if name == "bert":
        return build_bert(name, SMALL_BERT, 10, sparsity, "linear", seed, quantisation=quantisation)
    graph = GraphBuilder(name, seed)
    x = graph.input("x", (1, TOKENS, WIDTH))
    y = BODIES[name](graph, x, parse_sparsity(sparsity))
    return quantise(graph, {"y": y}, quantisation)
