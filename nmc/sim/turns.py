"""Who is served of the cores that ask for one bank of L1: the turn goes round."""

from nmc.sim.ahead_layout import BANK_MASK
from nmc.sim.jit import Words, compiled, inlined, lowest_bit, popcount, rotated, trailing_zeros, u64
from nmc.sim.layout import CONFLICTS, FEEDS, STALL_BANK, STALL_SHIFT, STALLS, TURN_SHIFT, TURNS
from nmc.sim.rows import asking


@compiled
def take_turn(s: Words, askers: int, bank: int, spread: int) -> int:
    """Of the bits `askers` that want `bank`, that of the core that is served: round robin.

    A core has 2^spread bits, of which one is set if it asks.
    """
    # Behind all of 64 bits is in front of them.
    first = min(s[u64(TURNS + bank)] >> (TURN_SHIFT - spread), 64)
    winner = rotated(lowest_bit(rotated(askers, first)), -first)
    s[u64(TURNS + bank)] = ((trailing_zeros(winner) >> spread) + 1) << TURN_SHIFT
    return winner


@inlined
def settle(s: Words, asked: int, clash: int) -> int:
    """Serves one core for each bank that several ask for in this row; returns the others' flags.

    `clash` are the flags of all of them.
    """
    late = 0
    while clash != 0:
        bank = ((asked >> (trailing_zeros(clash) - 7)) & BANK_MASK) - 1
        flags = asking(asked, bank + 1)
        clash &= ~flags
        flags ^= take_turn(s, flags, bank, TURN_SHIFT)
        s[u64(CONFLICTS + bank)] += popcount(flags)
        late |= flags
    return late


@compiled
def stay(s: Words, losers: int, bank: int) -> None:
    """Cores that are streaming have not been served by `bank`."""
    while losers != 0:
        core = trailing_zeros(losers)
        losers &= losers - 1
        s[u64(FEEDS + core)] -= 1
        s[u64(STALLS + (core << STALL_SHIFT) + STALL_BANK)] += 1
        s[u64(CONFLICTS + bank)] += 1
