"""Cycles of cores that transpose columns together, and wait for each other at the banks of L1.

Where the lines of a tile are whole rows of banks apart, a column lies in one bank, often that of
other cores' columns too: these want the same bank time and again, and draw apart only as those
that got it go on to the next word. How fast that goes has no short formula, so it is played.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from functools import lru_cache

from nmc.backend.kernels.estimates import Element, transposed_element

# Accesses of a core that are played; the rest goes on as the second half of these did.
PLAYED = 1200
# Cycles between the starts of cores, which the shared instruction cache serves one after another:
# how many was found by measuring.
APART = 2


@lru_cache(maxsize=256)
def transposing(
    shares: Sequence[tuple[int, int]], rows: int, size: int, pitch: int, banks: int
) -> tuple[float, ...]:
    """Cycles of each core: columns [low, high) of `rows` elements of `size` bytes, calls left out.

    pitch: bytes from one line of the tile to the next. Memoised: `shares` is to be a tuple.
    """
    element = transposed_element(size, pitch)
    most = max(high - low for low, high in shares)
    columns = min(most, max(2, PLAYED // (2 * element.pieces * rows)))
    half = columns // 2 or 1
    ends = _play(shares, columns, rows, size, pitch, banks, element)
    found: list[float] = []
    for (low, high), end in zip(shares, ends, strict=True):
        count = high - low
        if count <= columns:
            found.append(end[count])
        else:
            rate = (end[columns] - end[columns - half]) / half
            found.append(end[columns] + (count - columns) * rate)
    return tuple(found)


def _play(
    shares: Sequence[tuple[int, int]],
    columns: int,
    rows: int,
    size: int,
    pitch: int,
    banks: int,
    element: Element,
) -> list[list[int]]:
    """When each core has transposed none, one, two, ... of its first `columns` columns.

    Of the cores that want a bank the one has it that had it longest ago, as in the simulator.
    """
    steps = [
        _accesses(low, min(high, low + columns), rows, size, pitch, banks, element)
        for low, high in shares
    ]
    length = 2 * element.pieces * rows
    ends = [[0] for _ in shares]
    done = [0] * len(shares)
    served = [[0] * len(shares) for _ in range(banks)]
    waiting = [(APART * core, core) for core, accesses in enumerate(steps) if accesses]
    while waiting:
        now = waiting[0][0]
        winners: dict[int, int] = {}
        while waiting and waiting[0][0] == now:
            _, core = heapq.heappop(waiting)
            bank = steps[core][done[core]][0]
            other = winners.setdefault(bank, core)
            if other != core:
                turns = served[bank]
                winners[bank] = core if turns[core] < turns[other] else other
                loser = other if winners[bank] == core else core
                heapq.heappush(waiting, (now + 1, loser))
        for bank, core in winners.items():
            served[bank][core] = now
            next_time = now + steps[core][done[core]][1]
            done[core] += 1
            if done[core] % length == 0:
                ends[core].append(next_time)
            if done[core] < len(steps[core]):
                heapq.heappush(waiting, (next_time, core))
    return ends


def _accesses(
    low: int, high: int, rows: int, size: int, pitch: int, banks: int, element: Element
) -> list[tuple[int, int]]:
    """(bank, cycles to the next access) of the accesses of a core, in order."""
    offsets = [4 * piece for piece in range(element.pieces)]
    after = [1] * (2 * element.pieces)
    after[element.pieces - 1] += element.waits
    after[-1] += element.rest
    found: list[tuple[int, int]] = []
    for column in range(low, high):
        for row in range(rows):
            places = [row * pitch + column * size + offset for offset in offsets]
            places += [(column * rows + row) * size + offset for offset in offsets]
            found += zip((place // 4 % banks for place in places), after, strict=True)
        found[-1] = found[-1][0], found[-1][1] + element.column
    return found
