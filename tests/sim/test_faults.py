"""What the simulated machine does not allow, and how it says so."""

import re

import pytest

from nmc.errors import NmcError, ProgramFault
from nmc.sim import Simulator
from nmc.targets import load_target
from tests.sim.bare import bare_program, run_bare

CASES = {
    "illegal": (".word 0xffffffff", "illegal instruction"),
    "load from nowhere": ("lui a1, 0x20000\nlw a2, 0(a1)", "outside any memory at 0x20000000"),
    "store to nowhere": ("sw x0, 0(x0)", "outside any memory at 0x00000000"),
    "load behind L1": ("lui a1, 0x10020\nlw a2, 0(a1)", "outside any memory at 0x10020000"),
    "load across the end of L1": (
        "lui a1, 0x10020\nlw a2, -2(a1)",
        "outside any memory at 0x1001fffe",
    ),
    "load from L3": ("lui a1, 0x80000\nlw a2, 0(a1)", "outside any memory at 0x80000000"),
    "store to code": ("la a1, main\nsw x0, 0(a1)", "write to code at 0x1c00"),
    "jump to data": ("lui a1, 0x1c020\njr a1", "jump to 0x1c020000, which is not in the code"),
    "branch out of the code": ("beq x0, x0, -4096", "jump to 0x1bfff0"),
    "jal out of the code": ("jal x0, -65536", "jump to 0x1bff00"),
    "branch between instructions": ("p.bneimm x0, 1, 6", ", which is not in the code"),
    "jump between instructions": ("la a1, main\njalr x0, 2(a1)", "which is not in the code"),
    "no such register": ("csrr a1, 0x123", "no control register 0x00000123"),
    "ecall": ("ecall", "without a trap handler"),
    "short loop": (".insn i 0x7b, 4, x0, a0, 2", "hardware loop whose body is too short"),
    "loop that ends in a branch": (
        "lp.setup x0, a0, .Le\nnop\nnop\n.Le: beqz a0, .Le",
        "ends in a jump",
    ),
    "endless": ("j .", "still running after 5000 cycles"),
}


@pytest.mark.parametrize("name", CASES)
def test_fault(name: str) -> None:
    body, words = CASES[name]
    if name == "endless":
        body = ".Lhere:\nj .Lhere"
    with pytest.raises(ProgramFault, match=re.escape(words)) as error:
        run_bare(body, max_cycles=5000)
    text = str(error.value)
    assert re.match(r"core 0 at 0x1c00[0-9a-f]{4} \(.+\), in main, program.s:\d+: ", text), text
    assert "\n" not in text
    assert error.value.exit_code == 3


def test_the_earliest_fault_is_reported() -> None:
    """Core 1 runs ahead into its fault, but core 0's comes first in time."""
    body = """
        beqz a0, .Lfirst
        .rept_placeholder
    .Lfirst:
        lw a2, 0(x0)
    """.replace(".rept_placeholder", "nop\n" * 40 + ".word 0")
    with pytest.raises(ProgramFault, match="core 0"):
        run_bare(body, cores=2)


def test_a_branch_out_of_the_code_that_is_not_taken() -> None:
    assert run_bare("bne x0, x0, -4096\nli s4, 3").register(0, "s4") == 3


def test_a_stopped_program_cannot_go_on() -> None:
    elf, target = bare_program("lw a2, 0(x0)")
    simulator = Simulator(elf, target)
    with pytest.raises(ProgramFault):
        simulator.run()
    with pytest.raises(NmcError, match="call start"):
        simulator.advance()


def test_memory_that_is_not_there() -> None:
    elf, target = bare_program("nop")
    simulator = Simulator(elf, target)
    with pytest.raises(NmcError, match="do not lie in a memory"):
        simulator.write(target.l1.end - 2, b"1234")
    with pytest.raises(NmcError, match="do not lie in a memory"):
        simulator.read(0, 1)


def test_program_for_another_machine() -> None:
    elf, _ = bare_program("nop")
    gap9 = load_target("gap9")
    assert Simulator(elf, gap9).run().exit_code == 0
