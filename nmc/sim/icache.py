"""The two levels of instruction cache: private to a core, and shared in banks.

The engine looks a line up whenever fetching leaves a line; hits cost nothing and only renew the
line's age. What happens on a miss is here, in the order of time: the shared level serves one
request a bank and cycle, and a line that is still on its way from L2 is waited for.
"""

from nmc.sim.jit import compiled, u64
from nmc.sim.layout import (
    CFG_LINE_SHIFT,
    CFG_LINES,
    CFG_MISS,
    CFG_SHARED_HIT,
    ICACHE_ENABLED,
    IDX,
    L2_FREE,
    LINE,
    PEND_SHIFT,
    SHARED_STAMP,
    STALL_ICACHE,
)
from nmc.sim.scheduling import resume, stall
from nmc.sim.state import Machine


@compiled
def fetch_shared(m: Machine, line: int, now: int) -> int:
    """Time at which the shared level delivers `line`, asked for now."""
    bank = line % m.shared_free.shape[0]
    start = max(now, m.shared_free[bank])
    m.shared_free[bank] = start + 1
    m.state[u64(SHARED_STAMP)] += 1
    stamp = m.state[u64(SHARED_STAMP)]
    entries = m.shared[line % m.shared.shape[0]]
    oldest = 0
    for way in range(entries.shape[0]):
        if entries[way, 0] == line:
            entries[way, 1] = stamp
            return max(start + m.config[CFG_SHARED_HIT], entries[way, 2])
        if entries[way, 1] < entries[oldest, 1]:
            oldest = way
    # A line is two beats of the L2 port; waiting for the port comes on top of the latency.
    port = max(start, m.state[u64(L2_FREE)])
    m.state[u64(L2_FREE)] = port + 2
    entries[oldest, 0] = line
    entries[oldest, 1] = stamp
    entries[oldest, 2] = port + m.config[CFG_MISS]
    return entries[oldest, 2]


@compiled
def fill_private(m: Machine, core: int, line: int, time: int) -> None:
    """Puts `line` into the core's private cache in place of the least recently used one."""
    ages = core * m.config[CFG_LINES]
    entries = m.ways[core, line % m.ways.shape[1]]
    victim = 0
    for way in range(entries.shape[0]):
        if entries[way] < 0:
            victim = way
            break
        if m.lines[u64(ages + entries[way])] < m.lines[u64(ages + entries[victim])]:
            victim = way
    if entries[victim] >= 0:
        m.lines[u64(ages + entries[victim])] = 0
    entries[victim] = line
    m.lines[u64(ages + line)] = time


@compiled
def miss(m: Machine, core: int, now: int) -> None:
    """The core's next instruction is not in its private cache."""
    p = core << PEND_SHIFT
    line = m.pend[u64(p | IDX)] >> m.config[CFG_LINE_SHIFT]
    if m.state[u64(ICACHE_ENABLED)] == 0:
        time = now + m.config[CFG_MISS]
        m.pend[u64(p | LINE)] = line
    else:
        time = fetch_shared(m, line, now)
        fill_private(m, core, line, time)
    stall(m, core, STALL_ICACHE, time - now)
    resume(m, core, time)
