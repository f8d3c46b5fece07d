"""Runs lit over tests/filecheck, one pytest test a file, lit's report shown where one fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from nmc.passes import get_all_passes

ROOT = Path(__file__).parent / "filecheck"
FILES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.mlir"))


def lit(path: Path) -> subprocess.CompletedProcess[str]:
    """Run the lit beside the interpreter over one file."""
    command = [Path(sys.executable).parent / "lit", "-v", "-j1", "--no-progress-bar", path]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.parametrize("name", FILES)
def test_filecheck(name: str) -> None:
    """The RUN lines of the file were run and succeed."""
    result = lit(ROOT / name)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Passed: 1" in result.stdout, result.stdout + result.stderr


@pytest.mark.parametrize(
    "text",
    [
        "// RUN: nmc-opt %s | filecheck %s\n// CHECK: something that is not printed\n",
        "// RUN: nmc-opt %s\nthis is no operation\n",
        "builtin.module {}\n",
    ],
    ids=["another-output", "error", "no-run-line"],
)
def test_a_failure_is_seen(text: str, tmp_path: Path) -> None:
    """What must fail does."""
    (tmp_path / "lit.cfg.py").write_bytes((ROOT / "lit.cfg.py").read_bytes())
    (tmp_path / "planted.mlir").write_text(text)
    result = lit(tmp_path / "planted.mlir")
    assert result.returncode != 0, result.stdout
    assert "Passed" not in result.stdout, result.stdout


def test_every_pass_has_a_file() -> None:
    """The pass foo-bar of ours has a foo_bar.mlir, or at least a foo_bar_invalid.mlir."""
    stems = {Path(name).stem.removesuffix("_invalid") for name in FILES}
    passes = [load() for load in get_all_passes().values()]
    ours = {p.name.replace("-", "_") for p in passes if p.__module__.startswith("nmc.")}
    assert len(ours) > 20
    assert ours <= stems
