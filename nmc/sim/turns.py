"""Who is served of the cores that ask for one bank of L1: the turn goes round.

Of several the bank serves the first one from its turn on, which then is that of the core behind.
TURNS says for each core which banks' turns have passed it, that is, are those of cores behind it.
"""

from nmc.sim.block import any_of, asked_for, either, nothing, put, take, with_bit
from nmc.sim.jit import (
    Words,
    compiled,
    inlined,
    lowest_bit,
    popcount,
    trailing_zeros,
    u64,
    which_are,
)
from nmc.sim.layout import (
    CFG_BANK_MASK,
    CFG_CORES,
    CONFLICTS,
    FEEDS,
    LOST,
    LOST_MAX,
    LOST_ROWS,
    PASSED_ABOVE,
    STALL_BANK,
    STALL_SHIFT,
    STALLS,
    STREAMING,
    TURNS,
)
from nmc.sim.vectors import ALL_CORES, MOST_BANKS, ROWS


@compiled
def take_turn(s: Words, askers: int, bank: int) -> int:
    """Of the cores `askers`, which want `bank`, the one that is served: round robin."""
    passed = which_are(s, TURNS, 1 << bank, 1 << bank)
    winner = lowest_bit(askers & ~passed)
    if winner == 0:
        winner = lowest_bit(askers)
    passed = (winner << 1) - 1
    above = nothing(0)
    # The main core's number is that of the cluster's cores.
    for core in range(0, s[CFG_CORES] + 1, ROWS):
        turns = with_bit(take(s, TURNS + core), bank, passed >> core)
        put(s, TURNS + core, turns)
        if core != 0:
            above = either(above, turns)
    s[PASSED_ABOVE] = any_of(above)
    return winner


@inlined
def in_rows(s: Words) -> bool:
    """Whether a row has all cores that are streaming or that turns have passed, and all banks."""
    return s[STREAMING] <= ALL_CORES and s[PASSED_ABOVE] == 0 and s[CFG_BANK_MASK] < MOST_BANKS


@inlined
def note_lost(s: Words, lost: int) -> None:
    """Notes a row of accesses that have not been served, to be counted."""
    s[u64(LOST + s[LOST_ROWS])] = lost
    s[LOST_ROWS] += int(lost != 0)


@compiled
def count_lost(s: Words) -> None:
    """Counts the noted rows as conflicts of their banks."""
    end = s[LOST_ROWS]
    for place in range(end, min(end + ROWS, LOST_MAX)):
        s[u64(LOST + place)] = 0
    for bank in range(s[CFG_BANK_MASK] + 1):
        count = 0
        for place in range(0, end, ROWS):
            count += popcount(asked_for(take(s, LOST + place), bank + 1))
        s[u64(CONFLICTS + bank)] += count
    s[LOST_ROWS] = 0


@compiled
def stay(s: Words, losers: int, bank: int) -> None:
    """Cores that are streaming have not been served by `bank`."""
    while losers != 0:
        core = trailing_zeros(losers)
        losers &= losers - 1
        s[u64(FEEDS + core)] -= 1
        s[u64(STALLS + (core << STALL_SHIFT) + STALL_BANK)] += 1
        s[u64(CONFLICTS + bank)] += 1
