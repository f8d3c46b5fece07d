"""Every stage is text that parses back, is the start of the same program, and can be run."""

from pathlib import Path

import numpy as np
import pytest

import nmc
from nmc.cli.main import main
from nmc.pipelines.context import make_context
from nmc.pipelines.loading import parse_module
from nmc.pipelines.printing import module_text
from nmc.pipelines.stages import STAGES, file_name
from nmc.program import Program
from tests.e2e.networks import Case, compile_case

NETWORKS = (
    Case("tiny-resnet", "1:8", "xnm", 4, "tight"),
    Case("separable", "dense", "none", 2, "roomy"),
    Case("two-outputs", "1:4", "none", 8, "roomy"),
)


@pytest.fixture(scope="module", params=NETWORKS, ids=str)
def directory(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("program") / "built"
    compile_case(request.param).save(path)
    return path


def test_all_stages_are_there(directory: Path) -> None:
    names = sorted(path.name for path in (directory / "ir").iterdir())
    assert names == [file_name(stage) for stage in STAGES]


def test_round_trip(directory: Path) -> None:
    for stage in STAGES:
        text = (directory / "ir" / file_name(stage)).read_text()
        assert module_text(parse_module(make_context(), text, stage.name)) == text, stage.name


def test_resuming_gives_the_same_program(directory: Path) -> None:
    whole = Program.load(directory)
    for stage in STAGES:
        resumed = nmc.compile(directory / "ir" / file_name(stage), name=whole.manifest.name)
        assert resumed.elf == whole.elf, stage.name
        assert resumed.assembly == whole.assembly, stage.name
        assert resumed.manifest == whole.manifest, stage.name


def test_running_a_stage_gives_the_same_output(
    directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = ["run", str(directory), "--input", "random:3", "--check"]
    assert main([*program, "--sanitize", "-o", str(tmp_path / "whole.npz")]) == 0
    with np.load(tmp_path / "whole.npz") as loaded:
        expected = {name: loaded[name] for name in loaded.files}
    assert expected
    for stage in STAGES:
        path = directory / "ir" / file_name(stage)
        check = [] if stage.level == "graph" else ["--check"]
        output = tmp_path / f"{stage.name}.npz"
        code = main(["run", str(path), "--input", "random:3", *check, "-o", str(output)])
        assert code == 0, capsys.readouterr().err
        with np.load(output) as loaded:
            assert sorted(loaded.files) == sorted(expected)
            for name, value in expected.items():
                assert loaded[name].dtype == value.dtype
                assert np.array_equal(loaded[name], value), (stage.name, name)
