"""A core: fetches, issues and completes one instruction after the other."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nmc.isa.table import STATE_NAMES
from nmc.sim import layout as at
from nmc.sim.oracle import system
from nmc.sim.oracle.agent import Agent, Fault
from nmc.sim.oracle.code import Decoded
from nmc.sim.oracle.hazards import division, hazard
from nmc.sim.oracle.icache import PrivateCache
from nmc.sim.oracle.notation import zx
from nmc.sim.oracle.semantics import Semantics

if TYPE_CHECKING:
    from nmc.sim.oracle.machine import Machine


class Core(Agent):
    """One core. Its time is that of the next thing it does: a fetch, an issue, an access."""

    def __init__(self, machine: "Machine", number: int, hart: int):
        """The fabric controller is the one whose number is the number of the cluster's cores."""
        super().__init__()
        self.machine = machine
        self.number = number
        self.hart = hart
        self.in_cluster = number < machine.target.cores
        self.registers = [0] * 32
        self.state = dict.fromkeys(STATE_NAMES, 0)
        self.accumulated = 0
        """The number of the instruction from which on the accumulators can be read."""
        self.lpstart, self.lpend, self.lpcount = [0, 0], [0, 0], [0, 0]
        self.csrs = dict.fromkeys((0x300, 0x305, 0x340, 0x341, 0x342), 0)
        self.pc = 0
        self.cache = PrivateCache(machine.target.icache)
        self.line: int | None = None
        """The line the core fetches from; None behind a jump."""
        self.instructions = 0
        self.stalls: dict[str, int] = dict.fromkeys(at.STALL_KINDS, 0)
        self.life = self.program()

    def begin(self, address: int, time: int) -> None:
        """Lets the core execute from `address` on."""
        self.pc = address
        self.time = time

    def stall(self, kind: str, cycles: int) -> None:
        """Lets `cycles` pass, and says why."""
        self.stalls[kind] += cycles
        self.time += cycles

    # --- one instruction after the other -------------------------------------------------------

    def program(self) -> Iterator[None]:
        """Everything the core does."""
        machine = self.machine
        before: Decoded | None = None
        while True:
            now = machine.code.at(self.pc)
            self.stall(*hazard(before, now, machine.target.timing))
            yield
            if self.in_cluster and self.pc // machine.target.icache.line_bytes != self.line:
                self.line = self.pc // machine.target.icache.line_bytes
                yield from self.fetch(self.line)
            if self.number == 0 and self.pc in machine.layers:
                machine.entered = self.pc
                yield
            if self.in_cluster and self.pc in machine.code:
                last = (
                    self.pc + machine.code.bytes_at(self.pc) - 1
                ) // machine.target.icache.line_bytes
                if last != self.line:
                    yield from self.fetch(last)
            if now is None:
                raise Fault(at.FAULT_ILLEGAL)
            if now.is_jump:
                self.jump(now)
            elif now.goes_on:
                if now.semantics is None:
                    yield from system.execute(self, now)
                elif now.semantics.accesses:
                    yield from self.access(now, now.semantics)
                else:
                    self.compute(now, now.semantics)
                if not self.go_on():
                    yield
                    raise Fault(at.FAULT_LOOP)
            else:
                system.trap(self, now)
            self.instructions += 1
            before = now

    def fetch(self, line: int) -> Iterator[None]:
        """Has a line in the private cache. The fabric controller has none."""
        machine = self.machine
        if not self.cache.hit(line):
            if machine.icache.enabled:
                arrives = machine.icache.fetch(line, self.time)
                self.cache.fill(line)
            else:
                arrives = self.time + machine.target.icache.miss
            self.stall("icache", arrives - self.time)
            yield

    def compute(self, now: Decoded, semantics: Semantics) -> None:
        """Arithmetic, or a hardware loop being set up."""
        t = self.machine.target.timing
        if now.row.waits_for_accumulators:
            self.wait_for_accumulators()
        match now.row.timing_class:
            case "hwloop":
                self.check_loop(now)
                cycles = t.hwloop
            case "mulh":
                cycles = t.mulh
            case "div":
                divisor = self.registers[now.operands["rs2"]]
                cycles = division(divisor, "sx(rs2" in now.row.semantics, t)
            case "mul":
                cycles = t.mul
            case _ if now.row.ext == "xrq":
                cycles = t.requantise
            case _:
                cycles = t.alu
        self.write(now, semantics, semantics.run(self, now.operands))
        self.time += 1
        self.stall("multicycle", cycles - 1)

    def wait_for_accumulators(self) -> None:
        """Lets the gathers under way finish."""
        self.stall("load_use", max(0, self.accumulated - self.instructions))

    def access(self, now: Decoded, semantics: Semantics) -> Iterator[None]:
        """A load or store: the semantics name the accesses, the bus carries them out."""
        accesses = semantics.run(self, now.operands)
        value: int | None = None
        while True:
            try:
                size, address, *stored = accesses.send(value)
            except StopIteration as end:
                self.write(now, semantics, end.value)
                if now.row.accumulates:
                    latency = self.machine.target.timing.accumulate
                    self.accumulated = self.instructions + 1 + latency
                return
            if stored:
                yield from self.machine.bus.store(self, zx(address, 32), size, stored[0])
            else:
                value = yield from self.machine.bus.load(self, zx(address, 32), size, now.is_gather)

    def write(self, now: Decoded, semantics: Semantics, values: tuple[int, ...]) -> None:
        """Writes an instruction's results, a later one over an earlier one; x0 stays 0."""
        for name, value in zip(semantics.writes, values, strict=True):
            if name in STATE_NAMES:
                self.state[name] = zx(value, 32)
            elif number := now.operands[name]:
                self.registers[number] = zx(value, 32)

    # --- where it goes on -----------------------------------------------------------------------

    def jump(self, now: Decoded) -> None:
        """A branch, jal or jalr. There is no end of a hardware loop behind one."""
        t = self.machine.target.timing
        assert now.semantics is not None
        *link, target = now.semantics.run(self, now.operands)
        if target is None:
            self.pc += now.bytes
            self.time += t.branch
            return
        cycles = {"branch": t.branch_taken, "jal": t.jal, "jalr": t.jalr}[now.row.timing_class]
        self.jump_to(zx(target, 32), cycles)
        if link and now.operands["rd"]:
            # The table's link is that of an instruction of 4 bytes.
            self.registers[now.operands["rd"]] = zx(link[0] - 4 + now.bytes, 32)

    def jump_to(self, address: int, cycles: int) -> None:
        """Goes on at `address` after a jump of `cycles`; fault if no instruction can be there."""
        if address not in self.machine.code:
            raise Fault(at.FAULT_FETCH, address)
        if self.machine.code.is_astride(address):
            cycles += self.machine.target.timing.astride_target
        self.pc = address
        self.line = None
        self.time += 1
        self.stall("branch", cycles - 1)

    def go_on(self) -> bool:
        """Goes on behind an instruction: round a hardware loop that ends here, or to the next one.

        A loop ends only at a whole word. False for a body that is shorter than two instructions or
        does not begin at a whole word, which the hardware runs a wrong number of times.
        """
        for loop in (0, 1):
            if self.lpend[loop] != self.pc or self.lpcount[loop] <= 1:
                continue
            if self.machine.code.is_whole_word(self.pc):
                self.lpcount[loop] -= 1
                start = self.lpstart[loop]
                if start >= self.pc or not self.machine.code.is_whole_word(start):
                    return False
                self.pc = start
                self.line = None
                return True
        self.pc += self.machine.code.bytes_at(self.pc)
        return True

    def check_loop(self, now: Decoded) -> None:
        """Fault if a loop that is being set up has an end the hardware cannot do."""
        distance = now.operands.get("uimm")
        if distance is None:
            return
        code = self.machine.code
        if self.pc % 4 or distance % 4:
            raise Fault(at.FAULT_LOOP)
        if now.row.mnemonic == "lp.starti":
            return
        end = self.pc + distance
        last = code.at(end)
        sets_up = "lpstart" in now.row.semantics
        short = distance < (8 if sets_up else 4)
        if short or end not in code or (last is not None and last.is_jump):
            raise Fault(at.FAULT_LOOP)
        start = self.pc + 4 if sets_up else self.lpstart[now.operands["L"]]
        body = range(start if start in code else end, end + 4, 4)
        if any(code.bytes_at(address) == 2 for address in body):
            raise Fault(at.FAULT_LOOP)
