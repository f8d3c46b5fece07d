"""Tiles of flat layers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from nmc.backend.planning.cost import ALIGN, STEP, Machine, does_not_fit
from nmc.backend.planning.plans import FlatPlan
from nmc.backend.planning.split import busiest, byte_step
from nmc.backend.planning.work import FlatWork
from nmc.dialects.cluster import share_of
from nmc.numerics.packing import round_up

# Tiles beyond this many bytes of L1 gain nothing: the transfer's start is hidden already.
ENOUGH = 32768


def flat_l1(work: FlatWork, tile: int, double: bool) -> int:
    """Bytes of L1 of a tile of `tile` positions, inputs and output twice where doubled."""
    sizes = [*work.in_bytes, work.out_bytes]
    once = sum(round_up(tile * size, ALIGN) for size in sizes if size)
    return once * (2 if double else 1) + round_up(work.fixed_bytes, ALIGN)


def plan_flat(work: FlatWork, machine: Machine, share: int = 1) -> FlatPlan:
    """The fastest of large even tiles that fit in 1/share of L1, overlapped or not.

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
    """(tile, doubled): all at once, or the largest tiles of steps for every core, and of any."""
    steps = cores * work.step, work.step
    budget = min(room, max(ENOUGH, flat_l1(work, steps[0], True)))
    if flat_l1(work, work.positions, False) <= budget:
        yield work.positions, False
        return
    for double, step in product((True, False), steps):
        tile = _largest(work, budget, double, step)
        if tile:
            yield tile, double and work.computes


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
    """(cycles of the layer, work of each core)."""
    tiles = -(-work.positions // tile)
    shares = [0.0] * machine.cores
    compute, moving = 0.0, 0.0
    for size, count in ((tile, tiles - 1), (work.positions - tile * (tiles - 1), 1)):
        step = byte_step(size, machine.cores) if work.kernel == "add" else work.step
        parts = [share_of(size, core, machine.cores, step) for core in range(machine.cores)]
        one = work.position_cycles * machine.contention()
        cycles = [(high - low) * one for low, high in parts]
        shares = [total + count * each for total, each in zip(shares, cycles, strict=True)]
        compute += count * (max(cycles) + 2 * machine.barrier())
        for each in (*work.in_bytes, work.out_bytes):
            moving += count * machine.transfer(size * each)
    first = sum(machine.transfer(tile * each) for each in (*work.in_bytes, work.out_bytes))
    total = max(compute, moving - first) + first if double else compute + moving
    total += machine.transfer(work.fixed_bytes)
    return (total + tiles * STEP) * work.repeats, shares
