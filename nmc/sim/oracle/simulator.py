"""The oracle as Python code uses it; see nmc.sim.stepped."""

import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from nmc.elf import ElfImage, read_elf
from nmc.errors import NmcError, ProgramFault
from nmc.measurements import Counters
from nmc.sim import faults
from nmc.sim.configuration import check_target
from nmc.sim.layout import MASK32
from nmc.sim.measuring import Snapshot, difference, numbers_of
from nmc.sim.oracle.agent import Fault
from nmc.sim.oracle.code import Code
from nmc.sim.oracle.core import Core
from nmc.sim.oracle.dma import INTO_L1, LENGTH
from nmc.sim.oracle.machine import Deadlock, Machine, Memories, StillRunning
from nmc.sim.oracle.memory import Memory
from nmc.sim.program import layer_entries, program_code
from nmc.sim.result import SimResult
from nmc.sim.stepped import SteppedSimulator, Stop
from nmc.targets import Target, with_overrides

L1_PATTERN = 0xA5
"""Every byte of L1 before it is written."""


class OracleSimulator(SteppedSimulator):
    """One program on one plain machine."""

    def __init__(
        self,
        elf: ElfImage | bytes,
        target: Target,
        cores: int | None = None,
        output: Callable[[bytes], None] | None = None,
    ):
        """Loads `elf`; `cores` overrides the target's. `output` gets what the program prints.

        NmcError if the program does not fit the target's memories.
        """
        self.image = read_elf(elf) if isinstance(elf, bytes) else elf
        self.target = target if cores is None else with_overrides(target, cores=cores)
        check_target(self.target)
        self._output = output
        code = program_code(self.image, self.target)
        self._layers = layer_entries(self.image, code)
        self._code = Code(code)
        self._memories = Memories(self.target)
        self._machine = self._new_machine()
        for segment in self.image.segments:
            self.write(segment.address, segment.data)
        self._running = False
        self._seconds = 0.0
        self._printed = 0
        self._snapshots: list[Snapshot] = []

    def _new_machine(self) -> Machine:
        return Machine(self.target, self._code, self._memories, self._layers)

    # --- memory and registers -------------------------------------------------------------------

    def write(self, address: int, data: bytes) -> None:
        """See SteppedSimulator."""
        self._memory(address, len(data)).write(address, data)

    def read(self, address: int, count: int) -> bytes:
        """See SteppedSimulator."""
        return self._memory(address, count).read(address, count)

    def _memory(self, address: int, count: int) -> Memory:
        for memory in self._memories.all:
            if memory.holds(address, count):
                return memory
        raise NmcError(
            f"{count} bytes at {address:#010x} do not lie in a memory of target {self.target.name}"
        )

    def register(self, core: int, number: int) -> int:
        """See SteppedSimulator."""
        return self._core(core).registers[number]

    def _core(self, number: int) -> Core:
        return [*self._machine.cores, self._machine.controller][number]

    # --- running --------------------------------------------------------------------------------

    def start(self) -> None:
        """See SteppedSimulator."""
        l1 = self.target.l1
        self._machine = self._new_machine()
        self.write(l1.base, bytes([L1_PATTERN]) * l1.bytes)
        for segment in self.image.segments:
            if l1.base <= segment.address < l1.end:
                self.write(segment.address, segment.data)
        self._machine.controller.begin(self.image.entry, 0)
        self._running = True
        self._seconds = 0.0
        self._printed = 0
        self._snapshots = []

    def advance(self, max_cycles: int | None = None) -> Stop | None:
        """See SteppedSimulator."""
        if not self._running:
            raise NmcError("the program is not running: call start() first")
        machine = self._machine
        self._running = False
        begin = time.perf_counter()
        try:
            machine.run(max_cycles)
        except StillRunning:
            who = self._core(0) if machine.released is not None else machine.controller
            raise self._fault(who, f"still running after {max_cycles} cycles") from None
        except Deadlock:
            asleep = [core for core in machine.cores if machine.events.views[core.number].waiting]
            who = asleep[0] if asleep else machine.controller
            raise self._fault(who, faults.deadlock(len(asleep))) from None
        except Fault as fault:
            assert isinstance(machine.actor, Core)
            raise self._fault(machine.actor, self._reason(machine.actor, fault)) from None
        finally:
            self._seconds += time.perf_counter() - begin
            self._print()
        if machine.entered is None:
            return None
        self._running = True
        name = self._layers[machine.entered]
        self._snapshots.append(self._snapshot(name))
        return Stop(len(self._snapshots) - 1, name, self.cycles)

    def _print(self) -> None:
        output = bytes(self._machine.output[self._printed :])
        self._printed = len(self._machine.output)
        if output and self._output is not None:
            self._output(output)

    def _reason(self, core: Core, fault: Fault) -> str:
        command = (0, False, 0, 0)
        if core.in_cluster:
            flags, l1, l2, *_ = [*self._machine.dma.words[core.number], 0, 0, 0]
            command = (flags & LENGTH, bool(flags & INTO_L1), l1, l2)
        offset, address, _ = self._machine.l3_channel.registers
        limit = self.target.dma.max_bytes
        return faults.reason(fault.kind, fault.address, command, (offset, address), limit)

    def _fault(self, core: Core, why: str) -> ProgramFault:
        layer = self._snapshots[-1].name if self._snapshots else None
        who = faults.name_of(core.number, self.target.cores)
        return faults.located(self.image, self._code.words, who, core.pc, layer, why)

    # --- measuring ------------------------------------------------------------------------------

    @property
    def cycles(self) -> int:
        """See SteppedSimulator."""
        return self._machine.now - (self._machine.released or 0)

    def result(self) -> SimResult:
        """See SteppedSimulator."""
        machine = self._machine
        end = self._snapshot("")
        *cores, controller = end.counters
        return SimResult(
            exit_code=(machine.exit_value or 0) & MASK32 >> 1,
            cycles=end.cycles,
            instructions=end.total.instructions,
            cores=tuple(cores),
            controller=controller,
            stalls=end.total.stalls,
            layers=tuple(difference(a, b) for a, b in pairwise([*self._snapshots, end])),
            dma_bytes=end.dma_bytes,
            l3_bytes=end.l3_bytes,
            bank_conflicts=tuple(end.bank_conflicts.tolist()),
            output=machine.output.decode("utf-8", "replace"),
            seconds_simulating=self._seconds,
        )

    def _snapshot(self, name: str) -> Snapshot:
        machine = self._machine
        cores = [self._counters(core) for core in (*machine.cores, machine.controller)]
        return Snapshot(
            name=name,
            cycles=self.cycles,
            numbers=numbers_of(cores),
            dma_bytes=machine.dma.bytes,
            l3_bytes=machine.l3_channel.bytes,
            bank_conflicts=np.array(machine.banks.conflicts, np.int64),
            traffic=None,
        )

    def _counters(self, core: Core) -> Counters:
        """A core's counters; one that sleeps has slept until now."""
        stalls = dict(core.stalls)
        view = self._machine.events.views[core.number]
        if view.waiting:
            stalls["sleep"] += self._machine.now - view.since
        return Counters(core.instructions, stalls)
