"""nmc.sim.replay for more cores or banks than a row has: one core after the other."""

from nmc.sim.ahead import serve_store, stored_word
from nmc.sim.ahead_layout import BANK_MASK, STOP, WRITES
from nmc.sim.beats import may_read
from nmc.sim.jit import Words, compiled, trailing_zeros, u64
from nmc.sim.layout import FEEDS, PARITY, STREAMING, WHEEL_AT, WHEEL_MASK
from nmc.sim.turns import stay, take_turn


@compiled
def replay_each(s: Words, mem8: Words, mem32: Words, now: int, limit: int) -> int:
    """The same for any number of cores."""
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
        if flags & WRITES != 0 and not stores_alone_each(s, mem8, streaming, now):
            break
        winners = streaming
        if twice & ~1 != 0:
            winners &= ~settle_each(s, mem8, streaming, twice >> 1, now)
        if flags & WRITES != 0:
            serve_stores_each(s, mem8, mem32, winners, now)
        parity ^= used >> 1
        now += 1
    s[PARITY] = parity
    return now


@compiled
def stores_alone_each(s: Words, mem8: Words, streaming: int, now: int) -> bool:
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
def serve_stores_each(s: Words, mem8: Words, mem32: Words, winners: int, now: int) -> None:
    """Carries out the noted stores of cores that have won their banks."""
    while winners != 0:
        core = trailing_zeros(winners)
        winners &= winners - 1
        if int(mem8[u64(s[u64(FEEDS + core)] + now)]) & WRITES != 0:
            serve_store(s, mem8, mem32, core)


@compiled
def settle_each(s: Words, mem8: Words, streaming: int, twice: int, now: int) -> int:
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
        asking &= ~take_turn(s, asking, bank)
        stay(s, asking, bank)
        losers |= asking
    return losers
