"""Transfers of the DMA and the L3 channel: what they race with, and who knows that they are over.

A core knows that a transfer is over when it frees its id, or takes the event the transfer raises;
or is told by a core that knows. A look at the status register is not enough by itself, since it
shows the state of all transfers, also of those nobody waited for (but see `doubt`).
"""

from nmc.sim.dma import BROADCAST, CH_HEAD, EVENT, LENGTH_MASK, Q_COMMAND, Q_CORE, Q_ID, Q_L1
from nmc.sim.jit import Words, compiled, u64
from nmc.sim.layout import (
    AT_SANITIZE,
    CFG_CORES,
    CFG_DMA_IDS,
    CFG_EVENT_DMA,
    CFG_L1_BASE,
    CHANNELS,
    IDX,
    PEND,
    PEND_SHIFT,
    RX,
    TRANSFERS,
)
from nmc.sim.sanitize.clocks import advance, copy_row, event_row, join, known_row
from nmc.sim.sanitize.l2 import check_l2_side
from nmc.sim.sanitize.places import (
    COMPLETE,
    FREES,
    LAST_OF_ID,
    NONE,
    OUTSIDE_PLAN_READ,
    OUTSIDE_PLAN_WRITE,
    SEEN,
    STARTED_CALLER,
    STARTED_SLOT,
    STATUS_SEEN,
    TRANSFERS_READ,
    TRANSFERS_WRITE,
)
from nmc.sim.sanitize.plan import IN_L1, allowed, on_stack
from nmc.sim.sanitize.record import CERTAIN, caller, record, take_back
from nmc.sim.sanitize.shadow import watch_draining, watch_filling
from nmc.sim.sanitize.transfer_state import (
    given,
    queue_entry,
    remembered,
    start_row,
    started_place,
)


@compiled
def watch_command(s: Words, core: int, channel: int) -> None:
    """The core has given `channel` a command, its last one."""
    number = given(s, channel)
    entry = queue_entry(channel, number)
    slot = s[u64((PEND + (core << PEND_SHIFT)) | IDX)]
    off = s[u64(entry + Q_L1)]
    size = s[u64(entry + Q_COMMAND)] & LENGTH_MASK
    place = started_place(s, channel, number)
    s[u64(place + STARTED_SLOT)] = slot
    s[u64(place + STARTED_CALLER)] = caller(s, core)
    s[u64(s[AT_SANITIZE] + LAST_OF_ID + 2 * s[u64(entry + Q_ID)] + channel)] = number
    low = off + s[CFG_L1_BASE]
    what = TRANSFERS_WRITE if channel == 0 else TRANSFERS_READ
    placed = on_stack(s, core, low, low + size) or allowed(s, core, IN_L1, low, low + size, what)
    if not placed:
        kind = OUTSIDE_PLAN_WRITE if channel == 0 else OUTSIDE_PLAN_READ
        record(s, kind, core, slot, low, size, RX + channel, 0, 0, CERTAIN)
    if channel == 0:
        wrong = watch_filling(s, core, slot, off, size, number)
    else:
        wrong = watch_draining(s, core, slot, off, size, number)
    if placed and wrong == NONE:
        check_l2_side(s, core, slot, channel, number)
    copy_row(s, start_row(s, channel, number), known_row(s, core))
    advance(s, core)


@compiled
def learn(s: Words, row: int, channel: int, number: int) -> None:
    """Adds to a row that transfer `number` is over, and with it all its channel had before."""
    place = u64(row + RX + channel)
    s[place] = max(s[place], number)
    if number > 0 and remembered(s, channel, number):
        join(s, row, start_row(s, channel, number))


@compiled
def watch_status(s: Words, core: int) -> None:
    """The core has read which ids are busy."""
    b = s[AT_SANITIZE]
    heads = s[u64(CHANNELS + CH_HEAD)] + s[u64(CHANNELS + 32 + CH_HEAD)]
    if s[u64(b + STATUS_SEEN + core)] == heads:
        return
    s[u64(b + STATUS_SEEN + core)] = heads
    row = known_row(s, core)
    for i in range(s[CFG_DMA_IDS]):
        if s[u64(TRANSFERS + 2 * i + 1)] == 0:
            for channel in range(2):
                seen = u64(row + SEEN + channel)
                s[seen] = max(s[seen], s[u64(b + LAST_OF_ID + 2 * i + channel)])


@compiled
def watch_free(s: Words, core: int, ids: int) -> None:
    """The core is about to free `ids`, a mask."""
    b = s[AT_SANITIZE]
    s[u64(b + FREES)] += 1
    for i in range(s[CFG_DMA_IDS]):
        if (ids >> i) & 1 and s[u64(TRANSFERS + 2 * i + 1)] == 0:
            take_back(s, i)
            for channel in range(2):
                learn(s, known_row(s, core), channel, s[u64(b + LAST_OF_ID + 2 * i + channel)])


@compiled
def watch_completions(s: Words) -> bool:
    """Notes transfers that have ended since the last look; whether one of them raised an event."""
    b = s[AT_SANITIZE]
    raised = False
    for channel in range(2):
        head = s[u64(CHANNELS + (channel << 5) + CH_HEAD)]
        for number in range(s[u64(b + COMPLETE + channel)] + 1, head + 1):
            entry = queue_entry(channel, number)
            command = s[u64(entry + Q_COMMAND)]
            if command & EVENT:
                raised = True
                for core in range(s[CFG_CORES]):
                    if command & BROADCAST or core == s[u64(entry + Q_CORE)]:
                        learn(s, event_row(s, core, s[CFG_EVENT_DMA]), channel, number)
        s[u64(b + COMPLETE + channel)] = head
    return raised
