"""Serves the L1 accesses that cores have noted, in the order of time (see nmc.sim.ahead).

At each cycle every core that is streaming asks for the bank that its stream says for this cycle,
if for any. As long as there is nothing else to do these cycles pass quickly, one after the other.
"""

from nmc.sim.ahead import serve_store, stored_word
from nmc.sim.ahead_layout import BANK_MASK, STOP, WRITES
from nmc.sim.beats import may_read, move_beats, only_beats, run_of_beats
from nmc.sim.block import (
    ALL_CORES,
    CORES,
    ROWS,
    accessing,
    asking,
    clashing,
    count_served,
    held_back,
    noted,
    nothing,
    odd_banks,
    present,
    put,
    put_off,
    row_of,
    special,
    take,
    waited,
    wanted,
    whole_bytes,
    writing,
)
from nmc.sim.jit import Words, compiled, lowest_bit, popcount, rotated, trailing_zeros, u64
from nmc.sim.layout import (
    ASKED,
    ATTENTION,
    CONFLICTS,
    EVENTS_AT,
    FEEDS,
    PARITY,
    SIDE,
    SIDE_SHIFT,
    STALL_BANK,
    STALL_SHIFT,
    STALLS,
    STOP_TIME,
    STREAMING,
    TURNS,
    WAITED,
    WANTS,
    WHEEL,
    WHEEL_AT,
    WHEEL_MASK,
)
from nmc.sim.scheduling import request

ROW_MASK = ROWS - 1
WRITERS = -0x7F7F_7F7F_7F7F_7F80
"""The WRITES flags of a row, an int64."""
STOPS = STOP * 0x0101_0101_0101_0101
FLAGS = WRITERS | STOPS


@compiled
def replay(s: Words, mem8: Words, mem32: Words, now: int, limit: int) -> int:
    """Passes the cycles from `now` on in which there is nothing but noted accesses.

    Returns the first one that is different, at most `limit`.
    """
    streaming = s[STREAMING]
    if streaming > ALL_CORES:
        return replay_each(s, mem8, mem32, now, limit)
    before = feeds = take(s, FEEDS)
    odd = nothing(0)
    asked = 0
    stopped = False
    while now < limit and not stopped:
        place = now & WHEEL_MASK
        end = min(limit - now, WHEEL - place, ROWS)
        block = noted(mem8, feeds, streaming, now)
        busy = present(take(s, WHEEL_AT + place))
        row = counted = 0
        if streaming != 0:
            row = first_row(special(block), busy, end)
        elif busy == 1 and end == ROWS and run_of_beats(s, mem8, now):
            now += ROWS
            continue
        asked = row_of(block, row & ROW_MASK)
        while row < end:
            slot = s[u64(WHEEL_AT + place + row)]
            flags = asked & FLAGS
            # With no core to wait for, beats are all there is to do.
            if streaming | slot == 0 or (
                slot | flags != 0 and not passes(s, slot, flags, now + row)
            ):
                end = row
                stopped = True
                break
            late = 0
            if slot != 0:
                if asked != 0:
                    odd = count_served(odd, block, counted, row)
                    counted = row
                parity = s[PARITY] ^ odd_banks(odd)
                s[u64(WHEEL_AT + place + row)] = 0
                late = whole_bytes(move_beats(s, mem8, mem32, slot, asked, parity, now + row))
            clash = clashing(asked & ~late)
            if clash != 0:
                late |= whole_bytes(settle(s, asked, clash))
            if flags != 0:
                serve_stores(s, mem8, mem32, flags & ~late)
            # What is late asks in the next row, which is taken as it is before all that follows.
            asked = (asked & late) | (row_of(block, (row + 1) & ROW_MASK) & ~late)
            if late != 0:
                block = put_off(block, late, row)
                feeds = held_back(feeds, late)
            row += 1
        odd = count_served(odd, block, counted, end)
        now += end
    s[PARITY] ^= odd_banks(odd)
    s[ASKED] = asked
    put(s, FEEDS, feeds)
    put(s, WAITED, waited(take(s, WAITED), before, feeds))
    return now


@compiled
def first_row(found: int, busy: int, end: int) -> int:
    """The first of `end` rows that are `found` in a block or for which the time wheel is `busy`."""
    row = end
    if busy != 0:
        row = min(row, trailing_zeros(busy))
    if found != 0:
        row = min(row, trailing_zeros(found) >> 3)
    return row


@compiled
def passes(s: Words, slot: int, flags: int, now: int) -> bool:
    """Whether the cycle `now` is nothing but noted accesses and beats, and changes no word that has
    been read ahead. `slot` is the time wheel's, `flags` are those of the streams."""
    if flags & STOPS != 0 or (slot != 0 and not only_beats(s, slot, now)):
        return False
    return stores_alone(s, flags)


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
        asking &= ~take_turn(s, asking, bank, 0)
        stay(s, asking, bank)
        losers |= asking
    return losers


@compiled
def take_turn(s: Words, asking: int, bank: int, spread: int) -> int:
    """Of the bits `asking` for `bank`, that of the core that is served: round robin.

    A core has 2^spread bits, of which one is set if it asks.
    """
    first = s[u64(TURNS + bank)] << spread
    # Behind all of these bits is in front of them.
    first = first if first < 64 else 0
    winner = rotated(lowest_bit(rotated(asking, first)), -first)
    s[u64(TURNS + bank)] = (trailing_zeros(winner) >> spread) + 1
    return winner


@compiled
def settle(s: Words, asked: int, clash: int) -> int:
    """Serves one core for each bank that several ask for in this row; returns the others' flags."""
    late = 0
    while clash != 0:
        bank = ((asked >> (trailing_zeros(clash) - 7)) & BANK_MASK) - 1
        flags = asking(asked, bank + 1)
        clash &= ~flags
        flags ^= take_turn(s, flags, bank, 3)
        s[u64(CONFLICTS + bank)] += popcount(flags)
        late |= flags
    return late


@compiled
def stores_alone(s: Words, flags: int) -> bool:
    """Whether no core can have read ahead what the cores with these WRITES flags store next."""
    flags &= WRITERS
    while flags != 0:
        if may_read(s, stored_word(s, trailing_zeros(flags) >> 3)) != 0:
            return False
        flags ^= lowest_bit(flags)
    return True


@compiled
def serve_stores(s: Words, mem8: Words, mem32: Words, flags: int) -> None:
    """Carries out the noted stores of the cores with these WRITES flags."""
    flags &= WRITERS
    while flags != 0:
        serve_store(s, mem8, mem32, trailing_zeros(flags) >> 3)
        flags ^= lowest_bit(flags)


@compiled
def count_waits(s: Words) -> None:
    """Adds what streaming cores have waited for banks to their stalls."""
    for core in range(CORES):
        s[u64(STALLS + (core << STALL_SHIFT) + STALL_BANK)] += s[u64(WAITED + core)]
        s[u64(WAITED + core)] = 0


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

    `replay` has stopped at `now`. Cores that come to their stop are parked instead.
    """
    streaming = s[STREAMING]
    if streaming > ALL_CORES:
        return due_accesses_each(s, mem8, now)
    asked = s[ASKED]
    put(s, WANTS, wanted(take(s, WANTS), asked, streaming))
    due = accessing(asked)
    if asked & STOPS != 0:
        due &= ~park_stops(s, asked, now)
    return due, writing(asked) & due


@compiled
def park_stops(s: Words, asked: int, now: int) -> int:
    """Parks the cores that come to their stop in this row, and returns them."""
    stopped = 0
    flags = asked & STOPS
    while flags != 0:
        core = trailing_zeros(flags) >> 3
        flags &= flags - 1
        stopped |= 1 << core
        park_stop(s, core, (asked >> (core << 3)) & 0xFF, now)
    s[STREAMING] &= ~stopped
    return stopped


@compiled
def due_accesses_each(s: Words, mem8: Words, now: int) -> tuple[int, int]:
    """The same for any number of cores."""
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
        due &= ~park_stops_each(s, mem8, now)
    return due, stores


@compiled
def park_stops_each(s: Words, mem8: Words, now: int) -> int:
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
    s[u64(SIDE + (core << SIDE_SHIFT) + STOP_TIME)] = time
    bank = asked & BANK_MASK
    if bank != 0:
        request(s, core, 1 << (bank - 1), time)
    else:
        s[u64(EVENTS_AT + (time & WHEEL_MASK))] |= 1 << core
        s[u64(WHEEL_AT + (time & WHEEL_MASK))] |= ATTENTION
