"""Executes single instructions on the engine, from any state.

Every word of the code is an `ebreak` but the instructions under test, so the engine stops behind
each of them. The fabric controller executes them: it has no instruction cache to fill.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from nmc.elf import Section, read_elf, write_elf
from nmc.isa.csrs import STATE_CSRS
from nmc.isa.table import encode, instruction
from nmc.sim import Simulator
from nmc.sim import layout as at
from nmc.sim.engine import load_engine
from nmc.sim.measuring import pend
from nmc.targets import load_target, with_overrides

EBREAK = encode(instruction("ebreak"), {})


class Stepper:
    """Holds words of code and runs them one at a time."""

    def __init__(self, words: Sequence[int], spacing: int = 2):
        """Word i of `words` is instruction `spacing * i + spacing // 2` of the code."""
        self.spacing = spacing
        code = np.full(spacing * max(len(words), 1) + spacing, EBREAK, "<u4")
        code[spacing // 2 :: spacing][: len(words)] = words
        target = with_overrides(load_target("vega"), cores=1)
        base = target.l2.base
        section = Section(".text", "ax", 16, base, 4 * len(code), code.tobytes())
        self.base = base
        self.l1 = target.l1
        self.simulator = Simulator(read_elf(write_elf([section], [], base)), target)
        self.simulator.start()
        self.machine = self.simulator._machine  # pyright: ignore[reportPrivateUsage]
        self.machine.s[at.WHEEL_AT] = 0
        self.engine = load_engine()
        self.core = 1

    def address(self, index: int) -> int:
        """Where word `index` is."""
        return self.base + 4 * (self.spacing * index + self.spacing // 2)

    def step(
        self, index: int, registers: Sequence[int], hidden: Mapping[str, int] | None = None
    ) -> tuple[list[int], int]:
        """Registers and program counter behind instruction `index`.

        `hidden`: the extension's counter and accumulators before it, 0 where not named.
        """
        m = self.machine
        place = at.REGS + (self.core << at.REG_SHIFT)
        m.s[place : place + 32] = registers
        state = [(hidden or {}).get(name, 0) for name in STATE_CSRS]
        m.s[place + at.XDC : place + at.XDC + len(state)] = state
        core = pend(m, self.core)
        core[at.IDX] = self.address(index) - self.base
        core[at.KIND] = at.KIND_RESUME
        m.s[at.WHEEL_AT + ((int(m.s[at.NOW]) & at.WHEEL_MASK) << 2)] = 1 << self.core
        m.s[at.FAULT] = at.FAULT_NONE
        status = self.engine(m.s, m.mem8, m.mem32, int(m.s[at.NOW]) + 1000)
        assert status == at.STATUS_FAULT, status
        assert m.s[at.FAULT] == at.FAULT_TRAP, int(m.s[at.FAULT])
        m.s[at.NOW] += 1
        after = [int(value) for value in m.s[place : place + 32]]
        return after, self.base + (int(core[at.IDX]) & ~3)

    @property
    def hidden(self) -> dict[str, int]:
        """The extension's counter and accumulators by name."""
        place = at.REGS + (self.core << at.REG_SHIFT) + at.XDC
        return {name: int(self.machine.s[place + i]) for i, name in enumerate(STATE_CSRS)}
