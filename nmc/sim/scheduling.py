"""The time wheel: who does something next, and when."""

from nmc.sim.jit import Words, compiled, trailing_zeros, u64
from nmc.sim.layout import (
    AT_CODE,
    ATTENTION,
    BANKS_SHIFT,
    CFG_CODE_BASE,
    CFG_CODE_BYTES,
    CFG_SLOT_SHIFT,
    COUNT,
    D_SHIFT,
    EVENTS_AT,
    FAULT,
    FAULT_ADDRESS,
    FAULT_CORE,
    FIELD_MASK,
    IDX,
    KIND,
    KIND_DONE,
    KIND_RESUME,
    PEND,
    PEND_SHIFT,
    REG_SHIFT,
    REGS,
    RX,
    STALL_SHIFT,
    STALLS,
    STATUS_FAULT,
    WANTS,
    WHEEL_AT,
    WHEEL_MASK,
)


@compiled
def park(s: Words, entity: int, kind: int, time: int) -> None:
    """Lets `entity` go on at `time`, less than WHEEL cycles from now, with event `kind`."""
    s[u64(PEND + (entity << PEND_SHIFT) + KIND)] = kind
    place = time & WHEEL_MASK
    s[u64(EVENTS_AT + place)] |= 1 << entity
    s[u64(WHEEL_AT + place)] |= ATTENTION


@compiled
def request(s: Words, entity: int, banks: int, time: int) -> None:
    """Lets `entity` ask for `banks` of L1 at `time`: a core for one."""
    place = WHEEL_AT + (time & WHEEL_MASK)
    slot = s[u64(place)]
    wanted = banks << BANKS_SHIFT
    s[u64(place)] = slot | wanted | (1 << entity)
    if slot & wanted != 0 or entity >= RX:
        s[u64(place)] |= ATTENTION
    if entity < RX:
        s[u64(WANTS + entity)] = trailing_zeros(banks)


@compiled
def resume(s: Words, core: int, time: int) -> None:
    """Lets `core` fetch the instruction it waits with at `time`."""
    park(s, core, KIND_RESUME, time)


@compiled
def complete(s: Words, core: int, time: int) -> None:
    """The instruction the core waits with is done; the next one issues at `time`."""
    park(s, core, KIND_DONE, time)


@compiled
def address_of(s: Words, slot: int) -> int:
    """The address of the place in the code with this slot, a place's first."""
    return s[CFG_CODE_BASE] + (slot >> s[CFG_SLOT_SHIFT])


@compiled
def slot_of(s: Words, address: int) -> int:
    """The first slot of the place in the code at `address`, -1 if no instruction can be there."""
    slot = (address - s[CFG_CODE_BASE]) << s[CFG_SLOT_SHIFT]
    if slot & 3 or slot < 0 or slot >= s[CFG_CODE_BYTES] << s[CFG_SLOT_SHIFT]:
        return -1
    return slot


@compiled
def move_to(s: Words, core: int, slot: int) -> None:
    """The core's instruction is done and the next one is at `slot`."""
    p = PEND + (core << PEND_SHIFT)
    s[u64(p + COUNT)] += 1
    s[u64(p + IDX)] = slot


@compiled
def current_word(s: Words, core: int) -> int:
    """The decoded instruction the core waits with."""
    return s[u64(s[AT_CODE] + s[u64(PEND + (core << PEND_SHIFT) + IDX)])]


@compiled
def write_result(s: Words, core: int, value: int) -> None:
    """Writes the destination register of the instruction the core waits with."""
    d = (current_word(s, core) >> D_SHIFT) & FIELD_MASK
    s[u64(REGS + (core << REG_SHIFT) + d)] = value


@compiled
def stall(s: Words, core: int, kind: int, cycles: int) -> None:
    """Counts `cycles` in which `core` does not issue."""
    s[u64(STALLS + (core << STALL_SHIFT) + kind)] += cycles


@compiled
def fault(s: Words, core: int, code: int, address: int) -> int:
    """Notes a fault of the program and returns the status that stops the engine."""
    s[FAULT] = code
    s[FAULT_CORE] = core
    s[FAULT_ADDRESS] = address
    return STATUS_FAULT
