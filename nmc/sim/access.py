"""Loads and stores that are not plain accesses to one word of L1."""

from nmc.sim.code_guard import overlaps_code
from nmc.sim.event_unit import waits
from nmc.sim.jit import Words, compiled, u64
from nmc.sim.layout import (
    CFG_CORES,
    CFG_EVENT_UNIT,
    CFG_L1_BASE,
    CFG_L1_BYTES,
    CFG_L2_ACCESS,
    CFG_L2_BASE,
    CFG_L2_BYTES,
    CFG_L2_OFFSET,
    DATA,
    ELW,
    FAULT_CODE_WRITE,
    FAULT_MEMORY,
    FIRST_CUSTOM_LOAD,
    KIND_ACCESS,
    KIND_FINISH,
    L2_FREE,
    OFF,
    OP_MASK,
    OP_MEMORY,
    OP_SPLAT_B,
    OP_WFI,
    PEND,
    PEND_SHIFT,
    STALL_DMA,
    STALL_L2,
    STALL_PERIPHERAL,
    STATUS_OK,
    TYPE_MASK,
)
from nmc.sim.peripherals import AGAIN, NO_REGISTER, read_register, write_register
from nmc.sim.scheduling import complete, current_word, fault, park, stall, write_result
from nmc.sim.split import access_size, begin_split, extend, is_store


@compiled
def access(s: Words, mem8: Words, core: int, now: int) -> int:
    """Carries out the access the core waits with; returns a status."""
    p = PEND + (core << PEND_SHIFT)
    address = s[u64(p | OFF)]
    kind = current_word(s, core) & TYPE_MASK
    size = access_size(kind)
    offset = address - s[CFG_L1_BASE]
    if offset >= 0 and offset + size <= s[CFG_L1_BYTES]:
        begin_split(s, core, offset, now)
        return STATUS_OK
    offset = address - s[CFG_L2_BASE]
    if offset >= 0 and offset + size <= s[CFG_L2_BYTES]:
        return access_l2(s, mem8, core, kind, offset, size, now)
    if FIRST_CUSTOM_LOAD <= kind < ELW:
        return fault(s, core, FAULT_MEMORY, address)
    return access_peripheral(s, core, kind, address, now)


@compiled
def access_l2(s: Words, mem8: Words, core: int, kind: int, offset: int, size: int, now: int) -> int:
    """An access to L2: memory changes now, the core waits for the round trip.

    The fabric controller sits beside L2 and takes a cycle; it does not compete for the port.
    """
    p = PEND + (core << PEND_SHIFT)
    place = offset + s[CFG_L2_OFFSET]
    if is_store(kind):
        if overlaps_code(s, s[u64(p | OFF)], size):
            return fault(s, core, FAULT_CODE_WRITE, s[u64(p | OFF)])
        for i in range(size):
            mem8[u64(place + i)] = (s[u64(p | DATA)] >> (8 * i)) & 0xFF
    cycles = 1
    if core < s[CFG_CORES]:
        port = max(now, s[L2_FREE])
        s[L2_FREE] = port + 1
        cycles = port - now + s[CFG_L2_ACCESS]
    stall(s, core, STALL_L2, cycles - 1)
    if is_store(kind):
        complete(s, core, now + cycles)
        return STATUS_OK
    raw = 0
    for i in range(size):
        raw |= int(mem8[u64(place + i)]) << (8 * i)
    if FIRST_CUSTOM_LOAD <= kind < ELW:
        s[u64(p | DATA)] = raw
        park(s, core, KIND_FINISH, now + cycles)
        return STATUS_OK
    write_result(s, core, extend(kind, raw))
    complete(s, core, now + cycles)
    return STATUS_OK


@compiled
def access_peripheral(s: Words, core: int, kind: int, address: int, now: int) -> int:
    """An access to a register; addresses that are none are outside any memory."""
    if is_store(kind):
        data = s[u64((PEND + (core << PEND_SHIFT)) | DATA)] & ((1 << (8 * access_size(kind))) - 1)
        cycles, status = write_register(s, core, address, data, now)
    else:
        cycles, value = read_register(s, core, address, now)
        status = STATUS_OK
        if cycles > 0:
            write_result(s, core, extend(kind, value))
    if cycles == NO_REGISTER:
        return fault(s, core, FAULT_MEMORY, address)
    if cycles == AGAIN:
        stall(s, core, STALL_DMA, 1)
        park(s, core, KIND_ACCESS, now + 1)
    elif cycles > 0:
        # Waits of the event unit count their own stalls.
        if not is_wait(s, kind, address):
            stall(s, core, STALL_PERIPHERAL, cycles - 1)
        complete(s, core, now + cycles)
    return status


@compiled
def has_issued(s: Words, core: int) -> bool:
    """Whether the instruction of a core that is parked until it is done is no wait."""
    w = current_word(s, core)
    op = w & OP_MASK
    if OP_MEMORY <= op < OP_SPLAT_B:
        return not is_wait(s, w & TYPE_MASK, s[u64(PEND + (core << PEND_SHIFT) + OFF)])
    return op != OP_WFI


@compiled
def is_wait(s: Words, kind: int, address: int) -> bool:
    """Whether a load may have been a wait of the event unit."""
    from_event_unit = address - s[CFG_EVENT_UNIT]
    return not is_store(kind) and 0 <= from_event_unit < 0x400 and waits(from_event_unit)
