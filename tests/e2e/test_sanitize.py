"""The sanitizers on compiled networks: faults planted in the IR are found where they are."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import nmc
from nmc.cli.main import main
from nmc.errors import ProgramFault
from nmc.program import Program
from nmc.program.arrays import random_inputs
from nmc.program.running import Machine
from nmc.sim import Finding
from tests.e2e.networks import Case, compile_case

PLANNED, FLAT = "07-planned.mlir", "11-flat.mlir"


@pytest.fixture(scope="module")
def program() -> Program:
    """A convolution between two transpositions, in tiles, on 4 cores."""
    return compile_case(Case("conv", "dense", "none", 4, "tight"))


Alter = Callable[[Program, str, Callable[[str], str]], Program]


@pytest.fixture
def altered(tmp_path: Path) -> Alter:
    """Makes a program of one of another's stages after a change of the text."""

    def alter(program: Program, stage: str, change: Callable[[str], str]) -> Program:
        path = tmp_path / stage
        text = program.stages[stage]
        changed = change(text)
        assert changed != text
        path.write_text(changed)
        return nmc.compile(path, name=program.manifest.name)

    return alter


def found_in(program: Program) -> tuple[Finding, ...]:
    found = program.run_random(1, sanitize=True).findings
    assert found is not None
    return found


def without(operation: str, layer: str, number: int) -> Callable[[str], str]:
    """Leaves out a layer's operation of that name, the `number`th of its kind."""

    def change(text: str) -> str:
        begin = text.index(f"cluster.layer @{layer} ")
        places = [m for m in re.finditer(rf"^ *{operation}.*\n", text, re.M) if m.start() > begin]
        return text[: places[number].start()] + text[places[number].end() :]

    return change


def test_nothing_is_found_in_the_program_itself(program: Program) -> None:
    assert [str(finding) for finding in found_in(program)] == []


@pytest.mark.parametrize(
    ("layer", "number", "kind", "words"),
    [
        # Before computing: the others do not know that the input is there.
        ("conv", 0, "dma-race", "buffer conv.x: reads"),
        # Between gathering and multiplying.
        ("conv", 1, "race", "buffer conv.im2col: reads"),
        # Before the result leaves.
        ("conv", 2, "race", "buffer conv.out: reads"),
        ("conv.channels_first", 1, "race", "buffer conv.channels_first.out: reads"),
    ],
)
def test_a_removed_barrier(
    program: Program,
    altered: Alter,
    layer: str,
    number: int,
    kind: str,
    words: str,
) -> None:
    wrong = altered(program, PLANNED, without("cluster.barrier", layer, number))
    check(wrong, found_in(wrong)[0], kind, layer, words)


@pytest.mark.parametrize(
    ("layer", "number", "words"),
    [
        ("conv.channels_last", 0, "buffer conv.channels_last.x: reads"),
        ("conv.channels_last", 1, "buffer conv.channels_last: reads"),
        ("conv", 0, "buffer conv.x: reads"),
        ("conv.channels_first", 1, "buffer conv.channels_first: ends the program"),
    ],
)
def test_a_removed_wait_for_the_dma(
    program: Program, altered: Alter, layer: str, number: int, words: str
) -> None:
    wrong = altered(program, PLANNED, without("cluster.dma_wait", layer, number))
    (first, *_) = found_in(wrong)
    # What has not been waited for shows where it is used next.
    check(wrong, first, "dma-race", None, words)
    assert "whose end has not been waited for" in str(first)
    assert f"called from layer_0{layer_number(layer)}_" in str(first)


def layer_number(name: str) -> int:
    return ("conv.channels_last", "conv", "conv.channels_first").index(name)


@pytest.mark.parametrize(
    ("label", "kind", "words"),
    [
        ("x", "outside-plan", "has a transfer write"),
        ("w", "outside-plan", "has a transfer write"),
        ("im2col", "outside-plan", "buffer conv.w: writes 4 bytes"),
        ("out", "outside-plan", "which do not lie in a buffer of the layer that cores write"),
    ],
)
def test_a_shifted_buffer(
    program: Program, altered: Alter, label: str, kind: str, words: str
) -> None:
    def shift(text: str) -> str:
        begin = text.index("cluster.layer @conv ")
        pattern = re.compile(rf'(cluster.alloc "{label}" at )(\d+)')
        place = pattern.search(text, begin)
        assert place is not None
        return text[: place.start(2)] + str(int(place[2]) + 64) + text[place.end(2) :]

    wrong = altered(program, PLANNED, shift)
    (first, *_) = found_in(wrong)
    check(wrong, first, kind, "conv", words)


def test_a_stack_that_is_too_small(
    altered: Alter,
) -> None:
    """A stack of 16 bytes right behind a buffer, for functions that hide what they need."""
    program = compile_case(Case("conv", "dense", "none", 1, "tight"))
    buffers = [b for b in program.manifest.buffers if b.space == "l1" and b.kind != "stack"]
    top = max(b.address + b.bytes for b in buffers) + 16

    def shrink(text: str) -> str:
        text = re.sub(r"nmc.stack_bytes = \d+", "nmc.stack_bytes = 16", text)
        text = re.sub(r"nmc.stack_top = \d+", f"nmc.stack_top = {top}", text)
        return re.sub(r"frame_bytes = \d+", "frame_bytes = 0", text)

    wrong = altered(program, FLAT, shrink)
    machine = Machine(wrong.manifest, wrong.elf, sanitize=True)
    # What is in the buffer overwrites return addresses: it may jump anywhere.
    with suppress(ProgramFault):
        machine.run(random_inputs("1", wrong.manifest.inputs))
    everything = machine.simulator.result().findings
    found = [finding for finding in everything if finding.kind == "stack-overflow"]
    assert found
    assert found[0] == everything[0]
    for finding in found:
        check(wrong, finding, "stack-overflow", None, "which do not lie in its stack")
    assert any(finding.buffer is not None for finding in found)


def check(program: Program, finding: Finding, kind: str, layer: str | None, words: str) -> None:
    """The finding names kind, core, pc, symbol, the line of program.s, and the layer."""
    text = str(finding)
    assert finding.kind == kind, text
    assert words in text, text
    assert re.match(rf"{kind}: core \d at 0x1c0[0-9a-f]{{5}} \(.+?\), in \w+, program.s:\d+", text)
    if layer is not None:
        assert finding.layer == layer, text
    source = finding.location.source
    assert source is not None
    line = program.assembly.splitlines()[int(source.removeprefix("program.s:")) - 1]
    mnemonic = finding.location.instruction.split()[0]
    assert line.split()[0] == mnemonic, (line, finding.location.instruction)


def test_on_the_command_line(
    altered: Alter,
    program: Program,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    wrong = altered(program, PLANNED, without("cluster.barrier", "conv", 1))
    wrong.save(tmp_path / "wrong")
    program.save(tmp_path / "right")
    run = ["--input", "random:1", "--json", "--sanitize"]
    assert main(["run", str(tmp_path / "right"), *run]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []
    assert main(["run", str(tmp_path / "wrong"), *run]) == 3
    printed = capsys.readouterr()
    found = json.loads(printed.out)["findings"]
    assert [f"nmc: {finding['text']}" for finding in found] == printed.err.splitlines()
    assert found[0]["kind"] == "race"
    assert found[0]["layer"] == "conv"
    assert found[0]["buffer"] == "conv.im2col"
    assert found[0]["source"].startswith("program.s:")
    assert (
        main(["sim", str(tmp_path / "wrong" / "program.elf"), "--cores", "4", "--sanitize"]) == 125
    )
    assert "nmc: race: core" in capsys.readouterr().err
    assert main(["sim", str(tmp_path / "wrong" / "program.elf"), "--cores", "4"]) == 0
