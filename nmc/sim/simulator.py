"""The simulator as Python code uses it: load a program, write inputs, run, read outputs."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nmc.elf import ElfImage, read_elf
from nmc.errors import NmcError
from nmc.isa.disassembler import disassemble
from nmc.sim import dma, faults
from nmc.sim import layout as at
from nmc.sim.configuration import configuration
from nmc.sim.decoder import Code, Stalls, decode_code
from nmc.sim.engine import load_engine
from nmc.sim.jit import Ints
from nmc.sim.profile import hot_spots, symbol_profile
from nmc.sim.result import Counters, LayerResult, SimResult
from nmc.sim.state import new_machine
from nmc.targets import Target, with_overrides

L1_PATTERN = 0xA5
"""Every byte of L1 before it is written."""

DEFAULT_LIMIT = 1 << 40


@dataclass(frozen=True)
class Stop:
    """Core 0 is about to execute a layer's first instruction."""

    index: int
    """Which layer, counted from 0 in the order of execution."""
    name: str
    cycles: int
    """Since the release of the cores."""


@dataclass
class _Snapshot:
    """Counters at a layer's entry."""

    name: str
    cycles: int
    retired: int
    stalls: Ints
    dma_bytes: int
    l3_bytes: int


class Simulator:
    """One program on one machine.

    `run` simulates an inference from the fabric controller's first instruction to the exit write;
    it can be called again: cores restart, caches are cold, L1 holds its pattern, L2 and L3 keep
    what they hold. `start`, `advance` and `result` are the same in steps, with stops at layers.
    """

    def __init__(
        self,
        elf: ElfImage | bytes,
        target: Target,
        cores: int | None = None,
        profile: bool = False,
        output: Callable[[str], None] | None = None,
    ):
        """Loads `elf`; `cores` overrides the target's. `output` gets what the program prints."""
        self.image = read_elf(elf) if isinstance(elf, bytes) else elf
        self.target = target if cores is None else with_overrides(target, cores=cores)
        self.profile = profile
        self._output = output
        self._layers = _layer_entries(self.image)
        self._code_base, self._words = self._find_code()
        self._loop_ends: set[int] = set()
        code = self._decode()
        self._config = configuration(self.target, self._code_base, 4 * len(self._words))
        self.m = new_machine(
            self._config,
            code.slots,
            code.sources,
            int(self._config[at.CFG_L3_OFFSET]) + self.target.l3.bytes,
            self.target.l1.banks,
            profile,
        )
        for segment in self.image.segments:
            self.write(segment.address, segment.data)
        self._text = ""
        self._seconds = 0.0
        self._running = False
        self._snapshots: list[_Snapshot] = []

    # --- memory -----------------------------------------------------------------------------

    def write(self, address: int, data: bytes) -> None:
        """Puts bytes into L1, L2 or L3; NmcError if they do not lie in one memory."""
        place = self._place(address, len(data))
        self.m.mem8[place : place + len(data)] = np.frombuffer(data, np.uint8)

    def read(self, address: int, count: int) -> bytes:
        """`count` bytes of L1, L2 or L3; NmcError if they do not lie in one memory."""
        place = self._place(address, count)
        return self.m.mem8[place : place + count].tobytes()

    def register(self, core: int, number: int) -> int:
        """A core's register x`number`, 0..2^32-1. The fabric controller is core `cores`."""
        return int(self.m.regs[(core << at.REG_SHIFT) + number])

    def _place(self, address: int, count: int) -> int:
        memories = (
            (self.target.l1.base, self.target.l1.bytes, 0),
            (self.target.l2.base, self.target.l2.bytes, int(self._config[at.CFG_L2_OFFSET])),
            (self.target.l3.base, self.target.l3.bytes, int(self._config[at.CFG_L3_OFFSET])),
        )
        for base, size, place in memories:
            if base <= address and address + count <= base + size:
                return place + address - base
        raise NmcError(
            f"{count} bytes at {address:#010x} do not lie in a memory of target {self.target.name}"
        )

    # --- running ----------------------------------------------------------------------------

    def run(self, max_cycles: int | None = None) -> SimResult:
        """Simulates one inference; ProgramFault for anything the machine does not allow."""
        self.start()
        while self.advance(max_cycles) is not None:
            pass
        return self.result()

    def start(self) -> None:
        """Resets the machine; the fabric controller is about to begin."""
        m = self.m
        cores = self.target.cores
        for array in (m.state, m.regs, m.pend, m.side, m.stalls, m.wheel, m.turns, m.lines):
            array[...] = 0
        for array in (m.barriers, m.channels, m.transfers, m.l3, m.shared, m.shared_free):
            array[...] = 0
        for array in (m.hits, m.spent):
            array[...] = 0
        m.ways[...] = -1
        m.shared[:, :, 0] = -1
        # The first burst of a channel has no predecessor to wait for.
        m.channels[:, dma.CH_RING :] = -(1 << 30)
        m.mem8[: self.target.l1.bytes] = L1_PATTERN
        # The fabric controller fetches from its own memory without a cache.
        m.lines[cores * int(self._config[at.CFG_LINES]) :] = 1
        for core in range(cores + 1):
            hart = (self.target.cluster.id << 5) | core
            m.side[(core << at.SIDE_SHIFT) + at.HART] = (
                hart if core < cores else self.target.fabric_controller.hart
            )
        m.state[at.RELEASED] = -1
        m.state[at.REQUESTS] = at.DMA_BITS
        entry = self.image.entry - self._code_base
        if not 0 <= entry < 4 * len(self._words) or entry & 3:
            raise NmcError(f"the program's entry {self.image.entry:#010x} is not in its code")
        m.pend[(cores << at.PEND_SHIFT) + at.IDX] = entry
        m.pend[(cores << at.PEND_SHIFT) + at.LINE] = -1
        m.pend[(cores << at.PEND_SHIFT) + at.KIND] = at.KIND_RESUME
        m.wheel[0] = 1 << cores
        self._text = ""
        self._seconds = 0.0
        self._snapshots = []
        self._running = True

    def advance(self, max_cycles: int | None = None) -> Stop | None:
        """Runs to core 0's next layer entry; None when the program has exited.

        `max_cycles` counts from the release of the cores; exceeding it is a ProgramFault.
        """
        if not self._running:
            raise NmcError("the program has exited: call start() first")
        engine = load_engine(self.profile)
        while True:
            released = int(self.m.state[at.RELEASED])
            budget = DEFAULT_LIMIT if max_cycles is None else max_cycles + max(0, released) + 1
            begin = time.perf_counter()
            status = engine(self.m, budget)
            self._seconds += time.perf_counter() - begin
            match status:
                case at.STATUS_EXIT:
                    self._running = False
                    self._flush()
                    return None
                case at.STATUS_LAYER:
                    return self._enter_layer()
                case at.STATUS_OUTPUT:
                    self._flush()
                case at.STATUS_LOOP_END:
                    self._note_loop_ends()
                case at.STATUS_LIMIT:
                    if int(self.m.state[at.RELEASED]) != released:
                        continue
                    raise self._error(0, f"still running after {max_cycles} cycles")
                case at.STATUS_DEADLOCK:
                    raise self._error(
                        self._first_asleep(),
                        "deadlock: every core is asleep and nothing is under way",
                    )
                case _:
                    raise self._fault()

    def stop_at(self, layer: int | str, max_cycles: int | None = None) -> Stop | None:
        """Runs to a layer, by number in order of execution or by name; None if it never starts."""
        while (stop := self.advance(max_cycles)) is not None:
            if layer in (stop.index, stop.name):
                return stop
        return None

    @property
    def cycles(self) -> int:
        """Cycles since the release of the cluster's cores."""
        released = int(self.m.state[at.RELEASED])
        return int(self.m.state[at.NOW]) - released if released >= 0 else 0

    def result(self) -> SimResult:
        """What was measured from `start` to the exit."""
        m = self.m
        cores = tuple(self._counters(core) for core in range(self.target.cores))
        end = self._snapshot("")
        following = [*self._snapshots[1:], end] if self._snapshots else []
        layers = tuple(_difference(a, b) for a, b in zip(self._snapshots, following, strict=True))
        profiled = self.profile
        return SimResult(
            exit_code=int(m.state[at.EXIT_VALUE]) & 0x7FFF_FFFF,
            cycles=self.cycles,
            instructions=sum(core.instructions for core in cores),
            cores=cores,
            stalls=_named(end.stalls),
            layers=layers,
            dma_bytes=int(m.state[at.DMA_BYTES]),
            l3_bytes=int(m.state[at.L3_BYTES]),
            output=self._text,
            seconds_simulating=self._seconds,
            symbols=symbol_profile(self.image, self._code_base, m) if profiled else (),
            hot_spots=hot_spots(self._words, self._code_base, m) if profiled else (),
        )

    # --- inside -----------------------------------------------------------------------------

    def _find_code(self) -> tuple[int, Ints]:
        """Base address and words of the executable segments, holes filled with zeros."""
        segments = [s for s in self.image.segments if s.executable and s.memory_size]
        if not segments:
            raise NmcError("the program has no executable segment")
        base = min(s.address for s in segments) & ~15
        end = (max(s.address + len(s.data) for s in segments) + 15) & ~15
        if base < self.target.l2.base or end > self.target.l2.end:
            raise NmcError(f"code at {base:#010x} is not in L2 of target {self.target.name}")
        image = np.zeros(end - base, np.uint8)
        for s in segments:
            image[s.address - base :][: len(s.data)] = np.frombuffer(s.data, np.uint8)
        return base, image.view("<u4").astype(np.int64)

    def _decode(self) -> Code:
        t = self.target.timing
        stalls = Stalls(t.load_use, t.jalr_after_alu, t.jalr_after_load)
        return decode_code(
            self._code_base, self._words, stalls, self._layers.keys(), self._loop_ends
        )

    def _note_loop_ends(self) -> None:
        """A loop's end was written to a control register: decode again with it marked."""
        ends = {
            int(self.m.pend[(core << at.PEND_SHIFT) + at.LOOP + 3 * loop + 1]) + self._code_base
            for core in range(self.target.cores + 1)
            for loop in range(2)
        }
        if not ends <= self._loop_ends:
            self._loop_ends |= ends
            code = self._decode()
            self.m.code[:] = code.slots
            self.m.sources[:] = code.sources

    def _enter_layer(self) -> Stop:
        address = int(self.m.state[at.LAYER]) + self._code_base
        name = self._layers[address]
        self._snapshots.append(self._snapshot(name))
        return Stop(len(self._snapshots) - 1, name, self.cycles)

    def _snapshot(self, name: str) -> _Snapshot:
        m, cores = self.m, self.target.cores
        by_core = m.stalls.reshape(at.ENTITIES, -1)[:cores, : len(at.STALL_KINDS)]
        retired = m.pend.reshape(at.ENTITIES, -1)[:cores, at.RETIRED]
        stalls = by_core.sum(axis=0)
        # Cores still asleep have not yet been charged for it.
        for core in range(cores):
            side = core << at.SIDE_SHIFT
            if m.side[side + at.EU_WAIT]:
                stalls[at.STALL_SLEEP] += m.state[at.NOW] - m.side[side + at.EU_SINCE]
        return _Snapshot(
            name,
            self.cycles,
            int(retired.sum()),
            stalls,
            int(m.state[at.DMA_BYTES]),
            int(m.state[at.L3_BYTES]),
        )

    def _counters(self, core: int) -> Counters:
        m = self.m
        stalls = m.stalls[core << at.STALL_SHIFT :][: len(at.STALL_KINDS)].copy()
        side = core << at.SIDE_SHIFT
        if m.side[side + at.EU_WAIT]:
            stalls[at.STALL_SLEEP] += m.state[at.NOW] - m.side[side + at.EU_SINCE]
        return Counters(int(m.pend[(core << at.PEND_SHIFT) + at.RETIRED]), _named(stalls))

    def _flush(self) -> None:
        count = int(self.m.state[at.OUT_COUNT])
        text = self.m.out[:count].tobytes().decode("utf-8", "replace")
        self.m.state[at.OUT_COUNT] = 0
        self._text += text
        if text and self._output is not None:
            self._output(text)

    def _first_asleep(self) -> int:
        waits = self.m.side.reshape(-1, 1 << at.SIDE_SHIFT)[: self.target.cores, at.EU_WAIT]
        return int(np.argmax(waits != 0)) if waits.any() else self.target.cores

    def _fault(self) -> Exception:
        m = self.m
        core = int(m.state[at.FAULT_CORE])
        side = m.side[core << at.SIDE_SHIFT :]
        command = int(side[at.DMA_COMMAND])
        length = command & dma.LENGTH_MASK
        into = command & dma.TO_L1
        ends = (f"L2 {int(side[at.DMA_EXT]):#010x}", f"L1 {int(side[at.DMA_L1]):#010x}")
        source, sink = ends if into else ends[::-1]
        why = faults.reason(
            int(m.state[at.FAULT]),
            address=f"{int(m.state[at.FAULT_ADDRESS]) & at.MASK32:#010x}",
            dma=f"{length} bytes from {source} to {sink}",
            bytes=str(length) if length else "0 (or 131072 and more, cut to 17 bits)",
            max=str(self.target.dma.max_bytes),
            l3=f"L3 offset {int(m.l3[0]):#x}, L2 {int(m.l3[1]):#010x}",
        )
        return self._error(core, why)

    def _error(self, core: int, why: str) -> Exception:
        """A ProgramFault that says which core, where, in which symbol and layer."""
        self._running = False
        self._flush()
        slot = int(self.m.pend[(core << at.PEND_SHIFT) + at.IDX])
        pc = self._code_base + (slot & ~3)
        who = f"core {core}" if core < self.target.cores else "fabric controller"
        inside = 0 <= slot < 4 * len(self._words)
        word = int(self._words[slot >> 2]) if inside else 0
        instruction = disassemble(word, pc) if inside else "no code"
        symbol = self.image.function_at(pc)
        parts = [f"{who} at pc {pc:#010x} ({instruction})"]
        if symbol is not None:
            parts.append(f"in {symbol.name}")
        if self._snapshots:
            parts.append(f"layer {self._snapshots[-1].name}")
        return faults.program_fault(", ".join(parts), why)


def _layer_entries(image: ElfImage) -> dict[int, str]:
    """Layer name by entry address, from the program's notes."""
    symbols = image.symbol_values
    entries: dict[int, str] = {}
    for layer in image.meta.get("layers", ()):
        symbol = layer.get("symbol", layer.get("entry"))
        if symbol in symbols:
            entries[symbols[symbol]] = layer["name"]
    return entries


def _named(stalls: Ints) -> dict[str, int]:
    return {kind: int(stalls[i]) for i, kind in enumerate(at.STALL_KINDS)}


def _difference(a: _Snapshot, b: _Snapshot) -> LayerResult:
    return LayerResult(
        a.name,
        b.cycles - a.cycles,
        b.retired - a.retired,
        _named(b.stalls - a.stalls),
        b.dma_bytes - a.dma_bytes,
        b.l3_bytes - a.l3_bytes,
    )
