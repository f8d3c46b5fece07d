"""The cluster's DMA engine (mchan): registers, command queues, and the two channels' beats.

One channel moves data into L1, the other out of it, each in the order of its commands and up to
eight bytes a cycle: a beat is what of a transfer lies in one aligned 8-byte window of L1, one or
two words, each of which must win its bank (nmc.sim.tcdm). A beat also takes the L2 port, which
all beats, core accesses and cache refills share. Bytes are copied when their word wins its bank.
"""

from nmc.sim.event_unit import raise_event
from nmc.sim.jit import compiled, trailing_zeros, u64
from nmc.sim.layout import (
    BANK,
    CFG_BANK_MASK,
    CFG_CODE_BASE,
    CFG_CODE_BYTES,
    CFG_CORES,
    CFG_DMA_BURST,
    CFG_DMA_BURST_OUT,
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
    ID_WAITERS,
    KIND_ACCESS,
    PEND_SHIFT,
    RX,
    SIDE_SHIFT,
    WHEEL_MASK,
)
from nmc.sim.scheduling import park
from nmc.sim.state import Machine

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
) = range(13)
"""Queue ends; running; where the next beat is in L1 and L2 (offsets in memory); bytes left of the
transfer, line and burst; L2 offset of the line; bytes of the beat; the beat has not yet had the L2
port; bursts begun; when the line began."""
CH_RING = 16
"""End times of the last bursts."""


@compiled
def allocate(m: Machine, core: int) -> int:
    """The least free transfer id, now the core's; -1 if there is none."""
    for i in range(m.transfers.shape[0]):
        if m.transfers[i, 0] == 0:
            m.transfers[i, 0] = 1
            m.side[u64((core << SIDE_SHIFT) | DMA_ID)] = i
            m.side[u64((core << SIDE_SHIFT) | DMA_WORD)] = 0
            return i
    return -1


@compiled
def busy_ids(m: Machine) -> int:
    """Mask of the ids with commands under way."""
    mask = 0
    for i in range(m.transfers.shape[0]):
        if m.transfers[i, 1] > 0:
            mask |= 1 << i
    return mask


@compiled
def free_ids(m: Machine, mask: int, now: int) -> None:
    """Frees the ids of `mask`; cores that wait for one ask again in the next cycle."""
    for i in range(m.transfers.shape[0]):
        if (mask >> i) & 1:
            m.transfers[i, 0] = 0
    waiting = m.state[u64(ID_WAITERS)]
    m.state[u64(ID_WAITERS)] = 0
    while waiting != 0:
        park(m, trailing_zeros(waiting), KIND_ACCESS, now + 1)
        waiting &= waiting - 1


@compiled
def check_command(m: Machine, command: int, l1: int, ext: int, line: int, stride: int) -> int:
    """The fault a command would be, FAULT_NONE if it is fine."""
    config = m.config
    length = command & LENGTH_MASK
    if length == 0 or length > config[CFG_DMA_MAX]:
        return FAULT_DMA_LENGTH
    if l1 < config[CFG_L1_BASE] or l1 + length > config[CFG_L1_BASE] + config[CFG_L1_BYTES]:
        return FAULT_DMA_L1
    low, high = ext, ext + length
    if command & TWO_D:
        if line == 0:
            return FAULT_DMA_LENGTH
        lines = (length + line - 1) // line
        last = ext + (lines - 1) * stride
        high = max(ext, last) + min(line, length)
        low = min(ext, last)
    if low < config[CFG_L2_BASE] or high > config[CFG_L2_BASE] + config[CFG_L2_BYTES]:
        return FAULT_DMA_EXT
    code = config[CFG_CODE_BASE]
    if not command & TO_L1 and low < code + config[CFG_CODE_BYTES] and high > code:
        return FAULT_DMA_CODE
    return FAULT_NONE


@compiled
def queue_full(m: Machine, channel: int) -> bool:
    """Whether a channel's queue has no room."""
    return m.channels[channel, CH_TAIL] - m.channels[channel, CH_HEAD] >= m.queue.shape[1]


@compiled
def write_command_word(m: Machine, core: int, value: int, now: int) -> tuple[int, int]:
    """(cycles, fault) of a store to the command register; cycles 0: the queue is full."""
    side = core << SIDE_SHIFT
    place = m.side[u64(side | DMA_WORD)]
    command = m.side[u64(side | DMA_COMMAND)] if place > 0 else value
    last = 4 if command & TWO_D else 2
    channel = 0 if command & TO_L1 else 1
    if place == last and queue_full(m, channel):
        return 0, FAULT_NONE
    m.side[u64(side | (DMA_COMMAND + place))] = value
    m.side[u64(side | DMA_WORD)] = place + 1
    if place < last:
        return m.config[CFG_EU_ACCESS], FAULT_NONE
    m.side[u64(side | DMA_WORD)] = 0
    l1 = m.side[u64(side | DMA_L1)]
    ext = m.side[u64(side | DMA_EXT)]
    line = m.side[u64(side | DMA_LINE)] if last == 4 else command & LENGTH_MASK
    stride = value if last == 4 else 0
    found = check_command(m, command, l1, ext, line, stride)
    if found != FAULT_NONE:
        return 1, found
    entry = m.queue[channel, m.channels[channel, CH_TAIL] % m.queue.shape[1]]
    entry[Q_COMMAND] = command
    entry[Q_L1] = l1 - m.config[CFG_L1_BASE]
    entry[Q_EXT] = ext - m.config[CFG_L2_BASE] + m.config[CFG_L2_OFFSET]
    entry[Q_LINE] = line
    entry[Q_STRIDE] = stride
    entry[Q_ID] = m.side[u64(side | DMA_ID)]
    entry[Q_CORE] = core
    entry[Q_TIME] = now
    m.channels[channel, CH_TAIL] += 1
    m.transfers[entry[Q_ID], 1] += 1
    m.state[u64(DMA_BYTES)] += command & LENGTH_MASK
    if m.channels[channel, CH_ACTIVE] == 0:
        start_transfer(m, channel, now + 1)
    return m.config[CFG_EU_ACCESS], FAULT_NONE


@compiled
def start_transfer(m: Machine, channel: int, earliest: int) -> None:
    """Begins the next command of a channel's queue, or leaves the channel idle."""
    ch = m.channels[channel]
    if ch[CH_HEAD] == ch[CH_TAIL]:
        ch[CH_ACTIVE] = 0
        return
    entry = m.queue[channel, ch[CH_HEAD] % m.queue.shape[1]]
    ch[CH_ACTIVE] = 1
    ch[CH_L1] = entry[Q_L1]
    ch[CH_EXT] = entry[Q_EXT]
    ch[CH_LINE_EXT] = entry[Q_EXT]
    ch[CH_LEFT] = entry[Q_COMMAND] & LENGTH_MASK
    ch[CH_LINE_LEFT] = min(entry[Q_LINE], ch[CH_LEFT])
    latency = m.config[CFG_DMA_LATENCY_IN] if channel == 0 else m.config[CFG_DMA_LATENCY_OUT]
    start = max(earliest, entry[Q_TIME] + latency)
    ch[CH_LINE_TIME] = start
    start_beat(m, channel, start_burst(m, channel, start))


@compiled
def start_burst(m: Machine, channel: int, time: int) -> int:
    """Begins a burst of the line; returns when its first beat can move."""
    ch = m.channels[channel]
    ch[CH_BURST_LEFT] = min(ch[CH_LINE_LEFT], m.config[CFG_DMA_BURST])
    place = CH_RING + ch[CH_BURSTS] % m.config[CFG_DMA_OUTSTANDING]
    ch[CH_BURSTS] += 1
    if channel == 0:
        return max(time, ch[place] + m.config[CFG_DMA_LATENCY_IN])
    return max(time, ch[place] + m.config[CFG_DMA_LATENCY_OUT]) + m.config[CFG_DMA_BURST_OUT]


@compiled
def start_beat(m: Machine, channel: int, time: int) -> None:
    """Lets the next beat ask for its banks at `time`."""
    ch = m.channels[channel]
    width = m.config[CFG_DMA_WIDTH]
    first = ch[CH_L1]
    count = min(width - first % width, ch[CH_BURST_LEFT])
    banks = 0
    for word in range(first >> 2, ((first + count - 1) >> 2) + 1):
        banks |= 1 << (word & m.config[CFG_BANK_MASK])
    ch[CH_BEAT] = count
    ch[CH_FRESH] = 1
    m.pend[u64(((RX + channel) << PEND_SHIFT) | BANK)] = banks
    m.wheel[u64(time & WHEEL_MASK)] |= 1 << (RX + channel)


@compiled
def move_words(m: Machine, channel: int, banks: int) -> None:
    """Copies those words of the beat that won their banks."""
    ch = m.channels[channel]
    first = ch[CH_L1]
    end = first + ch[CH_BEAT]
    at = first
    while at < end:
        stop = min((at | 3) + 1, end)
        if (banks >> ((at >> 2) & m.config[CFG_BANK_MASK])) & 1:
            ext = ch[CH_EXT] + at - first
            if stop - at == 4 and ext & 3 == 0:
                if channel == 0:
                    m.mem32[u64(at >> 2)] = m.mem32[u64(ext >> 2)]
                else:
                    m.mem32[u64(ext >> 2)] = m.mem32[u64(at >> 2)]
            else:
                for i in range(stop - at):
                    if channel == 0:
                        m.mem8[u64(at + i)] = m.mem8[u64(ext + i)]
                    else:
                        m.mem8[u64(ext + i)] = m.mem8[u64(at + i)]
        at = stop


@compiled
def end_beat(m: Machine, channel: int, now: int) -> None:
    """All words of the beat have moved at `now`: the next beat, burst, line or command."""
    ch = m.channels[channel]
    count = ch[CH_BEAT]
    ch[CH_L1] += count
    ch[CH_EXT] += count
    ch[CH_LEFT] -= count
    ch[CH_LINE_LEFT] -= count
    ch[CH_BURST_LEFT] -= count
    if ch[CH_BURST_LEFT] > 0:
        start_beat(m, channel, now + 1)
        return
    ch[CH_RING + (ch[CH_BURSTS] - 1) % m.config[CFG_DMA_OUTSTANDING]] = now
    entry = m.queue[channel, ch[CH_HEAD] % m.queue.shape[1]]
    if ch[CH_LEFT] == 0:
        end_transfer(m, entry[Q_ID], entry[Q_COMMAND], entry[Q_CORE], now + 1)
        ch[CH_HEAD] += 1
        start_transfer(m, channel, now + 1)
        return
    time = now + 1
    if ch[CH_LINE_LEFT] == 0:
        ch[CH_LINE_EXT] += entry[Q_STRIDE]
        ch[CH_EXT] = ch[CH_LINE_EXT]
        ch[CH_LINE_LEFT] = min(entry[Q_LINE], ch[CH_LEFT])
        time = max(time, ch[CH_LINE_TIME] + m.config[CFG_DMA_LINE])
        ch[CH_LINE_TIME] = time
    start_beat(m, channel, start_burst(m, channel, time))


@compiled
def end_transfer(m: Machine, transfer: int, command: int, core: int, time: int) -> None:
    """A command is done: its id is no longer busy, and the event is raised if it was asked for."""
    m.transfers[transfer, 1] -= 1
    if not command & EVENT:
        return
    if command & BROADCAST:
        for c in range(m.config[CFG_CORES]):
            raise_event(m, c, m.config[CFG_EVENT_DMA], time)
    else:
        raise_event(m, core, m.config[CFG_EVENT_DMA], time)
