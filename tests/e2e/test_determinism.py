"""The same model and options give the same bytes, whatever the hash seed."""

import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.networks import model_bytes


def compiled(model: Path, output: Path, hash_seed: str) -> dict[str, bytes]:
    """All files of a program compiled by a fresh interpreter with this hash seed."""
    nmc = Path(sys.executable).parent / "nmc"
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    command = [nmc, "compile", model, "-o", output, "--features", "xnm"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    files = [path for path in output.rglob("*") if path.is_file()]
    return {str(path.relative_to(output)): path.read_bytes() for path in files}


def test_any_hash_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    model = tmp_path / "net.onnx"
    model.write_bytes(model_bytes("tiny-resnet", "1:8"))
    first = compiled(model, tmp_path / "first", "1")
    assert {"program.elf", "program.s", "program.json"} <= set(first)
    assert compiled(model, tmp_path / "second", "4711") == first
