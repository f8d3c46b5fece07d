"""Serves the L1 accesses that cores have noted, in the order of time (see nmc.sim.ahead).

At each cycle every core that is streaming asks for the bank that its stream says for this cycle,
if for any. As long as there is nothing else to do these cycles pass quickly, one after the other.
"""

from nmc.sim.ahead import serve_store, stored_word
from nmc.sim.ahead_layout import BANK_MASK, STOP, WRITES
from nmc.sim.jit import Words, compiled, trailing_zeros, u64
from nmc.sim.layout import (
    ATTENTION,
    CFG_PAGE_SHIFT,
    CONFLICTS,
    EVENTS_AT,
    FEEDS,
    PAGES_READ,
    PARITY,
    STALL_BANK,
    STALL_SHIFT,
    STALLS,
    STREAMING,
    TURNS,
    WANTS,
    WHEEL_AT,
    WHEEL_MASK,
)
from nmc.sim.scheduling import request


@compiled
def replay(s: Words, mem8: Words, mem32: Words, now: int, limit: int) -> int:
    """Passes the cycles from `now` on in which there is nothing but noted accesses.

    Returns the first one that is different, at most `limit`.
    """
    streaming = s[STREAMING]
    parity = s[PARITY]
    while now < limit and s[u64(WHEEL_AT + (now & WHEEL_MASK))] == 0:
        # Bit 0 of the masks is for no access, bit 1 for bank 0.
        used = twice = flags = 0
        rest = streaming
        while rest != 0:
            asked = int(mem8[u64(s[u64(FEEDS + trailing_zeros(rest))] + now)])
            rest &= rest - 1
            flags |= asked
            bit = 1 << (asked & BANK_MASK)
            twice |= used & bit
            used |= bit
        if flags & STOP != 0:
            break
        if flags & WRITES != 0 and not stores_alone(s, mem8, streaming, now):
            break
        winners = streaming
        if twice & ~1 != 0:
            winners &= ~settle(s, mem8, streaming, twice >> 1, now)
        if flags & WRITES != 0:
            serve_stores(s, mem8, mem32, winners, now)
        parity ^= used >> 1
        now += 1
    s[PARITY] = parity
    return now


@compiled
def may_read(s: Words, word: int) -> int:
    """Cores that have read something ahead in the page of L1 that `word` is in."""
    found = 0
    page = (word << 2) >> s[CFG_PAGE_SHIFT]
    rest = s[STREAMING]
    while rest != 0:
        core = trailing_zeros(rest)
        rest &= rest - 1
        found |= ((s[u64(PAGES_READ + core)] >> page) & 1) << core
    return found


@compiled
def stores_alone(s: Words, mem8: Words, streaming: int, now: int) -> bool:
    """Whether no core can have read ahead what is stored at `now`."""
    rest = streaming
    while rest != 0:
        core = trailing_zeros(rest)
        rest &= rest - 1
        writes = int(mem8[u64(s[u64(FEEDS + core)] + now)]) & WRITES
        if writes != 0 and may_read(s, stored_word(s, core)) != 0:
            return False
    return True


@compiled
def serve_stores(s: Words, mem8: Words, mem32: Words, winners: int, now: int) -> None:
    """Carries out the noted stores of cores that have won their banks."""
    while winners != 0:
        core = trailing_zeros(winners)
        winners &= winners - 1
        if int(mem8[u64(s[u64(FEEDS + core)] + now)]) & WRITES != 0:
            serve_store(s, mem8, mem32, core)


@compiled
def settle(s: Words, mem8: Words, streaming: int, twice: int, now: int) -> int:
    """Serves one core in each of the banks `twice`, which several want; returns the others."""
    losers = 0
    while twice != 0:
        bank = trailing_zeros(twice)
        twice &= twice - 1
        asking = 0
        # Those that have lost stand where they stood before.
        rest = streaming & ~losers
        while rest != 0:
            core = trailing_zeros(rest)
            rest &= rest - 1
            asked = int(mem8[u64(s[u64(FEEDS + core)] + now)]) & BANK_MASK
            asking |= int(asked == bank + 1) << core
        asking &= ~(1 << take_turn(s, asking, bank))
        stay(s, asking, bank)
        losers |= asking
    return losers


@compiled
def take_turn(s: Words, asking: int, bank: int) -> int:
    """The core of those asking for `bank` that is served: round robin."""
    first = s[u64(TURNS + bank)]
    behind = (asking >> first) << first
    winner = trailing_zeros(behind if behind != 0 else asking)
    s[u64(TURNS + bank)] = winner + 1
    return winner


@compiled
def stay(s: Words, losers: int, bank: int) -> None:
    """Cores that are streaming have not been served by `bank`."""
    while losers != 0:
        core = trailing_zeros(losers)
        losers &= losers - 1
        s[u64(FEEDS + core)] -= 1
        s[u64(STALLS + (core << STALL_SHIFT) + STALL_BANK)] += 1
        s[u64(CONFLICTS + bank)] += 1


@compiled
def due_accesses(s: Words, mem8: Words, now: int) -> tuple[int, int]:
    """Of the cores that are streaming, those with an access at `now`, and those of them that store.

    Cores that come to their stop are parked instead.
    """
    due = stores = flags = 0
    rest = s[STREAMING]
    while rest != 0:
        core = trailing_zeros(rest)
        rest &= rest - 1
        asked = int(mem8[u64(s[u64(FEEDS + core)] + now)])
        flags |= asked
        s[u64(WANTS + core)] = (asked & BANK_MASK) - 1
        due |= int(asked != 0) << core
        stores |= int(asked & WRITES != 0) << core
    if flags & STOP != 0:
        due &= ~park_stops(s, mem8, now)
    return due, stores


@compiled
def park_stops(s: Words, mem8: Words, now: int) -> int:
    """Parks the cores that come to their stop at `now`, and returns them."""
    stopped = 0
    rest = s[STREAMING]
    while rest != 0:
        core = trailing_zeros(rest)
        rest &= rest - 1
        asked = int(mem8[u64(s[u64(FEEDS + core)] + now)])
        if asked & STOP != 0:
            stopped |= 1 << core
            park_stop(s, core, asked, now)
    s[STREAMING] &= ~stopped
    return stopped


@compiled
def park_stop(s: Words, core: int, asked: int, time: int) -> None:
    """The core waits in the time wheel for its stop, the last byte of its stream, at `time`."""
    bank = asked & BANK_MASK
    if bank != 0:
        request(s, core, 1 << (bank - 1), time)
    else:
        s[u64(EVENTS_AT + (time & WHEEL_MASK))] |= 1 << core
        s[u64(WHEEL_AT + (time & WHEEL_MASK))] |= ATTENTION
