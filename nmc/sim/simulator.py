"""The simulator as Python code uses it: load a program, write inputs, run, read outputs."""

import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from nmc.elf import ElfImage, read_elf
from nmc.errors import NmcError, ProgramFault
from nmc.sim import diagnosis, dma
from nmc.sim import layout as at
from nmc.sim.ahead_layout import STREAM
from nmc.sim.build import Build
from nmc.sim.configuration import configuration
from nmc.sim.decoder import Costs, decode_code
from nmc.sim.engine import load_engine
from nmc.sim.measuring import Snapshot, cycles, difference, pend, side, snapshot
from nmc.sim.native import HotBodies
from nmc.sim.present import present
from nmc.sim.profile import hot_spots, profile_table, symbol_profile
from nmc.sim.program import layer_entries, program_code
from nmc.sim.recorder import Recorder
from nmc.sim.regions import region_map
from nmc.sim.result import SimResult
from nmc.sim.sanitize import (
    Finding,
    area_size,
    fault_with_findings,
    findings,
    note_host_write,
    plan_tables,
    prepare,
)
from nmc.sim.state import new_machine
from nmc.sim.stepped import SteppedSimulator, Stop
from nmc.targets import Target, with_overrides

L1_PATTERN = 0xA5
"""Every byte of L1 before it is written."""

_NO_LIMIT = 1 << 60
_SLICE = 50_000_000
"""Cycles after which the engine comes back at the latest, so that an endless program can be
interrupted."""


class Simulator(SteppedSimulator):
    """One program on one machine, simulated by the compiled engine."""

    def __init__(
        self,
        elf: ElfImage | bytes,
        target: Target,
        cores: int | None = None,
        profile: bool = False,
        sanitize: bool = False,
        output: Callable[[bytes], None] | None = None,
    ):
        """Loads `elf`; `cores` overrides the target's. `output` gets what the program prints, line
        by line.

        `profile` counts cycles by instruction, `sanitize` looks for races and their like; each has
        a build of the engine of its own.
        NmcError if the program does not fit the target's memories.
        """
        self.image = read_elf(elf) if isinstance(elf, bytes) else elf
        self.target = target if cores is None else with_overrides(target, cores=cores)
        self.build = Build(profile=profile, sanitize=sanitize)
        self._output = output
        self._code = program_code(self.image, self.target)
        self._layers = layer_entries(self.image, self._code)
        self._loop_ends: set[int] = set()
        config = configuration(self.target, self._code)
        # One for each core, and one that nmc.sim.present writes to.
        streams = (self.target.cores + 2) * STREAM
        memory_bytes = int(config[at.CFG_STREAMS]) + streams
        self._plan = plan_tables(self.image, self._code)
        area = area_size(config, self._plan) if sanitize else 0
        self._machine = new_machine(config, self._code.slots + 64, memory_bytes, profile, area)
        self._load_code()
        self._recorder = self._new_recorder() if profile else None
        for segment in self.image.segments:
            self.write(segment.address, segment.data)
        self._text = bytearray()
        self._seconds = 0.0
        self._running = False
        self._snapshots: list[Snapshot] = []

    # --- memory -----------------------------------------------------------------------------

    def write(self, address: int, data: bytes) -> None:
        """Puts bytes into L1, L2 or L3; NmcError if they do not lie in one memory."""
        place = self._place(address, len(data))
        self._machine.mem8[place : place + len(data)] = np.frombuffer(data, np.uint8)
        if self.build.sanitize and self.target.l1.base <= address < self.target.l1.end:
            note_host_write(self._machine, place, len(data))

    def read(self, address: int, count: int) -> bytes:
        """`count` bytes of L1, L2 or L3; NmcError if they do not lie in one memory."""
        place = self._place(address, count)
        return self._machine.mem8[place : place + count].tobytes()

    def register(self, core: int, number: int) -> int:
        """A core's register x`number`, 0..2^32-1. The fabric controller is core `cores`."""
        return int(self._machine.s[at.REGS + (core << at.REG_SHIFT) + number])

    def _place(self, address: int, count: int) -> int:
        s, target = self._machine.s, self.target
        memories = (
            (target.l1, 0),
            (target.l2, int(s[at.CFG_L2_OFFSET])),
            (target.l3, int(s[at.CFG_L3_OFFSET])),
        )
        for memory, place in memories:
            if memory.base <= address and address + count <= memory.end:
                return place + address - memory.base
        raise NmcError(
            f"{count} bytes at {address:#010x} do not lie in a memory of target {target.name}"
        )

    # --- running ----------------------------------------------------------------------------

    def start(self) -> None:
        """Resets the machine; the fabric controller is about to begin."""
        m = self._machine
        s, cores = m.s, self.target.cores
        s[at.NOW : at.FIXED] = 0
        s[s[at.AT_LINES] : s[at.AT_END]] = 0
        s[s[at.AT_WAYS] : s[at.AT_SHARED]] = -1
        s[s[at.AT_SHARED] : s[at.AT_SHARED_FREE] : 3] = -1
        if self.build.sanitize:
            prepare(m, self._plan)
        # The first burst of a channel has no predecessor to wait for.
        m.area(at.CHANNELS, (2, 32))[:, dma.CH_RING :] = -(1 << 30)
        m.mem8[: self.target.l1.bytes] = L1_PATTERN
        m.mem8[int(s[at.CFG_TAGS]) :] = 0
        for segment in self.image.segments:
            if self.target.l1.base <= segment.address < self.target.l1.end:
                self.write(segment.address, segment.data)
        # The fabric controller fetches from its own memory: all lines are in a way of their own.
        lines = int(s[at.CFG_LINES])
        s[s[at.AT_LINES] + cores * lines :][:lines] = s[at.CFG_AGES] - 1
        for core in range(cores):
            side(m, core)[at.HART] = (self.target.cluster.id << 5) | core
        side(m, cores)[at.HART] = self.target.fabric_controller.hart
        for core in range(cores + 1):
            # Addresses of loops are slots: the registers read 0.
            for place in (at.LOOP, at.LOOP + 1, at.LOOP + 3, at.LOOP + 4):
                pend(m, core)[place] = -self._code.base << self._code.slot_shift
        s[at.RELEASED] = -1
        controller = pend(m, cores)
        controller[at.IDX] = self._code.slot(self.image.entry)
        # Not through the line's age, in which time 0 would stand for absence.
        controller[at.KIND] = at.KIND_FETCHED
        s[at.EVENTS_AT] = 1 << cores
        s[at.WHEEL_AT] = at.ATTENTION
        self._text = bytearray()
        if self._recorder is not None:
            self._begin_recording(self._recorder)
        self._seconds = 0.0
        self._snapshots = []
        self._running = True

    def advance(self, max_cycles: int | None = None) -> Stop | None:
        """Runs to core 0's next layer entry; None when the program has exited.

        `max_cycles` counts from the release of the cores (from reset before that); a program that
        needs more is a ProgramFault.
        """
        if not self._running:
            raise NmcError("the program is not running: call start() first")
        try:
            while True:
                status = self._step(max_cycles)
                if status == at.STATUS_EXIT:
                    self._running = False
                    return None
                if status == at.STATUS_LAYER:
                    return self._enter_layer()
        except ProgramFault as fault:
            self._running = False
            raise fault_with_findings(fault, self.findings) from None
        finally:
            self._flush()

    @property
    def cycles(self) -> int:
        """Cycles since the release of the cluster's cores, or since the start before that."""
        return cycles(self._machine)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the sanitizers have found since `start`, in the order of time."""
        if not self.build.sanitize:
            return ()
        return findings(self._machine, self.image, self._code, self._plan)

    def result(self) -> SimResult:
        """What was measured from `start` to now, or to the exit."""
        m, code = self._machine, self._code
        if self._recorder is not None:
            self._recorder.collect(m)
        end = self._snapshot("")
        *cores, controller = end.counters
        layers = tuple(difference(a, b) for a, b in pairwise([*self._snapshots, end]))
        table = profile_table(code, m) if self.build.profile else None
        return SimResult(
            exit_code=int(m.s[at.EXIT_VALUE]) & 0x7FFF_FFFF,
            cycles=end.cycles,
            instructions=end.total.instructions,
            cores=tuple(cores),
            controller=controller,
            stalls=end.total.stalls,
            layers=layers,
            dma_bytes=end.dma_bytes,
            l3_bytes=end.l3_bytes,
            bank_conflicts=tuple(end.bank_conflicts.tolist()),
            output=self._text.decode("utf-8", "replace"),
            seconds_simulating=self._seconds,
            symbols=symbol_profile(self.image, code, table) if table is not None else (),
            hot_spots=hot_spots(self.image, code, table) if table is not None else (),
            traffic=end.traffic,
            timeline=self._recorder.timeline(m) if self._recorder is not None else None,
            findings=self.findings,
        )

    # --- inside -----------------------------------------------------------------------------

    def _step(self, max_cycles: int | None) -> int:
        """Runs the engine until it has something to tell; returns its status."""
        m = self._machine
        released = int(m.s[at.RELEASED])
        limit = _NO_LIMIT if max_cycles is None else max_cycles + max(0, released) + 1
        engine = load_engine(self.build)
        begin = time.perf_counter()
        bodies = self._bodies
        now = int(m.s[at.NOW])
        piece = _SLICE if bodies is None else bodies.left(now)
        status = engine(m.s, m.mem8, m.mem32, min(limit, now + piece))
        if bodies is not None:
            bodies.compile(int(m.s[at.NOW]))
        self._seconds += time.perf_counter() - begin
        layer = self._snapshots[-1].name if self._snapshots else None
        match status:
            case at.STATUS_OUTPUT:
                self._flush()
            case at.STATUS_RECORDS if self._recorder is not None:
                self._recorder.collect(m)
            case at.STATUS_LOOP_END:
                self._note_loop_ends()
            case at.STATUS_LIMIT if int(m.s[at.NOW]) >= limit:
                if int(m.s[at.RELEASED]) == released:
                    why = f"still running after {max_cycles} cycles"
                    who = 0 if released >= 0 else self.target.cores
                    raise diagnosis.fault_at(m, self.image, self._code, who, layer, why)
            case at.STATUS_DEADLOCK:
                raise diagnosis.deadlock(m, self.image, self._code, layer)
            case at.STATUS_FAULT:
                raise diagnosis.fault(m, self.image, self._code, layer)
            case _:
                pass
        return status

    def _load_code(self) -> None:
        t, m, code = self.target.timing, self._machine, self._code
        line_bytes = self.target.icache.line_bytes
        costs = Costs(t.load_use, t.jalr_after_alu, t.jalr_after_load, line_bytes)
        decoded = decode_code(code, costs, self._layers.keys(), self._loop_ends)
        m.area(int(m.s[at.AT_CODE]), decoded.slots.shape)[:] = decoded.slots
        m.area(int(m.s[at.AT_SOURCES]), decoded.sources.shape)[:] = decoded.sources
        self._bodies = HotBodies(m, decoded, t.load_use) if self.build.lookahead else None

    def _note_loop_ends(self) -> None:
        """A loop's end was written to a control register: decode again with it marked."""
        slots = {
            int(pend(self._machine, core)[at.LOOP + 3 * loop + 1])
            for core in range(self.target.cores + 1)
            for loop in range(2)
        }
        code = self._code
        ends = {code.base + (slot >> code.slot_shift) for slot in slots}
        ends = {end for end in ends if code.is_whole_word(end)}
        if not ends <= self._loop_ends:
            self._loop_ends |= ends
            self._load_code()

    def _new_recorder(self) -> Recorder:
        """For this program; the engine is told the regions of its code."""
        m = self._machine
        regions = region_map(self.image, self._code, self._layers)
        m.area(int(m.s[at.AT_REGIONS]), regions.numbers.shape)[:] = regions.numbers
        return Recorder(regions)

    def _begin_recording(self, recorder: Recorder) -> None:
        """A run begins, with the fabric controller alone."""
        s, controller = self._machine.s, self.target.cores
        recorder.restart()
        s[at.RECORDING] = 1
        slot = self._code.slot(self.image.entry)
        pend(self._machine, controller)[at.PROFILE_IDX] = slot
        place = int(s[at.AT_OPEN]) + (controller << at.OPEN_SHIFT) + at.OPEN_REGION
        s[place] = s[int(s[at.AT_REGIONS]) + (slot >> 2)]

    def _enter_layer(self) -> Stop:
        if self._recorder is not None:
            self._recorder.collect(self._machine)
        name = self._layers[self._code.address(int(self._machine.s[at.LAYER]))]
        self._snapshots.append(self._snapshot(name))
        return Stop(len(self._snapshots) - 1, name, self.cycles)

    def _snapshot(self, name: str) -> Snapshot:
        """The counters now; at a layer's entry no core is ahead in them."""
        m = self._machine
        if self._running:
            m = present(m, load_engine(self.build))
        traffic = self._recorder.traffic if self._recorder is not None else None
        return snapshot(m, name, traffic)

    def _flush(self) -> None:
        """Collects the characters the program has written."""
        s = self._machine.s
        text = s[at.OUT : at.OUT + int(s[at.OUT_COUNT])].astype(np.uint8).tobytes()
        s[at.OUT_COUNT] = 0
        self._text += text
        if text and self._output is not None:
            self._output(text)
