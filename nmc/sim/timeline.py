"""What happened when in a run: segments of the cores and transfers, and slices made of them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nmc.sim.jit import Ints
from nmc.sim.merging import changes
from nmc.sim.segments import CORE, END, LAYER, MAX_DEPTH, START, TILES


@dataclass(frozen=True)
class Span:
    """Neighbouring segments of one core: a layer (depth 0) or an iteration of a tile loop."""

    core: int
    start: int
    end: int
    depth: int
    layer: int
    number: int
    """Of an iteration: which one of its loop, counted from 0 each time the loop is entered."""


@dataclass(frozen=True)
class Timeline:
    """A run. Times are cycles since reset; the cores are released a little later.

    segments, transfers: see `nmc.sim.segments` and `nmc.sim.transfers`. functions,
    layers: names by number. grain: what is shorter than this many cycles may have
    been merged with its neighbours, 1 if nothing was. cores: of the cluster; the segments of the
    fabric controller are those of core `cores`. released, end: when the cores began, and the run
    ended.
    """

    segments: Ints
    transfers: Ints
    functions: tuple[str, ...]
    layers: tuple[str, ...]
    grain: int
    cores: int
    released: int
    end: int

    def spans(self, depth: int) -> Iterator[Span]:
        """The layers of each core (depth 0), or iterations of tile loops nested `depth` deep.

        In the order of cores and of time. Where segments were merged, a span begins and ends with
        one, at most `grain` cycles from the truth.
        """
        assert 0 <= depth <= MAX_DEPTH
        rows = self.segments
        # A span lasts as long as these stay the same.
        keys = [CORE, LAYER, *range(TILES, TILES + depth)]
        first = changes(rows[:, key] for key in keys)
        last = np.append(first[1:], len(rows)) - 1
        number, outer = 0, (-1,)
        previous_end = -1
        for low, high in zip(first, last, strict=True):
            row = rows[low]
            inside = row[LAYER] if depth == 0 else row[TILES + depth - 1]
            around = tuple(int(row[key]) for key in keys[:-1])
            # Leaving the loop and entering it again begins another count.
            number = number + 1 if around == outer and row[START] == previous_end else 0
            if inside < 0:
                outer = (-1,)
                continue
            outer, previous_end = around, int(rows[high, END])
            yield Span(
                int(row[CORE]), int(row[START]), previous_end, depth, int(row[LAYER]), number
            )
