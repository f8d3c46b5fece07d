"""Finds the bodies of hardware loops that can become machine code, in decoded code."""

from collections.abc import Iterator
from dataclasses import dataclass

from nmc.sim import layout as at
from nmc.sim.build import LOOKAHEAD
from nmc.sim.decoder import Code
from nmc.sim.native.expressions import is_straight
from nmc.sim.operations import HAND_NUMBERS, operations

MOST_INSTRUCTIONS = 96
MOST_CYCLES = LOOKAHEAD // 5
"""A longer body seldom fits what is left of the time a core may run ahead."""


@dataclass(frozen=True)
class Step:
    """An instruction of a body: its decoded fields, and what comes before it."""

    op: int
    """Its operation, without marks."""
    d: int
    s1: int
    s2: int
    imm: int
    stall: int
    """Cycles it waits for what the one before has loaded."""
    new_line: bool
    """Another line of the instruction cache begins with it."""


@dataclass(frozen=True)
class Body:
    """A body: what its machine code depends on."""

    steps: tuple[Step, ...]
    end_stall: int
    """Cycles the first instruction waits for what the last one has loaded."""

    @property
    def cycles(self) -> int:
        """Of one turn, without waiting for banks or at its end."""
        return sum(1 + step.stall for step in self.steps)

    @property
    def lines(self) -> int:
        """Lines of the instruction cache that it lies in."""
        return 1 + sum(step.new_line for step in self.steps)


@dataclass(frozen=True)
class Place:
    """Where a body stands in the code."""

    slot: int
    loop: int
    body: Body


def find_bodies(code: Code, line_slots: int, load_use: int) -> Iterator[Place]:
    """The bodies of loops set up by one instruction, in a program without compressed ones.

    Wholly straight code, of which only the last instruction ends a loop and none enters a layer.
    `line_slots` are the slots of a cache line, `load_use` the cycles of a load-use stall.
    """
    setup = HAND_NUMBERS["lp.setup"]
    found: set[int] = set()
    for slot in range(0, len(code.slots), 4):
        word = int(code.slots[slot])
        if word & at.OP_MASK != setup:
            continue
        start = slot + ((word >> at.S2_SHIFT) & at.FIELD_MASK)
        end = slot + ((word >> at.IMM_SHIFT) & 0xFFFF)
        body = _body(code, start, end, line_slots, load_use)
        if body is not None and start not in found:
            found.add(start)
            yield Place(start, (word >> at.D_SHIFT) & 1, body)


def _body(code: Code, start: int, end: int, line_slots: int, load_use: int) -> Body | None:
    count = (end - start) // 4 + 1
    if start & 3 or not 2 <= count <= MOST_INSTRUCTIONS:
        return None
    steps: list[Step] = []
    stall = 0
    for slot in range(start, end + 4, 4):
        word = int(code.slots[slot])
        new_line = slot != start and slot // line_slots != (slot - 4) // line_slots
        step = _step(word, stall, new_line)
        if step is None:
            return None
        steps.append(step)
        pseudo = int(code.slots[slot + 3]) if word & at.BEHIND else 0
        ends = pseudo & at.OP_MASK == at.OP_LOOP_END
        if ends != (slot == end) or (pseudo & at.OP_MASK not in (0, at.OP_STALL, at.OP_LOOP_END)):
            return None
        stall = 0 if ends else pseudo >> at.IMM_SHIFT
    loaded = int(code.sources[end + 1]) >> 32
    end_stall = load_use if loaded & int(code.sources[start]) & at.MASK32 else 0
    body = Body(tuple(steps), end_stall)
    return body if body.cycles <= MOST_CYCLES else None


def _step(word: int, stall: int, new_line: bool) -> Step | None:
    op = word & at.OP_MASK
    if word & at.WIDE or not _is_straight(op):
        return None
    d, s1, s2 = (
        (word >> shift) & at.FIELD_MASK for shift in (at.D_SHIFT, at.S1_SHIFT, at.S2_SHIFT)
    )
    return Step(op, d, s1, s2, word >> at.IMM_SHIFT, stall, new_line)


def _is_straight(op: int) -> bool:
    if at.OP_MEMORY <= op < at.OP_SPLAT_B:
        return op & at.TYPE_MASK != at.ELW
    body = operations().bodies.get(op & 0xFF if op >= at.OP_SPLAT_B else op)
    return body is not None and is_straight(body)
