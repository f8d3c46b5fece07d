"""Memory-mapped registers: cluster control, event unit, DMA, L3 channel, exit, character output.

A read answers (cycles, value), a write (cycles, status). Cycles above 0 are what the access takes
in all; the special answers are below.
"""

from nmc.sim.dma import allocate, busy_ids, free_ids, write_command_word
from nmc.sim.event_unit import read_event_unit, write_event_unit
from nmc.sim.jit import compiled, u64
from nmc.sim.l3 import start_l3
from nmc.sim.layout import (
    BOOT,
    CFG_BOOT_ADDRESS,
    CFG_CODE_BASE,
    CFG_CODE_BYTES,
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
    ENABLED,
    EXIT_VALUE,
    FAULT_BOOT,
    FAULT_NONE,
    ICACHE_ENABLED,
    ID_WAITERS,
    IDX,
    LINE,
    OUT_COUNT,
    OUTPUT_BYTES,
    PEND_SHIFT,
    RELEASED,
    SIDE_SHIFT,
    STATUS_EXIT,
    STATUS_OK,
    STATUS_OUTPUT,
)
from nmc.sim.scheduling import fault, resume
from nmc.sim.state import Machine

ASLEEP = 0
"""The core is woken by what it waits for; the instruction is completed then."""
NO_REGISTER = -1
AGAIN = -2
"""The access is tried again in the next cycle."""
WOKEN_BY_ID = -3
"""The access is tried again when a DMA id becomes free."""


@compiled
def read_register(m: Machine, core: int, address: int, now: int) -> tuple[int, int]:
    """(cycles, value) of a load from a peripheral."""
    config = m.config
    if core < config[CFG_CORES]:
        offset = address - config[CFG_DMA_BASE]
        if offset == 0:
            transfer = allocate(m, core)
            if transfer < 0:
                m.state[u64(ID_WAITERS)] |= 1 << core
                return WOKEN_BY_ID, 0
            return config[CFG_EU_ACCESS], transfer
        if offset == 4:
            return config[CFG_EU_ACCESS], busy_ids(m)
        offset = address - config[CFG_EVENT_UNIT]
        if 0 <= offset < 0x400:
            return read_event_unit(m, core, offset, now)
    offset = address - config[CFG_L3_BASE]
    if 0 <= offset < 16 and offset & 3 == 0:
        return config[CFG_PERIPHERAL], m.l3[offset >> 2]
    if address == config[CFG_ICACHE_ENABLE]:
        return config[CFG_PERIPHERAL], m.state[u64(ICACHE_ENABLED)]
    index = (address - config[CFG_BOOT_ADDRESS]) >> 2
    if 0 <= index < config[CFG_CORES]:
        return config[CFG_PERIPHERAL], m.side[u64((index << SIDE_SHIFT) | BOOT)]
    if address == config[CFG_FETCH_ENABLE]:
        mask = 0
        for c in range(config[CFG_CORES]):
            mask |= m.side[u64((c << SIDE_SHIFT) | ENABLED)] << c
        return config[CFG_PERIPHERAL], mask
    return NO_REGISTER, 0


@compiled
def write_register(m: Machine, core: int, address: int, value: int, now: int) -> tuple[int, int]:
    """(cycles, status) of a store to a peripheral."""
    config = m.config
    if core < config[CFG_CORES]:
        offset = address - config[CFG_DMA_BASE]
        if offset == 0:
            cycles, found = write_command_word(m, core, value, now)
            if found != FAULT_NONE:
                return 1, fault(m, core, found, address)
            return (cycles, STATUS_OK) if cycles > 0 else (AGAIN, STATUS_OK)
        if offset == 4:
            free_ids(m, value, now)
            return config[CFG_EU_ACCESS], STATUS_OK
        offset = address - config[CFG_EVENT_UNIT]
        if 0 <= offset < 0x400:
            return write_event_unit(m, core, offset, value, now), STATUS_OK
    offset = address - config[CFG_L3_BASE]
    if offset in (0, 4):
        m.l3[offset >> 2] = value
        return config[CFG_PERIPHERAL], STATUS_OK
    if offset == 8:
        found = start_l3(m, core, value, now)
        status = fault(m, core, found, m.l3[1]) if found != FAULT_NONE else STATUS_OK
        return config[CFG_PERIPHERAL], status
    if address == config[CFG_EXIT]:
        m.state[u64(EXIT_VALUE)] = value
        return 1, STATUS_EXIT
    if config[CFG_PUTCHAR] <= address < config[CFG_PUTCHAR] + 0x1000:
        count = m.state[u64(OUT_COUNT)]
        m.out[u64(count)] = value & 0xFF
        m.state[u64(OUT_COUNT)] = count + 1
        return config[CFG_PERIPHERAL], STATUS_OUTPUT if count + 1 == OUTPUT_BYTES else STATUS_OK
    if address == config[CFG_ICACHE_ENABLE]:
        m.state[u64(ICACHE_ENABLED)] = value & 1
        return config[CFG_PERIPHERAL], STATUS_OK
    index = (address - config[CFG_BOOT_ADDRESS]) >> 2
    if 0 <= index < config[CFG_CORES] and address & 3 == 0:
        m.side[u64((index << SIDE_SHIFT) | BOOT)] = value
        return config[CFG_PERIPHERAL], STATUS_OK
    if address == config[CFG_FETCH_ENABLE]:
        return config[CFG_PERIPHERAL], enable_cores(m, core, value, now)
    return NO_REGISTER, STATUS_OK


@compiled
def enable_cores(m: Machine, core: int, mask: int, now: int) -> int:
    """Starts the cluster cores of `mask` that are not running; the inference begins now."""
    for c in range(m.config[CFG_CORES]):
        side = c << SIDE_SHIFT
        if not (mask >> c) & 1 or m.side[u64(side | ENABLED)]:
            continue
        slot = m.side[u64(side | BOOT)] - m.config[CFG_CODE_BASE]
        if slot & 3 or slot < 0 or slot >= m.config[CFG_CODE_BYTES]:
            return fault(m, core, FAULT_BOOT, m.side[u64(side | BOOT)])
        m.side[u64(side | ENABLED)] = 1
        m.pend[u64((c << PEND_SHIFT) | IDX)] = slot
        m.pend[u64((c << PEND_SHIFT) | LINE)] = -1
        if m.state[u64(RELEASED)] < 0:
            m.state[u64(RELEASED)] = now
        resume(m, c, now + 1)
    return STATUS_OK
