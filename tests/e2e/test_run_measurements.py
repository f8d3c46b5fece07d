"""What a run leaves behind: run.json, which reports show, and a trace."""

import gzip
import json
import re
from pathlib import Path

import pytest

from nmc.cli.main import main
from nmc.program import Program
from nmc.program.saved_run import RUN_JSON, SavedRun
from tests.e2e.networks import Case, compile_case


@pytest.fixture(scope="module")
def program() -> Program:
    return compile_case(Case("conv", "1:8"))


@pytest.fixture
def directory(program: Program, tmp_path: Path) -> Path:
    program.save(tmp_path / "built")
    return tmp_path / "built"


def test_a_run_is_kept_and_reported(
    program: Program, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(directory)]) == 0
    assert "measured" not in capsys.readouterr().out
    assert main(["run", str(directory), "--input", "random:7"]) == 0
    run = SavedRun.load(directory, program.elf)
    assert run is not None
    assert (run.input, run.profile) == ("random:7", None)
    capsys.readouterr()
    assert main(["report", str(directory)]) == 0
    printed = capsys.readouterr().out
    assert "measured: the last nmc run of it, on random:7" in printed
    assert re.search(r"estimates of \d+ layers: off by [\d.]+ % in the median, [+-]", printed)
    for layer, info in zip(run.layers, program.manifest.layers, strict=True):
        assert layer.estimate == (info.timed or info.cycles) + info.stream
        (row,) = [
            row for row in printed.splitlines()
            if row.startswith(f"{layer.name} ") and f"{layer.cycles:,}" in row
        ]  # fmt: skip
        assert f"{layer.estimate:,}" in row
    # Compiling anew takes the old program's run away with it.
    program.save(directory)
    assert not (directory / RUN_JSON).exists()


def test_a_profile_is_kept_with_the_run(program: Program, directory: Path) -> None:
    assert main(["run", str(directory), "--input", "random:7", "--profile"]) == 0
    run = SavedRun.load(directory, program.elf)
    assert run is not None
    assert run.profile is not None
    result = program.run_random(7)
    assert (run.cycles, run.cores, run.bank_conflicts) == (
        result.cycles, result.cores, result.bank_conflicts,
    )  # fmt: skip
    for layer in run.layers:
        assert layer.traffic is not None
        assert sum(core.instructions for core in layer.cores) == layer.instructions
    activity = run.profile.activity
    assert sum(activity.dma_in) == run.profile.traffic.dma_in
    assert sum(activity.dma_out) == run.profile.traffic.dma_out
    sleeping = ("barrier", "dma", "l3", "sleep")
    for waiting, core in zip(activity.waiting, run.cores, strict=True):
        assert sum(waiting) >= sum(core.stalls[kind] for kind in sleeping)
        assert max(waiting) <= activity.bin_cycles


def test_a_directory_that_cannot_be_written(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (directory / RUN_JSON).mkdir()
    assert main(["run", str(directory), "--input", "random:7"]) == 0
    assert "not kept for nmc report: " in capsys.readouterr().err


@pytest.mark.parametrize("name", ["trace.json", "trace.json.gz"])
def test_a_trace(
    directory: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    command = ["run", str(directory), "--input", "random:7", "--trace", str(path), "--json"]
    assert main(command) == 0
    printed = capsys.readouterr()
    assert f"{path}: " in printed.err
    data = path.read_bytes()
    trace = json.loads(gzip.decompress(data) if name.endswith(".gz") else data)
    measured = json.loads(printed.out)
    layers = [
        e for e in trace["traceEvents"] if e["ph"] == "X" and e["cat"] == "layer" and e["pid"] == 1
    ]
    assert [(e["name"], e["dur"]) for e in layers] == [
        (layer["name"], layer["cycles"]) for layer in measured["layers"]
    ]


def test_a_trace_that_cannot_be_written_is_refused_before_the_run(
    directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["run", str(directory), "--input", "random:7"], ["sim", "x.elf"]):
        assert main([*command, "--trace", str(tmp_path / "none" / "t.json")]) == 2
        assert "its directory does not exist" in capsys.readouterr().err
    assert not (directory / RUN_JSON).exists()


def test_a_trace_of_any_program(
    directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "trace.json"
    elf = str(directory / "program.elf")
    assert main(["sim", elf, "--json", "--trace", str(path)]) == 0
    measured = json.loads(capsys.readouterr().out)
    functions = {entry["name"] for entry in measured["profile"]["functions"]}
    names = {event["name"] for event in json.loads(path.read_text())["traceEvents"]}
    assert functions <= names
