"""Loads and stores that are not plain accesses to one word of L1."""

from nmc.sim.jit import compiled, u64
from nmc.sim.layout import (
    BANK,
    CFG_BANK_MASK,
    CFG_CODE_BASE,
    CFG_CODE_BYTES,
    CFG_CORES,
    CFG_EVENT_UNIT,
    CFG_L1_BASE,
    CFG_L1_BYTES,
    CFG_L2_ACCESS,
    CFG_L2_BASE,
    CFG_L2_BYTES,
    CFG_L2_OFFSET,
    D_SHIFT,
    DATA,
    ELW,
    FAULT_CODE_WRITE,
    FAULT_MEMORY,
    FIELD_MASK,
    FIRST_CUSTOM_LOAD,
    KIND_ACCESS,
    KIND_FINISH,
    L2_FREE,
    LW,
    OFF,
    PEND_SHIFT,
    REG_SHIFT,
    REQUESTS,
    SB,
    STALL_DMA,
    STALL_L2,
    STALL_PERIPHERAL,
    STATUS_OK,
    SW,
    TYPE_MASK,
    WHEEL_MASK,
    WORD,
)
from nmc.sim.peripherals import AGAIN, NO_REGISTER, read_register, write_register
from nmc.sim.scheduling import fault, park, resume, stall, step_over
from nmc.sim.split import begin_split, extend
from nmc.sim.state import Machine


@compiled
def access_size(kind: int) -> int:
    """Bytes of an access of type `kind`."""
    if kind == ELW:
        return 4
    if kind >= FIRST_CUSTOM_LOAD:
        return 1
    return ((0xD350 >> (kind * 2)) & 3) + 1


@compiled
def is_store(kind: int) -> bool:
    """Whether accesses of type `kind` write."""
    return SB <= kind <= SW


@compiled
def access(m: Machine, core: int, now: int) -> int:
    """Carries out the access the core waits with; returns a status."""
    p = core << PEND_SHIFT
    address = m.pend[u64(p | OFF)]
    kind = m.pend[u64(p | WORD)] & TYPE_MASK
    size = access_size(kind)
    config = m.config
    offset = address - config[CFG_L1_BASE]
    if offset >= 0 and offset + size <= config[CFG_L1_BYTES]:
        return access_l1(m, core, kind, offset, now)
    offset = address - config[CFG_L2_BASE]
    if offset >= 0 and offset + size <= config[CFG_L2_BYTES]:
        return access_l2(m, core, kind, offset, size, now)
    if FIRST_CUSTOM_LOAD <= kind < ELW:
        return fault(m, core, FAULT_MEMORY, address)
    return access_peripheral(m, core, kind, address, now)


@compiled
def access_l1(m: Machine, core: int, kind: int, offset: int, now: int) -> int:
    """An access across a word boundary, or an event load that is a plain load here."""
    p = core << PEND_SHIFT
    if kind == ELW:
        m.pend[u64(p | WORD)] = (m.pend[u64(p | WORD)] & ~TYPE_MASK) | LW
    if (offset & 3) + access_size(kind) > 4:
        begin_split(m, core, offset, now)
        return STATUS_OK
    m.pend[u64(p | OFF)] = offset
    m.pend[u64(p | BANK)] = 1 << ((offset >> 2) & m.config[CFG_BANK_MASK])
    m.state[u64(REQUESTS)] |= 1 << core
    m.wheel[u64(now & WHEEL_MASK)] |= 1 << core
    return STATUS_OK


@compiled
def access_l2(m: Machine, core: int, kind: int, offset: int, size: int, now: int) -> int:
    """An access to L2: memory changes now, the core waits for the round trip.

    The fabric controller sits beside L2 and takes a cycle; it does not compete for the port.
    """
    p = core << PEND_SHIFT
    place = offset + m.config[CFG_L2_OFFSET]
    if is_store(kind):
        code = m.config[CFG_CODE_BASE] - m.config[CFG_L2_BASE]
        if code < offset + size and offset < code + m.config[CFG_CODE_BYTES]:
            return fault(m, core, FAULT_CODE_WRITE, m.pend[u64(p | OFF)])
        for i in range(size):
            m.mem8[u64(place + i)] = (m.pend[u64(p | DATA)] >> (8 * i)) & 0xFF
    cycles = 1
    if core < m.config[CFG_CORES]:
        port = max(now, m.state[u64(L2_FREE)])
        m.state[u64(L2_FREE)] = port + 1
        cycles = port - now + m.config[CFG_L2_ACCESS]
    stall(m, core, STALL_L2, cycles - 1)
    step_over(m, core)
    if is_store(kind):
        resume(m, core, now + cycles)
        return STATUS_OK
    raw = 0
    for i in range(size):
        raw |= int(m.mem8[u64(place + i)]) << (8 * i)
    if FIRST_CUSTOM_LOAD <= kind < ELW:
        m.pend[u64(p | DATA)] = raw
        park(m, core, KIND_FINISH, now + cycles)
        return STATUS_OK
    write_back(m, core, extend(kind, raw))
    resume(m, core, now + cycles)
    return STATUS_OK


@compiled
def write_back(m: Machine, core: int, value: int) -> None:
    """Writes the result of the load the core waits with."""
    w = m.pend[u64((core << PEND_SHIFT) | WORD)]
    m.regs[u64((core << REG_SHIFT) | ((w >> D_SHIFT) & FIELD_MASK))] = value


@compiled
def access_peripheral(m: Machine, core: int, kind: int, address: int, now: int) -> int:
    """An access to a register; addresses that are none are outside any memory."""
    if is_store(kind):
        data = m.pend[u64((core << PEND_SHIFT) | DATA)]
        cycles, status = write_register(m, core, address, data, now)
    else:
        cycles, value = read_register(m, core, address, now)
        status = STATUS_OK
        if cycles > 0:
            write_back(m, core, extend(kind, value))
    if cycles == NO_REGISTER:
        return fault(m, core, FAULT_MEMORY, address)
    if cycles == AGAIN:
        stall(m, core, STALL_DMA, 1)
        park(m, core, KIND_ACCESS, now + 1)
    elif cycles > 0:
        # Waits of the event unit count their own stalls.
        if not is_wait(m, kind, address):
            stall(m, core, STALL_PERIPHERAL, cycles - 1)
        step_over(m, core)
        resume(m, core, now + cycles)
    return status


@compiled
def is_wait(m: Machine, kind: int, address: int) -> bool:
    """Whether a load may have been a wait of the event unit."""
    from_event_unit = address - m.config[CFG_EVENT_UNIT]
    return not is_store(kind) and 0x38 <= from_event_unit < 0x400
