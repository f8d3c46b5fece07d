"""The two levels of instruction cache: private to a core, and shared in banks.

The engine looks a line up whenever fetching leaves a line; hits cost nothing and only renew the
line's age. What happens on a miss is here, in the order of time: the shared level serves one
request a bank and cycle, and a line that is still on its way from L2 is waited for.
"""

from nmc.sim.jit import Words, compiled, inlined, u64
from nmc.sim.layout import (
    AT_AGES,
    AT_LINES,
    AT_SHARED,
    AT_SHARED_FREE,
    AT_WAYS,
    CFG_AGES,
    CFG_LINE_SHIFT,
    CFG_LINES,
    CFG_MISS,
    CFG_PRIVATE_SETS,
    CFG_PRIVATE_WAYS,
    CFG_SHARED_BANKS,
    CFG_SHARED_HIT,
    CFG_SHARED_SETS,
    CFG_SHARED_WAYS,
    ICACHE_ENABLED,
    IDX,
    KIND_FETCHED,
    L2_FREE,
    PEND,
    PEND_SHIFT,
    SHARED_STAMP,
    STALL_ICACHE,
)
from nmc.sim.scheduling import park, resume, stall

# A way of the shared level: its line (-1: none), when it was last used, when it was filled.
WAY, LAST_USE, FILLED = 3, 1, 2


@inlined
def fetch_shared(s: Words, line: int, now: int) -> int:
    """Time at which the shared level delivers `line`, asked for now."""
    bank = u64(s[AT_SHARED_FREE] + line % s[CFG_SHARED_BANKS])
    start = max(now, s[bank])
    s[bank] = start + 1
    s[SHARED_STAMP] += 1
    stamp = s[SHARED_STAMP]
    ways = s[CFG_SHARED_WAYS]
    first = s[AT_SHARED] + line % s[CFG_SHARED_SETS] * ways * WAY
    oldest = first
    for entry in range(first, first + ways * WAY, WAY):
        if s[u64(entry)] == line:
            s[u64(entry + LAST_USE)] = stamp
            return max(start + s[CFG_SHARED_HIT], s[u64(entry + FILLED)])
        if s[u64(entry + LAST_USE)] < s[u64(oldest + LAST_USE)]:
            oldest = entry
    # A line is two beats of the L2 port; waiting for the port comes on top of the latency.
    port = max(start, s[L2_FREE])
    s[L2_FREE] = port + 2
    filled = port + s[CFG_MISS]
    s[u64(oldest)] = line
    s[u64(oldest + LAST_USE)] = stamp
    s[u64(oldest + FILLED)] = filled
    return filled


@compiled
def ways_of(s: Words, core: int) -> int:
    """Where the core's ways are: counted from 1, because 0 is the place of a line not there."""
    return s[AT_WAYS] + core * s[CFG_PRIVATE_SETS] * s[CFG_PRIVATE_WAYS] - 1


@compiled
def fill_private(s: Words, core: int, line: int, time: int) -> tuple[int, int]:
    """Puts `line` into the core's private cache in place of the least recently used one.

    Returns the way, and the line that was in it (-1: none).
    """
    places = s[AT_LINES] + core * s[CFG_LINES]
    ages = s[AT_AGES] + core * s[CFG_AGES]
    ways = s[CFG_PRIVATE_WAYS]
    lines = ways_of(s, core)
    first = line % s[CFG_PRIVATE_SETS] * ways + 1
    victim = first
    for way in range(first, first + ways):
        if s[u64(lines + way)] < 0:
            victim = way
            break
        if s[u64(ages + way)] < s[u64(ages + victim)]:
            victim = way
    before = s[u64(lines + victim)]
    if before >= 0:
        s[u64(places + before)] = 0
    s[u64(lines + victim)] = line
    s[u64(places + line)] = victim
    s[u64(ages + victim)] = time
    return victim, before


@compiled
def fetch(s: Words, core: int, line: int, now: int) -> int:
    """Time at which the core has `line`, which is not in its private cache, asked for now."""
    if s[ICACHE_ENABLED] == 0:
        time = now + s[CFG_MISS]
    else:
        time = fetch_shared(s, line, now)
        fill_private(s, core, line, time)
    stall(s, core, STALL_ICACHE, time - now)
    return time


@compiled
def miss(s: Words, core: int, now: int) -> None:
    """The core's next instruction is not in its private cache."""
    line = s[u64(PEND + (core << PEND_SHIFT) + IDX)] >> s[CFG_LINE_SHIFT]
    time = fetch(s, core, line, now)
    if s[ICACHE_ENABLED] == 0:
        park(s, core, KIND_FETCHED, time)
    else:
        resume(s, core, time)


@compiled
def miss_next(s: Words, core: int, now: int) -> None:
    """The second half of the core's next instruction is not in its private cache.

    With both halves there the instruction is executed, whatever becomes of the first one's line.
    """
    p = PEND + (core << PEND_SHIFT)
    time = fetch(s, core, (s[u64(p + IDX)] >> s[CFG_LINE_SHIFT]) + 1, now)
    s[u64(p + IDX)] = (s[u64(p + IDX)] | 3) - 1
    park(s, core, KIND_FETCHED, time)
