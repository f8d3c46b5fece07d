"""Arbitration of the scratchpad's banks: one access for each bank and cycle.

Among cores that want the same bank the turn goes round: the winner goes behind all others. Between
a core and the DMA the lowest bit of the number of accesses the bank has served decides, as in the
logarithmic interconnect, whose round-robin flags count grants; so a DMA word in a busy bank waits
half a cycle on average.
"""

from nmc.sim.dma import CH_FRESH, end_beat, move_words
from nmc.sim.jit import Words, compiled, trailing_zeros, u64
from nmc.sim.layout import (
    BANKS,
    CFG_BANK_MASK,
    CFG_DMA_WIDTH,
    CFG_L2_WIDTH,
    CHANNELS,
    CORE_BITS,
    L2_FREE,
    OFF,
    PARITY,
    PEND,
    PEND_SHIFT,
    REQUESTS,
    RX,
    STALL_BANK,
    TURNS,
)
from nmc.sim.scheduling import request, stall


@compiled
def bank_of(s: Words, core: int) -> int:
    """The bank a core wants, as a mask."""
    return 1 << ((s[u64(PEND + (core << PEND_SHIFT) + OFF)] >> 2) & s[CFG_BANK_MASK])


@compiled
def choose_cores(s: Words, cores: int) -> tuple[int, int]:
    """(losers, banks used) of the requests of `cores` among themselves."""
    used = 0
    twice = 0
    rest = cores
    while rest != 0:
        bank = bank_of(s, trailing_zeros(rest))
        rest &= rest - 1
        twice |= used & bank
        used |= bank
    losers = 0
    while twice != 0:
        bank = twice & -twice
        twice &= twice - 1
        asking = asking_for(s, cores, bank)
        place = trailing_zeros(bank)
        first = s[u64(TURNS + place)]
        behind = (asking >> first) << first
        winner = trailing_zeros(behind if behind != 0 else asking)
        s[u64(TURNS + place)] = winner + 1
        losers |= asking & ~(1 << winner)
    return losers, used


@compiled
def asking_for(s: Words, cores: int, banks: int) -> int:
    """Those of `cores` that want one of `banks`."""
    found = 0
    rest = cores
    while rest != 0:
        c = trailing_zeros(rest)
        rest &= rest - 1
        if bank_of(s, c) & banks:
            found |= 1 << c
    return found


@compiled
def has_port(s: Words, channel: int, now: int) -> bool:
    """Whether a beat has the L2 port now, or had it; if not it asks again when the port is free."""
    if s[u64(CHANNELS + (channel << 5) + CH_FRESH)] == 0:
        return True
    free = s[L2_FREE]
    if free > now:
        request(s, RX + channel, s[u64(PEND + ((RX + channel) << PEND_SHIFT) + BANKS)], free)
        return False
    s[L2_FREE] = now + s[CFG_DMA_WIDTH] // s[CFG_L2_WIDTH]
    s[u64(CHANNELS + (channel << 5) + CH_FRESH)] = 0
    return True


@compiled
def arbitrate(s: Words, mem8: Words, mem32: Words, slot: int, now: int) -> int:
    """Serves the requests of `slot` at `now`; returns the cores that win.

    The losers and what is left of DMA beats ask again in the next cycle.
    """
    cores = slot & CORE_BITS
    losers, used = choose_cores(s, cores)
    moved = 0
    # The channels take turns at being first.
    for i in range(2):
        channel = (i + now) & 1
        if not (slot >> (RX + channel)) & 1 or not has_port(s, channel, now):
            continue
        place = PEND + ((RX + channel) << PEND_SHIFT) + BANKS
        free = s[u64(place)] & ~moved
        beaten = free & used & s[PARITY]
        won = (free & ~used) | beaten
        if beaten != 0:
            losers |= asking_for(s, cores, beaten)
        moved |= won
        move_words(s, mem8, mem32, channel, won)
        s[u64(place)] &= ~won
        if s[u64(place)] == 0:
            end_beat(s, channel, now)
        else:
            request(s, RX + channel, s[u64(place)], now + 1)
    s[PARITY] ^= used | moved
    s[REQUESTS] &= ~cores
    rest = losers
    while rest != 0:
        core = trailing_zeros(rest)
        rest &= rest - 1
        stall(s, core, STALL_BANK, 1)
        request(s, core, bank_of(s, core), now + 1)
    return cores & ~losers
