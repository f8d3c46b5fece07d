"""Tiles of flat layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from nmc.backend.kernels.estimates import CALL, transposed_element
from nmc.backend.planning.cost import ALIGN, STEP, Machine, does_not_fit
from nmc.backend.planning.plans import FlatPlan
from nmc.backend.planning.split import busiest, byte_step
from nmc.backend.planning.transposing import transposing
from nmc.backend.planning.work import FlatWork
from nmc.dialects.cluster import share_of
from nmc.numerics.packing import round_up

# Tiles beyond this many bytes of L1 gain nothing: the transfer's start is hidden already.
ENOUGH = 32768
# Lines of code of each further range of a layer, and what a range that is only copied has fewer.
RANGE_LINES, UNCOMPUTED_LINES = 8, 9


def flat_l1(work: FlatWork, tile: int, double: bool) -> int:
    """Bytes of L1 of a tile of `tile` positions, inputs and output twice where doubled."""
    sizes = [*work.in_bytes, work.out_bytes]
    once = sum(round_up(tile * size, ALIGN) for size in sizes if size)
    return once * (2 if double else 1) + round_up(work.fixed_bytes, ALIGN)


def plan_flat(work: FlatWork, machine: Machine, share: int = 1, further: bool = False) -> FlatPlan:
    """The fastest of large even tiles that fit in 1/share of L1, overlapped or not.

    further: it is not the first range of its layer.

    Raises NmcError naming the layer and the bytes missing where one step does not fit.
    """
    room = machine.l1_bytes // share
    best = min(
        _candidates(work, machine.cores, room),
        key=lambda found: _estimate(work, *found, machine)[0],
        default=None,
    )
    if best is None:
        least = flat_l1(work, min(work.step, work.positions), False)
        raise does_not_fit(work.layer.name, least, room)
    tile, double = best
    labels = (*work.sources, "out") if double else ()
    cycles, shares = _estimate(work, tile, double, machine)
    lines = work.code_lines - (0 if work.computes else UNCOMPUTED_LINES)
    cycles += machine.code(RANGE_LINES + lines) if further else machine.entry(lines)
    moved = work.positions * (sum(work.in_bytes) + work.out_bytes) * work.repeats
    moved += work.fixed_bytes
    return FlatPlan(
        kernel=work.kernel,
        reason=f"{cycles:.0f} cycles",
        cores=machine.cores,
        double=tuple(sorted(labels)),
        l1_bytes=flat_l1(work, tile, double),
        dma_bytes=moved,
        cycles=round(cycles),
        busiest=busiest(shares),
        tiles=(tile,),
    )


def _candidates(work: FlatWork, cores: int, room: int) -> Iterator[tuple[int, bool]]:
    """(tile, doubled): all at once, or the largest tiles of steps for every core, and of any.

    Where a tile comes in lines, the largest that leaves none ragged too.
    """
    steps = cores * work.step, work.step
    budget = min(room, max(ENOUGH, flat_l1(work, steps[0], True)))
    if flat_l1(work, work.positions, False) <= budget:
        yield work.positions, False
        return
    for double, step in product((True, False), steps):
        tile = _largest(work, budget, double, step)
        if tile:
            yield tile, double and work.computes
        even = next((n for n in range(tile, tile // 2, -1) if work.positions % n == 0), 0)
        if work.in_lines > 1 and even not in (0, tile):
            yield even, double and work.computes


def _largest(work: FlatWork, budget: int, double: bool, step: int) -> int:
    """The largest tile, a multiple of `step`, that fits; evened out over the tiles; 0: none."""
    low, high = 0, -(-work.positions // step)
    while low < high:
        middle = (low + high + 1) // 2
        if flat_l1(work, middle * step, double) <= budget:
            low = middle
        else:
            high = middle - 1
    if low == 0:
        return 0
    tiles = -(-work.positions // (low * step))
    return round_up(-(-work.positions // tiles), step)


def _estimate(
    work: FlatWork, tile: int, double: bool, machine: Machine
) -> tuple[float, list[float]]:
    """(cycles of the range, work of each core)."""
    tiles = -(-work.positions // tile)
    shares = [0.0] * machine.cores
    compute, moving, handled = 0.0, 0.0, 0
    for size, count in ((tile, tiles - 1), (work.positions - tile * (tiles - 1), 1)):
        step = work.step
        if work.kernel == "add":
            step = byte_step(size, machine.cores, machine.banks)
        parts = [share_of(size, core, machine.cores, step) for core in range(machine.cores)]
        cycles = _position_cycles(work, parts, size, machine)
        shares = [total + count * each for total, each in zip(shares, cycles, strict=True)]
        if work.computes:
            compute += count * (max(cycles) + CALL + 2 * machine.barrier())
        moves = _moves(work, size, machine)
        moving += count * sum(moves)
        handled += count * len(moves)
    first = sum(_moves(work, tile, machine))
    compute += handled * machine.handling() if double else 0.0
    total = max(compute, moving - first) + first if double else compute + moving
    total += _apart(work, tile, machine)
    if work.fixed_bytes:
        total += machine.transfer(work.fixed_bytes)
    # Of a single tile there is no loop.
    steps = tiles * work.repeats if tiles * work.repeats > 1 else 0
    step = STEP if work.computes else machine.handling()
    return total * work.repeats + steps * step, shares


def _position_cycles(
    work: FlatWork, parts: Sequence[tuple[int, int]], size: int, machine: Machine
) -> list[float]:
    """What each core computes of a tile of `size` positions."""
    if work.element:
        pitch = size * work.element
        if pitch % (4 * machine.banks) == 0:
            return [*transposing(tuple(parts), work.in_lines, work.element, pitch, machine.banks)]
        element = transposed_element(work.element, pitch)
        column = element.column + work.in_lines * element.cycles
        column *= machine.contention(2 * element.pieces / element.cycles)
        return [(high - low) * column for low, high in parts]
    one = work.position_cycles * machine.contention()
    return [(high - low) * one for low, high in parts]


def _apart(work: FlatWork, tile: int, machine: Machine) -> float:
    """Cycles of the lines of a ragged last tile: apart on both sides, core 0 waits for each."""
    rest = work.positions % tile
    if work.in_lines == 1 or rest == 0 or tile > work.positions:
        return 0.0
    return machine.one_by_one(rest * sum(work.in_bytes) // work.in_lines, work.in_lines)


def _moves(work: FlatWork, size: int, machine: Machine) -> list[float]:
    """Cycles of each transfer of a tile of `size` positions."""
    inward = [machine.transfer(size * each, work.in_lines) for each in work.in_bytes]
    if not work.computes:
        return 2 * inward
    return [*inward, machine.transfer(size * work.out_bytes)]
