"""Lines of code that a core fetches ahead of their time, see nmc.sim.ahead.

Which line of its own cache a new one takes the place of depends on the core alone, so execution
puts the line there at once and goes on. When the shared level delivers it depends on the others:
that is asked in the order of time, when the core's stream says so.
"""

from nmc.sim.ahead_layout import (
    FETCH,
    FETCH_LINE,
    FETCH_PLACES,
    FETCH_VICTIM,
    FETCH_WAY,
    FETCHES,
    FETCHES_MAX,
    MISS_MAX,
    NOTES,
    STREAM_SHIFT,
)
from nmc.sim.icache import fetch_shared, fill_private, ways_of
from nmc.sim.jit import Words, clear_bytes, compiled, u64
from nmc.sim.layout import (
    AT_LINES,
    AT_NOTES,
    CFG_LINES,
    CFG_MISS,
    CFG_STREAMS,
    FEEDS,
    FETCHED,
    FETCHES_KNOWN,
    FETCHES_SERVED,
    ICACHE_ENABLED,
    LAST_FETCH,
    STALL_ICACHE,
)
from nmc.sim.scheduling import stall


@compiled
def first_fetch(s: Words, core: int) -> int:
    """Where the notes of the core's fetches begin."""
    return s[AT_NOTES] + core * NOTES + FETCHES


@compiled
def fetch_ahead(
    s: Words, mem8: Words, core: int, line: int, time: int, stream: int, full: int
) -> bool:
    """Puts `line`, which the core asks for at `time`, into its cache, if it may.

    Before `full` the fetch is noted: at `stream`, the place of this time in the core's stream.
    Later only those count that were noted and have been served.
    """
    fetched = s[u64(FETCHED + core)]
    if time < full:
        if fetched == FETCHES_MAX or s[ICACHE_ENABLED] == 0 or s[CFG_MISS] > MISS_MAX:
            return False
        mem8[u64(stream)] = FETCH
    elif fetched >= s[u64(FETCHES_KNOWN + core)]:
        return False
    way, victim = fill_private(s, core, line, time)
    place = first_fetch(s, core) + fetched * FETCH_PLACES
    s[u64(place + FETCH_LINE)] = line
    s[u64(place + FETCH_WAY)] = way
    s[u64(place + FETCH_VICTIM)] = victim
    s[u64(FETCHED + core)] = fetched + 1
    return True


@compiled
def take_back_lines(s: Words, core: int) -> None:
    """Takes the lines that were fetched ahead out of the core's cache again."""
    lines = s[AT_LINES] + core * s[CFG_LINES]
    ways = ways_of(s, core)
    first = first_fetch(s, core)
    place = first + s[u64(FETCHED + core)] * FETCH_PLACES
    while place != first:
        place -= FETCH_PLACES
        way, victim = s[u64(place + FETCH_WAY)], s[u64(place + FETCH_VICTIM)]
        s[u64(lines + s[u64(place + FETCH_LINE)])] = 0
        if victim >= 0:
            s[u64(lines + victim)] = way
        s[u64(ways + way)] = victim
    s[u64(FETCHED + core)] = 0


@compiled
def serve_fetch(s: Words, mem8: Words, core: int, now: int) -> None:
    """The core, which is streaming, asks for the line that its stream fetches now.

    Its place in the stream goes back, so that it comes behind this fetch when the line is there.
    What it passes once more until then is cleared: it has been served.
    """
    served = s[u64(FETCHES_SERVED + core)]
    line = s[u64(first_fetch(s, core) + served * FETCH_PLACES + FETCH_LINE)]
    cycles = fetch_shared(s, line, now) - now
    stall(s, core, STALL_ICACHE, cycles)
    place = s[u64(FEEDS + core)] + now
    start = s[CFG_STREAMS] + (core << STREAM_SHIFT)
    s[u64(FETCHES_SERVED + core)] = served + 1
    s[u64(LAST_FETCH + core)] = place - start
    s[u64(FEEDS + core)] -= cycles - 1
    # Before a stream begins there is nothing but zeros.
    first = max(place - (cycles - 1), start)
    clear_bytes(mem8, first, place + 1 - first)
