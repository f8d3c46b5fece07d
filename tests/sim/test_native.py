"""Machine code of loops' bodies: found where it can be, and never different from the oracle."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nmc.backend.asm.emission import assemble
from nmc.elf import read_elf
from nmc.sim import Simulator
from nmc.sim.decoder import Costs, decode_code
from nmc.sim.native import hot_bodies, machine_code
from nmc.sim.native.bodies import Place, find_bodies
from nmc.sim.native.machine_code import MachineCode
from nmc.sim.program import program_code
from nmc.targets import load_target
from tests.sim.bare import bare_program
from tests.sim.equality import assert_same_run
from tests.sim.random_programs import compare
from tests.sim.random_programs.hot_loops import make_loop_program


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies are compiled as soon as the engine has met them once."""
    monkeypatch.setattr(hot_bodies, "HOT", 1)
    monkeypatch.setattr(hot_bodies, "FIRST_SLICE", 150)


@pytest.mark.parametrize("group", range(6))
def test_random_loops(group: int, eager: None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    original = MachineCode.address

    def address(self: MachineCode, what: str, emit: Callable[[], str], function: str) -> int:
        asked.append(what)
        return original(self, what, emit, function)

    monkeypatch.setattr(MachineCode, "address", address)
    for seed in range(group * 6, group * 6 + 6):
        compare(make_loop_program(seed), again=True)
    assert len(asked) > 20


def bodies(body: str, layers: tuple[int, ...] = ()) -> list[Place]:
    """What is found in a program of one loop of ten rounds; `layers` are offsets of entries."""
    target = load_target("vega")
    text = f".globl _start\n_start:\nli t0, 10\nlp.setup x0, t0, last\n{body}\n"
    image = read_elf(assemble(text, target, "loop"))
    code = program_code(image, target)
    entries = [image.entry + offset for offset in layers]
    return list(find_bodies(decode_code(code, Costs(1, 1, 2, 16), entries), 16, 1))


def test_what_is_known_of_a_body() -> None:
    [place] = bodies("p.lw a0, 4(a1!)\nadd a2, a2, a0\nnop\nlast: lw a1, 0(a3)")
    body = place.body
    assert [step.stall for step in body.steps] == [0, 1, 0, 0]
    # The first two instructions of a line are before the loop.
    assert [step.new_line for step in body.steps] == [False, False, True, False]
    assert (body.cycles, body.end_stall, body.lines, place.loop) == (5, 1, 2, 0)


@pytest.mark.parametrize(
    "body",
    [
        "beqz a0, out\nnop\nlast: nop\nout: nop",
        "csrr a0, mhartid\nnop\nlast: nop",
        "div a0, a1, a2\nnop\nlast: nop",
        "p.elw a0, 0(a1)\nnop\nlast: nop",
        "mulh a0, a1, a2\nnop\nlast: nop",
        "lp.starti x1, 8\nnop\nlast: nop",
        "nop\n" * 100 + "last: nop",
    ],
)
def test_what_has_no_machine_code(body: str) -> None:
    assert bodies(body) == []


def test_an_inner_loop_alone() -> None:
    [place] = bodies("lp.setupi x1, 3, end\nnop\nend: addi a0, a0, 1\nlast: nop")
    assert (place.loop, len(place.body.steps)) == (1, 2)


def test_a_body_that_enters_a_layer() -> None:
    text = "nop\nnop\nlast: nop"
    assert len(bodies(text)) == 1
    assert bodies(text, layers=(12,)) == []


@pytest.mark.parametrize("content", [None, b"", b"not an object file" * 10])
def test_a_cache_that_is_of_no_use(
    content: bytes | None, eager: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not writable, or what is kept there is not whole."""
    place = tmp_path / "cache"
    monkeypatch.setattr(machine_code, "cache_directory", lambda: place)
    compiler = MachineCode()
    monkeypatch.setattr(hot_bodies, "machine_code", lambda: compiler)
    if content is None:
        place.write_bytes(b"a file")
    else:
        compare(make_loop_program(0))
        kept = list((place / "bodies").iterdir())
        assert kept
        for path in kept:
            path.write_bytes(content)
        compiler = MachineCode()
    compare(make_loop_program(0))
    assert compiler.addresses


def test_a_few_turns_are_not_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hot_bodies, "machine_code", None)
    compare(make_loop_program(0))


def test_profiles_see_every_instruction() -> None:
    """Builds that observe a program do without."""
    program = make_loop_program(0)
    simulator = Simulator(program.elf(), program.target, profile=True)
    result = simulator.run(100_000)
    assert sum(entry.instructions for entry in result.hot_spots) == (
        result.instructions + result.controller.instructions
    )


LOADS_LAST = """
    li a1, {l1:#x}
    li a3, 0
    li a4, 60
    lp.setup x0, a4, last
    add a3, a3, a2
    addi a5, a3, 1
last:
    lw a2, 0(a1)
"""
"""The first instruction of a turn waits for what the last one of the turn before has loaded."""

NOPS = "    nop\n"
CACHE_IS_FULL = f"""
    mv s1, ra
    li s0, 6
again:
    jal loop
{NOPS * 55}
    jal loop
{NOPS * 60}
    addi s0, s0, -1
    bnez s0, again
    mv ra, s1
    ret
loop:
    li a4, 4
    lp.setup x0, a4, last
{NOPS * 30}
last:
    addi a2, a2, 1
    ret
"""
"""The loop's lines, used last again, are not those that give way to other code."""


@pytest.mark.parametrize("text", [LOADS_LAST, CACHE_IS_FULL])
def test_both_engines(text: str, eager: None) -> None:
    l1 = hex(load_target("vega").l1.base)
    elf, target = bare_program(text.replace("{l1:#x}", l1), cores=4)
    fast = Simulator(elf, target)
    fast.run(100_000)
    assert_same_run(fast, elf, target, {}, 100_000)
