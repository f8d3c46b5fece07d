"""Choosing kernel, tiles, order and split of a window layer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from nmc.backend.planning.cost import Machine, does_not_fit
from nmc.backend.planning.gathering import bands_of, lines_of, strips_of
from nmc.backend.planning.growing import FEWEST, growing_sizes, own_sizes
from nmc.backend.planning.plans import APART_ORDER, LEAD_ORDER, ORDERS, WindowPlan
from nmc.backend.planning.split import IDLE, Split, best_split, busiest, candidate_splits
from nmc.backend.planning.window_choice import (
    Choice,
    buffers_of,
    doubling,
    gathers_at_once,
    l1_bytes,
)
from nmc.backend.planning.window_cost import Estimate, WindowCost
from nmc.backend.planning.work import Engine, PadEngine, WindowWork
from nmc.numerics.packing import round_up

# A layer is balanced if its busiest core has at most this many thousandths of the mean...
BALANCED = 1100
# ... and a balanced plan is preferred up to this factor of cycles.
BALANCE_WORTH = 1.25


# Into how many about equal pieces a range is cut: 1, 2, 3, 4, 6, 8, 12, 16, ...
PIECES = tuple(sorted({2**k for k in range(13)} | {3 * 2**k for k in range(12)}))


def _pieces(total: int, multiple: int = 1) -> list[int]:
    """Sizes that cut `total` into about equal pieces of a multiple, largest first.

    The last are single multiples, which fit where nothing else does.
    """
    sizes = {round_up(-(-total // parts), multiple) for parts in PIECES if parts <= total}
    sizes.add(multiple)
    return sorted({min(total, size) for size in sizes}, reverse=True)


def _row_sizes(work: WindowWork, engine: Engine) -> list[int]:
    """Sizes that cut the output rows, largest first.

    Also into whole groups of the pixels that the engine has in flight, where a row is not.
    """
    together = max(engine.pixels, engine.interleave)
    step = together // math.gcd(together, work.window.out_width)
    sizes = {*_pieces(work.out_height), *_pieces(work.out_height, step)}
    return sorted(sizes, reverse=True)


def _groups(work: WindowWork, choice: Choice) -> list[int]:
    """Sizes of the im2col buffer worth trying, largest first."""
    pixels = min(choice.tile_rows, work.out_height) * work.window.out_width
    lines = lines_of(work, choice.engine, pixels)
    if lines is not None:
        groups = -(-pixels // (strips_of(work, lines) * lines.lanes))
        return [size * lines.lanes for size in _pieces(groups)]
    step = choice.split.row_step
    parts = choice.split.rows
    if choice.band > 1:
        pixels = choice.band * work.window.out_width
    share = -(-pixels // parts)
    if choice.private:
        sizes = {min(round_up(share, step), step * k) * parts for k in (1, 2, 4)}
        sizes |= {parts * k for k in (1, 2) if k < step}
    else:
        several = (1, 2, 4, 8) if choice.engine.outputs == 1 else (1, 2, 4, 8, 16, 32, 64)
        sizes = {min(pixels, parts * step * k) for k in several}
        sizes |= {min(pixels, parts * k) for k in (1, 2)} | {1}
    # A private buffer is divided into the cores' parts, each of whole groups below each other.
    whole = choice.band * (parts if choice.private else 1)
    sizes = {size for size in sizes if size % whole == 0}
    # Interleaved rows: whole groups of pixels for every core.
    if choice.engine.interleave > 1:
        unit = choice.engine.interleave * (parts if choice.private else 1)
        sizes = {round_up(size, unit) for size in sizes}
    return sorted(sizes, reverse=True)


# An engine whose computing alone takes this many times as long as the best plan is not tried.
HOPELESS = 1.5


# The least bytes of a tile loaded two ahead: weights that stream from L3 come in pieces of a tile.
AHEAD_BYTES = 8192
# Units of each core in the first of tiles that grow, or in a tile loaded two ahead.
LEADS = (1, 2, 3, 4, 6, 8)
# Tiles that double, or grow by a half, a quarter, an eighth.
GROWTHS = (0, 1, 2, 3)
# Each core loads its own where loading takes at most this part of computing: else the port is the
# limit, and tiles that come two ahead leave it idle less.
OWN_LOADING = 1.0


# How many of the largest tiles of rows and im2col buffers that fit are compared.
ROW_TILES, GROUPS = 5, 2


def choices(
    work: WindowWork, engine: Engine, machine: Machine, idle: float = IDLE
) -> Iterator[Choice]:
    """Ways to run a layer with one engine that fit in L1.

    For every split, order and tile of units: the largest tiles of rows that fit, for each the
    largest im2col buffers, all transfers overlapped if possible.
    """
    budget = machine.l1_bytes
    direct = work.is_direct(engine) or isinstance(engine, PadEngine)
    row_sizes = _row_sizes(work, engine)
    for split in candidate_splits(engine, work.pixels, engine.units, machine.cores, idle):
        sizes = _pieces(engine.units, split.records) if engine.divisible else [engine.units]
        for order in ORDERS:
            for units in sizes:
                whole = units == engine.units
                # With one tile of units all orders are the same.
                if units < split.records or (whole and order != ORDERS[0]):
                    continue
                base = Choice(engine, order, 1, units, 0, False, split, frozenset())
                yield from _with_rows(work, base, row_sizes, direct, budget)
                if order == APART_ORDER and not isinstance(engine, PadEngine):
                    apart = replace(base, apart=True)
                    yield from _with_rows(work, apart, row_sizes, direct, budget)
        if work.is_direct(engine) and engine.divisible:
            yield from _growing(work, engine, machine, split, budget)


def _growing(
    work: WindowWork, engine: Engine, machine: Machine, split: Split, budget: int
) -> Iterator[Choice]:
    """Choices with all rows at once and tiles of units that grow, or come two ahead.

    Of those that grow each core can load its own.
    """
    rows = work.out_height
    computing = engine.cycles(work.pixels, engine.units) / machine.cores
    loading = engine.units * engine.unit_bytes / machine.target.dma.bytes_per_cycle
    each = loading <= OWN_LOADING * computing and 1 < split.records == machine.cores
    for shares in LEADS:
        units = shares * split.records
        if FEWEST * units > engine.units:
            return
        whole = Choice(engine, LEAD_ORDER, rows, units, 0, False, split, frozenset())
        for growth in GROWTHS:
            most = max(growing_sizes(engine.units, units, growth))
            grown = replace(whole, tile_units=most, lead=units, growth=growth)
            yield from _fitting(work, grown, True, budget)
            own = own_sizes(engine.units, split.records, units, growth)
            if own is not None and each:
                alone = replace(grown, tile_units=max(own) * split.records, private=True)
                yield from _fitting(work, alone, True, budget)
        if units * engine.unit_bytes >= AHEAD_BYTES:
            yield from _fitting(work, replace(whole, ahead=True), True, budget)


def _with_rows(
    work: WindowWork, choice: Choice, row_sizes: Sequence[int], direct: bool, budget: int
) -> Iterator[Choice]:
    """The choice with the largest tiles of rows that fit."""
    found = 0
    for rows in row_sizes:
        sized = replace(choice, tile_rows=rows)
        if l1_bytes(work, sized) > budget:
            continue
        fitting = list(_fitting(work, sized, direct, budget))
        yield from fitting
        found += bool(fitting)
        if found == ROW_TILES:
            return


def _fitting(work: WindowWork, choice: Choice, direct: bool, budget: int) -> Iterator[Choice]:
    """The variants of a choice (im2col buffer, overlap) that fit, the best ones first."""
    if work.adds and not choice.without_gaps(work):
        return
    for family in _families(work, choice, direct):
        variants = (v for v in family if not v.apart or gathers_at_once(work, v))
        fitting = (_overlapped(work, variant, budget) for variant in variants)
        yield from islice((variant for variant in fitting if variant is not None), GROUPS)


def _families(work: WindowWork, choice: Choice, direct: bool) -> Iterator[Iterable[Choice]]:
    """The variants of a choice by how inputs are gathered, made as they are asked for."""
    if direct:
        yield (choice,)
        return
    # Lines of interleaved pixels are gathered by all cores: neighbouring groups share them.
    can_be_private = (
        choice.split.records == 1
        and choice.order != "rows-groups-weights"
        and lines_of(work, choice.engine, 1) is None
    )
    for private in (True, False) if can_be_private else (False,):
        kind = replace(choice, private=private)
        yield _grouped(work, kind)
        yield _banded(work, kind)


def _grouped(work: WindowWork, kind: Choice) -> Iterator[Choice]:
    """The variants with im2col buffers of each size."""
    return (replace(kind, group=group) for group in _groups(work, kind))


def _overlapped(work: WindowWork, choice: Choice, budget: int) -> Choice | None:
    """The choice with as many transfers overlapped as fit, None if none fits."""
    sizes = buffers_of(work, choice)  # of one copy, whatever is doubled
    for double in _reductions(doubling(work, choice, sizes)):
        doubled = choice if double == choice.double else replace(choice, double=double)
        if l1_bytes(work, doubled, sizes) <= budget:
            return doubled
    return None


def _banded(work: WindowWork, choice: Choice) -> Iterator[Choice]:
    """The variants that gather bands of output rows."""
    band = bands_of(work, choice.engine)
    whole = work.out_height % choice.tile_rows == 0 and choice.tile_rows % band == 0
    if band > 1 and whole and choice.split.row_step == band:
        yield from _grouped(work, replace(choice, band=band))


def _reductions(wanted: frozenset[str]) -> Iterator[frozenset[str]]:
    """All of the wanted labels, then fewer: outputs are given up first, weights last."""
    yield wanted
    left = wanted
    for label in ("out", "addend", "x", "w"):
        if label in left:
            left = left - {label}
            yield left


Scored = tuple[Estimate, Choice, WindowCost]


class WindowSearch:
    """All ways worth comparing to run one layer on one machine."""

    def __init__(self, work: WindowWork, engines: Sequence[Engine], machine: Machine):
        """Raises NmcError naming the layer and the bytes missing where nothing fits in L1."""
        self.work, self.cores = work, machine.cores
        self.scored: list[Scored] = []
        # Where L1 barely suffices, only a split that leaves cores idle may fit.
        for idle in (IDLE, 1.0):
            for engine in _promising(engines, work) if not self.scored else ():
                floor = _computing(engine, work) / machine.cores
                if self.scored and floor > HOPELESS * min(item[0].cycles for item in self.scored):
                    break
                seen = work.seen_by(engine)
                model = WindowCost(seen, engine, machine)
                found = choices(seen, engine, machine, idle)
                self.scored += [(model.estimate(choice), choice, model) for choice in found]
        if not self.scored:
            least = min(_least(work.seen_by(engine), engine, machine.cores) for engine in engines)
            raise does_not_fit(work.layer.name, least, machine.l1_bytes)

    def best(
        self, price: float = 0.0, rate: float = math.inf, *, resident: bool = True
    ) -> WindowPlan:
        """The cheapest plan where weights come at `rate` bytes a cycle and a byte costs `price`.

        A balanced one is preferred as long as it costs little more. resident: whether weights are
        surely in L2; else none of the plans in which each core loads its own.
        """
        scored = [item for item in self.scored if resident or not item[1].loads_own]

        def cost(item: Scored) -> float:
            read = item[0].weight_bytes
            return max(item[0].cycles, read / rate) + price * read

        ranked = sorted(scored, key=cost)
        limit = cost(ranked[0]) * BALANCE_WORTH
        near = (item for item in ranked if cost(item) <= limit)
        best = next((item for item in near if _uneven(item) <= BALANCED), ranked[0])
        return _to_plan(best, self.cores, _reason(best, ranked))

    def few(self, first: WindowPlan, count: int, *, thrifty: bool) -> list[WindowPlan]:
        """`first` and the cheapest plans unlike it and each other, `count` of them at most.

        Plans are alike that agree in kernel, order of loops and tile of records. thrifty: none
        that reads more bytes of weights than `first`. The others give no reason.
        """
        ranked = sorted(self.scored, key=lambda item: item[0].cycles)
        plans = [_to_plan(item, self.cores, "") for item in ranked]
        bare = replace(first, reason="")
        read = [
            item[0].weight_bytes for item, plan in zip(ranked, plans, strict=True) if plan == bare
        ]
        found = {_kind(first): first}
        for item, plan in zip(ranked, plans, strict=True):
            if not thrifty or (read and item[0].weight_bytes <= read[0]):
                found.setdefault(_kind(plan), plan)
        return list(found.values())[:count]


def _kind(plan: WindowPlan) -> tuple[str, str, int]:
    return plan.kernel, plan.order, plan.tile_records


def _promising(engines: Sequence[Engine], work: WindowWork) -> list[Engine]:
    """The engines by what computing alone takes, the fastest first."""
    return sorted(engines, key=lambda engine: _computing(engine, work))


def _computing(engine: Engine, work: WindowWork) -> float:
    """Cycles of one core that computes all of a layer."""
    return engine.cycles(work.seen_by(engine).pixels, engine.units)


def _uneven(item: Scored) -> int:
    return busiest(item[2].core_work(item[1]))


def _least(work: WindowWork, engine: Engine, cores: int) -> int:
    """Bytes of L1 of the smallest choice there is."""
    direct = work.is_direct(engine) or isinstance(engine, PadEngine)
    units = 1 if engine.divisible else engine.units
    split = best_split(engine, 1, units, cores)
    group = 0 if direct else engine.interleave
    smallest = Choice(engine, ORDERS[0], 1, units, group, False, split, frozenset())
    return l1_bytes(work, smallest)


def _reason(best: Scored, scored: list[Scored]) -> str:
    """Why this kernel: its estimate beside the best of each other kernel.

    Where another is faster, what this one is better at.
    """
    others: dict[str, float] = {}
    for result, choice, _ in scored:
        others.setdefault(choice.engine.name, result.cycles)
    own = best[1].engine.name
    rest = [f"{name} {cycles:.0f}" for name, cycles in others.items() if name != own]
    why = f"{best[0].cycles:.0f} cycles"
    if best is not scored[0]:
        why += ", split more evenly"
    elif best[0].cycles > min(others.values()):
        why += ", streaming fewer weights"
    return why + (f" (others: {', '.join(rest)})" if rest else "")


def _to_plan(item: Scored, cores: int, reason: str) -> WindowPlan:
    result, choice, model = item
    return WindowPlan(
        kernel=choice.engine.name,
        reason=reason,
        cores=cores,
        double=tuple(sorted(choice.double)),
        l1_bytes=l1_bytes(model.work, choice),
        dma_bytes=result.dma_bytes,
        cycles=round(result.cycles),
        busiest=_uneven(item),
        order=choice.order,
        tile_rows=choice.tile_rows,
        tile_records=choice.tile_units,
        group=choice.group,
        private=choice.private,
        split=(choice.split.rows, choice.split.records),
        row_step=choice.split.row_step,
        band=choice.band,
        apart=choice.apart,
        lead=choice.lead,
        growth=choice.growth,
        ahead=choice.ahead,
    )
