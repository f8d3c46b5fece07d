"""Memory-mapped registers: cluster control, event unit, DMA, L3 channel, exit, character output.

A read answers (cycles, value), a write (cycles, status). Cycles above 0 are what the access takes
in all; the special answers are below.
"""

from nmc.sim.dma import allocate, busy_ids, free_ids, write_command_word
from nmc.sim.event_unit import read_event_unit, write_event_unit
from nmc.sim.jit import Words, compiled, u64
from nmc.sim.l3 import BUSY, start_l3
from nmc.sim.layout import (
    BOOT,
    CFG_BOOT_ADDRESS,
    CFG_CORES,
    CFG_DMA_BASE,
    CFG_EU_ACCESS,
    CFG_EVENT_UNIT,
    CFG_EXIT,
    CFG_FETCH_ENABLE,
    CFG_ICACHE_ENABLE,
    CFG_L3_BASE,
    CFG_PERIPHERAL,
    CFG_PUTCHAR,
    COUNT,
    ENABLED,
    EU_SINCE,
    EXIT_VALUE,
    FAULT_BOOT,
    FAULT_NONE,
    ICACHE_ENABLED,
    ID_RETRIES,
    ID_WAITERS,
    IDX,
    L3,
    OUT,
    OUT_COUNT,
    OUTPUT_BYTES,
    PEND,
    PEND_SHIFT,
    RELEASED,
    SIDE,
    SIDE_SHIFT,
    STALL_DMA,
    STALL_L3,
    STATUS_EXIT,
    STATUS_OK,
    STATUS_OUTPUT,
)
from nmc.sim.recording import begin_core, note_poll
from nmc.sim.scheduling import fault, resume, slot_of, stall

ASLEEP = 0
"""The core is woken by what it waits for; the instruction is completed then."""
NO_REGISTER = -1
AGAIN = -2
"""The access is tried again in the next cycle."""
WOKEN_BY_ID = -3
"""The access is tried again when a DMA id becomes free."""
LINE_FEED = 10


@compiled
def read_register(s: Words, core: int, address: int, now: int) -> tuple[int, int]:
    """(cycles, value) of a load from a peripheral."""
    if core < s[CFG_CORES]:
        offset = address - s[CFG_DMA_BASE]
        if offset == 0:
            if (s[ID_RETRIES] >> core) & 1:
                s[ID_RETRIES] &= ~(1 << core)
                since = s[u64((SIDE + (core << SIDE_SHIFT)) | EU_SINCE)]
                stall(s, core, STALL_DMA, now - since)
            transfer = allocate(s, core)
            if transfer < 0:
                s[ID_WAITERS] |= 1 << core
                s[u64((SIDE + (core << SIDE_SHIFT)) | EU_SINCE)] = now
                return WOKEN_BY_ID, 0
            return s[CFG_EU_ACCESS], transfer
        if offset == 4:
            note_poll(s, core, STALL_DMA, now)
            return s[CFG_EU_ACCESS], busy_ids(s)
        offset = address - s[CFG_EVENT_UNIT]
        if 0 <= offset < 0x400:
            return read_event_unit(s, core, offset, now)
    offset = address - s[CFG_L3_BASE]
    if 0 <= offset < 16 and offset & 3 == 0:
        if offset >> 2 == BUSY:
            note_poll(s, core, STALL_L3, now)
        return s[CFG_PERIPHERAL], s[u64(L3 + (offset >> 2))]
    if address == s[CFG_ICACHE_ENABLE]:
        return s[CFG_PERIPHERAL], s[ICACHE_ENABLED]
    index = (address - s[CFG_BOOT_ADDRESS]) >> 2
    if 0 <= index < s[CFG_CORES] and address & 3 == 0:
        return s[CFG_PERIPHERAL], s[u64((SIDE + (index << SIDE_SHIFT)) | BOOT)]
    if address == s[CFG_FETCH_ENABLE]:
        mask = 0
        for c in range(s[CFG_CORES]):
            mask |= s[u64((SIDE + (c << SIDE_SHIFT)) | ENABLED)] << c
        return s[CFG_PERIPHERAL], mask
    return NO_REGISTER, 0


@compiled
def write_register(s: Words, core: int, address: int, value: int, now: int) -> tuple[int, int]:
    """(cycles, status) of a store to a peripheral."""
    if core < s[CFG_CORES]:
        offset = address - s[CFG_DMA_BASE]
        if offset == 0:
            cycles, found = write_command_word(s, core, value, now)
            if found != FAULT_NONE:
                return 1, fault(s, core, found, address)
            return (cycles, STATUS_OK) if cycles > 0 else (AGAIN, STATUS_OK)
        if offset == 4:
            free_ids(s, value, now)
            return s[CFG_EU_ACCESS], STATUS_OK
        offset = address - s[CFG_EVENT_UNIT]
        if 0 <= offset < 0x400:
            return write_event_unit(s, core, offset, value, now), STATUS_OK
    offset = address - s[CFG_L3_BASE]
    if offset in (0, 4):
        s[u64(L3 + (offset >> 2))] = value
        return s[CFG_PERIPHERAL], STATUS_OK
    if offset == 8:
        found = start_l3(s, core, value, now)
        status = fault(s, core, found, s[L3 + 1]) if found != FAULT_NONE else STATUS_OK
        return s[CFG_PERIPHERAL], status
    if address == s[CFG_EXIT]:
        s[EXIT_VALUE] = value
        # The write itself is the program's last instruction.
        s[u64(PEND + (core << PEND_SHIFT) + COUNT)] += 1
        return 1, STATUS_EXIT
    if s[CFG_PUTCHAR] <= address < s[CFG_PUTCHAR] + 0x1000:
        count = s[OUT_COUNT]
        s[u64(OUT + count)] = value & 0xFF
        s[OUT_COUNT] = count + 1
        collected = count + 1 == OUTPUT_BYTES or value & 0xFF == LINE_FEED
        return s[CFG_PERIPHERAL], STATUS_OUTPUT if collected else STATUS_OK
    if address == s[CFG_ICACHE_ENABLE]:
        s[ICACHE_ENABLED] = value & 1
        return s[CFG_PERIPHERAL], STATUS_OK
    index = (address - s[CFG_BOOT_ADDRESS]) >> 2
    if 0 <= index < s[CFG_CORES] and address & 3 == 0:
        s[u64((SIDE + (index << SIDE_SHIFT)) | BOOT)] = value
        return s[CFG_PERIPHERAL], STATUS_OK
    if address == s[CFG_FETCH_ENABLE]:
        return s[CFG_PERIPHERAL], enable_cores(s, core, value, now)
    return NO_REGISTER, STATUS_OK


@compiled
def enable_cores(s: Words, core: int, mask: int, now: int) -> int:
    """Starts the cluster cores of `mask` that are not running; the inference begins now."""
    for c in range(s[CFG_CORES]):
        side = SIDE + (c << SIDE_SHIFT)
        if not (mask >> c) & 1 or s[u64(side | ENABLED)]:
            continue
        slot = slot_of(s, s[u64(side | BOOT)])
        if slot < 0:
            return fault(s, core, FAULT_BOOT, s[u64(side | BOOT)])
        s[u64(side | ENABLED)] = 1
        s[u64((PEND + (c << PEND_SHIFT)) | IDX)] = slot
        s[u64((PEND + (c << PEND_SHIFT)) | COUNT)] = 0
        if s[RELEASED] < 0:
            s[RELEASED] = now
        begin_core(s, c, slot, now + 1)
        resume(s, c, now + 1)
    return STATUS_OK
