"""Networks of tokens, imported and folded, against onnxruntime; and what of them is refused."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from nmc.errors import NmcError
from nmc.frontend import import_onnx
from nmc.models.quantise import Quantisation
from nmc.models.tokens import TOKEN_NETWORKS, token_model
from nmc.onnxruntime_session import AnyArray
from nmc.reference.graph_interpreter import interpret
from nmc.reference.onnxruntime_compare import compare_with_onnxruntime
from tests.graph_ir import INTEGER, random_inputs, run_passes


@pytest.mark.parametrize("name", TOKEN_NETWORKS)
def test_against_onnxruntime(name: str) -> None:
    """Every layer within its bounds, on onnxruntime's own inputs; the integer stage end to end."""
    model = token_model(name, "1:4")
    integer = run_passes(import_onnx(model), INTEGER)
    found = compare_with_onnxruntime(model, samples=4, least_outputs=20_000, module=integer)
    problems = [layer.problem() for layer in found.layers]
    assert problems == [None] * len(problems)
    if name.startswith(WHOLE):
        assert found.problems() == []
    operators = {layer.op for layer in found.layers}
    for operator, networks in EXPECTED.items():
        assert (operator in operators) == (name in networks)


WHOLE = ("vit", "cct", "mixer", "bert")
ATTENTION = ("att", "vit", "cct", "bert")
EXPECTED = {
    "qnn.softmax": [n for n in TOKEN_NETWORKS if n.startswith(("softmax", *ATTENTION))],
    "qnn.layer_norm": [n for n in TOKEN_NETWORKS if n.startswith(("layer", "mixer", *ATTENTION))],
    "qnn.batch_matmul": [n for n in TOKEN_NETWORKS if n.startswith(ATTENTION)],
    "qnn.lookup": [n for n in TOKEN_NETWORKS if n.startswith(("gelu", "func", *WHOLE))],
}
"""Which networks an operation is compared in: a fusion that stops working is noticed."""


@pytest.mark.parametrize("name", ["attention-split", "layer-norm", "gelu", "vit-forms"])
@pytest.mark.parametrize(
    "options",
    [Quantisation(activations="uint8"), Quantisation(per_channel=False, symmetric=True)],
    ids=["uint8", "tensor-symmetric"],
)
def test_other_quantisations(name: str, options: Quantisation) -> None:
    model = token_model(name, "dense", 1, options)
    found = compare_with_onnxruntime(model, samples=3, least_outputs=4000)
    assert [layer.problem() for layer in found.layers if layer.problem()] == []


def test_quantised_operators() -> None:
    """The QOperator format of a softmax and a split of integers."""
    model = token_model("softmax", quantisation=Quantisation("qoperator"))
    assert "QLinearSoftmax" in {node.op_type for node in model.graph.node}
    assert compare_with_onnxruntime(model, samples=3, least_outputs=4000).problems() == []
    model = token_model("parts", quantisation=Quantisation("qoperator"))
    found = compare_with_onnxruntime(model, samples=3, least_outputs=4000)
    assert [layer.problem() for layer in found.layers if layer.problem()] == []


def test_passes_keep_the_bits() -> None:
    for name in TOKEN_NETWORKS:
        imported = import_onnx(token_model(name))
        folded, integer = (run_passes(imported, INTEGER[:end]) for end in (2, len(INTEGER)))
        inputs = random_inputs(folded)
        want, got = (list(interpret(m, inputs).outputs.values()) for m in (folded, integer))
        assert all(map(np.array_equal, want, got))


def one_node(
    op: str,
    shapes: list[tuple[int, ...]],
    constants: dict[str, AnyArray] | None = None,
    opset: int = 17,
    outputs: int = 1,
    result: Sequence[int | str] = ("batch", "n"),
    **attributes: Any,
) -> onnx.ModelProto:
    """One operator of dequantised inputs x0, x1, ... and constants, its first output quantised."""
    constants = constants or {}
    scale, zero = (
        numpy_helper.from_array(np.array(0.1, np.float32), "s"),
        numpy_helper.from_array(np.array(0, np.int8), "z"),
    )
    names = [f"x{i}" for i in range(len(shapes))]
    nodes = [
        helper.make_node("DequantizeLinear", [n, "s", "z"], [f"{n}.r"], f"{n}.dq") for n in names
    ]
    inputs = [f"{n}.r" for n in names] + list(constants)
    results = [f"r{i}" for i in range(outputs)]
    nodes.append(helper.make_node(op, inputs, results, "op", **attributes))
    nodes.append(helper.make_node("QuantizeLinear", ["r0", "s", "z"], ["y"], "y.q"))
    graph = helper.make_graph(
        nodes,
        "one",
        [
            helper.make_tensor_value_info(n, TensorProto.INT8, list(s))
            for n, s in zip(names, shapes, strict=True)
        ],
        [helper.make_tensor_value_info("y", TensorProto.INT8, list(result))],
        [scale, zero, *(numpy_helper.from_array(a, n) for n, a in constants.items())],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def int64(*values: int) -> AnyArray:
    return np.array(values, np.int64)


ONES = np.ones(4, np.float32)
Shapes = list[tuple[int, ...]]
Constants = dict[str, AnyArray]
REFUSED: list[tuple[str, Shapes, Constants, dict[str, Any], str]] = [
    ("Softmax", [(1, 4)], {}, {"axis": 2}, "axis 2: its input has 2 dimensions"),
    ("LayerNormalization", [(1, 4)], {"g": ONES[:3]}, {}, "its gain has shape [3]"),
    ("LayerNormalization", [(1, 4), (1, 4)], {}, {}, "its gain is computed"),
    ("LayerNormalization", [(1, 4)], {"g": ONES}, {"epsilon": -1.0}, "epsilon = -1.0"),
    ("MatMul", [(1, 2, 3, 4), (1, 4, 3)], {}, {}, "[.., M, K] times [.., K, N]"),
    ("MatMul", [(1, 1, 140_000), (1, 140_000, 1)], {}, {}, "can reach"),
    ("Gather", [(1, 3)], {"i": int64(1)}, {}, "its input has 1 elements along axis 0"),
    ("Gather", [(1, 3)], {"i": int64(0, 0).reshape(1, 2)}, {}, "one index or a list"),
    ("Gather", [(1, 3), (1, 2)], {}, {}, "its indices is not a constant"),
    ("Slice", [(1, 3)], {"a": int64(1), "b": int64(0)}, {}, "nothing is left"),
    ("Slice", [(1, 3)], {"a": int64(1), "b": int64(2), "c": int64(1, 1)}, {}, "differ in number"),
    (
        "Slice",
        [(1, 3)],
        {"a": int64(3), "b": int64(0), "c": int64(1), "d": int64(-1)},
        {},
        "step -1",
    ),
    ("Split", [(1, 5)], {"n": int64(2, 2)}, {"axis": 1}, "expected 1 lengths that make 5"),
    ("Squeeze", [(1, 4)], {"a": int64(1)}, {}, "they must have length 1"),
    ("Unsqueeze", [(1, 4)], {"a": int64(0, 0)}, {}, "each may be named once"),
    ("Mul", [(1, 4)], {"c": ONES[:3]}, {}, "they do not fit"),
    ("Gelu", [(1, 4)], {}, {"approximate": "cube"}, "supported: none, tanh"),
]


@pytest.mark.parametrize(("op", "shapes", "constants", "attributes", "words"), REFUSED)
def test_refusals(
    op: str,
    shapes: list[tuple[int, ...]],
    constants: dict[str, AnyArray],
    attributes: dict[str, Any],
    words: str,
) -> None:
    opset = 20 if op == "Gelu" else 17
    with pytest.raises(NmcError, match="node 'op'") as error:
        import_onnx(one_node(op, shapes, constants, opset, **attributes))
    assert words in str(error.value) and "\n" not in str(error.value)


MOVED: list[tuple[str, tuple[int, ...], Constants, dict[str, Any], tuple[int, ...]]] = [
    ("Gather", (1, 5, 3), {"i": np.array(-1, np.int64)}, {"axis": 2}, (1, 5)),
    ("Gather", (1, 5, 3), {"i": int64(4, 2, 0)}, {"axis": 1}, (1, 3, 3)),
    ("Gather", (1, 5, 3), {"i": int64(0, 2, 4)}, {"axis": 1}, (1, 3, 3)),
    ("Slice", (1, 5, 6), {"a": int64(1, -2), "b": int64(9, 9), "c": int64(1, 2)}, {}, (1, 4, 2)),
    (
        "Slice",
        (1, 5, 6),
        {"a": int64(0), "b": int64(5), "c": int64(-1), "d": int64(2)},
        {},
        (1, 5, 3),
    ),
    ("Split", (1, 5, 6), {}, {"axis": 2}, (1, 5, 3)),
    ("Split", (1, 5, 6), {"n": int64(4, 2)}, {"axis": 2}, (1, 5, 4)),
    ("Squeeze", (1, 5, 1), {}, {}, (5,)),
    ("Squeeze", (1, 5, 1), {"a": int64(-1)}, {}, (1, 5)),
    ("Unsqueeze", (1, 5), {"a": int64(0, -1)}, {}, (1, 1, 5, 1)),
    ("Identity", (1, 5), {}, {}, (1, 5)),
    ("Dropout", (1, 5), {}, {}, (1, 5)),
]


@pytest.mark.parametrize(("op", "shape", "constants", "attributes", "result"), MOVED)
def test_parts(
    op: str,
    shape: tuple[int, ...],
    constants: dict[str, AnyArray],
    attributes: dict[str, Any],
    result: tuple[int, ...],
) -> None:
    """Shapes by the operators' rules, and onnxruntime's elements."""
    outputs = 2 if op == "Split" else 1
    model = one_node(op, [shape], constants, outputs=outputs, result=result, **attributes)
    found = compare_with_onnxruntime(model, samples=2, least_outputs=10)
    assert found.problems() == []
    (output,) = interpret(
        run_passes(import_onnx(model), INTEGER), [np.zeros(shape, np.int8)]
    ).outputs.values()
    assert output.shape == result
