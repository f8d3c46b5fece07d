"""Arbitration of the scratchpad's banks: one access for each bank and cycle.

Among cores that want the same bank the turn goes round: the winner goes behind all others. Between
a core and the DMA the lowest bit of the number of accesses the bank has served decides, as in the
logarithmic interconnect, whose round-robin flags count grants; so a DMA word in a busy bank waits
half a cycle on average.
"""

from nmc.sim.dma import CH_FRESH, end_beat, move_words
from nmc.sim.jit import compiled, trailing_zeros, u64
from nmc.sim.layout import (
    BANK,
    CFG_DMA_WIDTH,
    CFG_L2_WIDTH,
    CORE_BITS,
    L2_FREE,
    PARITY,
    PEND_SHIFT,
    RX,
    STALL_BANK,
    WHEEL_MASK,
)
from nmc.sim.scheduling import stall
from nmc.sim.state import Machine


@compiled
def choose_cores(m: Machine, cores: int) -> tuple[int, int]:
    """(losers, banks used) of the requests of `cores` among themselves."""
    used = 0
    twice = 0
    rest = cores
    while rest != 0:
        bank = m.pend[u64((trailing_zeros(rest) << PEND_SHIFT) | BANK)]
        rest &= rest - 1
        twice |= used & bank
        used |= bank
    losers = 0
    while twice != 0:
        bank = twice & -twice
        twice &= twice - 1
        asking = asking_for(m, cores, bank)
        place = trailing_zeros(bank)
        first = m.turns[place]
        behind = (asking >> first) << first
        winner = trailing_zeros(behind if behind != 0 else asking)
        m.turns[place] = winner + 1
        losers |= asking & ~(1 << winner)
    return losers, used


@compiled
def asking_for(m: Machine, cores: int, banks: int) -> int:
    """Those of `cores` that want one of `banks`."""
    found = 0
    rest = cores
    while rest != 0:
        c = trailing_zeros(rest)
        rest &= rest - 1
        if m.pend[u64((c << PEND_SHIFT) | BANK)] & banks:
            found |= 1 << c
    return found


@compiled
def has_port(m: Machine, channel: int, now: int) -> bool:
    """Whether a beat has the L2 port now, or had it; if not it asks again when the port is free."""
    if m.channels[channel, CH_FRESH] == 0:
        return True
    free = m.state[u64(L2_FREE)]
    if free > now:
        m.wheel[u64(free & WHEEL_MASK)] |= 1 << (RX + channel)
        return False
    m.state[u64(L2_FREE)] = now + m.config[CFG_DMA_WIDTH] // m.config[CFG_L2_WIDTH]
    m.channels[channel, CH_FRESH] = 0
    return True


@compiled
def arbitrate(m: Machine, slot: int, now: int) -> int:
    """Serves the requests of `slot` at `now`; returns the cores that win.

    The losers and what is left of DMA beats ask again in the next cycle.
    """
    cores = slot & CORE_BITS
    losers, used = choose_cores(m, cores)
    moved = 0
    # The channels take turns at being first.
    for i in range(2):
        channel = (i + now) & 1
        if not (slot >> (RX + channel)) & 1 or not has_port(m, channel, now):
            continue
        place = ((RX + channel) << PEND_SHIFT) | BANK
        free = m.pend[u64(place)] & ~moved
        beaten = free & used & m.state[u64(PARITY)]
        won = (free & ~used) | beaten
        if beaten != 0:
            losers |= asking_for(m, cores, beaten)
        moved |= won
        move_words(m, channel, won)
        m.pend[u64(place)] &= ~won
        if m.pend[u64(place)] == 0:
            end_beat(m, channel, now)
        else:
            m.wheel[u64((now + 1) & WHEEL_MASK)] |= 1 << (RX + channel)
    m.state[u64(PARITY)] ^= used | moved
    m.wheel[u64((now + 1) & WHEEL_MASK)] |= losers
    rest = losers
    while rest != 0:
        stall(m, trailing_zeros(rest), STALL_BANK, 1)
        rest &= rest - 1
    return cores & ~losers
