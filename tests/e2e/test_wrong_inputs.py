"""What a user gets wrong: one line, code 2, and no file left behind."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from nmc.cli.main import main
from nmc.cli.opt import main as opt_main
from tests.e2e.networks import Case, compile_case, model_bytes

BROKEN_CLAIM = """builtin.module attributes {nmc.stage = "sparse"} {
  func.func @main() -> tensor<1x4xi8, #nm.sparsity<1:4, axis = 1>> {
    %w = nm.constant dense<[[1, 0, 2, 0]]> : tensor<1x4xi8, #nm.sparsity<1:4, axis = 1>>
    func.return %w : tensor<1x4xi8, #nm.sparsity<1:4, axis = 1>>
  }
}
"""


def float_model() -> bytes:
    """A convolution on real numbers, not quantised."""
    weights = np.ones((2, 3, 3, 3), np.float32)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"], "conv")],
        "float",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 3, 4, 4))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 2, 2, 2))],
        [onnx.numpy_helper.from_array(weights, "w")],
    )
    opsets = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opsets).SerializeToString()


def unsupported_model() -> bytes:
    """A quantised network with an operator nobody supports in the middle."""
    model = onnx.load_model_from_string(model_bytes("conv", "dense"))
    (node,) = [node for node in model.graph.node if node.op_type == "Conv"]
    node.op_type = "Det"
    return model.SerializeToString()


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    printed = capsys.readouterr()
    errors = [line for line in printed.err.splitlines() if "error: " in line]
    assert len(errors) == 1, printed.err
    assert printed.err.splitlines()[-1] == errors[0]
    assert printed.out == ""
    return errors[0]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("short.onnx", model_bytes("conv", "dense")[:700], ("short.onnx", "truncated")),
        ("float.onnx", float_model(), ("float-only", "quantise")),
        ("strange.onnx", unsupported_model(), ("conv", "Det")),
        ("claim.mlir", BROKEN_CLAIM.encode(), ("claim.mlir", "nm.constant")),
    ],
)
def test_wrong_models(
    name: str,
    content: bytes,
    said: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert main(["compile", str(path), "-o", str(tmp_path / "deep" / "out")]) == 2
    line = one_line(capsys)
    for words in said:
        assert words in line
    assert [child.name for child in tmp_path.iterdir()] == [name]


def test_too_little_l1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(model_bytes("tiny-resnet", "dense"))
    assert main(["compile", str(path), "-o", str(tmp_path / "out"), "--l1", "1024"]) == 2
    line = one_line(capsys)
    assert "bytes" in line
    assert "1024" in line or "1,024" in line
    assert [child.name for child in tmp_path.iterdir()] == ["net.onnx"]


def test_misspelt_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "in.mlir"
    path.write_text("builtin.module {\n}\n")
    pipeline = "--pass-pipeline=builtin.module(paralellize{cores=4},plan-memory)"
    assert opt_main([str(path), pipeline, "-o", str(tmp_path / "out.mlir")]) == 2
    assert "pass 'paralellize' is unknown; did you mean 'parallelize'?" in one_line(capsys)
    assert [child.name for child in tmp_path.iterdir()] == ["in.mlir"]


def test_an_earlier_program_survives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compile_case(Case("conv")).save(tmp_path / "out")
    before = {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    (tmp_path / "short.onnx").write_bytes(model_bytes("conv", "dense")[:700])
    assert main(["compile", str(tmp_path / "short.onnx"), "-o", str(tmp_path / "out")]) == 2
    one_line(capsys)
    assert {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()} == before
    assert sorted(child.name for child in tmp_path.iterdir()) == ["out", "short.onnx"]
