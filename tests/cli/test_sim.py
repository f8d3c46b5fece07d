"""nmc sim: output, exit status, measurements, faults and files that cannot be run."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nmc.backend.asm.emission import assemble
from nmc.cli.main import main
from nmc.targets import load_target
from tests.sim.bare import bare_program

# The main core prints a text and ends with a status; the cluster is never started.
ALONE = """
.section .boot, "ax", @progbits
.globl _start
_start:
    la a2, text
    li a1, 0x1A10F000
.Lnext:
    lbu a3, 0(a2)
    beqz a3, .Lout
    sw a3, 0(a1)
    addi a2, a2, 1
    j .Lnext
.Lout:
    {end}
    li a1, 0x1A1040A0
    li a2, {value}
    sw a2, 0(a1)
.Lrest:
    j .Lrest
.section .data.l2, "aw", @progbits
text:
    .ascii "one\\ntwo\\n"
    .byte 0xff, 10, 0
"""

Writer = Callable[..., str]


@pytest.fixture
def alone(tmp_path: Path) -> Writer:
    """Writes the program, which ends with a status after the instructions `end`."""

    def write(status: int = 0, end: str = "nop") -> str:
        text = ALONE.format(value=f"{0x8000_0000 | status:#x}", end=end)
        path = tmp_path / "program.elf"
        path.write_bytes(assemble(text, load_target()))
        return str(path)

    return write


@pytest.mark.parametrize(("status", "code"), [(0, 0), (7, 7), (125, 125), (0x103, 3)])
def test_exit_code_and_output_are_the_programs(
    alone: Writer, capfdbinary: pytest.CaptureFixture[bytes], status: int, code: int
) -> None:
    assert main(["sim", alone(status)]) == code
    printed = capfdbinary.readouterr()
    assert printed.out == b"one\ntwo\n\xff\n"
    assert printed.err.count(b"\n") == 1
    assert b" cycles, " in printed.err


def test_json(alone: Writer, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["sim", alone(0x103), "--json"]) == 3
    printed = capfdbinary.readouterr()
    assert printed.err == b"one\ntwo\n\xff\n"
    found = json.loads(printed.out)
    assert found["exit_code"] == 0x103
    assert "fault" not in found
    # 10 characters: 5 instructions each, 2 for the zero; la and 3 li, nop, the store.
    assert found["instructions"] == 10 * 5 + 2 + (2 + 1 + 2 + 2) + 1 + 1
    assert found["main_core"]["instructions"] == found["instructions"]
    assert [core["instructions"] for core in found["cores"]] == [0] * 8
    stalls = sum(found["main_core"]["stalls"].values())
    # The exit is written when the store issues.
    assert found["cycles"] == found["instructions"] - 1 + stalls
    assert found["main_core"]["stalls"]["icache"] == 0
    assert found["mips"] > 0
    assert found["host_seconds"] > 0


def test_fault(alone: Writer, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = alone(end="lw x0, 0(x0)")
    assert main(["sim", path]) == 125
    printed = capfdbinary.readouterr()
    assert printed.out == b"one\ntwo\n\xff\n"
    *_, last = printed.err.decode().splitlines()
    assert last.startswith("nmc: fault: fabric controller at 0x1c0000")
    assert last.endswith("access outside any memory at 0x00000000")


def test_a_fault_behind_half_a_line(
    alone: Writer, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    half = "li a3, 0x78\nsw a3, 0(a1)\nlw x0, 0(x0)"
    assert main(["sim", alone(end=half), "--json"]) == 125
    assert b"\nx\nnmc: fault: " in capfdbinary.readouterr().err


def test_json_of_a_fault(alone: Writer, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["sim", alone(end="lw x0, 0(x0)"), "--json"]) == 125
    printed = capfdbinary.readouterr()
    found = json.loads(printed.out)
    assert found["exit_code"] is None
    assert found["fault"].endswith("access outside any memory at 0x00000000")
    assert found["instructions"] > 50
    assert printed.err.endswith(f"\nnmc: fault: {found['fault']}\n".encode())
    assert printed.err.startswith(b"one\ntwo\n\xff\n")


def test_limit(alone: Writer, capfd: pytest.CaptureFixture[str]) -> None:
    path = alone(end=".Lhere: j .Lhere")
    assert main(["sim", path, "--max-cycles", "5000"]) == 125
    printed = capfd.readouterr()
    assert printed.out.startswith("one\ntwo\n")
    assert "still running after 5000 cycles" in printed.err
    assert "fabric controller at" in printed.err
    assert main(["sim", alone(9), "--max-cycles", "5000"]) == 9


def test_nothing_left_to_do(alone: Writer, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["sim", alone(end="wfi")]) == 125
    assert "deadlock" in capfd.readouterr().err


def test_cluster(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The cluster's cores are counted from their release, on the target that was asked for."""
    elf, _ = bare_program("li s2, 100\n.Lx: addi s2, s2, -1\nbnez s2, .Lx", cores=3)
    path = tmp_path / "cluster.elf"
    path.write_bytes(elf)
    arguments = ["sim", str(path), "--json", "--profile"]
    assert main([*arguments, "--target", "pulp-open", "--cores", "3"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert [core["instructions"] > 200 for core in found["cores"]] == [True] * 3
    assert 398 < found["cycles"] < 700
    assert found["instructions"] > 600 + found["main_core"]["instructions"]
    (function,) = [f for f in found["profile"]["functions"] if f["name"] == "main"]
    assert function["cycles"] >= 3 * 398
    # Three cores are released, but only two are there.
    assert main([*arguments, "--cores", "2"]) == 125


def test_l1_may_be_smaller(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "l1.elf"
    path.write_bytes(bare_program("nop\nlui a1, 0x10010\nlw a2, 0(a1)")[0])
    assert main(["sim", str(path), "--cores", "1"]) == 0
    # The stack that the start-up code sets is never touched.
    assert main(["sim", str(path), "--cores", "1", "--l1", "65536"]) == 125
    assert "outside any memory at 0x10010000" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["/nonexistent.elf"], "/nonexistent.elf: cannot be read: No such file"),
        ([__file__], "test_sim.py: not a readable ELF file"),
        (["{elf}", "--target", "vegas"], "target 'vegas': no such file"),
        (["{elf}", "--cores", "0"], "cores"),
        (["{elf}", "--l1", "3"], "l1"),
        (["{elf}", "--max-cycles", "0"], "max-cycles"),
        ([], "Missing argument"),
    ],
)
def test_bad_input(
    arguments: list[str], said: str, alone: Writer, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["sim", *(argument.replace("{elf}", alone()) for argument in arguments)]) == 2
    printed = capfd.readouterr()
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""


def test_oracle(alone: Writer, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """The same output, status and measurements by either engine."""
    path = alone(3)
    found: list[dict[str, object]] = []
    for engine in ("fast", "oracle"):
        assert main(["sim", path, "--engine", engine, "--json"]) == 3
        out, err = capfdbinary.readouterr()
        assert err.startswith(b"one\ntwo\n")
        found.append(json.loads(out) | {"host_seconds": 0, "mips": 0})
    assert found[0] == found[1]


def test_oracle_does_not_observe(alone: Writer, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["sim", alone(), "--engine", "oracle", "--profile"]) == 2
    assert "leave out --profile" in capfd.readouterr().err
