"""nmc run and nmc report on a small program: JSON, outputs, checks that fail."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nmc.cli.main import main
from nmc.elf import read_elf
from nmc.program import Program
from tests.e2e.networks import Case, compile_case

REQUIRED = {"cycles", "instructions", "host_seconds", "mips", "macs", "macs_per_cycle", "layers"}
LAYER = {"name", "op", "kernel", "cycles", "macs", "dma_bytes", "stalls"}


@pytest.fixture(scope="module")
def program() -> Program:
    return compile_case(Case("tiny-resnet", "1:4"))


@pytest.fixture(scope="module")
def directory(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("program") / "built"
    program.save(path)
    return path


def test_json(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(directory), "--input", "random:7", "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    assert set(measured) == REQUIRED
    assert measured["layers"]
    for layer in measured["layers"]:
        assert set(layer) == LAYER
        assert all(isinstance(cycles, int) for cycles in layer["stalls"].values())
    assert sum(layer["macs"] for layer in measured["layers"]) == measured["macs"]
    again = ["run", str(directory), "--input", "random:7", "--check", "--repeat", "2", "--json"]
    assert main(again) == 0
    checked = json.loads(capsys.readouterr().out)
    assert checked["exact"] is True
    assert checked["cycles"] == measured["cycles"]


def test_without_json_standard_output_stays_empty(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(directory), "--input", "random:7", "--check", "--profile"]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "exact" in printed.err
    assert "profile" in printed.err


def test_output_is_in_the_models_own_dtype(
    program: Program, directory: Path, tmp_path: Path
) -> None:
    assert main(["run", str(directory), "--input", "random:7", "-o", str(tmp_path / "y.npy")]) == 0
    y = np.load(tmp_path / "y.npy")
    (output,) = program.manifest.outputs
    assert y.dtype == np.dtype(output.model_dtype) == np.float32
    assert y.shape == output.shape
    result = program.run_random(7)
    assert np.array_equal(result.y, y)
    steps = y / np.float32(output.scale or 0) + (output.zero_point or 0)
    assert np.array_equal(np.rint(steps), result.integers[output.name])


def test_real_and_integer_inputs_agree(program: Program) -> None:
    (tensor,) = program.manifest.inputs
    x = np.random.default_rng(3).standard_normal(tensor.shape).astype(np.float32)
    assert np.array_equal(program.run(x).y, program.run(tensor.to_integers(x)).y)
    assert np.array_equal(program.run(x).y, program.run({tensor.name: x}).y)


def damaged(program: Program) -> Program:
    """The program with the bytes of one layer's weights changed in the ELF."""
    image = read_elf(program.elf)
    (segment, *_) = [s for s in image.segments if not s.executable and len(s.data) > 64]
    offset = program.elf.index(segment.data)
    elf = bytearray(program.elf)
    for place in range(offset, offset + len(segment.data), 3):
        elf[place] ^= 0x11
    return replace(program, elf=bytes(elf))


def test_a_difference_is_found_and_its_layer_named(
    program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = damaged(program)
    result = wrong.run_random(7, check=True)
    assert result.exact is False
    assert result.difference is not None
    names = [layer.name for layer in program.manifest.layers]
    assert result.difference.layer in names
    wrong.save(tmp_path / "wrong")
    assert main(["run", str(tmp_path / "wrong"), "--input", "random:7", "--check", "--json"]) == 1
    printed = capsys.readouterr()
    measured = json.loads(printed.out)
    assert measured["exact"] is False
    assert f"layer '{result.difference.layer}' is the first to differ" in printed.err


def test_wrong_inputs(directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 2), np.float32))
    for arguments in (
        ["--input", str(tmp_path / "x.npy")],
        ["--input", str(tmp_path / "none.npy")],
        ["--input", "random:x"],
        ["--input", "random:1", "--repeat", "0"],
        ["--input", "random:1", "-o", str(tmp_path / "y.txt")],
    ):
        assert main(["run", str(directory), *arguments]) == 2, arguments
        printed = capsys.readouterr()
        assert printed.err.count("\n") == 1, printed.err
        assert printed.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


def test_report(program: Program, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(directory)]) == 0
    printed = capsys.readouterr().out
    for layer in program.manifest.layers:
        assert layer.name in printed
        assert layer.kernel in printed
    for buffer in program.manifest.buffers:
        assert f"{buffer.address:#x}" in printed


def test_saving_and_loading(program: Program, directory: Path) -> None:
    loaded = Program.load(directory)
    assert loaded.manifest == program.manifest
    assert loaded.elf == program.elf
    assert loaded.assembly == program.assembly
    assert dict(loaded.stages) == dict(program.stages)
