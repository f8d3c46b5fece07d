"""Serves the L1 accesses that cores have noted, in the order of time (see nmc.sim.ahead).

At each cycle every core that is streaming asks for the bank that its stream says for this cycle,
if for any. As long as there is nothing else to do these cycles pass quickly, one after the other.
"""

from nmc.sim.ahead import reads, serve_store, stored_word
from nmc.sim.ahead_layout import NO_ROW, STOP
from nmc.sim.beats import may_read, move_beats, only_beats, run_of_beats
from nmc.sim.block import (
    held_back,
    noted,
    noted_behind,
    nothing,
    passed_by_some,
    present,
    put,
    skipped,
    special,
    take,
    waited,
)
from nmc.sim.contests import (
    as_numbers,
    as_sets,
    banks_of,
    changed,
    late_of,
    lost,
    no_banks,
    or_next,
    turned,
    wanted_behind,
    wanted_of,
    with_rows,
)
from nmc.sim.fetches import serve_fetch
from nmc.sim.jit import Words, compiled, inlined, lowest_bit, trailing_zeros, u64
from nmc.sim.l3 import step_l3
from nmc.sim.layout import (
    ASKED,
    DMA_BITS,
    EVENTS_AT,
    FEEDS,
    ICACHE_ENABLED,
    LOST_MAX,
    LOST_ROWS,
    PARITY,
    STREAMING,
    TURNS,
    WAITED,
    WHEEL,
    WHEEL_AT,
    WHEEL_MASK,
)
from nmc.sim.replay_each import replay_each
from nmc.sim.rows import fetching, row_of, whole_bytes
from nmc.sim.turns import count_lost, in_rows, note_lost
from nmc.sim.vectors import ONE_ROW, ROWS, BankSets, Block

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
    if not in_rows(s):
        s[ASKED] = NO_ROW
        return replay_each(s, mem8, mem32, now, limit)
    before = feeds = take(s, FEEDS)
    odd = no_banks(0)
    turns = as_sets(take(s, TURNS))
    asked = 0
    stopped = False
    while now < limit and not stopped:
        place = now & WHEEL_MASK
        end = min(limit - now, WHEEL - place, 2 * ROWS)
        rows = noted(mem8, feeds, streaming, now)
        later = noted_behind(mem8, feeds, streaming, now)
        busy = present(take(s, WHEEL_AT + place))
        row = 0
        if streaming != 0:
            busy |= present(take(s, WHEEL_AT + place + ROWS)) << ROWS
            row = first_row(special(rows), special(later), busy, end)
        elif busy == 1 and end >= ROWS and run_of_beats(s, mem8, now):
            now += ROWS
            continue
        if s[LOST_ROWS] > LOST_MAX - 2 * ROWS:
            count_lost(s)
        odd = with_rows(rows, row, odd)
        if row >= ROWS:
            odd = with_rows(later, row - ROWS, odd)
            rows, later = later, nothing(0)
        skip = row & ROW_MASK
        rows, later = skipped(rows, later, skip), skipped(later, nothing(0), skip)
        passed_rows, asked, behind, feeds, before, odd, turns, stopped = pass_rows(
            s, mem8, mem32, rows, later, row, end, now, feeds, before, odd, turns
        )
        feeds = held_back(feeds, behind)
        now += passed_rows
    s[PARITY] ^= banks_of(odd)
    s[ASKED] = asked
    put(s, FEEDS, feeds)
    put(s, TURNS, as_numbers(turns))
    put(s, WAITED, waited(take(s, WAITED), before, feeds))
    return now


@inlined
def pass_rows(
    s: Words,
    mem8: Words,
    mem32: Words,
    rows: Block,
    later: Block,
    row: int,
    end: int,
    now: int,
    feeds: Block,
    before: Block,
    odd: BankSets,
    turns: BankSets,
) -> tuple[int, int, int, Block, Block, BankSets, BankSets, bool]:
    """Passes the `rows`, and those `later`, of two blocks that begin at `now`, from number `row` to
    `end`.

    Returns how many of the rows are passed, the next one, how many rows each core is late,
    `feeds` and `before` with the lines that were fetched, `odd` with the rows' accesses, whose
    `turns` it is, and whether the next row is one that cannot be passed.
    """
    idle = int(s[STREAMING] == 0)
    asked = row_of(rows, 0)
    wanted = wanted_of(asked)
    behind = 0
    stopped = False
    while row < end:
        # Without calls, so that everything stays in registers.
        while row < end and (wheel_slot(s, now + row) | (asked & FLAGS) | idle) == 0:
            late, wanted, odd, turns = pass_row(s, rows, asked, wanted, odd, turns, 0)
            rows, later = passed_by_some(rows, later, late), passed_by_some(later, nothing(0), late)
            asked = row_of(rows, 0)
            behind += late & ONE_ROW
            row += 1
        if row >= end:
            break
        slot = wheel_slot(s, now + row)
        flags = asked & FLAGS
        put(s, FEEDS, held_back(feeds, behind))
        if (slot | idle | (flags & STOPS)) == 0 and stores_alone(s, mem8, flags, now + row):
            # Nothing but stores, as mostly: with less to look at, and to prepare.
            late, wanted, odd, turns = pass_row(s, rows, asked, wanted, odd, turns, 0)
            rows, later = passed_by_some(rows, later, late), passed_by_some(later, nothing(0), late)
            asked = row_of(rows, 0)
            serve_stores(s, mem8, mem32, flags & ~late)
            behind += late & ONE_ROW
            row += 1
            continue
        # With no core to wait for, beats are all there is to do.
        if (slot == 0 and idle != 0) or not passes(s, mem8, slot, flags, now + row):
            end = row
            stopped = True
            break
        fetches = whole_bytes(fetching(flags))
        if fetches != 0:
            feeds, before = fetch_lines(s, mem8, fetches, feeds, before, now + row)
            asked &= ~fetches
            flags &= ~fetches
            end = row + 1
        beaten = 0
        if slot != 0:
            beaten = move_others(s, mem8, mem32, slot, asked, odd, now + row)
            if beaten != 0:
                wanted = wanted_of(asked & ~beaten)
        late, wanted, odd, turns = pass_row(s, rows, asked, wanted, odd, turns, beaten)
        rows, later = passed_by_some(rows, later, late), passed_by_some(later, nothing(0), late)
        asked = row_of(rows, 0)
        if beaten != 0:
            wanted = wanted_of(asked)
        if flags != 0:
            serve_stores(s, mem8, mem32, flags & ~late)
        behind += late & ONE_ROW
        row += 1
    return end, asked, behind, feeds, before, odd, turns, stopped


@inlined
def wheel_slot(s: Words, now: int) -> int:
    """What the time wheel has for `now`."""
    return s[u64(WHEEL_AT + (now & WHEEL_MASK))]


@inlined
def pass_row(
    s: Words,
    rows: Block,
    asked: int,
    wanted: BankSets,
    odd: BankSets,
    turns: BankSets,
    beaten: int,
) -> tuple[int, BankSets, BankSets, BankSets]:
    """Serves the first of the `rows`, in which the banks `wanted` are `asked` for, but for the
    bytes `beaten`.

    Returns the bytes of all cores that are late, and so ask again in the row behind, what is wanted
    then by all but the beaten, and `odd` and `turns` with this row.
    """
    failed = lost(wanted, turns)
    late = late_of(failed)
    note_lost(s, asked & late)
    late |= beaten
    odd = changed(changed(odd, wanted), failed)
    return late, or_next(failed, wanted_behind(rows)), odd, turned(wanted, turns)


@compiled
def first_row(found: int, later: int, busy: int, end: int) -> int:
    """The first of `end` rows that are `found` in a block, or `later` in the one behind it, or for
    which the time wheel is `busy`."""
    row = end
    if busy != 0:
        row = min(row, trailing_zeros(busy))
    if found != 0:
        row = min(row, trailing_zeros(found) >> 3)
    elif later != 0:
        row = min(row, ROWS + (trailing_zeros(later) >> 3))
    return row


@inlined
def passes(s: Words, mem8: Words, slot: int, flags: int, now: int) -> bool:
    """Whether the cycle `now` is nothing but noted accesses, beats and steps of the L3 channel, and
    changes no word that has been read ahead.

    `slot` is the time wheel's, `flags` are those of the streams.
    """
    fetches = whole_bytes(fetching(flags))
    if fetches != 0 and s[ICACHE_ENABLED] == 0:
        return False
    flags &= ~fetches
    if flags & STOPS != 0 or (slot != 0 and not only_beats(s, slot, now)):
        return False
    return stores_alone(s, mem8, flags, now)


@inlined
def move_others(
    s: Words, mem8: Words, mem32: Words, slot: int, asked: int, odd: BankSets, now: int
) -> int:
    """Carries out what the time wheel's `slot` has for `now`: a step of the L3 channel, beats.

    Returns the bytes of the cores of the row `asked` that lose their banks, see `move_beats`.
    """
    turn = now & WHEEL_MASK
    s[u64(WHEEL_AT + turn)] = 0
    if s[u64(EVENTS_AT + turn)] != 0:
        s[u64(EVENTS_AT + turn)] = 0
        step_l3(s, mem8, now)
    if slot & DMA_BITS == 0:
        return 0
    return whole_bytes(move_beats(s, mem8, mem32, slot, asked, odd, now))


@inlined
def fetch_lines(
    s: Words, mem8: Words, fetches: int, feeds: Block, before: Block, now: int
) -> tuple[Block, Block]:
    """Serves the fetches of the cores of these bytes, in the order of their numbers.

    Their streams go on elsewhere, and these cycles are not waits for banks: returns `feeds` and
    `before` with them.
    """
    since = take(s, FEEDS)
    while fetches != 0:
        core = trailing_zeros(fetches) >> 3
        serve_fetch(s, mem8, core, now)
        fetches &= ~(0xFF << (core << 3))
    after = take(s, FEEDS)
    return waited(feeds, after, since), waited(before, after, since)


@inlined
def stores_alone(s: Words, mem8: Words, flags: int, now: int) -> bool:
    """Whether no core has read ahead, from `now` on, what those with these WRITES flags store now.

    A core itself reads behind its own stores.
    """
    flags &= WRITERS
    while flags != 0:
        core = trailing_zeros(flags) >> 3
        word = stored_word(s, core)
        readers = may_read(s, word) & ~(1 << core)
        while readers != 0:
            if reads(s, mem8, trailing_zeros(readers), word, now):
                return False
            readers &= readers - 1
        flags ^= lowest_bit(flags)
    return True


@inlined
def serve_stores(s: Words, mem8: Words, mem32: Words, flags: int) -> None:
    """Carries out the noted stores of the cores with these WRITES flags."""
    flags &= WRITERS
    while flags != 0:
        serve_store(s, mem8, mem32, trailing_zeros(flags) >> 3)
        flags ^= lowest_bit(flags)
