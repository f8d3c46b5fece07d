"""Beats of the DMA in cycles in which nothing else happens but noted accesses."""

from nmc.sim.contests import banks_of
from nmc.sim.dma import (
    CH_BEAT,
    CH_BURST_LEFT,
    CH_EXT,
    CH_FRESH,
    CH_L1,
    CH_LEFT,
    CH_LINE_LEFT,
    beat_words,
    has_port,
    start_beat,
    take_banks,
)
from nmc.sim.jit import (
    Words,
    compiled,
    copy_bytes,
    inlined,
    lowest_bit,
    popcount,
    trailing_zeros,
    u64,
    which_are,
)
from nmc.sim.l3 import is_last_chunk
from nmc.sim.layout import (
    BANKS,
    CFG_BANK_MASK,
    CFG_DMA_WIDTH,
    CFG_L2_WIDTH,
    CFG_PAGE_SHIFT,
    CHANNELS,
    CONFLICTS,
    DMA_BITS,
    ENTITY_BITS,
    EVENTS_AT,
    L2_FREE,
    L3_CHANNEL,
    PAGES_READ,
    PARITY,
    PEND,
    PEND_SHIFT,
    RX,
    STREAMING,
    TX,
    WHEEL_AT,
    WHEEL_MASK,
)
from nmc.sim.rows import asking
from nmc.sim.vectors import ROWS, BankSets


@inlined
def may_read(s: Words, word: int) -> int:
    """Cores that have read something ahead in the page of L1 that `word` is in."""
    page = 1 << ((word << 2) >> s[CFG_PAGE_SHIFT])
    return which_are(s, PAGES_READ, page, page) & s[STREAMING]


@inlined
def only_beats(s: Words, slot: int, now: int) -> bool:
    """Whether the time wheel's `slot` of `now` has nothing but beats that change no word that has
    been read ahead, and the L3 channel."""
    events = s[u64(EVENTS_AT + (now & WHEEL_MASK))]
    if slot & ENTITY_BITS & ~DMA_BITS != 0 or events & ~(1 << L3_CHANNEL) != 0:
        return False
    # At its end the channel wakes cores.
    if events != 0 and is_last_chunk(s):
        return False
    if (slot >> RX) & 1:
        word, end = beat_words(s, 0)
        while word < end:
            if may_read(s, word) != 0:
                return False
            word += 1
    return True


@inlined
def move_beats(
    s: Words, mem8: Words, mem32: Words, slot: int, asked: int, odd: BankSets, now: int
) -> int:
    """Serves the DMA channels of `slot` beside the cores of the row `asked`.

    Returns the flags of the cores that lose their banks to them: those of banks that have served an
    odd number of accesses, with those that `odd` has beyond PARITY.
    """
    late = moved = 0
    # The channels take turns at being first.
    for i in range(2):
        channel = (i + now) & 1
        if not (slot >> (RX + channel)) & 1 or not has_port(s, channel, now):
            continue
        place = u64(PEND + ((RX + channel) << PEND_SHIFT) + BANKS)
        won = rest = s[place] & ~moved
        while rest != 0:
            bank = trailing_zeros(rest)
            rest ^= lowest_bit(rest)
            flags = asking(asked, bank + 1)
            if flags != 0:
                if ((s[PARITY] ^ banks_of(odd)) >> bank) & 1:
                    late |= flags
                    s[u64(CONFLICTS + bank)] += popcount(flags)
                else:
                    won ^= 1 << bank
        moved |= won
        take_banks(s, mem8, mem32, channel, won, now)
    s[PARITY] ^= moved
    return late


@compiled
def run_of_beats(s: Words, mem8: Words, now: int) -> bool:
    """Moves the beats of ROWS cycles at once, if one channel does nothing else in them.

    No core is streaming, and the time wheel has nothing for these cycles but that of `now`.
    """
    turn = now & WHEEL_MASK
    agents = s[u64(WHEEL_AT + turn)] & ENTITY_BITS
    channel = int(agents == 1 << TX)
    ch = CHANNELS + (channel << 5)
    width = s[CFG_DMA_WIDTH]
    count = ROWS * width
    if agents != 1 << (RX + channel) or s[u64(EVENTS_AT + turn)] != 0:
        return False
    if s[u64(ch + CH_FRESH)] == 0 or s[L2_FREE] > now or s[CFG_L2_WIDTH] != width:
        return False
    if s[u64(ch + CH_BEAT)] != width or s[u64(ch + CH_BURST_LEFT)] <= count:
        return False
    l1, ext = s[u64(ch + CH_L1)], s[u64(ch + CH_EXT)]
    if channel == 0:
        copy_bytes(mem8, l1, ext, count)
    else:
        copy_bytes(mem8, ext, l1, count)
    parity = s[PARITY]
    for word in range(l1 >> 2, (l1 + count) >> 2):
        parity ^= 1 << (word & s[CFG_BANK_MASK])
    s[PARITY] = parity
    s[u64(ch + CH_L1)] += count
    s[u64(ch + CH_EXT)] += count
    s[u64(ch + CH_LEFT)] -= count
    s[u64(ch + CH_LINE_LEFT)] -= count
    s[u64(ch + CH_BURST_LEFT)] -= count
    s[L2_FREE] = now + ROWS
    s[u64(WHEEL_AT + turn)] = 0
    start_beat(s, channel, now + ROWS)
    return True
