"""Which hardware loops a program's code sets up, and which of them the hardware cannot run."""

from collections.abc import Iterator

import numpy as np

from nmc.isa.table import Instruction
from nmc.sim.array_fields import extract
from nmc.sim.jit import Ints
from nmc.sim.operations import operations
from nmc.sim.program import ProgramCode

# The body begins behind these; elsewhere its start is set by another instruction.
_SETUP_BYTES = 4
_WORD = 4


def loop_ends(code: ProgramCode, rows: Ints, jumps: Ints) -> Iterator[tuple[int, int | None]]:
    """For each loop instruction that names an end: its place, and the end's; None if it cannot be.

    `rows` and `jumps` hold for each place the row of the instruction there (-1 for none) and
    whether that jumps. A body has at least two instructions and ends in one that does not jump.
    Its ends and the loop instruction lie at word boundaries, with no compressed instruction
    between. Of a start that was set apart from its end, only the last one in front of it is known.
    """
    rules = operations().rules
    is_loop = np.array([_names_a_place(rule.row) for rule in rules])
    starts: dict[int, int] = {}
    for place in (int(i) for i in np.flatnonzero((rows >= 0) & is_loop[rows])):
        row = rules[int(rows[place])].row
        loop = _operand(code, row, "L", place)
        distance = _operand(code, row, "uimm", place)
        target = place + distance // code.place_bytes
        aligned = (place * code.place_bytes) % _WORD == 0 and distance % _WORD == 0
        if row.mnemonic == "lp.starti":
            starts[loop] = target
            if not aligned:
                yield place, None
            continue
        if row.mnemonic == "lp.endi":
            first = starts.get(loop, target)
            long_enough = distance > 0
        else:
            first = place + _SETUP_BYTES // code.place_bytes
            long_enough = distance > _SETUP_BYTES
        fits = long_enough and aligned and target < len(rows) and not jumps[target]
        whole = not code.short[first : target + 1 : _WORD // code.place_bytes].any()
        yield place, target if fits and whole else None


def _names_a_place(row: Instruction) -> bool:
    return row.ext == "xpulp_hwloop" and "uimm" in row.field_map


def _operand(code: ProgramCode, row: Instruction, name: str, place: int) -> int:
    return int(extract(row.field_map[name], code.words[place : place + 1])[0])
