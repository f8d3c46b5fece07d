"""One more operator of a random network, by the number of axes of what it works on."""

from collections.abc import Callable
from typing import get_args

from nmc.models.blocks import (
    Forms,
    HeadsForm,
    LinearForm,
    NormForm,
    ScaleForm,
    attention,
    feed_forward,
    gelu,
    layer_norm,
    linear,
)
from nmc.models.builder import Value, Window
from tests.e2e.random_networks.drawing import LARGE, Drawing

Operator = Callable[[Drawing, str, Value], Value]

ACTIVATIONS = ("Sigmoid", "Tanh", "HardSwish", "HardSigmoid", "LeakyRelu", "Relu")


def grow(d: Drawing) -> None:
    """Append an operator on the last value."""
    x = d.values[-1]
    choices = BY_AXES[len(x.shape)]
    if x.samples[0].size > LARGE:
        choices = tuple(choice for choice in choices if choice not in (pad, concat))
    operator = d.one_of(*choices)
    y = operator(d, f"n{len(d.operators)}", x)
    d.operators.append(f"{operator.__name__}{list(y.shape)}")
    d.values.append(y)


def conv(d: Drawing, name: str, x: Value) -> Value:
    """Any window, pruned or not, and what may follow it."""
    channels = d.upto(1, 64 if x.samples[0].size < LARGE else 8)
    bias = d.chance(0.8)
    y = d.graph.conv(name, x, channels, d.window(x), sparsity=d.pattern(), bias=bias)
    return _ending(d, name, y)


def depthwise(d: Drawing, name: str, x: Value) -> Value:
    channels = x.channels * d.one_of(1, 1, 1, 2)
    return _ending(d, name, d.graph.conv(name, x, channels, d.window(x), groups=x.channels))


def _ending(d: Drawing, name: str, y: Value) -> Value:
    match d.one_of("relu", "clip", "none", "none"):
        case "relu":
            return d.graph.relu(f"{name}.relu", y)
        case "clip":
            return d.graph.clip(f"{name}.clip", y, -0.5, 1.5)
        case _:
            return y


def max_pool(d: Drawing, name: str, x: Value) -> Value:
    window = d.window(x, dilated=False)
    return d.graph.pool(name, x, "max", window, ceil_mode=_rounds_up(d, window))


def average_pool(d: Drawing, name: str, x: Value) -> Value:
    window, padded = d.window(x, dilated=False), d.chance(0.5)
    ceil = _rounds_up(d, window)
    return d.graph.pool(name, x, "average", window, ceil_mode=ceil, count_include_pad=padded)


def _rounds_up(d: Drawing, window: Window) -> bool:
    """Not with padding: onnx then infers a window more than onnxruntime computes."""
    return d.chance(0.5) and not any(window.pads)


def global_average(d: Drawing, name: str, x: Value) -> Value:
    return d.graph.global_average(name, x)


def activation(d: Drawing, name: str, x: Value) -> Value:
    return d.graph.node(d.one_of(*ACTIVATIONS), name, [x])


def add(d: Drawing, name: str, x: Value) -> Value:
    """With anything of the same shape, itself included."""
    return d.graph.add(name, x, d.one_of(*(v for v in d.values if v.shape == x.shape)))


def concat(d: Drawing, name: str, x: Value) -> Value:
    """With one or two values that fit along some axis, itself included."""
    axis = int(d.generator.integers(1, len(x.shape)))

    def around(value: Value) -> tuple[int, ...]:
        return *value.shape[:axis], *value.shape[axis + 1 :]

    fits = [value for value in d.values if around(value) == around(x)]
    parts = [x, *(d.one_of(*fits) for _ in range(d.one_of(1, 1, 2)))]
    return d.graph.concat(name, parts, axis)


def pad(d: Drawing, name: str, x: Value) -> Value:
    top, left, bottom, right = (int(d.generator.integers(3)) for _ in range(4))
    return d.graph.pad(name, x, [0, 0, top, left, 0, 0, bottom, right])


def split(d: Drawing, name: str, x: Value) -> Value:
    """Two halves of the channels, one of them worked on, side by side again."""
    if x.channels % 2:
        return conv(d, name, x)
    a, b = d.graph.split(name, x, 2, 1)
    a = d.graph.conv(f"{name}.half", a, d.upto(1, 24), Window.square(1))
    return d.graph.concat(f"{name}.joined", [a, b], 1)


def to_tokens(d: Drawing, name: str, x: Value) -> Value:
    _, channels, height, width = x.shape
    rows = d.graph.reshape(f"{name}.rows", x, (1, channels, height * width))
    return d.graph.transpose(name, rows, (0, 2, 1))


def to_image(d: Drawing, name: str, x: Value) -> Value:
    _, tokens, width = x.shape
    high = d.one_of(*(n for n in range(1, tokens + 1) if tokens % n == 0))
    turned = d.graph.transpose(f"{name}.turned", x, (0, 2, 1))
    return d.graph.reshape(name, turned, (1, width, high, tokens // high))


def to_row(d: Drawing, name: str, x: Value) -> Value:
    return gemm(d, f"{name}.fc", d.graph.flatten(name, x))


def gemm(d: Drawing, name: str, x: Value) -> Value:
    transposed, columns = d.chance(0.6), d.upto(1, 200)
    y = d.graph.gemm(name, x, columns, transposed=transposed, sparsity=d.pattern())
    return _ending(d, name, y)


def linear_layer(d: Drawing, name: str, x: Value) -> Value:
    form: LinearForm = d.one_of(*get_args(LinearForm))
    return linear(d.graph, name, x, d.upto(1, 96), sparsity=d.pattern(), form=form)


def matmul(d: Drawing, name: str, x: Value) -> Value:
    return d.graph.matmul(name, x, d.upto(1, 96), d.pattern())


def norm(d: Drawing, name: str, x: Value) -> Value:
    return layer_norm(d.graph, name, x, d.one_of(*get_args(NormForm)))


def gelu_layer(d: Drawing, name: str, x: Value) -> Value:
    return gelu(d.graph, name, x, d.one_of("erf", "erf-quantised", "tanh", "sigmoid"))


def self_attention(d: Drawing, name: str, x: Value) -> Value:
    heads = d.one_of(*(n for n in (1, 2, 3, 4) if x.shape[-1] % n == 0))
    return attention(d.graph, name, x, heads, sparsity=d.pattern(), forms=_forms(d))


def mlp(d: Drawing, name: str, x: Value) -> Value:
    return feed_forward(d.graph, name, x, d.upto(1, 96), sparsity=d.pattern(), forms=_forms(d))


def _forms(d: Drawing) -> Forms:
    return Forms(
        d.one_of(*get_args(LinearForm)),
        d.one_of(*get_args(NormForm)),
        d.one_of("erf", "tanh", "sigmoid"),
        d.one_of(*get_args(HeadsForm)),
        d.one_of(*get_args(ScaleForm)),
    )


def softmax(d: Drawing, name: str, x: Value) -> Value:
    return d.graph.node("Softmax", name, [x], {"axis": -1})


def turn(d: Drawing, name: str, x: Value) -> Value:
    return d.graph.transpose(name, x, (0, 2, 1))


# More of what most networks consist of.
BY_AXES: dict[int, tuple[Operator, ...]] = {
    4: (
        *(conv,) * 5, depthwise, max_pool, average_pool, global_average, activation, add, concat,
        pad, split, to_tokens, to_row,
    ),
    3: (
        *(linear_layer,) * 3, matmul, norm, gelu_layer, self_attention, mlp, activation, add,
        softmax, turn, to_image, concat,
    ),
    2: (*(gemm,) * 3, activation, add, softmax, concat),
}  # fmt: skip
