"""Shapes and automatic padding: what the importer says against what onnxruntime computes."""

from typing import Any, cast

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from xdsl.dialects import func
from xdsl.dialects.builtin import DenseArrayBase, ModuleOp, TensorType

from nmc.dialects import qnn
from nmc.errors import NmcError
from nmc.frontend import import_onnx
from nmc.models.builder import GraphBuilder, Scalar, Value, Window
from nmc.models.quantise import quantise


def float_ops(module: ModuleOp) -> dict[str, qnn.FloatOp]:
    return {op.layer_name: op for op in module.walk() if isinstance(op, qnn.FloatOp)}


def result_shape(module: ModuleOp) -> tuple[int, ...]:
    (returned,) = [op for op in module.walk() if isinstance(op, func.ReturnOp)]
    return cast(TensorType[Any], returned.operands[0].type).get_shape()


def numbers(op: qnn.FloatOp, name: str) -> tuple[int, ...]:
    value = op.params.data[name]
    assert isinstance(value, DenseArrayBase)
    return tuple(int(v) for v in value.get_values())


def pooled(
    op: str, shape: tuple[int, ...], attributes: dict[str, Scalar]
) -> tuple[Value, ModuleOp]:
    graph = GraphBuilder("net", 0)
    y = graph.node(op, "pool", [graph.input("x", shape)], attributes)
    return y, import_onnx(quantise(graph, {"y": y}))


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.integers(1, 14), st.integers(1, 14)),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    strides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    pads=st.tuples(*[st.integers(0, 3)] * 4),
    dilations=st.tuples(st.integers(1, 2), st.integers(1, 2)),
)
def test_convolution_shape(
    size: tuple[int, int],
    kernel: tuple[int, int],
    strides: tuple[int, int],
    pads: tuple[int, int, int, int],
    dilations: tuple[int, int],
) -> None:
    for axis in range(2):
        assume(size[axis] + pads[axis] + pads[axis + 2] > dilations[axis] * (kernel[axis] - 1))
    graph = GraphBuilder("net", 0)
    x = graph.input("x", (1, 2, *size))
    y = graph.conv("conv", x, 3, Window(kernel, strides, pads, dilations))
    assert result_shape(import_onnx(quantise(graph, {"y": y}))) == y.shape


@settings(max_examples=60, deadline=None)
@given(
    op=st.sampled_from(["MaxPool", "AveragePool"]),
    size=st.tuples(st.integers(3, 12), st.integers(3, 12)),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    strides=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    ceil=st.booleans(),
    data=st.data(),
)
def test_pool_shape(
    op: str,
    size: tuple[int, int],
    kernel: tuple[int, int],
    strides: tuple[int, int],
    ceil: bool,
    data: st.DataObject,
) -> None:
    pads = [data.draw(st.integers(0, kernel[axis % 2] - 1)) for axis in range(4)]
    attributes: dict[str, Scalar] = {
        "kernel_shape": list(kernel),
        "strides": list(strides),
        "pads": pads,
        "ceil_mode": int(ceil),
    }
    try:
        y, module = pooled(op, (1, 3, *size), attributes)
    except NmcError as error:
        # A window wholly in the padding: its average would be 0 / 0.
        assert "outside the image" in str(error)
        return
    assert result_shape(module) == y.shape


@settings(max_examples=60, deadline=None)
@given(
    mode=st.sampled_from(["SAME_UPPER", "SAME_LOWER", "VALID"]),
    size=st.tuples(st.integers(5, 12), st.integers(5, 12)),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    strides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
)
def test_automatic_padding(
    mode: str, size: tuple[int, int], kernel: tuple[int, int], strides: tuple[int, int]
) -> None:
    """The explicit pads give the same convolution."""
    graph = GraphBuilder("net", 0)
    x = graph.input("x", (1, 2, *size))
    weight = graph.constant("w", np.random.default_rng(0).standard_normal((2, 2, *kernel), "f4"))
    attributes: dict[str, Scalar] = {"strides": list(strides)}
    automatic = graph.node("Conv", "conv", [x, weight], {**attributes, "auto_pad": mode})
    op = float_ops(import_onnx(quantise(graph, {"y": automatic})))["conv"]
    explicit = graph.node(
        "Conv", "again", [x, weight], {**attributes, "pads": list(numbers(op, "pads"))}
    )
    np.testing.assert_array_equal(explicit.samples[0], automatic.samples[0])


@pytest.mark.parametrize("ceil", [0, 1])
@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER", "VALID"])
@pytest.mark.parametrize("op", ["MaxPool", "AveragePool"])
def test_automatic_padding_of_pools(op: str, mode: str, ceil: int) -> None:
    for size in ((7, 8), (9, 11), (4, 13)):
        attributes: dict[str, Scalar] = {
            "kernel_shape": [3, 2],
            "strides": [2, 3],
            "auto_pad": mode,
            "ceil_mode": ceil,
        }
        y, module = pooled(op, (1, 2, *size), attributes)
        assert result_shape(module) == y.shape
