"""nmc run and nmc report on a small program: JSON, outputs, checks that fail."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nmc.cli.main import main
from nmc.elf import read_elf
from nmc.errors import NmcError
from nmc.program import Program
from nmc.program.program import short_number
from nmc.program.result import Result
from tests.e2e.networks import Case, compile_case

REQUIRED = {
    "cycles", "instructions", "host_seconds", "mips", "macs", "macs_per_cycle", "layers", "cores",
    "bank_conflicts",
}  # fmt: skip
LAYER = {
    "name", "op", "kernel", "cycles", "estimate", "macs", "instructions", "dma_bytes", "l3_bytes",
    "stalls", "cores", "bank_conflicts",
}  # fmt: skip


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
    assert main([*again, "--sanitize"]) == 0
    checked = json.loads(capsys.readouterr().out)
    assert checked["exact"] is True
    assert checked["cycles"] == measured["cycles"]
    assert checked["findings"] == []


def test_without_json_standard_output_stays_empty(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(directory), "--input", "random:7", "--check", "--profile"]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "exact" in printed.err
    for title in ("cores: ", "bank conflicts", "data movement", "functions", "instructions, 20 of"):
        assert title in printed.err


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
    """The program with a layer's first bias changed in the ELF, by some 10^6."""
    image = read_elf(program.elf)
    (segment, *_) = [s for s in image.segments if not s.executable and len(s.data) > 64]
    offset = program.elf.index(segment.data)
    elf = bytearray(program.elf)
    elf[offset + 2] ^= 0x11
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


def test_the_output_of_many() -> None:
    many = Result(integers={}, outputs={"a": np.zeros(1), "b": np.zeros(1)})
    with pytest.raises(NmcError, match="2 outputs; use outputs"):
        _ = many.y


def test_short_numbers() -> None:
    said = [short_number(n) for n in (0, 9_999, 43_777, 30_497_123)]
    assert said == ["0", "9,999", "43.8 k", "30.50 M"]


def test_broken_files_of_a_program(
    program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "built"
    program.save(path)
    (path / "program.elf").write_bytes(program.elf[:500])
    assert main(["run", str(path), "--input", "random:1"]) == 2
    assert f"{path / 'program.elf'}: " in capsys.readouterr().err
    (path / "program.elf").unlink()
    assert main(["report", str(path)]) == 2
    assert "program.elf: cannot be read (No such file or directory)" in capsys.readouterr().err


def test_a_layer_the_elf_does_not_know(program: Program) -> None:
    renamed = replace(program.manifest.layers[1], name="other")
    layers = (program.manifest.layers[0], renamed, *program.manifest.layers[2:])
    wrong = replace(program, manifest=replace(program.manifest, layers=layers))
    with pytest.raises(NmcError, match=r"layer 'other'.* is not in its program.elf"):
        wrong.run_random(7)


def patched(program: Program, layer: int, word: int) -> Program:
    """The program with the first instruction of a layer's code replaced."""
    image = read_elf(program.elf)
    address = image.symbol_values[program.manifest.layers[layer].symbol]
    (segment,) = [s for s in image.segments if s.address <= address < s.address + len(s.data)]
    place = program.elf.index(segment.data) + address - segment.address
    elf = bytearray(program.elf)
    elf[place : place + 4] = word.to_bytes(4, "little")
    return replace(program, elf=bytes(elf))


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (0x0000_0000, "illegal instruction"),
        (0x0000_2003, "access outside any memory at 0x00000000"),  # lw zero, 0(zero)
        (0x1050_0073, "deadlock"),  # wfi
        (0x0000_006F, "still running after"),  # j .
    ],
)
def test_faults_name_their_place(
    program: Program,
    word: int,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nmc.program.running.LIMIT_CYCLES", 100_000)
    patched(program, 3, word).save(tmp_path / "wrong")
    arguments = ["run", str(tmp_path / "wrong"), "--input", "random:7", "-o"]
    assert main([*arguments, str(tmp_path / "y.npy")]) == 3
    line = capsys.readouterr().err
    layer = program.manifest.layers[3]
    for words in ("core 0 at 0x1c", layer.symbol, f"layer {layer.name}", said):
        assert words in line
    assert line.count("\n") == 1
    assert not (tmp_path / "y.npy").exists()
