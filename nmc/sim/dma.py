"""The cluster's DMA engine (mchan): registers, command queues, and the two channels' beats.

One channel moves data into L1, the other out of it, each in the order of its commands and up to
eight bytes a cycle: a beat is what of a transfer lies in one aligned 8-byte window of L1, one or
two words, each of which must win its bank (nmc.sim.tcdm). A beat also takes the L2 port, which
all beats, core accesses and cache refills share. Bytes are copied when their word wins its bank.
"""

from nmc.sim.code_guard import overlaps_code
from nmc.sim.event_unit import raise_event
from nmc.sim.jit import Words, compiled, inlined, trailing_zeros, u64
from nmc.sim.layout import (
    BANKS,
    CFG_BANK_MASK,
    CFG_CORES,
    CFG_DMA_BURST,
    CFG_DMA_BURST_OUT,
    CFG_DMA_IDS,
    CFG_DMA_LATENCY_IN,
    CFG_DMA_LATENCY_OUT,
    CFG_DMA_LINE,
    CFG_DMA_MAX,
    CFG_DMA_OUTSTANDING,
    CFG_DMA_WIDTH,
    CFG_EU_ACCESS,
    CFG_EVENT_DMA,
    CFG_L1_BASE,
    CFG_L1_BYTES,
    CFG_L2_BASE,
    CFG_L2_BYTES,
    CFG_L2_OFFSET,
    CFG_L2_WIDTH,
    CHANNELS,
    DMA_BYTES,
    DMA_COMMAND,
    DMA_EXT,
    DMA_ID,
    DMA_L1,
    DMA_LINE,
    DMA_WORD,
    FAULT_DMA_CODE,
    FAULT_DMA_EXT,
    FAULT_DMA_L1,
    FAULT_DMA_LENGTH,
    FAULT_NONE,
    ID_RETRIES,
    ID_WAITERS,
    KIND_ACCESS,
    L2_FREE,
    PEND,
    PEND_SHIFT,
    QUEUE,
    QUEUE_PLACES,
    RX,
    SIDE,
    SIDE_SHIFT,
    TRANSFERS,
)
from nmc.sim.recording import record_transfer
from nmc.sim.scheduling import park, request

# Bits of the command word.
LENGTH_MASK = 0x1_FFFF
TO_L1, TWO_D, EVENT, BROADCAST = 1 << 17, 1 << 19, 1 << 20, 1 << 22

# Fields of a queue entry.
Q_COMMAND, Q_L1, Q_EXT, Q_LINE, Q_STRIDE, Q_ID, Q_CORE, Q_TIME = range(8)

# Fields of a channel.
(
    CH_HEAD,
    CH_TAIL,
    CH_ACTIVE,
    CH_L1,
    CH_EXT,
    CH_LEFT,
    CH_LINE_LEFT,
    CH_LINE_EXT,
    CH_BURST_LEFT,
    CH_BEAT,
    CH_FRESH,
    CH_BURSTS,
    CH_LINE_TIME,
    CH_SINCE,
) = range(14)
"""Queue ends; running; where the next beat is in L1 and L2 (offsets in memory); bytes left of the
transfer, line and burst; L2 offset of the line; bytes of the beat; the beat has not yet had the L2
port; bursts begun; when the line began; when the transfer's turn came."""
CH_RING = 16
"""End times of the last bursts."""


@compiled
def allocate(s: Words, core: int) -> int:
    """The least free transfer id, now the core's; -1 if there is none."""
    for i in range(s[CFG_DMA_IDS]):
        if s[u64(TRANSFERS + 2 * i + 0)] == 0:
            s[u64(TRANSFERS + 2 * i + 0)] = 1
            s[u64((SIDE + (core << SIDE_SHIFT)) | DMA_ID)] = i
            s[u64((SIDE + (core << SIDE_SHIFT)) | DMA_WORD)] = 0
            return i
    return -1


@compiled
def busy_ids(s: Words) -> int:
    """Mask of the ids with commands under way."""
    mask = 0
    for i in range(s[CFG_DMA_IDS]):
        if s[u64(TRANSFERS + 2 * i + 1)] > 0:
            mask |= 1 << i
    return mask


@compiled
def free_ids(s: Words, mask: int, now: int) -> None:
    """Frees the ids of `mask`; cores that wait for one ask again in the next cycle."""
    for i in range(s[CFG_DMA_IDS]):
        if (mask >> i) & 1:
            s[u64(TRANSFERS + 2 * i + 0)] = 0
    waiting = s[ID_WAITERS]
    s[ID_WAITERS] = 0
    s[ID_RETRIES] |= waiting
    while waiting != 0:
        park(s, trailing_zeros(waiting), KIND_ACCESS, now + 1)
        waiting &= waiting - 1


@compiled
def check_command(s: Words, command: int, l1: int, ext: int, line: int, stride: int) -> int:
    """The fault a command would be, FAULT_NONE if it is fine."""
    length = command & LENGTH_MASK
    if length == 0 or length > s[CFG_DMA_MAX]:
        return FAULT_DMA_LENGTH
    if l1 < s[CFG_L1_BASE] or l1 + length > s[CFG_L1_BASE] + s[CFG_L1_BYTES]:
        return FAULT_DMA_L1
    low, high = ext, ext + length
    if command & TWO_D:
        if line == 0:
            return FAULT_DMA_LENGTH
        lines = (length + line - 1) // line
        last = ext + (lines - 1) * stride
        high = max(ext, last) + min(line, length)
        low = min(ext, last)
    if low < s[CFG_L2_BASE] or high > s[CFG_L2_BASE] + s[CFG_L2_BYTES]:
        return FAULT_DMA_EXT
    if not command & TO_L1 and overlaps_code(s, low, high - low):
        return FAULT_DMA_CODE
    return FAULT_NONE


@compiled
def queue_full(s: Words, channel: int) -> bool:
    """Whether a channel's queue has no room."""
    return (
        s[u64(CHANNELS + (channel << 5) + CH_TAIL)] - s[u64(CHANNELS + (channel << 5) + CH_HEAD)]
        >= QUEUE_PLACES
    )


@compiled
def write_command_word(s: Words, core: int, value: int, now: int) -> tuple[int, int]:
    """(cycles, fault) of a store to the command register; cycles 0: the queue is full."""
    side = SIDE + (core << SIDE_SHIFT)
    place = s[u64(side | DMA_WORD)]
    command = s[u64(side | DMA_COMMAND)] if place > 0 else value
    last = 4 if command & TWO_D else 2
    channel = 0 if command & TO_L1 else 1
    if place == last and queue_full(s, channel):
        return 0, FAULT_NONE
    if place < 4:
        s[u64(side | (DMA_COMMAND + place))] = value
    s[u64(side | DMA_WORD)] = place + 1
    if place < last:
        return s[CFG_EU_ACCESS], FAULT_NONE
    s[u64(side | DMA_WORD)] = 0
    l1 = s[u64(side | DMA_L1)]
    ext = s[u64(side | DMA_EXT)]
    line = s[u64(side | DMA_LINE)] if last == 4 else command & LENGTH_MASK
    stride = value if last == 4 else 0
    found = check_command(s, command, l1, ext, line, stride)
    if found != FAULT_NONE:
        return 1, found
    entry = QUEUE + (
        ((channel << 6) + s[u64(CHANNELS + (channel << 5) + CH_TAIL)] % QUEUE_PLACES) << 3
    )
    s[u64(entry + Q_COMMAND)] = command
    s[u64(entry + Q_L1)] = l1 - s[CFG_L1_BASE]
    s[u64(entry + Q_EXT)] = ext - s[CFG_L2_BASE] + s[CFG_L2_OFFSET]
    s[u64(entry + Q_LINE)] = line
    s[u64(entry + Q_STRIDE)] = stride
    s[u64(entry + Q_ID)] = s[u64(side | DMA_ID)]
    s[u64(entry + Q_CORE)] = core
    s[u64(entry + Q_TIME)] = now
    s[u64(CHANNELS + (channel << 5) + CH_TAIL)] += 1
    s[u64(TRANSFERS + 2 * s[u64(entry + Q_ID)] + 1)] += 1
    s[DMA_BYTES] += command & LENGTH_MASK
    if s[u64(CHANNELS + (channel << 5) + CH_ACTIVE)] == 0:
        start_transfer(s, channel, now + 1)
    return s[CFG_EU_ACCESS], FAULT_NONE


@compiled
def start_transfer(s: Words, channel: int, earliest: int) -> None:
    """Begins the next command of a channel's queue, or leaves the channel idle."""
    ch = CHANNELS + (channel << 5)
    if s[u64(ch + CH_HEAD)] == s[u64(ch + CH_TAIL)]:
        s[u64(ch + CH_ACTIVE)] = 0
        return
    entry = QUEUE + (((channel << 6) + s[u64(ch + CH_HEAD)] % QUEUE_PLACES) << 3)
    s[u64(ch + CH_ACTIVE)] = 1
    s[u64(ch + CH_L1)] = s[u64(entry + Q_L1)]
    s[u64(ch + CH_EXT)] = s[u64(entry + Q_EXT)]
    s[u64(ch + CH_LINE_EXT)] = s[u64(entry + Q_EXT)]
    s[u64(ch + CH_LEFT)] = s[u64(entry + Q_COMMAND)] & LENGTH_MASK
    s[u64(ch + CH_LINE_LEFT)] = min(s[u64(entry + Q_LINE)], s[u64(ch + CH_LEFT)])
    latency = s[CFG_DMA_LATENCY_IN] if channel == 0 else s[CFG_DMA_LATENCY_OUT]
    s[u64(ch + CH_SINCE)] = earliest
    start = max(earliest, s[u64(entry + Q_TIME)] + latency)
    s[u64(ch + CH_LINE_TIME)] = start
    start_beat(s, channel, start_burst(s, channel, start))


@compiled
def start_burst(s: Words, channel: int, time: int) -> int:
    """Begins a burst of the line; returns when its first beat can move."""
    ch = CHANNELS + (channel << 5)
    s[u64(ch + CH_BURST_LEFT)] = min(s[u64(ch + CH_LINE_LEFT)], s[CFG_DMA_BURST])
    place = CH_RING + s[u64(ch + CH_BURSTS)] % s[CFG_DMA_OUTSTANDING]
    s[u64(ch + CH_BURSTS)] += 1
    if channel == 0:
        return max(time, s[u64(ch + place)] + s[CFG_DMA_LATENCY_IN])
    return max(time, s[u64(ch + place)] + s[CFG_DMA_LATENCY_OUT]) + s[CFG_DMA_BURST_OUT]


@inlined
def start_beat(s: Words, channel: int, time: int) -> None:
    """Lets the next beat ask for its banks at `time`."""
    ch = CHANNELS + (channel << 5)
    width = s[CFG_DMA_WIDTH]
    first = s[u64(ch + CH_L1)]
    count = min(width - first % width, s[u64(ch + CH_BURST_LEFT)])
    banks = 0
    for word in range(first >> 2, ((first + count - 1) >> 2) + 1):
        banks |= 1 << (word & s[CFG_BANK_MASK])
    s[u64(ch + CH_BEAT)] = count
    s[u64(ch + CH_FRESH)] = 1
    s[u64(PEND + ((RX + channel) << PEND_SHIFT) + BANKS)] = banks
    request(s, RX + channel, banks, time)


@inlined
def take_banks(s: Words, mem8: Words, mem32: Words, channel: int, won: int, now: int) -> None:
    """The banks `won` serve a channel's beat; it asks again for those that it lacks."""
    move_words(s, mem8, mem32, channel, won)
    place = u64(PEND + ((RX + channel) << PEND_SHIFT) + BANKS)
    s[place] &= ~won
    if s[place] == 0:
        end_beat(s, channel, now)
    else:
        request(s, RX + channel, s[place], now + 1)


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
def beat_words(s: Words, channel: int) -> tuple[int, int]:
    """First word of the channel's beat in L1, and the word behind the last."""
    ch = CHANNELS + (channel << 5)
    first = s[u64(ch + CH_L1)]
    return first >> 2, (first + s[u64(ch + CH_BEAT)] + 3) >> 2


@inlined
def move_words(s: Words, mem8: Words, mem32: Words, channel: int, banks: int) -> None:
    """Copies those words of the beat that won their banks."""
    ch = CHANNELS + (channel << 5)
    first = s[u64(ch + CH_L1)]
    end = first + s[u64(ch + CH_BEAT)]
    at = first
    while at < end:
        stop = min((at | 3) + 1, end)
        if (banks >> ((at >> 2) & s[CFG_BANK_MASK])) & 1:
            ext = s[u64(ch + CH_EXT)] + at - first
            if stop - at == 4 and ext & 3 == 0:
                if channel == 0:
                    mem32[u64(at >> 2)] = mem32[u64(ext >> 2)]
                else:
                    mem32[u64(ext >> 2)] = mem32[u64(at >> 2)]
            else:
                for i in range(stop - at):
                    if channel == 0:
                        mem8[u64(at + i)] = mem8[u64(ext + i)]
                    else:
                        mem8[u64(ext + i)] = mem8[u64(at + i)]
        at = stop


@inlined
def end_beat(s: Words, channel: int, now: int) -> None:
    """All words of the beat have moved at `now`: the next beat, burst, line or command."""
    ch = CHANNELS + (channel << 5)
    count = s[u64(ch + CH_BEAT)]
    s[u64(ch + CH_L1)] += count
    s[u64(ch + CH_EXT)] += count
    s[u64(ch + CH_LEFT)] -= count
    s[u64(ch + CH_LINE_LEFT)] -= count
    s[u64(ch + CH_BURST_LEFT)] -= count
    if s[u64(ch + CH_BURST_LEFT)] > 0:
        start_beat(s, channel, now + 1)
        return
    place = CH_RING + (s[u64(ch + CH_BURSTS)] - 1) % s[CFG_DMA_OUTSTANDING]
    s[u64(ch + place)] = now
    entry = QUEUE + (((channel << 6) + s[u64(ch + CH_HEAD)] % QUEUE_PLACES) << 3)
    if s[u64(ch + CH_LEFT)] == 0:
        note_transfer(s, channel, entry, now + 1)
        end_transfer(
            s, s[u64(entry + Q_ID)], s[u64(entry + Q_COMMAND)], s[u64(entry + Q_CORE)], now + 1
        )
        s[u64(ch + CH_HEAD)] += 1
        start_transfer(s, channel, now + 1)
        return
    time = now + 1
    if s[u64(ch + CH_LINE_LEFT)] == 0:
        s[u64(ch + CH_LINE_EXT)] += s[u64(entry + Q_STRIDE)]
        s[u64(ch + CH_EXT)] = s[u64(ch + CH_LINE_EXT)]
        s[u64(ch + CH_LINE_LEFT)] = min(s[u64(entry + Q_LINE)], s[u64(ch + CH_LEFT)])
        time = max(time, s[u64(ch + CH_LINE_TIME)] + s[CFG_DMA_LINE])
        s[u64(ch + CH_LINE_TIME)] = time
    start_beat(s, channel, start_burst(s, channel, time))


@compiled
def note_transfer(s: Words, channel: int, entry: int, end: int) -> None:
    """Records the transfer of a queue's entry, which is done at `end`."""
    count = s[u64(entry + Q_COMMAND)] & LENGTH_MASK
    record_transfer(
        s,
        RX + channel,
        s[u64(CHANNELS + (channel << 5) + CH_SINCE)],
        end,
        count if channel == 0 else -count,
        s[u64(entry + Q_L1)] + s[CFG_L1_BASE],
        s[u64(entry + Q_EXT)] - s[CFG_L2_OFFSET] + s[CFG_L2_BASE],
        s[u64(entry + Q_CORE)],
        s[u64(entry + Q_TIME)],
    )


@compiled
def end_transfer(s: Words, transfer: int, command: int, core: int, time: int) -> None:
    """A command is done: its id is no longer busy, and the event is raised if it was asked for."""
    s[u64(TRANSFERS + 2 * transfer + 1)] -= 1
    if not command & EVENT:
        return
    if command & BROADCAST:
        for c in range(s[CFG_CORES]):
            raise_event(s, c, s[CFG_EVENT_DMA], time)
    else:
        raise_event(s, core, s[CFG_EVENT_DMA], time)
