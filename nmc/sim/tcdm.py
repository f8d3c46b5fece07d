"""Arbitration of the scratchpad's banks: one access for each bank and cycle.

Among cores that want the same bank the turn goes round: the winner goes behind all others. Between
a core and the DMA the lowest bit of the number of accesses the bank has served decides, as in the
logarithmic interconnect, whose round-robin flags count grants; so a DMA word in a busy bank waits
half a cycle on average.
"""

from nmc.sim.block import count_row, nothing, odd_banks, take
from nmc.sim.dma import has_port, take_banks
from nmc.sim.jit import Words, compiled, trailing_zeros, u64, which_are
from nmc.sim.layout import (
    ATTENTION,
    BANKS,
    BANKS_SHIFT,
    CONFLICTS,
    CORE_BITS,
    PARITY,
    PEND,
    PEND_SHIFT,
    RX,
    STALL_BANK,
    STALL_SHIFT,
    STALLS,
    STREAMING,
    WANTS,
    WHEEL_AT,
    WHEEL_MASK,
)
from nmc.sim.rows import clashing, row_for
from nmc.sim.turns import stay, take_turn
from nmc.sim.vectors import ALL_CORES


@compiled
def wanted_banks(s: Words, cores: int) -> tuple[int, int]:
    """The banks that `cores` want, and those that more than one of them wants."""
    if cores <= ALL_CORES:
        row = row_for(take(s, WANTS), cores)
        if clashing(row) == 0:
            return odd_banks(count_row(nothing(0), row)), 0
    used = twice = 0
    while cores != 0:
        bank = 1 << s[u64(WANTS + trailing_zeros(cores))]
        cores &= cores - 1
        twice |= used & bank
        used |= bank
    return used, twice


@compiled
def settle(s: Words, cores: int, twice: int, now: int) -> int:
    """Serves one of `cores` in each of the banks `twice`; returns those that lose."""
    losers = 0
    while twice != 0:
        bank = trailing_zeros(twice)
        twice &= twice - 1
        asking = cores & which_are(s, WANTS, -1, bank)
        # A bank that a core and the DMA want has one core asking.
        if asking & (asking - 1) != 0:
            winner = take_turn(s, asking, bank)
            losers |= try_again(s, asking & ~winner, bank, now)
    return losers


@compiled
def try_again(s: Words, losers: int, bank: int, now: int) -> int:
    """Lets cores that have not been served by `bank` ask again in the next cycle; returns them."""
    parked = losers & ~s[STREAMING]
    stay(s, losers & s[STREAMING], bank)
    if parked == 0:
        return losers
    place = u64(WHEEL_AT + ((now + 1) & WHEEL_MASK))
    slot = s[place]
    wanted = 1 << (BANKS_SHIFT + bank)
    if slot & wanted != 0 or parked & (parked - 1) != 0:
        slot |= ATTENTION
    s[place] = slot | wanted | parked
    rest = parked
    while rest != 0:
        s[u64(STALLS + (trailing_zeros(rest) << STALL_SHIFT) + STALL_BANK)] += 1
        s[u64(CONFLICTS + bank)] += 1
        rest &= rest - 1
    return losers


@compiled
def beat_cores(s: Words, cores: int, banks: int, now: int) -> int:
    """Serves the DMA instead of `cores` in `banks`; returns those that lose."""
    losers = 0
    while banks != 0:
        bank = trailing_zeros(banks)
        banks &= banks - 1
        losers |= try_again(s, cores & which_are(s, WANTS, -1, bank), bank, now)
    return losers


@compiled
def arbitrate(s: Words, cores: int, now: int) -> int:
    """Serves the requests of `cores`, no DMA among them; returns those that win."""
    used, twice = wanted_banks(s, cores)
    s[PARITY] ^= used
    return cores & ~settle(s, cores, twice, now)


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
        losers |= beat_cores(s, cores, beaten, now)
        moved |= won
        take_banks(s, mem8, mem32, channel, won, now)
    # A bank that serves the DMA leaves the turn among its cores as it was.
    if twice != 0:
        losers |= settle(s, cores & ~losers, twice, now)
    s[PARITY] ^= used | moved
    return cores & ~losers
