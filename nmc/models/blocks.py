"""The parts of transformers, in the forms exporters write them.

Every part takes the name its operators' names start with. Weights are random; a linear layer
scales its own so that its outputs have a wanted spread over the calibration inputs.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nmc.models.builder import GraphBuilder, Scalar, Value
from nmc.models.evaluate import FloatArray
from nmc.models.sparsity import Sparsity
from nmc.numerics import layer_norm as layer_norm_numerics
from nmc.numerics import softmax
from nmc.numerics.pruning import prune_nm

LinearForm = Literal["gemm", "matmul"]
NormForm = Literal["fused", "decomposed"]
GeluForm = Literal["erf", "erf-quantised", "tanh", "sigmoid", "operator"]
HeadsForm = Literal["gather", "split", "separate"]
ScaleForm = Literal["query", "both", "scores"]
Prune = Literal["ffn", "linear"]


@dataclass(frozen=True)
class Forms:
    """How the float graph is written: what different exporters and optimisers make of a block."""

    linear: LinearForm = "gemm"
    norm: NormForm = "fused"
    gelu: GeluForm = "erf"
    heads: HeadsForm = "gather"
    scale: ScaleForm = "query"


FORMS = Forms()


def longest_row(tokens: int, width: int) -> str | None:
    """What is wrong with rows of so many tokens and so wide a token, or None."""
    for what, length, limit in (
        ("tokens", tokens, softmax.LONGEST_ROW),
        ("numbers in a token", width, layer_norm_numerics.LONGEST_ROW),
    ):
        if length > limit:
            return f"{length} {what} are more than the {limit} a row may have"
    return None


def linear(
    graph: GraphBuilder,
    name: str,
    x: Value,
    outputs: int,
    *,
    gain: float | FloatArray = 1.0,
    rank: int | None = None,
    sparsity: Sparsity | None = None,
    form: LinearForm = "gemm",
) -> Value:
    """[1, N, K] to [1, N, outputs], each output with a spread of about its `gain`.

    As one Gemm of the rows, or as a MatMul and an Add of the bias. With a `rank` the outputs lie
    near a space of so few dimensions.
    """
    depth = x.shape[-1]
    weight = graph.weights.standard_normal((outputs, rank or depth), dtype=np.float32)
    if rank is not None:
        weight = weight @ graph.weights.standard_normal((rank, depth), dtype=np.float32)
    if sparsity is not None:
        weight = prune_nm(weight, sparsity.n, sparsity.m, 1)
    size = float(np.sqrt(np.mean([np.square(sample).mean() for sample in x.samples])))
    length = np.linalg.norm(weight, axis=1, keepdims=True) * max(size, 1e-6)
    spread = np.broadcast_to(np.asarray(gain, np.float32), (outputs,))
    weight = (weight / length * spread[:, None]).astype(np.float32)
    bias = (0.2 * spread * graph.weights.standard_normal(outputs)).astype(np.float32)
    b = graph.constant(f"{name}.bias", bias)
    if form == "matmul":
        w = graph.constant(f"{name}.weight", np.ascontiguousarray(weight.T))
        return graph.node("Add", f"{name}.add", [graph.node("MatMul", name, [x, w]), b])
    w = graph.constant(f"{name}.weight", weight)
    rows = graph.reshape(f"{name}.rows", x, (-1, depth))
    y = graph.node("Gemm", name, [rows, w, b], {"transB": 1})
    return graph.reshape(f"{name}.tokens", y, (*x.shape[:-1], outputs))


def layer_norm(graph: GraphBuilder, name: str, x: Value, form: NormForm = "fused") -> Value:
    """Over the last axis, as the operator or as what it was before opset 17."""
    size = x.shape[-1]
    gain = graph.constant(
        f"{name}.weight", graph.weights.uniform(0.8, 1.2, size).astype(np.float32)
    )
    bias = graph.constant(f"{name}.bias", graph.weights.normal(0, 0.1, size).astype(np.float32))
    if form == "fused":
        return graph.node(
            "LayerNormalization", name, [x, gain, bias], {"axis": -1, "epsilon": 1e-6}
        )

    def step(op: str, part: str, *inputs: Value | str) -> Value:
        return graph.node(op, f"{name}.{part}", list(inputs), real=True)

    def mean(part: str, of: Value) -> Value:
        if graph.opset < 18:
            axes: dict[str, Scalar] = {"axes": [-1]}
            return graph.node("ReduceMean", f"{name}.{part}", [of], axes, real=True)
        last = graph.constant(f"{name}.{part}.axes", np.array([-1], np.int64))
        return step("ReduceMean", part, of, last)

    two = graph.constant(f"{name}.two", np.array(2, np.float32))
    epsilon = graph.constant(f"{name}.epsilon", np.array(1e-6, np.float32))
    centred = step("Sub", "centred", x, mean("mean", x))
    variance = mean("variance", step("Pow", "square", centred, two))
    deviation = step("Sqrt", "deviation", step("Add", "safe", variance, epsilon))
    normal = step("Div", "normal", centred, deviation)
    return step("Add", "offset", step("Mul", "scaled", normal, gain), bias)


def gelu(graph: GraphBuilder, name: str, x: Value, form: GeluForm = "erf") -> Value:
    """With Erf (its inside kept real, or quantised), by tanh, by sigmoid, or one operator."""
    if form == "operator":
        return graph.node("Gelu", name, [x])
    real = form != "erf-quantised"

    def step(op: str, part: str, *inputs: Value | str) -> Value:
        return graph.node(op, f"{name}.{part}", list(inputs), real=real)

    def number(part: str, value: float) -> str:
        return graph.constant(f"{name}.{part}.number", np.array(value, np.float32))

    if form == "sigmoid":
        gate = step("Sigmoid", "gate", step("Mul", "steeper", x, number("steeper", 1.702)))
        return step("Mul", "gated", x, gate)
    if form == "tanh":
        cube = step(
            "Mul", "cubed", step("Pow", "cube", x, number("cube", 3)), number("c", 0.044715)
        )
        inner = step("Mul", "inner", step("Add", "sum", x, cube), number("inner", 0.7978845608))
        bent = step("Tanh", "tanh", inner)
    else:
        bent = step("Erf", "erf", step("Div", "div", x, number("div", 1.4142135)))
    product = step("Mul", "product", x, step("Add", "add", bent, number("add", 1)))
    return step("Mul", "half", product, number("half", 0.5))


def attention(
    graph: GraphBuilder,
    name: str,
    x: Value,
    heads: int,
    *,
    sharpness: float = 2.0,
    gain: float = 1.0,
    rank: int | None = None,
    sparsity: Sparsity | None = None,
    forms: Forms = FORMS,
    mask: Value | str | None = None,
) -> Value:
    """Self-attention of [1, N, C], scores with a spread of about `sharpness`, output of `gain`.

    `rank` is that of the projection behind it. A `mask`, a value or a constant, is added to the
    scores, [1, heads, N, N].
    """
    _, tokens, width = x.shape
    depth = width // heads
    spread = np.full(3 * width, np.sqrt(sharpness), np.float32)
    spread[2 * width :] = 1.0
    q, k, v = _heads(graph, name, x, heads, spread, rank, sparsity, forms)
    factor = float(depth) ** -0.5
    if forms.scale == "both":
        root = graph.constant(f"{name}.root", np.array(factor**0.5, np.float32))
        q, k = (graph.node("Mul", f"{name}.{n}.mul", [t, root]) for n, t in (("q", q), ("k", k)))
    elif forms.scale == "query":
        number = graph.constant(f"{name}.scale", np.array(factor, np.float32))
        q = graph.node("Mul", f"{name}.q.mul", [q, number])
    scores = graph.node(
        "MatMul", f"{name}.scores", [q, graph.transpose(f"{name}.keys", k, (0, 1, 3, 2))]
    )
    if forms.scale == "scores":
        number = graph.constant(f"{name}.scale", np.array(1 / factor, np.float32))
        scores = graph.node("Div", f"{name}.div", [scores, number])
    if mask is not None:
        scores = graph.node("Add", f"{name}.masked", [scores, mask])
    shares = graph.node("Softmax", f"{name}.softmax", [scores], {"axis": -1})
    mixed = graph.node("MatMul", f"{name}.values", [shares, v])
    joined = graph.reshape(
        f"{name}.joined", graph.transpose(f"{name}.back", mixed, (0, 2, 1, 3)), (1, tokens, width)
    )
    return linear(
        graph,
        f"{name}.proj",
        joined,
        width,
        gain=gain,
        rank=rank,
        sparsity=sparsity,
        form=forms.linear,
    )


def feed_forward(
    graph: GraphBuilder,
    name: str,
    x: Value,
    width: int,
    *,
    gain: float = 1.0,
    sparsity: Sparsity | None = None,
    forms: Forms = FORMS,
) -> Value:
    """Two linear layers with Gelu between them, `width` wide there, the output of `gain`."""
    y = linear(graph, f"{name}.fc1", x, width, sparsity=sparsity, form=forms.linear)
    y = gelu(graph, f"{name}.gelu", y, forms.gelu)
    return linear(
        graph, f"{name}.fc2", y, x.shape[-1], gain=gain, sparsity=sparsity, form=forms.linear
    )


def _heads(
    graph: GraphBuilder,
    name: str,
    x: Value,
    heads: int,
    spread: FloatArray,
    rank: int | None,
    sparsity: Sparsity | None,
    forms: Forms,
) -> tuple[Value, Value, Value]:
    """Queries, keys and values, [1, heads, N, depth] each, `spread` of all their columns."""
    _, tokens, width = x.shape
    depth = width // heads
    if forms.heads == "separate":
        parts: list[Value] = []
        for index, part in enumerate("qkv"):
            y = linear(
                graph,
                f"{name}.{part}",
                x,
                width,
                gain=spread[index * width : (index + 1) * width],
                rank=rank,
                sparsity=sparsity,
                form=forms.linear,
            )
            split = graph.reshape(f"{name}.{part}.heads", y, (1, tokens, heads, depth))
            parts.append(graph.transpose(f"{name}.{part}.front", split, (0, 2, 1, 3)))
        return parts[0], parts[1], parts[2]
    y = linear(
        graph,
        f"{name}.qkv",
        x,
        3 * width,
        gain=spread,
        rank=rank,
        sparsity=sparsity,
        form=forms.linear,
    )
    y = graph.reshape(f"{name}.heads", y, (1, tokens, 3, heads, depth))
    y = graph.transpose(f"{name}.front", y, (2, 0, 3, 1, 4))
    if forms.heads == "split":
        axis = graph.constant(f"{name}.axis", np.array([0], np.int64))
        q, k, v = (
            graph.node("Squeeze", f"{name}.{part}", [value, axis])
            for part, value in zip("qkv", graph.split(f"{name}.split", y, 3, 0), strict=True)
        )
        return q, k, v
    q, k, v = (
        graph.node(
            "Gather",
            f"{name}.{part}",
            [y, graph.constant(f"{name}.{part}.index", np.array(index, np.int64))],
            {"axis": 0},
        )
        for index, part in enumerate("qkv")
    )
    return q, k, v
