"""One core on its way from barrier to barrier.

What decides the way through a layer are constants, the number of the core and what is computed
from them; registers hold such numbers, or None for what is not known (what was loaded, above all).
Nothing is computed on data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from xdsl.dialects import riscv_func
from xdsl.dialects.riscv import ops as riscv

from nmc.backend.machine.evaluation import WORD, branches, evaluate, signed
from nmc.backend.machine.registers import SP, ZERO
from nmc.backend.machine.timing import DIVISION_CYCLES
from nmc.backend.static_timing import dma as mchan
from nmc.backend.static_timing.accesses import NOWHERE, Access, Place, address_of
from nmc.backend.static_timing.caches import Lines, SharedCache
from nmc.backend.static_timing.code import Code, Step
from nmc.backend.static_timing.loops import Loop, LoopSetup
from nmc.dialects.xpulp.loops import LoopInstruction
from nmc.isa.csrs import CSR_NUMBERS
from nmc.targets import Target

# Accesses of a core between two barriers, for one that would take too long to follow.
MOST_ACCESSES = 6000
ACCESSES = frozenset({"load", "store"})
HART = CSR_NUMBERS["mhartid"]


class Unknown(Exception):
    """Where the core goes depends on what is not known."""


@dataclass
class Machine:
    """What the cores share, and what is fixed of each."""

    code: Code
    target: Target
    shared: SharedCache
    dma: mchan.Dma


@dataclass
class Core:
    """A core in one layer.

    now: cycles since the layer began; waiting for banks comes on top at each barrier. accesses: to
    L1 since the last barrier. finished: it has returned from the layer.
    """

    machine: Machine
    number: int
    private: Lines
    at: int
    now: float = 0.0
    accesses: list[Access] = field(default_factory=list[Access])
    finished: bool = False
    steps: int = 0
    line: int = -1
    registers: list[int | None] = field(default_factory=lambda: [None] * 32)
    stack: dict[int, int | None] = field(default_factory=dict[int, "int | None"])
    returns: list[int] = field(default_factory=list[int])
    setups: dict[int, LoopSetup] = field(default_factory=dict[int, "LoopSetup"])
    loops: list[Loop] = field(default_factory=list[Loop])

    def __post_init__(self) -> None:
        target = self.machine.target
        self.registers[ZERO] = 0
        self.registers[SP] = target.l1.end - self.number * target.stack_bytes

    def to_barrier(self, most: int) -> Iterator[int]:
        """Go on to where it waits for the others, or to the layer's end.

        Stops before it asks for a line that its own cache has not, or accesses a register, and
        gives the line it is at: what cores share they are to use in the order of time. most: steps
        of the layer that are followed. Raises Unknown where there are more, and where the way
        depends on data.
        """
        steps, shared = self.machine.code.steps, self.machine.shared
        following: int | None = self.at
        while following is not None:
            self.at, self.steps = following, self.steps + 1
            if self.steps > most or self.at >= len(steps):
                raise Unknown
            step = steps[self.at]
            if step.line != self.line:
                self.line = step.line
                if not self.private.use(step.line):
                    yield step.line
                    self.now = shared.fetch(step.line, self.now)
            self.now += step.cycles
            operands = [self.registers[number] for number in step.reads]
            place = address_of(step.op, operands) if step.kind in ACCESSES else NOWHERE
            if self._is_register(place):
                yield step.line
            following = self._carry_out(step, operands, place)

    def _carry_out(self, step: Step, operands: list[int | None], place: Place) -> int | None:
        """Execute an instruction; the place of the next one, None at a barrier and at the end."""
        at, following = self.at, self.at + 1
        match step.kind:
            case "branch":
                following = self._branch(step, operands)
            case "jal":
                self.line = -1
                if isinstance(step.op, riscv_func.CallOp):
                    self.returns.append(following)
                    following = self._entry(step.target)
                else:
                    following = self.machine.code.labels[step.target]
            case "jalr":
                self.line = -1
                if not self.returns:
                    self.finished = True
                    return None
                following = self.returns.pop()
            case "event":
                self._write(step, None)
                self.at = following
                return None
            case "hwloop":
                self._set_up(step, following)
            case "load" | "store":
                self._access(step, place, operands)
            case _:
                self._compute(step, operands)
        if self.loops and at == self.loops[-1].last:
            following = self._turn(following)
        if self.setups:
            self._enter(following)
        return following

    def _branch(self, step: Step, operands: list[int | None]) -> int:
        """Where a conditional branch goes; one that looks for work to do finds none."""
        taken = branches(step.op, operands)
        if taken is None and self.at not in self.machine.code.idle:
            raise Unknown
        if taken is False:
            return self.at + 1
        timing = self.machine.target.timing
        self.now += timing.branch_taken - timing.branch
        self.line = -1
        return self.machine.code.labels[step.target]

    def _entry(self, function: str) -> int:
        entry = self.machine.code.entries.get(function)
        if entry is None:
            raise Unknown
        return entry

    def pass_by(self, line: int, cycles: int) -> None:
        """Execute an instruction of a line for its time alone."""
        if line != self.line:
            self.line = line
            if not self.private.use(line):
                self.now = self.machine.shared.fetch(line, self.now)
        self.now += cycles

    # --- hardware loops -------------------------------------------------------------------------

    def _set_up(self, step: Step, following: int) -> None:
        assert isinstance(step.op, LoopInstruction)
        setup = self.setups.setdefault(step.op.loop.value.data, LoopSetup())
        setup.say(step, following, self.machine.code.labels, self.registers)

    def _enter(self, place: int) -> None:
        """Begin the loops that are set up and whose body begins here."""
        for number, setup in list(self.setups.items()):
            if setup.first == place and setup.last >= 0:
                if setup.turns is None:
                    raise Unknown
                alike = self.machine.code.is_plain(setup.first, setup.last)
                count = len(self.accesses)
                state = self.now, (count, count), [*self.registers]
                self.loops.append(Loop(setup.first, setup.last, setup.turns - 1, alike, *state))
                del self.setups[number]

    def _turn(self, following: int) -> int:
        """Where a core goes on at the end of a loop's body."""
        loop = self.loops[-1]
        if loop.left > 0 and loop.alike and loop.turn == 2:
            length = self.now - loop.now
            if loop.left * (len(self.accesses) - loop.accesses[1]) > MOST_ACCESSES:
                raise Unknown
            self.accesses += loop.further_accesses(self.accesses, length)
            self.registers = loop.further_registers(self.registers)
            self.now += loop.left * length
            loop.left = 0
        if loop.left <= 0:
            self.loops.pop()
            return following
        loop.next_turn(self.now, len(self.accesses), self.registers)
        self.line = -1
        return loop.first

    # --- instructions ---------------------------------------------------------------------------

    def _compute(self, step: Step, operands: list[int | None]) -> None:
        op = step.op
        if step.kind == "csr":
            known = isinstance(op, riscv.CsrrsOp) and op.csr.value.data == HART
            self._write(step, self.number if known else None)
        else:
            if step.kind == "div":
                self.now += _division(operands[1])
            self._write(step, evaluate(op, operands))

    def _write(self, step: Step, value: int | None, pointer: int | None = None) -> None:
        """The results of an instruction; pointer: of one that moves a pointer on as well."""
        for number, result in zip_longest(step.writes, (value, pointer)[: len(step.writes)]):
            if number != ZERO:
                self.registers[number] = result

    def _is_register(self, place: Place) -> bool:
        """Whether an access is surely outside L1."""
        l1 = self.machine.target.l1
        return place.address is not None and not l1.base <= place.address < l1.end

    def _access(self, step: Step, place: Place, operands: list[int | None]) -> None:
        """A load or store: of L1, of the stack in it, or of a register of the DMA."""
        if place.address is not None and self._is_register(place):
            self._register(step, place.address, operands[-1])
            return
        self.accesses.append(Access(self.now, place.address, step.bytes))
        value = None
        if place.address is not None and isinstance(step.op, riscv.LwOp):
            value = self.stack.get(place.address)
        elif place.address is not None and isinstance(step.op, riscv.SwOp):
            self.stack[place.address] = operands[1]
        if step.writes:
            stores = step.kind == "store"
            self._write(step, place.after if stores else value, place.after)

    def _register(self, step: Step, address: int, value: int | None) -> None:
        """Read or write what lies outside L1; what the weight stream has left is not known."""
        target = self.machine.target
        register = address - target.map.dma
        if register not in (mchan.COMMAND, mchan.STATUS):
            raise Unknown
        self.now += target.timing.event_unit_access - 1
        if step.kind == "store":
            self._command(register, value)
        else:
            self._write(step, self._answer(register))

    def _answer(self, register: int) -> int:
        """What a register of the DMA says."""
        dma = self.machine.dma
        if register == mchan.STATUS:
            return signed(dma.busy(self.now))
        number = dma.allocate(self.number)
        if number is None:
            raise Unknown
        return number

    def _command(self, register: int, value: int | None) -> None:
        """Write a register of the DMA."""
        if value is None or self.number not in self.machine.dma.commands:
            raise Unknown
        if register == mchan.COMMAND:
            self.machine.dma.write(self.number, value, self.now)
        else:
            self.machine.dma.release(value)


def _division(divisor: int | None) -> int:
    """Cycles of a division beyond the least: leading zeros of the divisor."""
    if divisor is None:
        return DIVISION_CYCLES
    return 32 - (divisor & WORD).bit_length()
