"""Transformers by name: their shapes, what of them is pruned, and sizes that cannot be."""

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from nmc.errors import NmcError
from nmc.models import build_model
from nmc.numerics.pruning import satisfies_nm
from nmc.onnxruntime_session import AnyArray

SMALL = {"width": 32, "depth": 2, "mlp": 64}
NETWORKS: dict[str, dict[str, Any]] = {
    "vit-small": {"input_size": 32, "heads": 2, **SMALL},
    "vit-tiny": {"input_size": 24, "patch": 8, "heads": 4, **SMALL},
    "cct": {"input_size": 12, "heads": 2, **SMALL},
    "mixer-small": {"input_size": 32, "patch": 8, **SMALL},
    "bert-tiny": {"input_size": 16, "heads": 2, **SMALL},
}


def weights(name: str, sparsity: str = "dense", prune: str = "ffn") -> dict[str, AnyArray]:
    """The quantised weights of a small network, by name."""
    data = build_model(name, 10, sparsity=sparsity, prune=prune, **NETWORKS[name])
    found = {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in onnx.load_from_string(data).graph.initializer
    }
    return {n: a for n, a in found.items() if "weight_quantized" in n and a.ndim > 1}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("prune", ["ffn", "linear"])
def test_what_is_pruned(name: str, prune: str) -> None:
    """Feed-forward layers of every block or all linear ones; never patches, pooler and heads."""
    for weight, values in weights(name, "1:8", prune).items():
        ffn, attention = ".fc" in weight, ".attn." in weight
        pruned = ffn or (attention and prune == "linear")
        assert satisfies_nm(values, 1, 8, 1) == pruned, weight


def test_equal_requests_give_equal_bytes() -> None:
    first, second = (build_model("vit-tiny", 10, **NETWORKS["vit-tiny"]) for _ in range(2))
    assert first == second
    assert first != build_model("vit-tiny", 10, seed=1, **NETWORKS["vit-tiny"])


def test_sizes() -> None:
    """What is asked for is there; 24 x 24 pixels are 9 patches of 8 x 8 and a class token."""
    found = weights("vit-tiny")
    shapes = {name.removesuffix(".weight_quantized"): a.shape for name, a in found.items()}
    assert shapes["patches"] == (32, 3, 8, 8)
    assert shapes["blocks.1.fc1"] == (64, 32)
    assert shapes["blocks.1.attn.qkv"] == (96, 32)
    assert shapes["head"] == (10, 32)
    assert "blocks.2.fc1" not in shapes
    model = onnx.load_from_string(build_model("vit-tiny", 10, **NETWORKS["vit-tiny"]))
    table = next(t for t in model.graph.initializer if t.name.startswith("positions.table"))
    assert np.prod(table.dims) == 10 * 32


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("vit-tiny", {"heads": 5}, "width 192 is not divisible by 5 heads"),
    ("vit-tiny", {"patch": 15}, "input 224 is not divisible by patch 15"),
    ("vit-small", {"input_size": 8}, "input 8 is not divisible by patch 16"),
    ("vit-small", {"depth": 0}, "every size must be 1 or more"),
    ("vit-small", {"input_size": 1024}, "4097 tokens are more than the 4096 a row may have"),
    ("cct", {"input_size": 258}, "4225 tokens are more than"),
    ("bert-tiny", {"width": 4098}, "4098 numbers in a token are more than the 4096"),
    ("mixer-small", {"input_size": 1040}, "4225 tokens"),
    ("cct", {"patch": 4}, "model cct: it has no patch; leave the option out"),
    ("cct", {"input_size": 3}, "input 3 is too small to be halved 2 times"),
    ("mixer-small", {"heads": 2}, "model mixer-small: it has no heads"),
    ("mixer-small", {"patch": 15}, "input 224 is not divisible by patch 15"),
    ("bert-tiny", {"patch": 4}, "it has no patch"),
    ("bert-tiny", {"heads": 3}, "width 128 is not divisible by 3 heads"),
    ("bert-tiny", {"input_size": 4}, "give 8 tokens or more"),
    ("resnet18", {"width": 64}, "model resnet18: it has no width"),
]


@pytest.mark.parametrize(("name", "sizes", "said"), WRONG)
def test_wrong_sizes(name: str, sizes: dict[str, Any], said: str) -> None:
    with pytest.raises(NmcError, match=f"model {name}") as error:
        build_model(name, **sizes)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_wrong_prune() -> None:
    with pytest.raises(NmcError, match="prune 'heads': choose ffn or linear"):
        build_model("vit-tiny", prune="heads")
