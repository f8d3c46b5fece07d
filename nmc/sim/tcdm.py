"""Arbitration of the scratchpad's banks: one access for each bank and cycle.

Among cores that want the same bank the turn goes round: the winner goes behind all others. Between
a core and the DMA the lowest bit of the number of accesses the bank has served decides, as in the
logarithmic interconnect, whose round-robin flags count grants; so a DMA word in a busy bank waits
half a cycle on average.
"""

from nmc.sim.dma import CH_FRESH, end_beat, move_words
from nmc.sim.jit import Words, compiled, trailing_zeros, u64
from nmc.sim.layout import (
    ASKING,
    BANKS,
    CFG_BANK_MASK,
    CFG_DMA_WIDTH,
    CFG_L2_WIDTH,
    CHANNELS,
    CONFLICTS,
    CORE_BITS,
    L2_FREE,
    PARITY,
    PEND,
    PEND_SHIFT,
    RX,
    STALL_BANK,
    STALL_SHIFT,
    STALLS,
    TURNS,
)
from nmc.sim.scheduling import offset_of, request


@compiled
def bank_of(s: Words, core: int) -> int:
    """The bank a core wants, as a mask."""
    return 1 << ((offset_of(s, core) >> 2) & s[CFG_BANK_MASK])


@compiled
def choose_cores(s: Words, cores: int, twice: int) -> int:
    """The losers among `cores`, which want the banks `twice` more than once."""
    bank_mask = s[CFG_BANK_MASK]
    rest = cores
    while rest != 0:
        core = trailing_zeros(rest)
        rest &= rest - 1
        place = (offset_of(s, core) >> 2) & bank_mask
        if (twice >> place) & 1:
            s[u64(ASKING + place)] |= 1 << core
    losers = 0
    while twice != 0:
        place = trailing_zeros(twice)
        twice &= twice - 1
        asking = s[u64(ASKING + place)]
        s[u64(ASKING + place)] = 0
        # A bank that a core and the DMA want has one core asking.
        if asking & (asking - 1) != 0:
            first = s[u64(TURNS + place)]
            behind = (asking >> first) << first
            winner = trailing_zeros(behind if behind != 0 else asking)
            s[u64(TURNS + place)] = winner + 1
            losers |= asking & ~(1 << winner)
    return losers


@compiled
def wanted_banks(s: Words, cores: int) -> tuple[int, int]:
    """The banks that `cores` want, and those that more than one of them wants."""
    used = twice = 0
    while cores != 0:
        bank = bank_of(s, trailing_zeros(cores))
        cores &= cores - 1
        twice |= used & bank
        used |= bank
    return used, twice


@compiled
def try_again(s: Words, losers: int, now: int) -> None:
    """Lets cores that have lost their bank ask again in the next cycle."""
    bank_mask = s[CFG_BANK_MASK]
    while losers != 0:
        core = trailing_zeros(losers)
        losers &= losers - 1
        s[u64(STALLS + (core << STALL_SHIFT) + STALL_BANK)] += 1
        place = (offset_of(s, core) >> 2) & bank_mask
        s[u64(CONFLICTS + place)] += 1
        request(s, core, 1 << place, now + 1)


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
def arbitrate(s: Words, cores: int, now: int) -> int:
    """Serves the requests of `cores`, no DMA among them; returns those that win."""
    used, twice = wanted_banks(s, cores)
    losers = choose_cores(s, cores, twice)
    s[PARITY] ^= used
    try_again(s, losers, now)
    return cores & ~losers


@compiled
def arbitrate_with_dma(s: Words, mem8: Words, mem32: Words, entities: int, now: int) -> int:
    """The same for cores and DMA channels; what is left of a beat asks again in the next cycle."""
    cores = entities & CORE_BITS
    losers = 0
    used, twice = wanted_banks(s, cores)
    moved = 0
    # The channels take turns at being first.
    for i in range(2):
        channel = (i + now) & 1
        if not (entities >> (RX + channel)) & 1 or not has_port(s, channel, now):
            continue
        place = u64(PEND + ((RX + channel) << PEND_SHIFT) + BANKS)
        free = s[place] & ~moved
        beaten = free & used & s[PARITY]
        won = (free & ~used) | beaten
        if beaten != 0:
            losers |= asking_for(s, cores, beaten)
        moved |= won
        move_words(s, mem8, mem32, channel, won)
        s[place] &= ~won
        if s[place] == 0:
            end_beat(s, channel, now)
        else:
            request(s, RX + channel, s[place], now + 1)
    # A bank that serves the DMA leaves the turn among its cores as it was.
    if twice != 0:
        losers |= choose_cores(s, cores & ~losers, twice)
    s[PARITY] ^= used | moved
    try_again(s, losers, now)
    return cores & ~losers
