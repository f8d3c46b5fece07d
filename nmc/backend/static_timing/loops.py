"""Hardware loops: what sets them up, and turns that need not be walked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nmc.backend.machine.evaluation import signed
from nmc.backend.static_timing.accesses import Access
from nmc.backend.static_timing.code import Step
from nmc.dialects.xpulp.loops import (
    LpCountiOp,
    LpCountOp,
    LpEndiOp,
    LpSetupiOp,
    LpSetupOp,
    LpStartiOp,
)


@dataclass
class LoopSetup:
    """What has been said so far of a loop: places of its body, turns (None: not known)."""

    first: int = -1
    last: int = -1
    turns: int | None = None

    def say(
        self,
        step: Step,
        following: int,
        labels: Mapping[str, int],
        registers: Sequence[int | None],
    ) -> None:
        """Note what an instruction says. following: the place behind it."""
        match step.op:
            case LpSetupOp():
                self.first, self.last = following, labels[step.target]
                self.turns = registers[step.reads[0]]
            case LpSetupiOp():
                self.first, self.last = following, labels[step.target]
                self.turns = step.op.count.value.data
            case LpStartiOp():
                self.first = labels[step.target]
            case LpEndiOp():
                self.last = labels[step.target]
            case LpCountOp():
                self.turns = registers[step.reads[0]]
            case LpCountiOp():
                self.turns = step.op.count.value.data
            case _:
                raise AssertionError(step.op.name)


@dataclass
class Loop:
    """A loop under way: places of its body, turns to go, the state at this turn's start.

    alike: whether all turns do the same. The first may wait for its code; the second one stands for
    all others then. accesses: how many there were at the start of the turn before, and of this one.
    """

    first: int
    last: int
    left: int
    alike: bool
    now: float
    accesses: tuple[int, int]
    registers: Sequence[int | None]
    turn: int = 1

    def next_turn(self, now: float, accesses: int, registers: Sequence[int | None]) -> None:
        """Begin another turn in this state."""
        self.left, self.turn = self.left - 1, self.turn + 1
        self.now, self.registers = now, [*registers]
        self.accesses = self.accesses[1], accesses

    def further_accesses(self, accesses: Sequence[Access], length: float) -> list[Access]:
        """Those of the turns to go, each turn as much further on as this one from the one before.

        accesses: up to the end of this turn, which took `length` cycles.
        """
        before, turn = accesses[slice(*self.accesses)], accesses[self.accesses[1] :]
        steps = [_distance(a, b) for a, b in zip(before, turn, strict=True)]
        return [
            access.moved(number * length, number * step)
            for number in range(1, self.left + 1)
            for access, step in zip(turn, steps, strict=True)
        ]

    def further_registers(self, registers: Sequence[int | None]) -> list[int | None]:
        """What they hold behind the turns to go, if each adds to them as much as this one."""
        left, pairs = self.left, zip(self.registers, registers, strict=True)
        return [
            None if before is None or after is None else signed(after + left * (after - before))
            for before, after in pairs
        ]


def _distance(first: Access, second: Access) -> int:
    """Bytes from one access to another, 0 where that is not known."""
    if first.address is None or second.address is None:
        return 0
    return second.address - first.address
