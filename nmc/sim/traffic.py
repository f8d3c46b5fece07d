"""How long the DMA and the L3 channel were busy, and how much of it no core computed beside."""

from dataclasses import dataclass, field

import numpy as np

from nmc.measurements import Counters, Traffic
from nmc.sim import dma, l3
from nmc.sim import layout as at
from nmc.sim.jit import Ints
from nmc.sim.measuring import side
from nmc.sim.state import Machine

_FOREVER = 1 << 60


@dataclass
class TrafficMeter:
    """Adds up busy cycles from records that come in pieces; exact to the cycle.

    A core computes unless it waits in the event unit, polls for the end of a transfer, or has not
    begun.
    """

    total: Traffic = field(default_factory=Traffic)
    _until: int = 0
    _kept: Ints = field(default_factory=lambda: np.empty((0, 3), np.int64))
    """(entity, start, end) of what reaches beyond `_until`; of a core: its waits."""
    _begun: set[int] = field(default_factory=set[int])

    def collect(self, m: Machine, records: Ints, now: int) -> None:
        """Takes the records up to `now`; what is under way is read from the machine."""
        cores = int(m.s[at.CFG_CORES])
        entity = records[:, at.RECORD_ENTITY]
        chosen = (records[:, at.RECORD_WAIT] > 0) & (entity < cores) | (entity >= at.RX)
        columns = [at.RECORD_ENTITY, at.RECORD_START, at.RECORD_END]
        waits = records[chosen][:, columns]
        pieces = [self._kept, waits, self._before_begin(m, records, cores)]
        spans = np.concatenate(pieces)
        self._kept = spans[spans[:, 2] > now]
        self._add(np.concatenate([spans, _under_way(m, cores)]), cores, now)
        self.total += Traffic(polling=_polling(records[chosen & (entity < cores)]))
        self._until = now

    def _before_begin(self, m: Machine, records: Ints, cores: int) -> Ints:
        """The time before each core's first segment, for cores that begin in these records."""
        found: list[tuple[int, int, int]] = []
        for core in range(cores):
            if core in self._begun or not side(m, core)[at.ENABLED]:
                continue
            self._begun.add(core)
            own = records[records[:, at.RECORD_ENTITY] == core]
            place = int(m.s[at.AT_OPEN]) + (core << at.OPEN_SHIFT) + at.OPEN_START
            begin = own[0, at.RECORD_START] if len(own) else m.s[place]
            found.append((core, self._until, int(begin)))
        return _table(found)

    def _add(self, spans: Ints, cores: int, now: int) -> None:
        """Counts the cycles from the last `now` to this one."""
        low, high = self._until, now
        spans = spans.copy()
        spans[:, 1:] = np.clip(spans[:, 1:], low, high)
        points = np.unique(np.append(spans[:, 1:].ravel(), (low, high)))
        length = np.diff(points)
        # A core's time between release and first segment may be covered twice, by the same span.
        asleep = sum(_covers(spans, core, points) for core in range(cores))
        computing = np.asarray(asleep) < cores
        rx, tx, channel = (_covers(spans, e, points) for e in (at.RX, at.TX, at.L3_CHANNEL))
        either = rx | tx

        def cycles(where: Ints) -> int:
            return int(length[where].sum())

        self.total += Traffic(
            dma_in=cycles(rx),
            dma_out=cycles(tx),
            dma=cycles(either),
            dma_overlapped=cycles(either & computing),
            l3=cycles(channel),
            l3_overlapped=cycles(channel & computing),
        )


def _polling(waits: Ints) -> Counters:
    """What cores did in waits that were no sleeps: those are one instruction."""
    polls = waits[waits[:, at.RECORD_EXECUTED] > 1]
    stalls = polls[:, at.RECORD_STALLS :][:, : at.STALL_COUNT].sum(axis=0)
    found = {kind: int(stalls[i]) for i, kind in enumerate(at.STALL_KINDS) if stalls[i]}
    return Counters(int(polls[:, at.RECORD_EXECUTED].sum()), found)


def _under_way(m: Machine, cores: int) -> Ints:
    """What has begun and not ended: sleeps, cores that have not begun, transfers."""
    found: list[tuple[int, int, int]] = []
    for core in range(cores):
        state = side(m, core)
        if not state[at.ENABLED]:
            found.append((core, 0, _FOREVER))
        elif state[at.EU_WAIT]:
            found.append((core, int(state[at.EU_SINCE]), _FOREVER))
    for channel in range(2):
        place = m.area(at.CHANNELS + (channel << 5), (32,))
        if place[dma.CH_ACTIVE]:
            found.append((at.RX + channel, int(place[dma.CH_SINCE]), _FOREVER))
    if m.s[at.L3 + l3.BUSY]:
        found.append((at.L3_CHANNEL, int(m.s[at.L3 + l3.START]), _FOREVER))
    return _table(found)


def _table(spans: list[tuple[int, int, int]]) -> Ints:
    return np.array(spans, np.int64).reshape(-1, 3)


def _covers(spans: Ints, entity: int, points: Ints) -> Ints:
    """For each interval between neighbours of `points`: whether a span of the entity is there."""
    own = spans[spans[:, 0] == entity]
    begun = np.searchsorted(np.sort(own[:, 1]), points[:-1], "right")
    ended = np.searchsorted(np.sort(own[:, 2]), points[:-1], "right")
    return begun > ended
