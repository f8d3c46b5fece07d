"""Reads the counters of a machine."""

from dataclasses import dataclass

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
    cores: tuple[Counters, ...]
    controller: Counters
    dma_bytes: int
    l3_bytes: int
    bank_conflicts: tuple[int, ...]
    traffic: Traffic | None

    @property
    def instructions(self) -> int:
        """Of all cores."""
        return sum(core.instructions for core in self.cores)

    @property
    def stalls(self) -> dict[str, int]:
        """Of all cores."""
        return {kind: sum(core.stalls[kind] for core in self.cores) for kind in at.STALL_KINDS}


def snapshot(m: Machine, name: str, traffic: Traffic | None = None) -> Snapshot:
    """The machine's counters now; `traffic` is measured elsewhere."""
    s = m.s
    *cores, controller = counters(m)
    return Snapshot(
        name=name,
        cycles=cycles(m),
        cores=tuple(cores),
        controller=controller,
        dma_bytes=int(s[at.DMA_BYTES]),
        l3_bytes=int(s[at.L3_BYTES]),
        bank_conflicts=tuple(m.area(at.CONFLICTS, (int(s[at.CFG_BANK_MASK]) + 1,)).tolist()),
        traffic=traffic,
    )


def cycles(m: Machine) -> int:
    """Cycles since the release of the cluster's cores; before it, since the start."""
    return int(m.s[at.NOW]) - max(0, int(m.s[at.RELEASED]))


def difference(a: Snapshot, b: Snapshot) -> LayerResult:
    """What happened between two snapshots, as the layer that began with the first."""
    return LayerResult(
        name=a.name,
        cycles=b.cycles - a.cycles,
        instructions=b.instructions - a.instructions,
        stalls=_minus(b.stalls, a.stalls),
        dma_bytes=b.dma_bytes - a.dma_bytes,
        l3_bytes=b.l3_bytes - a.l3_bytes,
        cores=tuple(
            Counters(y.instructions - x.instructions, _minus(y.stalls, x.stalls))
            for x, y in zip(a.cores, b.cores, strict=True)
        ),
        bank_conflicts=tuple(
            y - x for x, y in zip(a.bank_conflicts, b.bank_conflicts, strict=True)
        ),
        traffic=b.traffic - a.traffic if a.traffic is not None and b.traffic is not None else None,
    )


def _minus(after: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    return {kind: after[kind] - before[kind] for kind in after}


def pend(m: Machine, core: int) -> Ints:
    """The 16 numbers of a core at PEND."""
    return m.area(at.PEND + (core << at.PEND_SHIFT), (1 << at.PEND_SHIFT,))


def side(m: Machine, core: int) -> Ints:
    """The 32 numbers of a core at SIDE."""
    return m.area(at.SIDE + (core << at.SIDE_SHIFT), (1 << at.SIDE_SHIFT,))


def counters(m: Machine) -> list[Counters]:
    """Of each core and of the controller, which is the last: their counters now, an unfinished
    sleep included."""
    count = int(m.s[at.CFG_CORES]) + 1
    stalls = m.area(at.STALLS, (count, 1 << at.STALL_SHIFT))[:, : at.STALL_COUNT].tolist()
    states = m.area(at.SIDE, (count, 1 << at.SIDE_SHIFT))[:, [at.EU_WAIT, at.EU_SINCE]].tolist()
    counts = m.area(at.PEND, (count, 1 << at.PEND_SHIFT))[:, at.COUNT].tolist()
    now = int(m.s[at.NOW])
    found: list[Counters] = []
    for numbers, (waits, since), executed in zip(stalls, states, counts, strict=True):
        named: dict[str, int] = dict(zip(at.STALL_KINDS, numbers, strict=True))
        if waits:
            # Charged when it wakes; so far it has slept this long.
            named["sleep"] += now - since
        found.append(Counters(executed, named))
    return found
