"""What a way to run a window layer costs: cycles, traffic, work of each core."""

from __future__ import annotations

from dataclasses import dataclass, replace

from nmc.backend.kernels import estimates
from nmc.backend.planning.adding import cycles_of_adding
from nmc.backend.planning.cost import ACCESSES, GATHER_LINES, OWN_LINES, OWN_STEP, STEP, Machine
from nmc.backend.planning.gathering import banded, dealt, group_pitch, lines_of
from nmc.backend.planning.growing import finish, own_sizes
from nmc.backend.planning.plans import ORDERS
from nmc.backend.planning.split import Split
from nmc.backend.planning.window_choice import (
    Choice,
    buffers_of,
    gathered_runs,
    gathers_once,
    loops_of,
    ragged,
)
from nmc.backend.planning.work import (
    Engine,
    KernelEngine,
    PadEngine,
    PoolEngine,
    WindowWork,
    out_pitch,
)
from nmc.dialects.cluster import share_of
from nmc.numerics.interleave import LineLayout


@dataclass(frozen=True)
class Estimate:
    """Cycles of a choice, bytes it moves between L1 and L2, and those of them that are weights."""

    cycles: float
    dma_bytes: int
    weight_bytes: int


class WindowCost:
    """The cost model of one layer on one machine; it remembers what it has worked out."""

    def __init__(self, work: WindowWork, engine: Engine, machine: Machine):
        self.work, self.engine, self.machine = work, engine, machine
        self.barrier = machine.barrier()
        self.contention = machine.contention()
        # Of a kernel that is at L1 more often than others; applied to its own cycles.
        dense = engine.accesses(work.pixels)
        self.accesses = ACCESSES if dense is None else dense
        self.crowding = 1.0 if dense is None else machine.contention(dense) / self.contention
        self._blocks: dict[tuple[Split, int, int, int], list[float]] = {}
        # By (pixels, pixels at a time), or (groups, -pixels of a group).
        self._gathers: dict[tuple[int, int], float] = {}

    def estimate(self, choice: Choice) -> Estimate:
        """Cycles and traffic of a choice."""
        elapsed = 0.0
        for pixels, units, count in self._tiles(choice):
            elapsed += count * self._elapsed(choice, pixels, units)
        counts = loops_of(self.work, choice)
        adding = cycles_of_adding(self.work, counts["out"], self.machine)
        hidden, exposed, moved, weights, handled = self._transfers(choice)
        elapsed += adding + handled * self.machine.handling()
        if choice.pipelined(self.work):
            elapsed, hidden = self._pipelined(choice) + adding, 0.0
        steps = 1 if choice.pipelined(self.work) else max(counts.values())
        if hidden:
            # What is loaded last is computed after it has come.
            hidden += self.crossed(hidden, elapsed) + elapsed / steps
        gathers = choice.group > 0 or isinstance(self.engine, PadEngine)
        lines = self.engine.lines + (GATHER_LINES if gathers else 0)
        cycles = max(elapsed, hidden) + exposed + STEP * steps + self.machine.entry(lines)
        return Estimate(cycles, moved, weights)

    def _pipelined(self, choice: Choice) -> float:
        """Cycles of tiles of units that are loaded beside computing, tile by tile."""
        works, loads = list[float](), list[float]()
        for units, count in self._runs(choice):
            loaded = units
            if choice.loads_own:
                work = self._alone(choice, units) + OWN_STEP
                loaded = units * choice.split.records
            else:
                work = self._elapsed(choice, self.work.pixels, units) + STEP
            load = loaded * self.engine.unit_bytes / self.machine.target.dma.bytes_per_cycle
            works += [work] * count
            loads += [load] * count
        beside = [0.0, *works[:-1]]
        pairs = zip(loads, beside, strict=True)
        loads = [load + self.crossed(load, work) for load, work in pairs]
        latency = self.machine.transfer(1)
        if choice.loads_own:
            loads[0] = max(0.0, loads[0] + latency - self._before_loop())
            # While one core's transfer begins the port moves another's bytes.
            latency = 0.0
        return finish(loads, works, latency, ahead=choice.ahead)

    def _before_loop(self) -> float:
        """Cycles between the start of each core's first transfer and its use.

        The input comes meanwhile and code is fetched; all cores meet.
        """
        size = self.work.input_rows(self.work.out_height) * self.work.row_bytes
        return self.machine.transfer(size) + self.barrier + self.machine.code(OWN_LINES)

    def _runs(self, choice: Choice) -> list[tuple[int, int]]:
        """(units, how many) of the tiles that follow each other, of one core or of all."""
        if not choice.loads_own:
            return choice.unit_runs
        shares = self.engine.units, choice.split.records
        sizes = own_sizes(*shares, choice.lead, choice.growth)
        return [(size, 1) for size in sizes or ()]

    def _alone(self, choice: Choice, units: int) -> float:
        """Cycles of a tile that one core computes by itself."""
        pixels = self.work.pixels
        return self._block(ONE, pixels, units, self._pitch(choice))[0] * self.contention

    def crossed(self, load: float, work: float) -> float:
        """Cycles that the DMA loses to the cores in a load beside so much work.

        Each of the two words of a beat meets a core's access at its bank at times, and loses half
        of these times; a beat is late if one of its words is.
        """
        meets = self.machine.cores * self.accesses / self.machine.target.l1.banks
        late = 1 - (1 - min(meets, 1.0) / 2) ** 2
        return late * min(load, work / (1 + late))

    def core_work(self, choice: Choice) -> list[float]:
        """Cycles each core computes in the whole layer."""
        total = [0.0] * self.machine.cores
        for pixels, units, count in self._tiles(choice):
            for part, times in self._phases(choice, pixels, units):
                total = [a + count * times * b for a, b in zip(total, part, strict=True)]
        return total

    def _tiles(self, choice: Choice) -> list[tuple[int, int, int]]:
        """(pixels, units, how many) of the tiles; units 0: the gathering of a tile of rows."""
        width, found = self.work.window.out_width, list[tuple[int, int, int]]()
        for rows, row_count in ragged(self.work.out_height, choice.tile_rows):
            for units, unit_count in choice.unit_runs:
                found.append((rows * width, units, row_count * unit_count))
            if gathers_once(self.work, choice):
                found.append((rows * width, 0, row_count))
        return found

    def _elapsed(self, choice: Choice, pixels: int, units: int) -> float:
        """Cycles of one tile: in each phase the busiest core counts, and the barrier after it."""
        return sum(
            times * (max(part) * self.contention + self.barrier)
            for part, times in self._phases(choice, pixels, units)
        )

    def _phases(self, choice: Choice, pixels: int, units: int) -> list[tuple[list[float], int]]:
        """(work of each core, how many times) of the phases of a tile."""
        cores = self.machine.cores
        if isinstance(self.engine, PadEngine):
            return [(self._gather(pixels, 0), 1)]
        if choice.group == 0:
            return [(self._block(choice.split, pixels, units, self._pitch(choice)), 1)]
        if choice.private:
            band = choice.band * self.work.window.out_width if choice.band > 1 else pixels
            return [(self._own(choice, band, units), pixels // band)]
        found: list[tuple[list[float], int]] = []
        for rows, count in gathered_runs(self.work, choice, pixels):
            if units:
                block = self._block(choice.split, rows, units, self._pitch(choice))
                found.append((block, count))
            if not units or not gathers_once(self.work, choice):
                found.append((self._gather(rows, choice.group, choice.band), count))
        return found or [([0.0] * cores, 1)]

    def _pitch(self, choice: Choice) -> int:
        """Bytes from one output pixel to the next in L1."""
        units = choice.tile_units if choice.outputs_apart else self.engine.units
        return out_pitch(self.engine, units)

    def _block(self, split: Split, rows: int, units: int, pitch: int) -> list[float]:
        key = (split, rows, units, pitch)
        if key not in self._blocks:
            engine = self._at_pitch(self._meeting(split, units), pitch)
            work = split.work(engine, rows, units, self.machine.cores)
            self._blocks[key] = [cycles * self.crowding for cycles in work]
        return self._blocks[key]

    def _at_pitch(self, engine: Engine, pitch: int) -> Engine:
        """The engine with what its records take longer where outputs are so far apart."""
        if not isinstance(engine, KernelEngine):
            return engine
        moves, code = engine.kernel.record_code(pitch)
        if code == 0:
            return engine
        # Of a ragged group each store is compared for.
        ragged_code = code + 3 * engine.pixels
        besides = moves + self.machine.refills(code), moves + self.machine.refills(ragged_code)
        return replace(engine, besides=besides)

    def _meeting(self, split: Split, units: int) -> Engine:
        """The engine, that of a pooling with the cores that read from the same bank.

        Where taps are whole rows of banks apart all of a core's lie in one bank, and so do those
        of every core that begins a multiple of a row of banks behind it.
        """
        engine, row = self.engine, 4 * self.machine.target.l1.banks
        if not isinstance(engine, PoolEngine) or engine.tap_pitch % row:
            return engine
        shares = (share_of(units, part, split.records, 1) for part in range(split.records))
        meeting = sum(low * engine.unit_channels % row == 0 for low, _ in shares)
        return replace(engine, readers=split.rows * meeting)

    def _gather(self, rows: int, group: int, band: int = 1) -> list[float]:
        """Work of each core when all gather `rows` rows together, at most `group` at a time."""
        cores = self.machine.cores
        lines = lines_of(self.work, self.engine, group)
        if lines is not None:
            return [self._interleave(lines, rows, group)] * cores
        shares = Split(cores, 1, 1).row_shares(rows // band)
        return [self._im2col(high - low, band) for low, high in shares]

    def _interleave(self, lines: LineLayout, rows: int, group: int) -> float:
        """Cycles of the core with the most slabs of the lines of `rows` pixels."""
        if (rows, group) not in self._gathers:
            cores, most = self.machine.cores, -(-group // lines.lanes)
            layout = dealt(lines, most, cores)
            slabs = layout.lines(-(-rows // lines.lanes)) * layout.line_slabs
            self._gathers[rows, group] = estimates.interleave(layout, -(-slabs // cores))
        return self._gathers[rows, group]

    def _own(self, choice: Choice, pixels: int, units: int) -> list[float]:
        """Work of each core when each gathers and computes its own groups."""
        size = max(1, choice.group // choice.split.rows)
        known: dict[int, float] = {}
        pitch = self._pitch(choice)
        result: list[float] = []
        for low, high in choice.split.row_shares(pixels):
            rows = high - low
            if rows not in known:
                known[rows] = sum(
                    count
                    * (
                        self._im2col(n // choice.band, choice.band)
                        + self._block(ONE, n, units, pitch)[0]
                    )
                    for n, count in ragged(rows, size)
                )
            result.append(known[rows])
        return result + [0.0] * (self.machine.cores - len(result))

    def _im2col(self, groups: int, band: int) -> float:
        """Cycles of one core that gathers `groups` pixels, or groups of `band` pixels."""
        if groups == 0:
            return 0.0
        if (groups, -band) not in self._gathers:
            engine = self.engine
            self._gathers[groups, -band] = estimates.im2col(
                banded(self.work.window, band),
                engine.tap_pitch,
                group_pitch(self.work.window, engine, band),
                groups,
                engine.interleave,
            )
        return self._gathers[groups, -band]

    def _transfers(self, choice: Choice) -> tuple[float, float, int, int, int]:
        """What moves: cycles beside computing, cycles of others, bytes, bytes of weights.

        And how many transfers there are beside computing.
        """
        sizes, counts = buffers_of(self.work, choice), loops_of(self.work, choice)
        row_tiles, unit_tiles = choice.tiles(self.work)
        hidden, exposed, moved, weights, handled = 0.0, 0.0, 0, 0, 0
        for label, count in counts.items():
            if label not in sizes:
                continue
            lines = 1
            if label == "w":
                passes = max(1, count // unit_tiles)
                total = weights = self.engine.units * self.engine.unit_bytes * passes
            elif label in ("out", "addend"):
                total = self.work.pixels * self.work.out_channels
                apart = unit_tiles > 1 and choice.outputs_apart
                gaps = out_pitch(self.engine, self.engine.units) != self.work.out_channels
                lines = self.work.pixels * unit_tiles if apart else 1
                lines = self.work.pixels if gaps and not apart else lines
            else:
                total = sizes[label] * count
            moved += total
            if lines > 1 and not choice.without_gaps(self.work):
                # Lines that are apart on both sides: a transfer each, and core 0 waits for it.
                exposed += self.machine.one_by_one(-(-total // lines), lines)
                continue
            one = self.machine.transfer(total // count, max(1, lines // count))
            if label == "w" and choice.pipelined(self.work):
                continue
            alone = _entries(choice, label, count, (row_tiles, unit_tiles))
            if label not in choice.double:
                alone = count
            handled += count - alone
            hidden += (count - alone) * one
            exposed += alone * one
        return hidden, exposed, moved, weights, handled


def _entries(choice: Choice, label: str, count: int, tiles: tuple[int, int]) -> int:
    """How often the loop that moves a buffer `count` times is entered.

    Its first transfer in has nothing to hide behind, nor has its last one out.
    """
    row_tiles, unit_tiles = tiles
    if choice.apart and label in ("out", "addend"):
        return row_tiles
    if choice.order != ORDERS[0]:
        return max(1, count // unit_tiles) if label == "w" else 1
    return unit_tiles if label != "w" and row_tiles > 1 else 1


# One core alone, whatever rows it is given.
ONE = Split(1, 1, 1)
