"""Softmax and layer norm of a model against onnxruntime, over rows made to be hard."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from nmc.frontend import import_onnx
from nmc.onnxruntime_session import AnyArray, Session
from nmc.reference.graph_interpreter import interpret
from tests.graph_ir import INTEGER, run_passes

LENGTHS = [1, 2, 3, 197, 384, 4096]


def rows_of(length: int) -> AnyArray:
    """Constant rows, one large or small value, two levels, a ramp, and random ones, int8."""
    rng = np.random.default_rng(length)
    rows = [np.full(length, value) for value in (-128, -1, 0, 127)]
    for base, other in ((-128, 127), (127, -128), (0, 1), (5, 4)):
        for place in {0, length // 2, length - 1}:
            row = np.full(length, base)
            row[place] = other
            rows.append(row)
    rows.append(np.where(np.arange(length) % 2, 127, -128))
    rows.append(np.arange(length) % 256 - 128)
    rows += [np.clip(rng.normal(0, spread, length).round(), -128, 127) for spread in (1, 8, 40)]
    return np.stack(rows).astype(np.int8)[np.newaxis]


def model_of(op: str, shape: tuple[int, ...], scale: float, out: tuple[float, int]) -> bytes:
    """One operator between a dequantise and a quantise, int8 to int8."""
    constants: dict[str, AnyArray] = {
        "xs": np.array(scale, np.float32),
        "xz": np.array(-3, np.int8),
        "ys": np.array(out[0], np.float32),
        "yz": np.array(out[1], np.int8),
    }
    inputs = ["x.real"]
    if op == "LayerNormalization":
        rng = np.random.default_rng(shape[-1])
        constants["gain"] = rng.uniform(-2, 2, shape[-1]).astype(np.float32)
        constants["bias"] = rng.normal(0, 1, shape[-1]).astype(np.float32)
        inputs += ["gain", "bias"]
    nodes = [
        helper.make_node("DequantizeLinear", ["x", "xs", "xz"], ["x.real"], "dq"),
        helper.make_node(op, inputs, ["y.real"], "op"),
        helper.make_node("QuantizeLinear", ["y.real", "ys", "yz"], ["y"], "q"),
    ]
    info = [helper.make_tensor_value_info(n, TensorProto.INT8, list(shape)) for n in "xy"]
    tensors = [numpy_helper.from_array(a, n) for n, a in constants.items()]
    graph = helper.make_graph(nodes, "rows", info[:1], info[1:], tensors)
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(
    ("op", "scale", "out"),
    [
        ("Softmax", 0.001, (1 / 256, -128)),
        ("Softmax", 0.1, (1 / 256, -128)),
        ("Softmax", 2.0, (1 / 256, -128)),
        ("LayerNormalization", 0.05, (0.04, 7)),
        ("LayerNormalization", 1.0, (0.1, -20)),
    ],
)
def test_hard_rows(op: str, length: int, scale: float, out: tuple[float, int]) -> None:
    """Never off by more than 1, by 1 in fewer than one output in 50 of ordinary rows."""
    x = rows_of(length)
    data = model_of(op, x.shape, scale, out)
    wanted = Session(data).run({"x": x})["y"].astype(np.int64)
    module = run_passes(import_onnx(onnx.load_from_string(data)), INTEGER)
    (found,) = interpret(module, [x]).outputs.values()
    off = np.abs(found.astype(np.int64) - wanted)
    assert off.max() <= 1
    ordinary = off[0, -3:]
    assert np.count_nonzero(ordinary) * 50 <= max(ordinary.size, 50)
