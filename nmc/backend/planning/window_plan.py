"""Choosing kernel, tiles, order and split of a window layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nmc.backend.kernels import estimates
from nmc.backend.planning.cost import ALIGN, STEP, Machine
from nmc.backend.planning.plans import WindowPlan
from nmc.backend.planning.split import Split, best_split, busiest, candidate_splits
from nmc.backend.planning.work import Engine, PadEngine, WindowWork, out_bytes
from nmc.errors import NmcError
from nmc.numerics.packing import round_up

ORDERS = ("weights-rows-groups", "rows-weights-groups", "rows-groups-weights")
# A layer is balanced if its busiest core has at most this many thousandths of the mean...
BALANCED = 1100
# ... and a balanced plan is preferred up to this factor of cycles.
BALANCE_WORTH = 1.25


@dataclass(frozen=True)
class Choice:
    """One way to run a layer: the free numbers of a `WindowPlan`."""

    engine: Engine
    order: str
    tile_rows: int
    tile_units: int
    group: int
    private: bool
    split: Split
    double: frozenset[str]

    def tiles(self, work: WindowWork) -> tuple[int, int]:
        """(tiles of rows, tiles of units)."""
        return -(-work.out_height // self.tile_rows), -(-self.engine.units // self.tile_units)


def buffers_of(work: WindowWork, choice: Choice) -> dict[str, int]:
    """Bytes of each buffer in L1 by label, one copy; labels as `tile` uses them."""
    engine = choice.engine
    _, unit_tiles = choice.tiles(work)
    rows = min(choice.tile_rows, work.out_height)
    units = min(choice.tile_units, engine.units)
    whole = unit_tiles > 1 and choice.order != "weights-rows-groups"
    sizes = {
        "x": work.input_rows(rows) * work.row_bytes,
        "w": units * engine.unit_bytes,
        "im2col": choice.group * engine.row_pitch,
        "out": out_bytes(engine, rows * work.window.out_width, units, whole or unit_tiles == 1),
    }
    return {label: round_up(size, ALIGN) for label, size in sizes.items() if size}


def loops_of(work: WindowWork, choice: Choice) -> dict[str, int]:
    """How often each transferred buffer is filled or emptied."""
    row_tiles, unit_tiles = choice.tiles(work)
    inner_weights = choice.order != "weights-rows-groups"
    groups = 1
    if choice.order == "rows-groups-weights" and choice.group:
        pixels = min(choice.tile_rows, work.out_height) * work.window.out_width
        groups = -(-pixels // choice.group)
    if inner_weights:
        return {
            "x": row_tiles,
            "w": unit_tiles * (row_tiles * groups if unit_tiles > 1 else 1),
            "out": row_tiles,
        }
    return {
        "x": row_tiles * (unit_tiles if row_tiles > 1 else 1),
        "w": unit_tiles,
        "out": row_tiles * unit_tiles,
    }


def l1_bytes(work: WindowWork, choice: Choice) -> int:
    """Bytes of L1 of a choice, doubled buffers twice."""
    sizes = buffers_of(work, choice)
    return sum(size * (2 if label in choice.double else 1) for label, size in sizes.items())


def doubling(work: WindowWork, choice: Choice) -> frozenset[str]:
    """The buffers whose transfers are worth overlapping: those moved more than once."""
    sizes, counts = buffers_of(work, choice), loops_of(work, choice)
    return frozenset(label for label, count in counts.items() if count > 1 and label in sizes)


@dataclass(frozen=True)
class Estimate:
    """Cycles of a choice, work of each core, bytes between L1 and L2."""

    cycles: float
    work: NDArray[np.float64]
    dma_bytes: int
    weight_bytes: int


def _ragged(total: int, size: int) -> list[tuple[int, int]]:
    """(length, how many) of the pieces of `total` cut every `size`."""
    whole, rest = divmod(total, size)
    return [piece for piece in ((size, whole), (rest, 1 if rest else 0)) if piece[1]]


def estimate(work: WindowWork, choice: Choice, machine: Machine) -> Estimate:
    """The cost model of a window layer."""
    engine, cores = choice.engine, machine.cores
    busy = np.zeros(cores)
    elapsed = 0.0
    width = work.window.out_width
    _, unit_tiles = choice.tiles(work)
    hoisted = choice.order == "rows-groups-weights" and unit_tiles > 1
    for rows, row_count in _ragged(work.out_height, choice.tile_rows):
        pixels = rows * width
        for units, unit_count in _ragged(engine.units, choice.tile_units):
            tile, spent = _tile_work(work, choice, pixels, units, machine, gather=not hoisted)
            busy += tile * (row_count * unit_count)
            elapsed += spent * (row_count * unit_count)
        if hoisted:
            gathered, spent = _gather_work(work, choice, pixels, machine)
            busy += gathered * row_count
            elapsed += spent * row_count
    sizes, counts = buffers_of(work, choice), loops_of(work, choice)
    moved, hidden, exposed, weight_bytes = 0, 0.0, 0.0, 0
    for label, count in counts.items():
        if label not in sizes:
            continue
        lines = 1
        size = sizes[label]
        if label == "w":
            size = min(size, engine.units * engine.unit_bytes)
            total = engine.units * engine.unit_bytes * max(1, count // unit_tiles)
            weight_bytes = total
        elif label == "out":
            total = work.pixels * work.out_channels
            lines = work.pixels if unit_tiles > 1 and choice.order == ORDERS[0] else 1
        else:
            total = size * count
        moved += total
        cost = (count - 1) * machine.transfer(total // count, max(1, lines // count))
        first = machine.transfer(total // count, max(1, lines // count))
        exposed += first
        if label in choice.double:
            hidden += cost
        else:
            exposed += cost
    cycles = max(elapsed, hidden) + exposed + STEP * max(counts.values())
    return Estimate(cycles, busy, moved, weight_bytes)


def _tile_work(
    work: WindowWork, choice: Choice, pixels: int, units: int, machine: Machine, *, gather: bool
) -> tuple[NDArray[np.float64], float]:
    """(work of each core, elapsed cycles) of one tile of pixels x units."""
    engine, cores, split = choice.engine, machine.cores, choice.split
    if isinstance(engine, PadEngine):
        shares = [high - low for low, high in Split(cores, 1, 1).row_shares(pixels)]
        tile = np.array([_im2col(work, engine, n) for n in shares])
        return tile, float(tile.max()) + machine.barrier()
    if choice.group == 0:
        tile = split.work(engine, pixels, units, cores)
        return tile, float(tile.max()) + 2 * machine.barrier()
    if choice.private:
        size = choice.group // split.rows
        tile = np.zeros(cores)
        for core, (low, high) in enumerate(split.row_shares(pixels)):
            for n, count in _ragged(high - low, size):
                tile[core] += count * (_im2col(work, engine, n) + engine.cycles(n, units))
        return tile, float(tile.max()) + 2 * machine.barrier()
    tile, elapsed = np.zeros(cores), 0.0
    for n, count in _ragged(pixels, choice.group):
        group = split.work(engine, n, units, cores)
        tile += count * group
        elapsed += count * (float(group.max()) + 2 * machine.barrier())
    if gather:
        gathered, spent = _gather_work(work, choice, pixels, machine)
        return tile + gathered, elapsed + spent
    return tile, elapsed


def _gather_work(
    work: WindowWork, choice: Choice, pixels: int, machine: Machine
) -> tuple[NDArray[np.float64], float]:
    """The same of gathering a tile's rows with all cores together."""
    cores = machine.cores
    gathered, elapsed = np.zeros(cores), 0.0
    if choice.group == 0 or choice.private:
        return gathered, elapsed
    for n, count in _ragged(pixels, choice.group):
        shares = [high - low for low, high in Split(cores, 1, 1).row_shares(n)]
        part = np.array([_im2col(work, choice.engine, share) for share in shares])
        gathered += count * part
        elapsed += count * float(part.max())
    return gathered, elapsed


def _im2col(work: WindowWork, engine: Engine, rows: int) -> float:
    return estimates.im2col(work.window, engine.tap_pitch, engine.row_pitch, rows) if rows else 0.0


def _pieces(total: int, most: int) -> list[int]:
    """Sizes that cut `total` into 1, 2, 3, ... about equal pieces, largest first."""
    return sorted({-(-total // parts) for parts in range(1, min(total, most) + 1)} | {1})[::-1]


def _groups(work: WindowWork, choice: Choice) -> list[int]:
    """Sizes of the im2col buffer worth trying, largest first."""
    pixels = min(choice.tile_rows, work.out_height) * work.window.out_width
    step = choice.split.row_step
    parts = choice.split.rows
    share = -(-pixels // parts)
    if choice.private:
        sizes = {min(round_up(share, step), step * k) * parts for k in (1, 2, 4)}
        sizes |= {parts * k for k in (1, 2) if k < step}
    else:
        sizes = {min(pixels, parts * step * k) for k in (1, 2, 4, 8)}
        sizes |= {min(pixels, parts * k) for k in (1, 2)} | {1}
    return sorted(sizes, reverse=True)


def choices(work: WindowWork, engine: Engine, machine: Machine) -> Iterator[Choice]:
    """Ways to run a layer with one engine that fit in L1.

    For every split, order and tile of units: the two largest tiles of rows that fit, each with
    the largest im2col buffers that fit, all transfers overlapped if possible.
    """
    budget, cores = machine.l1_bytes, machine.cores
    direct = work.is_direct(engine) or isinstance(engine, PadEngine)
    unit_sizes = _pieces(engine.units, 64) if engine.divisible else [engine.units]
    row_sizes = _pieces(work.out_height, 32)
    pixels = work.pixels
    for split in candidate_splits(engine, pixels, engine.units, cores):
        if split.parts < cores * 0.6 and split.parts < min(cores, pixels * engine.units):
            continue
        for units in unit_sizes:
            if units < split.records:
                continue
            orders = ORDERS if units < engine.units else ORDERS[:1]
            for order in orders:
                base = Choice(engine, order, 1, units, 0, False, split, frozenset())
                found = 0
                for rows in row_sizes:
                    sized = replace(base, tile_rows=rows)
                    fitting = list(_fitting(work, sized, direct, budget))
                    yield from fitting
                    found += bool(fitting)
                    if found == 2:
                        break


def _fitting(work: WindowWork, choice: Choice, direct: bool, budget: int) -> Iterator[Choice]:
    """The variants of a choice (im2col buffer, overlap) that fit, the best ones first."""
    can_be_private = choice.split.records == 1 and choice.order != "rows-groups-weights"
    variants: list[Choice] = []
    if direct:
        variants.append(choice)
    else:
        for private in (True, False) if can_be_private else (False,):
            kind = replace(choice, private=private)
            variants += [replace(kind, group=group) for group in _groups(work, kind)]
    found = 0
    for variant in variants:
        wanted = doubling(work, variant)
        for double in _reductions(wanted):
            doubled = replace(variant, double=double)
            if l1_bytes(work, doubled) <= budget:
                yield doubled
                found += 1
                break
        if found == 3:
            return


def _reductions(wanted: frozenset[str]) -> Iterator[frozenset[str]]:
    """All of the wanted labels, then fewer: outputs are given up first, weights last."""
    yield wanted
    left = wanted
    for label in ("out", "x", "w"):
        if label in left:
            left = left - {label}
            yield left


Scored = tuple[float, Choice, Estimate]


def plan_window(work: WindowWork, engines: Sequence[Engine], machine: Machine) -> WindowPlan:
    """The best plan of a layer over all engines.

    Raises NmcError naming the layer and the bytes missing where nothing fits in L1.
    """
    scored: list[Scored] = []
    for engine in engines:
        for choice in choices(work, engine, machine):
            result = estimate(work, choice, machine)
            scored.append((result.cycles, choice, result))
    if not scored:
        missing = min(_least(work, engine, machine.cores) for engine in engines) - machine.l1_bytes
        raise NmcError(
            f"layer {work.layer.name}: its smallest tile needs {missing} bytes more than the "
            f"{machine.l1_bytes} bytes of L1 beside the stacks; give it more L1 or fewer cores"
        )
    scored.sort(key=lambda item: item[0])
    best = scored[0]
    even = [item for item in scored if busiest(item[2].work) <= BALANCED]
    if even and even[0][0] <= best[0] * BALANCE_WORTH:
        best = even[0]
    return _to_plan(work, best[1], best[2], machine.cores, _reason(best, scored))


def _least(work: WindowWork, engine: Engine, cores: int) -> int:
    """Bytes of L1 of the smallest choice there is."""
    direct = work.is_direct(engine) or isinstance(engine, PadEngine)
    units = 1 if engine.divisible else engine.units
    split = best_split(engine, 1, units, cores)
    group = 0 if direct else 1
    smallest = Choice(engine, ORDERS[0], 1, units, group, False, split, frozenset())
    return l1_bytes(work, smallest)


def _reason(
    best: tuple[float, Choice, Estimate], scored: list[tuple[float, Choice, Estimate]]
) -> str:
    """Why this kernel: its estimate beside the best of each other kernel."""
    others: dict[str, float] = {}
    for cycles, choice, _ in scored:
        others.setdefault(choice.engine.name, cycles)
    own = best[1].engine.name
    rest = [f"{name} {cycles:.0f}" for name, cycles in others.items() if name != own]
    return f"{best[0]:.0f} cycles" + (f" (others: {', '.join(rest)})" if rest else "")


def _to_plan(
    work: WindowWork, choice: Choice, result: Estimate, cores: int, reason: str
) -> WindowPlan:
    return WindowPlan(
        kernel=choice.engine.name,
        reason=reason,
        cores=cores,
        double=tuple(sorted(choice.double)),
        l1_bytes=l1_bytes(work, choice),
        dma_bytes=result.dma_bytes,
        cycles=round(result.cycles),
        busiest=busiest(result.work),
        order=choice.order,
        tile_rows=choice.tile_rows,
        tile_records=choice.tile_units,
        group=choice.group,
        private=choice.private,
        split=(choice.split.rows, choice.split.records),
        row_step=choice.split.row_step,
    )
