"""The ResNet18 file: what is in it, that it decides, and that it is reproducible."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import numpy_helper

from nmc.models.quantise import serialise
from nmc.models.resnet18 import build_resnet18
from nmc.onnxruntime_session import Session


@pytest.fixture(scope="module")
def model() -> onnx.ModelProto:
    return build_resnet18(classes=100, input=32, sparsity="1:8", seed=0)


def _weights(model: onnx.ModelProto) -> dict[str, npt.NDArray[np.int8]]:
    return {
        tensor.name.removesuffix("_quantized"): numpy_helper.to_array(tensor).astype(np.int8)
        for tensor in model.graph.initializer
        if tensor.name.endswith(".weight_quantized")
    }


def test_parameters_and_types(model: onnx.ModelProto) -> None:
    weights = _weights(model)
    assert len(weights) == 21
    count = sum(array.size for array in weights.values())
    assert 11.1e6 < count < 11.3e6
    scales = {t.name: t for t in model.graph.initializer if t.name.endswith(".weight_scale")}
    assert list(scales["layer4.1.conv2.weight_scale"].dims) == [512]
    onnx.checker.check_model(model)


def test_only_the_right_layers_are_pruned(model: onnx.ModelProto) -> None:
    for name, weight in _weights(model).items():
        density = np.count_nonzero(weight) / weight.size
        if weight.shape[2:] == (3, 3) and not name.startswith("stem"):
            blocks = weight.reshape(weight.shape[0], -1, 8, 3, 3)
            assert np.count_nonzero(blocks, axis=2).max() == 1, name
            assert density > 0.12, name
        else:
            assert density > 0.9, name


def test_it_decides(model: onnx.ModelProto) -> None:
    session = Session(model)
    winners: set[int] = set()
    for seed in range(40):
        x = np.random.default_rng(seed).standard_normal((1, 3, 32, 32)).astype(np.float32)
        winners.add(int(np.argmax(session.run({"input": x})["logits"])))
    assert len(winners) >= 8


def test_it_decides_among_ten_classes() -> None:
    session = Session(build_resnet18(10, 16, "dense", 3))
    winners: set[int] = set()
    for seed in range(40):
        x = np.random.default_rng(seed).standard_normal((1, 3, 16, 16)).astype(np.float32)
        winners.add(int(np.argmax(session.run({"input": x})["logits"])))
    assert len(winners) >= 8


def test_same_bytes_in_another_process(model: onnx.ModelProto) -> None:
    code = (
        "import hashlib; from nmc.models import build_model;"
        "print(hashlib.sha256(build_model('resnet18', 100, 32, '1:8', 0)).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    other = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == hashlib.sha256(serialise(model)).hexdigest()


def test_seed_and_sparsity_matter(model: onnx.ModelProto) -> None:
    first = _weights(model)["layer1.0.conv1.weight"]
    other = _weights(build_resnet18(2, 8, "1:8", 1))["layer1.0.conv1.weight"]
    assert not np.array_equal(first, other)
