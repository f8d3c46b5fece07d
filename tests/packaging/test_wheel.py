"""The built wheel holds the whole package and its data, and works away from the checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from nmc.version import VERSION
from tests.e2e.networks import model_bytes

ROOT = Path(__file__).parents[2]
DATA_SUFFIXES = (".py", ".csv", ".toml", ".json", ".j2", ".typed")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built of the sources that are there now, in a directory of its own."""
    output = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", output]
    # setuptools writes between the sources: build a copy, so that tests do not meet.
    source = tmp_path_factory.mktemp("source")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "nmc", "pyproject.toml", "README.md", "LICENSE"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            (source / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run([*command, source], cwd=output, check=True, capture_output=True)
    (built,) = output.glob("*.whl")
    return built


def test_contents(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    listed = subprocess.run(
        ["git", "ls-files", "nmc"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    there = [name for name in listed if (ROOT / name).is_file()]
    expected = {name for name in there if name.endswith(DATA_SUFFIXES)}
    assert {"nmc/isa/instructions.csv", "nmc/targets/vega.toml", "nmc/py.typed"} <= expected
    assert expected <= names
    others = {name for name in names if not name.startswith(("nmc/", f"nmc-{VERSION}.dist-info/"))}
    assert not others


@pytest.mark.slow
def test_works_elsewhere(wheel: Path, tmp_path: Path) -> None:
    """Installed into an environment of its own, it compiles, runs and checks a network.

    The dependencies are taken from the environment of the tests, by path: what is tried is that
    nothing of the checkout is needed.
    """
    venv.create(tmp_path / "env", with_pip=True)
    binaries = tmp_path / "env" / "bin"
    subprocess.run(
        [binaries / "python", "-m", "pip", "install", "--no-deps", "--no-index", wheel],
        check=True, capture_output=True,
    )  # fmt: skip
    (site,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    # A path line of a .pth file does not run the .pth files over there: no editable nmc.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (tmp_path / "net.onnx").write_bytes(model_bytes("tiny-resnet", "1:8"))

    def run(*command: str) -> str:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        result = subprocess.run(
            [binaries / command[0], *command[1:]],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        return result.stdout

    place = run("python", "-c", "import nmc; print(nmc.__file__)")
    assert place.startswith(str(tmp_path))
    run("nmc", "compile", "net.onnx", "-o", "built", "--features", "xnm")
    assert '"exact": true' in run("nmc", "run", "built", "--input", "random:1", "--check", "--json")
    assert "layers" in run("nmc", "report", "built")
    stage = run("nmc-opt", "built/ir/03-sparse.mlir")
    assert stage == (tmp_path / "built" / "ir" / "03-sparse.mlir").read_text()
    assert "parallelize" in run("nmc-opt", "--list-passes")
