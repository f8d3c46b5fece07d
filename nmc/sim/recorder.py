"""Collects the engine's records into a timeline of bounded size."""

from copy import deepcopy

import numpy as np

from nmc.measurements import Traffic
from nmc.sim import layout as at
from nmc.sim.jit import Ints
from nmc.sim.measuring import counters, side
from nmc.sim.regions import RegionMap
from nmc.sim.segments import (
    COLUMNS,
    CORE,
    START,
    Annotator,
    empty_table,
    join,
    segment_groups,
)
from nmc.sim.state import Machine
from nmc.sim.timeline import Timeline
from nmc.sim.traffic import TrafficMeter
from nmc.sim.transfers import (
    join_transfers,
    sorted_transfers,
    transfer_groups,
    transfer_rows,
)

MOST_SEGMENTS = 100_000
"""Rows of a timeline."""
MOST_TRANSFERS = 40_000
_COMPACT = 2
"""Rows are merged as soon as there are this many times the most."""


class Recorder:
    """Everything recorded of one run."""

    def __init__(self, regions: RegionMap):
        self._regions = regions
        self.restart()

    def restart(self) -> None:
        """Forgets the run before."""
        self._annotator = Annotator(self._regions)
        self._meter = TrafficMeter()
        self._segments = [empty_table()]
        self._transfers = [transfer_rows(_no_records())]
        self._grain = 1
        self._held = _no_records()

    @property
    def traffic(self) -> Traffic:
        """Of the DMA and the L3 channel, up to the last collection."""
        return self._meter.total

    def collect(self, m: Machine) -> None:
        """Takes the engine's records, and leaves it room for more."""
        assert m.s[at.RECORDS_LOST] == 0, "more records at one time than there is room for"
        count = int(m.s[at.RECORDED])
        area = m.area(int(m.s[at.AT_RECORDS]), (at.RECORDS, 1 << at.RECORD_SHIFT))
        records = area[:count].copy()
        m.s[at.RECORDED] = 0
        self._meter.collect(m, records, int(m.s[at.NOW]))
        of_cores = records[:, at.RECORD_ENTITY] < at.RX
        # What a segment is may depend on the next one, so the last of each core has to wait.
        segments = np.concatenate([self._held, records[of_cores]])
        last = _last_of_each(segments[:, at.RECORD_ENTITY])
        self._held = segments[last]
        self._segments.append(self._annotator.rows(np.delete(segments, last, axis=0)))
        self._transfers.append(transfer_rows(records[~of_cores]))
        self._compact(_COMPACT)

    def timeline(self, m: Machine) -> Timeline:
        """The run up to now; what is still open is taken to end now."""
        self.collect(m)
        self._compact(1)
        rest = np.concatenate([self._held, self._open(m)])
        rows = np.concatenate([*self._segments, deepcopy(self._annotator).rows(rest)])
        return Timeline(
            segments=_sorted(rows),
            transfers=np.concatenate(self._transfers),
            functions=self._regions.functions,
            layers=self._regions.layers,
            grain=self._grain,
            cores=int(m.s[at.CFG_CORES]),
            released=int(m.s[at.RELEASED]),
            end=int(m.s[at.NOW]),
        )

    def _open(self, m: Machine) -> Ints:
        """Records of the segments that have not ended."""
        cores = int(m.s[at.CFG_CORES])
        now = int(m.s[at.NOW])
        records = np.zeros((2, cores + 1, 1 << at.RECORD_SHIFT), np.int64)
        totals = counters(m)
        for core, (run, wait) in enumerate(zip(*records, strict=True)):
            place = m.area(int(m.s[at.AT_OPEN]) + (core << at.OPEN_SHIFT), (1 << at.OPEN_SHIFT,))
            state, so_far = side(m, core), totals[core]
            start, asleep = int(place[at.OPEN_START]), bool(state[at.EU_WAIT])
            since = int(state[at.EU_SINCE]) if asleep else now
            executed = so_far.instructions - int(place[at.OPEN_EXECUTED])
            stalls = np.array([so_far.stalls[kind] for kind in at.STALL_KINDS])
            stalls -= place[at.OPEN_STALLS :][: at.STALL_COUNT]
            stalls[at.STALL_SLEEP] -= now - since
            # A core may be ahead of the others; the fabric controller is asleep uncharged.
            end = start + executed + int(stalls.sum()) if core < cores else now
            run[at.RECORD_START], run[at.RECORD_END] = start, end
            run[at.RECORD_EXECUTED] = executed
            wait[at.RECORD_START], wait[at.RECORD_END] = since, now
            run[at.RECORD_STALLS :][: at.STALL_COUNT] = stalls
            wait[at.RECORD_STALLS + at.STALL_SLEEP] = now - since
            for record in (run, wait):
                record[at.RECORD_ENTITY] = core
                record[at.RECORD_REGION] = place[at.OPEN_REGION]
            wait[at.RECORD_WAIT] = at.STALL_SLEEP + 1
        records = records.reshape(2 * (cores + 1), -1)
        began = records[:, at.RECORD_END] > records[:, at.RECORD_START]
        return records[began]

    def _compact(self, factor: int) -> None:
        """Merges rows until there are at most `factor` times as many as there may be."""
        if (
            sum(map(len, self._segments)) <= factor * MOST_SEGMENTS
            and sum(map(len, self._transfers)) <= factor * MOST_TRANSFERS
        ):
            return
        segments = _by_core(self._segments)
        transfers = sorted_transfers(np.concatenate(self._transfers))
        # Only to the most itself, lest every collection merges.
        while (
            len(segment_groups(segments, self._grain)) > MOST_SEGMENTS
            or len(transfer_groups(transfers, self._grain)) > MOST_TRANSFERS
        ):
            self._grain *= 2
        self._segments.append(join(segments, segment_groups(segments, self._grain)))
        self._transfers = [join_transfers(transfers, transfer_groups(transfers, self._grain))]


def _no_records() -> Ints:
    return np.empty((0, 1 << at.RECORD_SHIFT), np.int64)


def _by_core(tables: list[Ints]) -> Ints:
    """All rows by core and time, taken out of the list: there are so many that one copy has to do.

    Each table has its rows in the order of cores, and those of a core go on where the table before
    ended.
    """
    rows = np.empty((sum(map(len, tables)), COLUMNS), np.int64)
    filled = 0
    for core in range(1 + max(int(table[:, CORE].max(initial=-1)) for table in tables)):
        for table in tables:
            low, high = np.searchsorted(table[:, CORE], (core, core + 1))
            rows[filled : filled + high - low] = table[low:high]
            filled += high - low
    tables.clear()
    return rows


def _last_of_each(values: Ints) -> Ints:
    """Where each value occurs last."""
    _, from_behind = np.unique(values[::-1], return_index=True)
    return len(values) - 1 - from_behind


def _sorted(rows: Ints) -> Ints:
    assert rows.shape[1] == COLUMNS
    return rows[np.lexsort((rows[:, START], rows[:, CORE]))]
