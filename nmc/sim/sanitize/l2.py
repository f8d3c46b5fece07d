"""The L2 side: what a transfer or an access there has to do with transfers that may be under way.

There is no shadow of L2. Its bytes are compared with the L2 sides of those transfers alone that
the core does not know to be over, which are few.
"""

from nmc.sim.dma import CH_HEAD, LENGTH_MASK, Q_COMMAND, Q_EXT, Q_LINE, Q_STRIDE
from nmc.sim.jit import Words, compiled, u64
from nmc.sim.l3 import FAR, LENGTH, NEAR, TO_L3
from nmc.sim.layout import (
    AT_SANITIZE,
    CFG_CORES,
    CFG_L2_BASE,
    CFG_L2_BYTES,
    CFG_L2_OFFSET,
    CHANNELS,
    L3,
    L3_CHANNEL,
    RX,
    TX,
)
from nmc.sim.sanitize.clocks import advance, copy_row, happened, known_row
from nmc.sim.sanitize.places import (
    ANYTHING,
    AT_L3_START,
    ENDS_EARLY,
    L3_CALLER,
    L3_SLOT,
    L3_STARTED,
    OUTSIDE_PLAN_READ,
    OUTSIDE_PLAN_WRITE,
    PLACES_OF_QUEUE,
    RACE_READ_WRITE,
    RACE_WRITE_READ,
    RACE_WRITE_WRITE,
)
from nmc.sim.sanitize.plan import IN_L2, allowed
from nmc.sim.sanitize.record import CERTAIN, NOBODY, caller, record
from nmc.sim.sanitize.transfer_state import (
    doubt,
    given,
    queue_entry,
    started_caller,
    started_slot,
)

Lines = tuple[int, int, int, int]
"""First byte (place in memory), bytes of a line, distance of lines, bytes in all."""


@compiled
def lines_of_transfer(channel: int, number: int, s: Words) -> Lines:
    """The L2 side of a DMA transfer."""
    entry = queue_entry(channel, number)
    size = s[u64(entry + Q_COMMAND)] & LENGTH_MASK
    return s[u64(entry + Q_EXT)], s[u64(entry + Q_LINE)], s[u64(entry + Q_STRIDE)], size


@compiled
def lines_of_l3(s: Words) -> Lines:
    """The L2 side of the L3 channel's last transfer."""
    size = s[L3 + LENGTH]
    return s[L3 + NEAR] - s[CFG_L2_BASE] + s[CFG_L2_OFFSET], size, 0, size


@compiled
def bounds(lines: Lines) -> tuple[int, int]:
    """The first byte and the one behind the last."""
    start, line, stride, size = lines
    last = start + (size - 1) // line * stride
    return min(start, last), max(start, last) + min(line, size)


@compiled
def first_common(a: Lines, b: Lines) -> int:
    """The first byte that two sets of lines share, in a's order; -1 if there is none."""
    low, high = bounds(a)
    other_low, other_high = bounds(b)
    if high <= other_low or other_high <= low:
        return -1
    start, line, stride, size = a
    while size > 0:
        end = start + min(line, size)
        other, other_line, other_stride, other_size = b
        while other_size > 0:
            other_end = other + min(other_line, other_size)
            if start < other_end and other < end:
                return max(start, other)
            other += other_stride
            other_size -= other_line
        start += stride
        size -= line
    return -1


@compiled
def l2_address(s: Words, place: int) -> int:
    """The address of a place in memory."""
    return place - s[CFG_L2_OFFSET] + s[CFG_L2_BASE]


@compiled
def kind_of_race(writes: bool, other_writes: bool) -> int:
    """Of two accesses, at least one of which writes."""
    if not writes:
        return RACE_READ_WRITE
    return RACE_WRITE_WRITE if other_writes else RACE_WRITE_READ


@compiled
def oldest_of_interest(s: Words, core: int, channel: int) -> int:
    """Transfers up to this number are not looked at."""
    oldest = max(0, given(s, channel) - PLACES_OF_QUEUE)
    if core == s[CFG_CORES]:
        # How the fabric controller learns of the cluster's progress is not followed.
        return max(oldest, s[u64(CHANNELS + (channel << 5) + CH_HEAD)])
    return oldest


@compiled
def check_against_dma(
    s: Words, core: int, slot: int, channel: int, lines: Lines, writes: bool
) -> bool:
    """Records what `lines` race with among a channel's transfers; whether there is anything."""
    number = given(s, channel)
    oldest = oldest_of_interest(s, core, channel)
    # Channel 1 writes L2.
    if not writes and channel == 0:
        return False
    while number > oldest and not happened(s, core, RX + channel, number):
        place = first_common(lines, lines_of_transfer(channel, number, s))
        if place >= 0:
            record(
                s,
                kind_of_race(writes, channel == 1),
                core,
                slot,
                l2_address(s, place),
                lines[3],
                RX + channel,
                started_slot(s, channel, number),
                started_caller(s, channel, number),
                doubt(s, core, RX + channel, number),
            )
            return True
        number -= 1
    return False


@compiled
def check_against_l3(s: Words, core: int, slot: int, lines: Lines, writes: bool) -> bool:
    """The same for the L3 channel's last transfer (those before were over when it started)."""
    b = s[AT_SANITIZE]
    other_writes = s[L3 + TO_L3] == 0
    number = s[u64(b + L3_STARTED)]
    if not (writes or other_writes) or happened(s, core, L3_CHANNEL, number):
        return False
    place = first_common(lines, lines_of_l3(s))
    if place < 0:
        return False
    record(
        s,
        kind_of_race(writes, other_writes),
        core,
        slot,
        l2_address(s, place),
        lines[3],
        L3_CHANNEL,
        s[u64(b + L3_SLOT)],
        s[u64(b + L3_CALLER)],
        CERTAIN,
    )
    return True


@compiled
def check_plan(s: Words, core: int, slot: int, lines: Lines, writes: bool, by: int) -> bool:
    """Records lines that do not lie in one buffer of L2; whether they do.

    `by` is the channel that is to move them, NOBODY for the core itself.
    """
    low, high = bounds(lines)
    address = l2_address(s, low)
    if allowed(s, core, IN_L2, address, address + high - low, ANYTHING):
        return True
    kind = OUTSIDE_PLAN_WRITE if writes else OUTSIDE_PLAN_READ
    record(s, kind, core, slot, address, high - low, by, 0, 0, CERTAIN)
    return False


@compiled
def check_l2_side(s: Words, core: int, slot: int, channel: int, number: int) -> None:
    """The L2 side of a transfer that the core has just started."""
    lines = lines_of_transfer(channel, number, s)
    if not check_plan(s, core, slot, lines, channel == 1, RX + channel):
        return
    # Transfers of one channel follow each other.
    if not check_against_dma(s, core, slot, 1 - channel, lines, channel == 1):
        check_against_l3(s, core, slot, lines, channel == 1)


@compiled
def watch_l2_access(s: Words, core: int, slot: int, address: int, size: int, writes: bool) -> None:
    """A core's access to L2."""
    start = address - s[CFG_L2_BASE] + s[CFG_L2_OFFSET]
    lines = (start, size, 0, size)
    if core < s[CFG_CORES] and not check_plan(s, core, slot, lines, writes, NOBODY):
        return
    for channel in range(2):
        if check_against_dma(s, core, slot, channel, lines, writes):
            return
    check_against_l3(s, core, slot, lines, writes)


@compiled
def watch_l3_start(s: Words, core: int, slot: int) -> None:
    """The core has started a transfer of the L3 channel."""
    b = s[AT_SANITIZE]
    lines = lines_of_l3(s)
    writes = s[L3 + TO_L3] == 0
    if check_plan(s, core, slot, lines, writes, L3_CHANNEL):
        for channel in range(2):
            if check_against_dma(s, core, slot, channel, lines, writes):
                break
    s[u64(b + L3_STARTED)] += 1
    s[u64(b + L3_SLOT)] = slot
    s[u64(b + L3_CALLER)] = caller(s, core)
    copy_row(s, b + AT_L3_START, known_row(s, core))
    advance(s, core)


@compiled
def watch_exit(s: Words, core: int, slot: int) -> None:
    """The core is about to end the program: results that may still be on their way are lost."""
    b = s[AT_SANITIZE]
    number = given(s, 1)
    if number > oldest_of_interest(s, core, 1) and not happened(s, core, TX, number):
        low, high = bounds(lines_of_transfer(1, number, s))
        record(
            s,
            ENDS_EARLY,
            core,
            slot,
            l2_address(s, low),
            high - low,
            TX,
            started_slot(s, 1, number),
            started_caller(s, 1, number),
            doubt(s, core, TX, number),
        )
    number = s[u64(b + L3_STARTED)]
    if s[L3 + TO_L3] != 0 and not happened(s, core, L3_CHANNEL, number):
        record(
            s,
            ENDS_EARLY,
            core,
            slot,
            s[L3 + FAR],
            s[L3 + LENGTH],
            L3_CHANNEL,
            s[u64(b + L3_SLOT)],
            s[u64(b + L3_CALLER)],
            CERTAIN,
        )


@compiled
def in_l2(s: Words, address: int, size: int) -> bool:
    """Whether bytes lie in L2."""
    return s[CFG_L2_BASE] <= address and address + size <= s[CFG_L2_BASE] + s[CFG_L2_BYTES]
