"""Executes single instructions on an engine, from any state.

Every word of the code is an `ebreak` but the instructions under test, so the engine stops behind
each of them. The fabric controller executes them: it has no instruction cache to fill.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from nmc.elf import ElfImage, Section, read_elf, write_elf
from nmc.isa.csrs import STATE_CSRS
from nmc.isa.table import encode, instruction
from nmc.sim import Simulator
from nmc.sim import layout as at
from nmc.sim.engine import load_engine
from nmc.sim.measuring import pend
from nmc.sim.oracle import OracleSimulator
from nmc.sim.oracle.agent import Fault
from nmc.sim.stepped import SteppedSimulator
from nmc.targets import load_target, with_overrides

EBREAK = encode(instruction("ebreak"), {})
L1_BYTES = 1 << 16
"""Enough for what gathers reach, and quick to compare."""
CONTROLLER = 1
"""Number of the core that steps, behind the only one of the cluster."""


@dataclass(frozen=True)
class Step:
    """What is left behind an instruction."""

    registers: list[int]
    pc: int
    hidden: dict[str, int]
    """The extension's counter and accumulators by name."""
    cycles: int


class Stepper(ABC):
    """Holds words of code and runs them one at a time."""

    def __init__(self, words: Sequence[int], spacing: int = 2):
        """Word i of `words` is instruction `spacing * i + spacing // 2` of the code."""
        self.spacing = spacing
        code = np.full(spacing * max(len(words), 1) + spacing, EBREAK, "<u4")
        code[spacing // 2 :: spacing][: len(words)] = words
        self.target = with_overrides(load_target("vega"), cores=1, l1=L1_BYTES)
        self.base = self.target.l2.base
        self.l1 = self.target.l1
        section = Section(".text", "ax", 16, self.base, 4 * len(code), code.tobytes())
        self.image: ElfImage = read_elf(write_elf([section], [], self.base))

    def address(self, index: int) -> int:
        """Where word `index` is."""
        return self.base + 4 * (self.spacing * index + self.spacing // 2)

    @property
    @abstractmethod
    def simulator(self) -> SteppedSimulator:
        """Whose memory it is."""

    @abstractmethod
    def step(self, index: int, registers: Sequence[int], hidden: Mapping[str, int]) -> Step:
        """Executes instruction `index` on registers and hidden state."""


class FastStepper(Stepper):
    """On the compiled engine."""

    def __init__(self, words: Sequence[int], spacing: int = 2):
        super().__init__(words, spacing)
        self._simulator = Simulator(self.image, self.target)
        self._simulator.start()
        # Single steps are of no use but to tests, so that no public name leads to the machine.
        self.machine = self._simulator._machine  # pyright: ignore[reportPrivateUsage]
        self.machine.s[[at.WHEEL_AT, at.EVENTS_AT]] = 0
        self.engine = load_engine()

    @property
    def simulator(self) -> SteppedSimulator:
        return self._simulator

    def step(self, index: int, registers: Sequence[int], hidden: Mapping[str, int]) -> Step:
        m = self.machine
        place = at.REGS + (CONTROLLER << at.REG_SHIFT)
        m.s[place : place + 32] = registers
        state = m.s[place + at.XDC : place + at.XDC + len(STATE_CSRS)]
        state[:] = [hidden[name] for name in STATE_CSRS]
        core = pend(m, CONTROLLER)
        core[at.IDX] = self.address(index) - self.base
        core[at.KIND] = at.KIND_RESUME
        begin = int(m.s[at.NOW])
        turn = begin & at.WHEEL_MASK
        m.s[at.WHEEL_AT + turn] = at.ATTENTION
        m.s[at.EVENTS_AT + turn] = 1 << CONTROLLER
        m.s[at.FAULT] = at.FAULT_NONE
        status = self.engine(m.s, m.mem8, m.mem32, begin + 1000)
        assert status == at.STATUS_FAULT, status
        assert m.s[at.FAULT] == at.FAULT_TRAP, int(m.s[at.FAULT])
        cycles = int(m.s[at.NOW]) - begin
        m.s[at.NOW] += 1
        after = [int(value) for value in m.s[place : place + 32]]
        names = dict(zip(STATE_CSRS, (int(value) for value in state), strict=True))
        return Step(after, self.base + (int(core[at.IDX]) & ~3), names, cycles)


class OracleStepper(Stepper):
    """On the plain engine."""

    def __init__(self, words: Sequence[int], spacing: int = 2):
        super().__init__(words, spacing)
        self._simulator = OracleSimulator(self.image, self.target)
        self._simulator.start()
        # Single steps are of no use but to tests, so that no public name leads to the machine.
        self.machine = self._simulator._machine  # pyright: ignore[reportPrivateUsage]

    @property
    def simulator(self) -> SteppedSimulator:
        return self._simulator

    def step(self, index: int, registers: Sequence[int], hidden: Mapping[str, int]) -> Step:
        core = self.machine.controller
        begin = self.machine.now
        core.registers[:] = registers
        core.state.update(hidden)
        core.asking = None
        core.begin(self.address(index), begin)
        core.life = core.program()
        with pytest.raises(Fault) as fault:
            self.machine.run(None)
        assert fault.value.kind == at.FAULT_TRAP, fault.value.kind
        cycles = self.machine.now - begin
        return Step(list(core.registers), core.pc, dict(core.state), cycles)
