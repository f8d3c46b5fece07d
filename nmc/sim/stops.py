"""Where replay has stopped: accesses that are due, and cores that leave their streams."""

from nmc.sim.ahead_layout import BANK_MASK, FETCH, NO_ROW, STOP, WRITES
from nmc.sim.block import put, take
from nmc.sim.jit import Words, compiled, inlined, lowest_bit, trailing_zeros, u64
from nmc.sim.layout import (
    ASKED,
    ATTENTION,
    EVENTS_AT,
    FEEDS,
    FETCHING,
    SIDE,
    SIDE_SHIFT,
    STALL_BANK,
    STALL_SHIFT,
    STALLS,
    STOP_TIME,
    STREAMING,
    WAITED,
    WANTS,
    WHEEL_AT,
    WHEEL_MASK,
)
from nmc.sim.replay import STOPS
from nmc.sim.rows import accessing, fetching, wanted, whole_bytes, writing
from nmc.sim.scheduling import request
from nmc.sim.vectors import CORES


@inlined
def due_accesses(s: Words, mem8: Words, now: int) -> tuple[int, int]:
    """Of the cores that are streaming, those with an access at `now`, and those of them that store.

    `replay` has stopped at `now`. Cores that come to their stop are parked instead; those with a
    fetch are among the events.
    """
    asked = s[ASKED]
    if asked == NO_ROW:
        return due_accesses_each(s, mem8, now)
    fetches = fetching(asked)
    if fetches != 0:
        asked &= ~whole_bytes(fetches)
        while fetches != 0:
            park_fetch(s, trailing_zeros(fetches) >> 3, now)
            fetches ^= lowest_bit(fetches)
    put(s, WANTS, wanted(take(s, WANTS), asked, s[STREAMING]))
    due = accessing(asked)
    if asked & STOPS != 0:
        due &= ~park_stops(s, asked, now)
    return due, writing(asked) & due


@compiled
def park_stops(s: Words, asked: int, now: int) -> int:
    """Parks the cores that come to their stop in this row, and returns them."""
    stopped = 0
    flags = asked & STOPS
    while flags != 0:
        core = trailing_zeros(flags) >> 3
        flags &= flags - 1
        stopped |= 1 << core
        park_stop(s, core, (asked >> (core << 3)) & 0xFF, now)
    s[STREAMING] &= ~stopped
    return stopped


@inlined
def park_stop(s: Words, core: int, asked: int, time: int) -> None:
    """The core waits in the time wheel for its stop, the last byte of its stream, at `time`."""
    s[u64(SIDE + (core << SIDE_SHIFT) + STOP_TIME)] = time
    bank = asked & BANK_MASK
    if bank != 0:
        request(s, core, 1 << (bank - 1), time)
    else:
        s[u64(EVENTS_AT + (time & WHEEL_MASK))] |= 1 << core
        s[u64(WHEEL_AT + (time & WHEEL_MASK))] |= ATTENTION


@compiled
def park_fetch(s: Words, core: int, now: int) -> None:
    """The fetch that the core's stream has now is among the events of this time."""
    s[FETCHING] |= 1 << core
    s[u64(EVENTS_AT + (now & WHEEL_MASK))] |= 1 << core
    s[u64(WHEEL_AT + (now & WHEEL_MASK))] |= ATTENTION


@compiled
def count_waits(s: Words) -> None:
    """Adds what streaming cores have waited for banks to their stalls."""
    for core in range(CORES):
        s[u64(STALLS + (core << STALL_SHIFT) + STALL_BANK)] += s[u64(WAITED + core)]
        s[u64(WAITED + core)] = 0


@compiled
def due_accesses_each(s: Words, mem8: Words, now: int) -> tuple[int, int]:
    """The same for any number of cores."""
    due = stores = flags = 0
    rest = s[STREAMING]
    while rest != 0:
        core = trailing_zeros(rest)
        rest &= rest - 1
        asked = int(mem8[u64(s[u64(FEEDS + core)] + now)])
        if asked == FETCH:
            park_fetch(s, core, now)
            asked = 0
        flags |= asked
        s[u64(WANTS + core)] = (asked & BANK_MASK) - 1
        due |= int(asked != 0) << core
        stores |= int(asked & WRITES != 0) << core
    if flags & STOP != 0:
        due &= ~park_stops_each(s, mem8, now)
    return due, stores


@compiled
def park_stops_each(s: Words, mem8: Words, now: int) -> int:
    """Parks the cores that come to their stop at `now`, and returns them."""
    stopped = 0
    rest = s[STREAMING]
    while rest != 0:
        core = trailing_zeros(rest)
        rest &= rest - 1
        asked = int(mem8[u64(s[u64(FEEDS + core)] + now)])
        if asked & FETCH == STOP:
            stopped |= 1 << core
            park_stop(s, core, asked, now)
    s[STREAMING] &= ~stopped
    return stopped
