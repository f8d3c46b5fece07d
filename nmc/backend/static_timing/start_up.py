"""The start-up code around a program: what of it the caches hold, and how the program ends."""

from __future__ import annotations

from dataclasses import dataclass

from nmc.backend.asm.boot import CORE_START, Stacks, boot_program
from nmc.backend.asm.layout import lay_out
from nmc.backend.asm.statements import Instr, Label
from nmc.backend.static_timing.code import cycles_of
from nmc.isa.table import Instruction
from nmc.numerics.packing import round_up
from nmc.targets import Target

SECTION = ".boot"


@dataclass(frozen=True)
class Passed:
    """An instruction that is executed once: its line of code, cycles, whether it is a barrier."""

    line: int
    cycles: int
    waits: bool


@dataclass(frozen=True)
class StartUp:
    """What a core runs before the program and behind it; `end`: the address behind the code."""

    before: tuple[Passed, ...]
    behind: tuple[Passed, ...]
    end: int


def start_up(target: Target, stacks: Stacks) -> StartUp:
    """The start-up code of a target, at the start of its L2, up to the write that ends the run."""
    layout = lay_out(boot_program(target, stacks))
    base, line_bytes = target.l2.regions[0].base, target.icache.line_bytes
    passed, called, inside = list[Passed](), 0, False
    for statement, (_, offset) in zip(layout.program.items, layout.places, strict=True):
        if isinstance(statement, Label):
            inside = statement.name == CORE_START
        elif isinstance(statement, Instr) and isinstance(statement.row, Instruction) and inside:
            row = statement.row
            waits = row.timing_class == "event"
            cycles = target.timing.barrier if waits else cycles_of(row, target.timing)
            passed.append(Passed((base + offset) // line_bytes, cycles, waits))
            if row.timing_class == "jalr":
                called = len(passed)
    end = base + round_up(layout.sections[SECTION].size, line_bytes)
    return StartUp(tuple(passed[:called]), tuple(passed[called:]), end)
