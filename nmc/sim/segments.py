"""The table of segments: what each core did from when to when, one row a segment.

Rows are int64, in the order of cores and of time. Segments of a core leave no gaps, and a row
carries its instructions and stalls, so rows can be merged and sums stay what they were.
"""

from dataclasses import dataclass, field

import numpy as np

from nmc.sim import layout as at
from nmc.sim.jit import Ints
from nmc.sim.merging import changes, groups
from nmc.sim.regions import RegionMap

MAX_DEPTH = 3
"""Tile loops within each other that are told apart."""

CORE, FUNCTION, WAIT, START, END, EXECUTED, POLLED, MERGED, LAYER = range(9)
"""FUNCTION: number of a function (`RegionMap.functions`). WAIT: kind of stall if the core slept, or
polled the status of what it waits for, else -1. POLLED: cycles of polling. MERGED: segments that
the row stands for. LAYER: number of the layer (`RegionMap.layers`), -1 outside layers."""
TILES = 9
"""For each depth of tile loops: which of the core's iterations at that depth, -1 outside them."""
STALLS = TILES + MAX_DEPTH
COLUMNS = STALLS + at.STALL_COUNT


def empty_table() -> Ints:
    """A table without rows."""
    return np.empty((0, COLUMNS), np.int64)


@dataclass
class Annotator:
    """Makes rows of the engine's records, which come core by core in the order of time.

    It remembers for each core which layer and iteration it was in.
    """

    map: RegionMap
    _layers: dict[int, int] = field(default_factory=dict[int, int])
    _tiles: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    _inside: dict[int, int] = field(default_factory=dict[int, int])

    def __post_init__(self) -> None:
        regions = self.map.regions
        self._function_of = np.array([self.map.functions.index(r.function) for r in regions])
        self._layer_of = np.array([r.layer for r in regions])
        self._between = np.array([r.between for r in regions])
        self._depth = np.array([min(len(r.loops), MAX_DEPTH) for r in regions])
        self._head = np.array([r.head and len(r.loops) <= MAX_DEPTH for r in regions])

    def rows(self, records: Ints) -> Ints:
        """The rows of some records of segments."""
        records = records[np.argsort(records[:, at.RECORD_ENTITY], kind="stable")]
        rows = np.empty((len(records), COLUMNS), np.int64)
        rows[:, CORE] = records[:, at.RECORD_ENTITY]
        rows[:, FUNCTION] = records[:, at.RECORD_REGION]
        rows[:, WAIT] = records[:, at.RECORD_WAIT] - 1
        rows[:, START] = records[:, at.RECORD_START]
        rows[:, END] = records[:, at.RECORD_END]
        rows[:, EXECUTED] = records[:, at.RECORD_EXECUTED]
        # A wait of the event unit is one instruction.
        polls = (rows[:, WAIT] >= 0) & (rows[:, EXECUTED] > 1)
        rows[:, POLLED] = np.where(polls, rows[:, END] - rows[:, START], 0)
        rows[:, MERGED] = 1
        rows[:, STALLS:] = records[:, at.RECORD_STALLS :][:, : at.STALL_COUNT]
        for core in np.unique(rows[:, CORE]):
            low, high = np.searchsorted(rows[:, CORE], (core, core + 1))
            self._annotate(int(core), rows[low:high])
        rows[:, FUNCTION] = self._function_of[rows[:, FUNCTION]]
        # The rounds of one polling loop are one wait, the head of a tile loop belongs to its body.
        keys = (CORE, FUNCTION, WAIT, LAYER, *range(TILES, TILES + MAX_DEPTH))
        return join(rows, changes(rows[:, key] for key in keys))

    def _annotate(self, core: int, rows: Ints) -> None:
        """Fills in layer and iterations of one core's rows, in place; FUNCTION is a region."""
        region = rows[:, FUNCTION]
        of_layer = self._layer_of[region] >= 0
        known = of_layer | self._between[region]
        values = self._layer_of[region]
        rows[:, LAYER] = _carried(values, known, self._layers.get(core, -1))
        # Functions that a layer calls are inside the loops that its own code is inside of.
        depth = _carried(self._depth[region], known, self._inside.get(core, 0))
        counts = self._tiles.setdefault(core, [-1] * MAX_DEPTH)
        for level in range(MAX_DEPTH):
            # A head that is left at once was the test that ends the loop.
            begins = self._head[region] & (self._depth[region] == level + 1)
            begins[:-1] &= depth[1:] > level
            number = counts[level] + np.cumsum(begins)
            rows[:, TILES + level] = np.where(depth > level, number, -1)
            counts[level] = int(number[-1])
        self._layers[core] = int(rows[-1, LAYER])
        self._inside[core] = int(depth[-1])


def _carried(values: Ints, known: Ints, before: int) -> Ints:
    """`values` where they are `known`, elsewhere the last known one, at first `before`."""
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    return np.where(last >= 0, values[last], before)


def segment_groups(rows: Ints, grain: int) -> Ints:
    """The first of each group of rows that become one where what is short is merged.

    Neighbours on one core and in one layer, shorter than `grain` cycles, whose starts lie in the
    same `grain` cycles, are a group.
    """
    return groups(rows[:, START], rows[:, END], (rows[:, CORE], rows[:, LAYER]), grain)


def join(rows: Ints, first: Ints) -> Ints:
    """One row for each group of neighbours, given the first of each.

    It has the function in which most of its time went, and is a wait only if all of it was one.
    """
    if not len(rows):
        return rows
    joined = rows[first]
    joined[:, END] = rows[np.append(first[1:], len(rows)) - 1, END]
    for column in (EXECUTED, POLLED, MERGED, *range(STALLS, COLUMNS)):
        joined[:, column] = np.add.reduceat(rows[:, column], first)
    lowest = np.minimum.reduceat(rows[:, WAIT], first)
    highest = np.maximum.reduceat(rows[:, WAIT], first)
    joined[:, WAIT] = np.where(lowest == highest, lowest, -1)
    group = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(rows))))
    by_time = np.lexsort((rows[:, START] - rows[:, END], group))
    joined[:, FUNCTION] = rows[by_time[first], FUNCTION]
    return joined
