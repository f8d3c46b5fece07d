"""Runs lit over tests/filecheck, one pytest test a file, lit's report shown where one fails."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent / "filecheck"
FILES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.mlir"))


@pytest.mark.parametrize("name", FILES)
def test_filecheck(name: str) -> None:
    """The RUN lines of the file succeed."""
    command = [sys.executable, "-m", "lit.main", "-v", "-j1", "--no-progress-bar", str(ROOT / name)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_file_has_a_run_line() -> None:
    """A file without RUN lines would test nothing; lit calls that unresolved only when it runs."""
    assert FILES
    for name in FILES:
        assert "// RUN:" in (ROOT / name).read_text("utf-8"), name
