"""Runs a random program on both engines."""

import re
from dataclasses import dataclass

from nmc.errors import ProgramFault
from nmc.sim import Simulator
from tests.sim.equality import assert_same_run, run_or_fault
from tests.sim.random_programs.program import RandomProgram

_NUMBER = re.compile(r"\b(0x)?[0-9a-f]*[0-9][0-9a-f]*\b")

MAX_CYCLES = 100_000


@dataclass(frozen=True)
class Compared:
    """What both engines did alike."""

    end: str
    """How the program ended: `exit`, or the fault without its numbers."""
    cycles: int = 0
    instructions: int = 0


def compare(program: RandomProgram, again: bool = False) -> Compared:
    """AssertionError if the engines differ in anything; `again`: in a second run of the fast one,
    for which its hot loops have been compiled."""
    elf, target = program.elf(), program.target
    fast = Simulator(elf, target)
    if again:
        run_or_fault(fast, program.memory, MAX_CYCLES)
    try:
        result = assert_same_run(
            fast, elf, target, program.memory, MAX_CYCLES, settled=program.settled
        )
    except ProgramFault as fault:
        return Compared(
            re.sub(r"\b(0x)?[0-9a-f]*[0-9][0-9a-f]*\b", "N", str(fault).rpartition(": ")[2])
        )
    return Compared("exit", result.cycles, result.instructions)
