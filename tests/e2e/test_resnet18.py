"""ResNet18 once, dense and 1:8: exact, below the published cycles, its cores evenly loaded."""

import json
from pathlib import Path

import pytest

from benchmarks.published import RESNET18_CYCLES
from nmc.cli.main import main


@pytest.mark.slow
@pytest.mark.parametrize(("sparsity", "features"), [("dense", "none"), ("1:8", "xnm")])
def test_resnet18(
    sparsity: str, features: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, built = str(tmp_path / "r18.onnx"), str(tmp_path / "r18")
    assert main(["model", "resnet18", "--sparsity", sparsity, "-o", model]) == 0
    assert main(["compile", model, "-o", built, "--features", features]) == 0
    capsys.readouterr()
    run = ["run", built, "--input", "random:7", "--check", "--repeat", "2", "--sanitize", "--json"]
    assert main(run) == 0
    measured = json.loads(capsys.readouterr().out)
    assert measured["exact"] is True
    assert measured["findings"] == []
    assert measured["cycles"] <= RESNET18_CYCLES[sparsity]
    assert 500e6 < measured["macs"] < 600e6
    assert sum(layer["cycles"] for layer in measured["layers"]) <= measured["cycles"]
