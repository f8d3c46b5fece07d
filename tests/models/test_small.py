"""Every small network builds in both formats, runs, and is pruned as asked."""

from typing import get_args

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from nmc.errors import NmcError
from nmc.models import build_model
from nmc.models.quantise import FormatName, Quantisation, serialise
from nmc.models.small import CONVS, SMALL, conv_model, small_model
from nmc.models.sparsity import Sparsity, parse_sparsity
from nmc.onnxruntime_session import AnyArray, Session


def _run(model: onnx.ModelProto) -> dict[str, AnyArray]:
    session = Session(model)
    rng = np.random.default_rng(0)
    return session.run(
        {each.name: rng.standard_normal(each.shape, np.float32) for each in session.inputs}
    )


@pytest.mark.parametrize("form", get_args(FormatName))
@pytest.mark.parametrize("name", SMALL)
def test_builds_and_runs(name: str, form: FormatName) -> None:
    model = small_model(name, "1:4", 0, Quantisation(format=form))
    onnx.checker.check_model(model)
    for output in _run(model).values():
        assert len(np.unique(output)) > 3


def test_formats_differ_in_operators() -> None:
    qdq = {node.op_type for node in small_model("residual").graph.node}
    qoperator = {
        node.op_type
        for node in small_model(
            "residual", quantisation=Quantisation(format="qoperator")
        ).graph.node
    }
    assert "Conv" in qdq and "QLinearConv" in qoperator and "QLinearAdd" in qoperator


def test_uint8_and_kept_relu() -> None:
    model = small_model("conv", quantisation=Quantisation(activations="uint8", keep_relu=True))
    assert "Relu" in {node.op_type for node in model.graph.node}
    points = [t for t in model.graph.initializer if t.name == "x_zero_point"]
    assert points[0].data_type == onnx.TensorProto.UINT8


def test_pruned_weights() -> None:
    model = conv_model(CONVS["conv-odd"].pruned("1:4"))
    weight = next(t for t in model.graph.initializer if t.name.endswith("weight_quantized"))
    array = numpy_helper.to_array(weight)
    for start in range(0, array.shape[1], 4):
        assert np.count_nonzero(array[:, start : start + 4], axis=1).max() == 1


@pytest.mark.parametrize("opset", [13, 15, 19, 21])
def test_opsets(opset: int) -> None:
    model = small_model("tiny-resnet", opset=opset)
    assert model.opset_import[0].version == opset
    _run(model)


def test_same_bytes_twice() -> None:
    assert serialise(small_model("residual", "1:8", 5)) == serialise(
        small_model("residual", "1:8", 5)
    )


def test_sparsity_text() -> None:
    assert parse_sparsity("dense") is None
    assert parse_sparsity("1:16") == Sparsity(1, 16)
    for wrong in ("8:1", "1:1", "0:4", "1/8", "", "1:8 "):
        with pytest.raises(NmcError, match="say dense or N:M"):
            parse_sparsity(wrong)


def test_registry_errors() -> None:
    with pytest.raises(NmcError, match=r"choose one of .*resnet18"):
        build_model("resnet19")
    with pytest.raises(NmcError, match="both must be > 0"):
        build_model("resnet18", classes=0)
    with pytest.raises(NmcError, match="seed -1"):
        build_model("resnet18", seed=-1)
