"""Programs in C, compiled by GCC, against what Python says they print.

Those in `prebuilt` always run, on both engines. Where the compiler is installed all are compiled
for several instruction sets and levels of optimisation, too, and run on the fast one; it has to be
if the environment has NMC_TOOLS=required.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from nmc.elf import read_elf
from nmc.sim import SimResult, Simulator
from nmc.targets import load_target
from tests.sim.c_programs import models
from tests.sim.equality import assert_same_run

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples" / "bare"
SOURCES = {"hello": EXAMPLES / "hello.c"} | {
    path.stem: path for path in sorted((HERE / "c_programs").glob("*.c"))
}
PREBUILT = sorted((HERE / "prebuilt").glob("*.elf"))
STATUS = {"hello": 7, "algorithms": 42, "arithmetic": 0, "memory": 200, "cluster": 99}
LIMIT = 3_000_000

COMPILER = "riscv64-unknown-elf-gcc"
with_compiler = pytest.mark.skipif(
    shutil.which(COMPILER) is None and os.environ.get("NMC_TOOLS") != "required",
    reason=f"{COMPILER} (package gcc-riscv64-unknown-elf) is not installed",
)


def compile_c(source: Path, result: Path, march: str, level: str) -> None:
    """As the example's manual says, with warnings as errors, and without room between segments."""
    command = [
        *(COMPILER, f"-march={march}", "-misa-spec=2.2", "-mabi=ilp32", level, "-DLIBGCC"),
        *("-Wall", "-Wextra", "-Werror", "-ffreestanding", "-nostdlib", "-static"),
        *("-Wl,-z,max-page-size=16", "-I", str(EXAMPLES), "-T", str(EXAMPLES / "link.ld")),
        *(str(EXAMPLES / "crt0.S"), str(EXAMPLES / "runtime.c"), str(source), "-lgcc"),
        *("-o", str(result)),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def check(name: str, result: SimResult) -> None:
    """The program has printed what it should, and ended with its status."""
    output = re.sub(r"took \d+ cycles", "took some cycles", result.output)
    assert output == getattr(models, name)()
    assert result.exit_code == STATUS[name]


@pytest.mark.parametrize("path", PREBUILT, ids=[path.stem for path in PREBUILT])
def test_prebuilt(path: Path) -> None:
    image, target = read_elf(path), load_target("pulp-open")
    assert image.compressed == ("rv32imc" in path.stem)
    simulator = Simulator(image, target)
    check(path.stem.partition("-")[0], assert_same_run(simulator, image, target, {}, LIMIT))


def test_there_are_prebuilt_programs() -> None:
    assert {path.stem.partition("-")[0] for path in PREBUILT} == set(SOURCES) - {"arithmetic"}


@with_compiler
@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os"])
@pytest.mark.parametrize("march", ["rv32im", "rv32imc"])
@pytest.mark.parametrize("name", SOURCES)
def test_compiled(name: str, march: str, level: str, tmp_path: Path) -> None:
    path = tmp_path / "program.elf"
    compile_c(SOURCES[name], path, march, level)
    image = read_elf(path)
    assert image.compressed == march.endswith("c")
    check(name, Simulator(image, load_target()).run(LIMIT))


@with_compiler
def test_prebuilt_programs_are_of_these_sources(tmp_path: Path) -> None:
    """Another release of the compiler makes other code of them; it must do the same."""
    for path in PREBUILT:
        name, march, level = path.stem.split("-")
        compile_c(SOURCES[name], tmp_path / path.name, march, f"-{level}")
        built, again = (
            Simulator(read_elf(file), load_target()).run(LIMIT)
            for file in (path, tmp_path / path.name)
        )
        assert (built.output, built.exit_code) == (again.output, again.exit_code)
