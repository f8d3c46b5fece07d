"""Imported and folded models against onnxruntime, layer by layer and end to end."""

from collections.abc import Sequence
from typing import Any, cast, get_args

import numpy as np
import onnx
import onnx.numpy_helper
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.ir import Operation

from nmc.models import build_model
from nmc.models.builder import GraphBuilder, Window
from nmc.models.quantise import ActivationType, FormatName, Quantisation, quantise
from nmc.models.small import SMALL, ConvSpec, conv_model, small_model
from nmc.reference import onnxruntime_compare
from nmc.reference.comparison import Comparison, LayerComparison, OutputComparison
from nmc.reference.graph_interpreter import evaluate
from nmc.reference.onnxruntime_compare import Array, compare_with_onnxruntime

EXACT = ("qnn.max_pool2d", "qnn.pad", "qnn.reshape", "qnn.transpose")


def check(found: Comparison, least: int) -> None:
    assert found.problems() == []
    for layer in found.layers:
        assert layer.op in EXACT or layer.outputs >= least, layer


@pytest.mark.parametrize("name", SMALL)
def test_small_networks(name: str) -> None:
    """100,000 outputs of every layer of every network, as the numeric contract asks."""
    check(compare_with_onnxruntime(small_model(name, "1:4"), samples=6), 100_000)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize(
    "options",
    [
        Quantisation("qoperator"),
        Quantisation("qoperator", "uint8", per_channel=False),
        Quantisation(activations="uint8"),
        Quantisation(per_channel=False),
        Quantisation(keep_relu=True),
    ],
    ids=["qoperator", "qoperator-uint8-tensor", "uint8", "per-tensor", "kept-relu"],
)
def test_other_quantisations(name: str, options: Quantisation) -> None:
    model = small_model(name, "dense", 1, options)
    check(compare_with_onnxruntime(model, samples=4, least_outputs=4000), 4000)


@pytest.mark.parametrize("name", ["conv", "conv-clip", "residual", "separable", "concat", "matmul"])
def test_symmetric_activations(name: str) -> None:
    """Zero-points of 0: Relu and Clip stay in the graph and become bounds."""
    model = small_model(name, "1:8", 2, Quantisation(symmetric=True))
    check(compare_with_onnxruntime(model, samples=4, least_outputs=20_000), 20_000)


def test_float_bias_and_constant_operands() -> None:
    """An Add of a constant, per channel and per element, and Gemm's alpha and beta."""
    graph = GraphBuilder("constants", 0)
    rng = np.random.default_rng(5)
    y = graph.conv("conv", graph.input("x", (1, 6, 5, 5)), 8, Window.square(3), bias=False)
    y = graph.node(
        "Add", "channels", [y, graph.constant("c", rng.standard_normal((1, 8, 1, 1), "f4"))]
    )
    y = graph.node(
        "Add", "elements", [y, graph.constant("e", rng.standard_normal((8, 5, 5), "f4"))]
    )
    y = graph.flatten("flatten", graph.relu("relu", y))
    weight = graph.constant("w", rng.standard_normal((200, 9), "f4") / 10)
    bias = graph.constant("b", rng.standard_normal(9, "f4"))
    y = graph.node("Gemm", "gemm", [y, weight, bias], {"alpha": 0.5, "beta": 2.0})
    model = quantise(graph, {"y": y})
    check(compare_with_onnxruntime(model, samples=4, least_outputs=20_000), 20_000)


@pytest.mark.parametrize("shape", [(9,), (1, 9), (1,), (1, 1), ()])
def test_bias_of_gemm_broadcasts(shape: tuple[int, ...]) -> None:
    """A float C may be a row, or one number for the whole matrix."""
    graph = GraphBuilder("broadcast", 0)
    rng = np.random.default_rng(6)
    weight = graph.constant("w", rng.standard_normal((20, 9), "f4") / 4)
    y = graph.node("Gemm", "gemm", [graph.input("x", (1, 20)), weight])
    model = quantise(graph, {"y": y})
    bias = np.asarray(rng.standard_normal(shape), np.float32)
    model.graph.initializer.append(onnx.numpy_helper.from_array(bias, "b"))
    next(node for node in model.graph.node if node.op_type == "Gemm").input.append("b")
    check(compare_with_onnxruntime(model, samples=4, least_outputs=20_000), 20_000)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_random_convolutions(data: st.DataObject) -> None:
    """Any geometry: wrong padding or strides would be far outside the bounds."""

    def pair(low: int, high: int) -> tuple[int, int]:
        number = st.integers(low, high)
        return data.draw(st.tuples(number, number))

    kernel, dilations = pair(1, 3), pair(1, 2)
    pads = (*pair(0, 3), *pair(0, 3))
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilations, strict=True)]
    # Every tap meets the image, else its weights are scaled by what they never see; and there
    # are enough different inputs to speak of a rate.
    size = (data.draw(st.integers(spans[0] + 1, 9)), data.draw(st.integers(spans[1] + 1, 9)))
    channels = data.draw(st.integers(2, 9))
    depthwise = data.draw(st.booleans())
    spec = ConvSpec(
        channels,
        channels * data.draw(st.integers(1, 2)) if depthwise else data.draw(st.integers(1, 9)),
        *size,
        Window(kernel, pair(1, 3), pads, dilations),
        groups=channels if depthwise else 1,
        activation=data.draw(st.sampled_from(["none", "relu", "clip"])),
        bias=data.draw(st.booleans()),
    )
    options = Quantisation(
        data.draw(st.sampled_from(get_args(FormatName))),
        data.draw(st.sampled_from(get_args(ActivationType))),
        per_channel=data.draw(st.booleans()),
    )
    model = conv_model(spec, data.draw(st.integers(0, 99)), options)
    check(compare_with_onnxruntime(model, samples=12, least_outputs=3000), 3000)


@pytest.mark.slow
@pytest.mark.parametrize("sparsity", ["dense", "1:8"])
def test_resnet18(sparsity: str) -> None:
    found = compare_with_onnxruntime(build_model("resnet18", 100, 32, sparsity, 0), samples=20)
    check(found, 100_000)
    assert len(found.layers) == 31
    (logits,) = found.outputs
    assert logits.inputs == 20 and logits.decided >= 3
    print(found.summary())


def _comparison(layer: LayerComparison) -> list[str]:
    return Comparison((layer,), (OutputComparison("y", 1, 0, 0, 0),)).problems()


def test_bounds_are_bounds() -> None:
    """Each of the bounds can be broken, and nothing compared is a failure."""
    assert _comparison(LayerComparison("a", "op", 1000, 0, 4, 1, False)) == []
    assert _comparison(LayerComparison("a", "op", 1000, 0, 5, 1, False))
    assert _comparison(LayerComparison("a", "op", 1000, 300, 4, 1, False))
    assert _comparison(LayerComparison("a", "op", 1000, 0, 0, 2, False))
    assert _comparison(LayerComparison("a", "op", 1000, 0, 0, 1, True))
    assert _comparison(LayerComparison("a", "op", 0, 0, 0, 0, False))
    assert OutputComparison("y", 20, 4, 0, 0).problem()
    assert OutputComparison("y", 20, 3, 5, 4).problem()
    assert OutputComparison("y", 0, 0, 0, 0).problem()
    assert OutputComparison("y", 20, 3, 5, 5).problem() is None
    assert Comparison((), ()).problems() == ["nothing was compared"]


def test_a_wrong_interpreter_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One output in fifty one step too high is outside the bounds."""

    def wrong(op: Operation, operands: Sequence[Array]) -> Array:
        result = evaluate(op, operands)
        if op.name == "qnn.conv2d":
            result = result.copy()
            flat = cast(Any, result.reshape(-1))
            flat[::50] += flat[::50] < 127
        return result

    monkeypatch.setattr(onnxruntime_compare, "evaluate", wrong)
    found = compare_with_onnxruntime(small_model("conv"), samples=4, least_outputs=4000)
    assert any("are off by 1" in line for line in found.problems())
