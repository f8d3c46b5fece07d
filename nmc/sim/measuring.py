"""Reads the counters of a machine."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from nmc.measurements import Counters, Traffic
from nmc.sim import layout as at
from nmc.sim.jit import Ints
from nmc.sim.result import LayerResult
from nmc.sim.state import Machine


@dataclass(frozen=True)
class Snapshot:
    """The counters of the cluster's cores at one time."""

    name: str
    """Of the layer that begins."""
    cycles: int
    numbers: Ints
    """int64 (cores + 1, 1 + kinds of stalls): the instructions and the stalls of each core, and of
    the controller, which is the last."""
    dma_bytes: int
    l3_bytes: int
    bank_conflicts: Ints
    """int64 (banks)"""
    traffic: Traffic | None

    @property
    def counters(self) -> list[Counters]:
        """Of each core and of the controller."""
        return [_named(row) for row in self.numbers.tolist()]

    @property
    def total(self) -> Counters:
        """Of all cores."""
        return _named(self.numbers[:-1].sum(axis=0).tolist())


def snapshot(m: Machine, name: str, traffic: Traffic | None = None) -> Snapshot:
    """The machine's counters now; `traffic` is measured elsewhere."""
    s = m.s
    return Snapshot(
        name=name,
        cycles=cycles(m),
        numbers=_numbers(m),
        dma_bytes=int(s[at.DMA_BYTES]),
        l3_bytes=int(s[at.L3_BYTES]),
        bank_conflicts=m.area(at.CONFLICTS, (int(s[at.CFG_BANK_MASK]) + 1,)).copy(),
        traffic=traffic,
    )


def cycles(m: Machine) -> int:
    """Cycles since the release of the cluster's cores; before it, since the start."""
    return int(m.s[at.NOW]) - max(0, int(m.s[at.RELEASED]))


def difference(a: Snapshot, b: Snapshot) -> LayerResult:
    """What happened between two snapshots, as the layer that began with the first."""
    spent = replace(
        b, numbers=b.numbers - a.numbers, bank_conflicts=b.bank_conflicts - a.bank_conflicts
    )
    return LayerResult(
        name=a.name,
        cycles=b.cycles - a.cycles,
        instructions=spent.total.instructions,
        stalls=spent.total.stalls,
        dma_bytes=b.dma_bytes - a.dma_bytes,
        l3_bytes=b.l3_bytes - a.l3_bytes,
        cores=tuple(spent.counters[:-1]),
        bank_conflicts=tuple(spent.bank_conflicts.tolist()),
        traffic=b.traffic - a.traffic if a.traffic is not None and b.traffic is not None else None,
    )


def pend(m: Machine, core: int) -> Ints:
    """The 16 numbers of a core at PEND."""
    return m.area(at.PEND + (core << at.PEND_SHIFT), (1 << at.PEND_SHIFT,))


def side(m: Machine, core: int) -> Ints:
    """The 32 numbers of a core at SIDE."""
    return m.area(at.SIDE + (core << at.SIDE_SHIFT), (1 << at.SIDE_SHIFT,))


def counters(m: Machine) -> list[Counters]:
    """Of each core and of the controller, which is the last: their counters now."""
    return [_named(row) for row in _numbers(m).tolist()]


def numbers_of(counters: Iterable[Counters]) -> Ints:
    """The same as `Snapshot.numbers`."""
    rows = [[c.instructions, *(c.stalls[kind] for kind in at.STALL_KINDS)] for c in counters]
    return np.array(rows, np.int64)


def _numbers(m: Machine) -> Ints:
    """As `Snapshot.numbers`, now, an unfinished sleep included."""
    count = int(m.s[at.CFG_CORES]) + 1
    found = np.empty((count, 1 + at.STALL_COUNT), np.int64)
    found[:, 0] = m.area(at.PEND, (count, 1 << at.PEND_SHIFT))[:, at.COUNT]
    found[:, 1:] = m.area(at.STALLS, (count, 1 << at.STALL_SHIFT))[:, : at.STALL_COUNT]
    states = m.area(at.SIDE, (count, 1 << at.SIDE_SHIFT))
    # Charged when it wakes; so far it has slept this long.
    asleep = (m.s[at.NOW] - states[:, at.EU_SINCE]) * (states[:, at.EU_WAIT] != 0)
    found[:, 1 + at.STALL_SLEEP] += asleep
    return found


def _named(numbers: list[int]) -> Counters:
    executed, *stalls = numbers
    return Counters(executed, dict(zip(at.STALL_KINDS, stalls, strict=True)))
