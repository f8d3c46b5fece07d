"""Layers whose cores load their own tiles of weights, on the simulator."""

from pathlib import Path

import onnx
import pytest

import nmc
from nmc.models.builder import GraphBuilder
from nmc.models.quantise import quantise
from nmc.models.sparsity import parse_sparsity
from nmc.targets import target_text


def product(inner: int, columns: int, sparsity: str) -> onnx.ModelProto:
    """A row times a constant."""
    graph = GraphBuilder("product", 0)
    x = graph.input("x", (1, 1, inner))
    return quantise(graph, {"y": graph.matmul("fc", x, columns, parse_sparsity(sparsity))})


@pytest.mark.parametrize(
    ("cores", "inner", "columns", "sparsity", "l1", "own"),
    [
        (1, 64, 100, "1:8", None, False),
        (2, 96, 131, "1:16", None, True),
        (4, 64, 203, "1:4", None, True),
        (8, 512, 1000, "1:16", None, True),
        (8, 200, 333, "1:8", 9024, False),  # there is no room for tiles that grow
        (16, 512, 384, "1:16", 24576, True),
    ],
)
def test_bits_of_any_number_of_cores(
    cores: int, inner: int, columns: int, sparsity: str, l1: int | None, own: bool
) -> None:
    program = nmc.compile(product(inner, columns, sparsity), cores=cores, l1=l1)
    (layer,) = (layer for layer in program.manifest.layers if layer.name == "fc")
    result = program.run_random(7, check=True, sanitize=True)
    assert result.exact and result.findings == ()
    assert layer.tile["private"] == own


def test_only_core_0_asks_for_weights_in_l3(tmp_path: Path) -> None:
    """The same layer where L2 holds its weights and where it does not."""
    text = target_text("vega")[0]
    shared = "base = 0x1C01_0000, bytes = 0x18_0000"
    assert shared in text
    small = tmp_path / "small.toml"
    small.write_text(text.replace(shared, "base = 0x1C01_0000, bytes = 0x1_8000"))
    private: list[bool] = []
    for target in ("vega", str(small)):
        program = nmc.compile(product(512, 1000, "1:8"), target=target)
        assert program.run_random(7, check=True).exact
        private += [bool(layer.tile["private"]) for layer in program.manifest.layers]
    assert private == [True, False]
