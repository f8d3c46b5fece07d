"""All benchmarks by one command."""

import subprocess
import sys
from pathlib import Path

import pytest

import benchmarks.__main__ as every

NO_PAGE = {"__main__", "demo"}
"""Commands that keep no page of results."""


def test_every_command_is_run() -> None:
    directory = Path(every.__file__).parent
    commands = {path.stem for path in directory.glob("*.py") if "def main()" in path.read_text()}
    assert {*every.CYCLES, *every.HOST} == commands - NO_PAGE


def test_unknown_name() -> None:
    command = [sys.executable, "-m", "benchmarks", "matmul", "nonesuch"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "no benchmark nonesuch; there are scaling, " in result.stderr


def test_a_failure_is_told_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(every, "CYCLES", {"matmul": ("--nonesuch",)})
    monkeypatch.setattr(every, "HOST", {"scaling": ("--help",)})
    monkeypatch.setattr(sys, "argv", ["benchmarks"])
    assert every.main() == 1
    printed = capsys.readouterr().out
    assert "== matmul: exit 2, " in printed
    assert "unrecognized arguments: --nonesuch" in printed
    assert "== scaling: exit 0, " in printed
