"""Reads the counters of a machine."""

from dataclasses import dataclass

from nmc.sim import layout as at
from nmc.sim.jit import Ints
from nmc.sim.result import Counters, LayerResult
from nmc.sim.state import Machine


@dataclass(frozen=True)
class Snapshot:
    """The counters of the cluster's cores at one time."""

    name: str
    """Of the layer that begins."""
    cycles: int
    cores: tuple[Counters, ...]
    dma_bytes: int
    l3_bytes: int

    @property
    def instructions(self) -> int:
        """Of all cores."""
        return sum(core.instructions for core in self.cores)

    @property
    def stalls(self) -> dict[str, int]:
        """Of all cores."""
        return {kind: sum(core.stalls[kind] for core in self.cores) for kind in at.STALL_KINDS}


def snapshot(m: Machine, name: str) -> Snapshot:
    """The machine's counters now."""
    s = m.s
    cores = tuple(counters(m, core) for core in range(int(s[at.CFG_CORES])))
    return Snapshot(name, cycles(m), cores, int(s[at.DMA_BYTES]), int(s[at.L3_BYTES]))


def cycles(m: Machine) -> int:
    """Cycles since the release of the cluster's cores; before it, since the start."""
    return int(m.s[at.NOW]) - max(0, int(m.s[at.RELEASED]))


def difference(a: Snapshot, b: Snapshot) -> LayerResult:
    """What happened between two snapshots, as the layer that began with the first."""
    before, after = a.stalls, b.stalls
    return LayerResult(
        name=a.name,
        cycles=b.cycles - a.cycles,
        instructions=b.instructions - a.instructions,
        stalls={kind: after[kind] - before[kind] for kind in after},
        dma_bytes=b.dma_bytes - a.dma_bytes,
        l3_bytes=b.l3_bytes - a.l3_bytes,
    )


def pend(m: Machine, core: int) -> Ints:
    """The 16 numbers of a core at PEND."""
    return m.area(at.PEND + (core << at.PEND_SHIFT), (1 << at.PEND_SHIFT,))


def side(m: Machine, core: int) -> Ints:
    """The 32 numbers of a core at SIDE."""
    return m.area(at.SIDE + (core << at.SIDE_SHIFT), (1 << at.SIDE_SHIFT,))


def counters(m: Machine, core: int) -> Counters:
    """What a core has done so far; the fabric controller is core `cores`."""
    stalls = m.area(at.STALLS + (core << at.STALL_SHIFT), (len(at.STALL_KINDS),))
    named = {kind: int(stalls[i]) for i, kind in enumerate(at.STALL_KINDS)}
    state = side(m, core)
    if state[at.EU_WAIT]:
        # Charged when it wakes; so far it has slept this long.
        named["sleep"] += int(m.s[at.NOW] - state[at.EU_SINCE])
    place = pend(m, core)
    return Counters(int(place[at.COUNT]) + (int(place[at.IDX]) >> 2), named)
