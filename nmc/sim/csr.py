"""Control and status registers."""

from nmc.isa.csrs import STATE_CSRS
from nmc.sim.jit import Words, compiled, u64
from nmc.sim.layout import (
    CFG_CODE_BASE,
    CFG_CSR,
    CFG_SLOT_SHIFT,
    COUNT,
    CSR_CAUSE,
    CSR_EPC,
    CSR_SCRATCH,
    CSR_STATUS,
    CSR_TVEC,
    D_SHIFT,
    FAULT_CSR,
    FIELD_MASK,
    HART,
    IMM_SHIFT,
    LOOP,
    MASK32,
    PEND,
    PEND_SHIFT,
    REG_SHIFT,
    REGS,
    S1_SHIFT,
    SIDE,
    SIDE_SHIFT,
    STALL_LOAD_USE,
    STALL_MULTICYCLE,
    STATUS_LOOP_END,
    STATUS_OK,
    XDC,
    XREADY,
)
from nmc.sim.scheduling import address_of, complete, current_word, fault, stall

UNKNOWN = -1
STATE_FIRST = min(STATE_CSRS.values())
STATE_LAST = max(STATE_CSRS.values())
LOOP_CSRS = 0x7C0


@compiled
def plain_place(number: int) -> int:
    """Where in `side` a register without side effects is kept, -1 if it is not one."""
    if number == 0x300:
        return CSR_STATUS
    if number == 0x305:
        return CSR_TVEC
    if number == 0x340:
        return CSR_SCRATCH
    if number == 0x341:
        return CSR_EPC
    if number == 0x342:
        return CSR_CAUSE
    return UNKNOWN


@compiled
def is_state(number: int) -> bool:
    """The extension's counter and accumulators, which lie beside the registers in this order."""
    return STATE_FIRST <= number <= STATE_LAST


@compiled
def is_loop_register(number: int) -> bool:
    """Hardware loop registers: start, end and count of loop 0, a gap, the same of loop 1."""
    return LOOP_CSRS <= number <= LOOP_CSRS + 6 and number != LOOP_CSRS + 3


@compiled
def loop_place(core: int, number: int) -> int:
    """Where in `pend` a hardware loop register is kept."""
    index = number - LOOP_CSRS
    return (PEND + (core << PEND_SHIFT)) + LOOP + (index if index < 3 else index - 1)


@compiled
def read_csr(s: Words, core: int, number: int, now: int) -> int:
    """The register's value, -1 if there is no such register."""
    place = plain_place(number)
    if place >= 0:
        return s[u64((SIDE + (core << SIDE_SHIFT)) | place)]
    if is_state(number):
        return s[u64((REGS + (core << REG_SHIFT)) + XDC + number - STATE_FIRST)]
    if is_loop_register(number):
        value = s[u64(loop_place(core, number))]
        is_count = number in (LOOP_CSRS + 2, LOOP_CSRS + 6)
        return value if is_count else address_of(s, value)
    if number in (0xB00, 0xC00):
        return now & MASK32
    if number in (0xB02, 0xC02):
        return s[u64(PEND + (core << PEND_SHIFT) + COUNT)] & MASK32
    if number == 0xF14:
        return s[u64((SIDE + (core << SIDE_SHIFT)) | HART)]
    return UNKNOWN


@compiled
def write_csr(s: Words, core: int, number: int, value: int) -> int:
    """Status after writing the register; read-only ones cannot be written."""
    place = plain_place(number)
    if place >= 0:
        s[u64((SIDE + (core << SIDE_SHIFT)) | place)] = value
        return STATUS_OK
    if is_state(number):
        s[u64((REGS + (core << REG_SHIFT)) + XDC + number - STATE_FIRST)] = value
        return STATUS_OK
    if not is_loop_register(number):
        return fault(s, core, FAULT_CSR, number)
    target = u64(loop_place(core, number))
    if number in (LOOP_CSRS + 2, LOOP_CSRS + 6):
        s[target] = value
        return STATUS_OK
    # Any address; where no loop can go to it is a fault when one is to.
    s[target] = (value - s[CFG_CODE_BASE]) << s[CFG_SLOT_SHIFT]
    # An end the decoder has not seen needs its pseudo-operation.
    return STATUS_LOOP_END if number in (LOOP_CSRS + 1, LOOP_CSRS + 5) else STATUS_OK


@compiled
def csr_instruction(s: Words, core: int, now: int) -> int:
    """Carries out a csrr* instruction; returns a status."""
    w = current_word(s, core)
    imm = w >> IMM_SHIFT
    number = imm & 0xFFF
    kind = (imm >> 12) & 7
    base = REGS + (core << REG_SHIFT)
    operand = imm >> 16
    writes = operand != 0
    if kind < 4:
        operand = s[u64(base | ((w >> S1_SHIFT) & FIELD_MASK))]
    old = read_csr(s, core, number, now)
    if old == UNKNOWN:
        return fault(s, core, FAULT_CSR, number)
    status = STATUS_OK
    if kind & 3 == 1:
        status = write_csr(s, core, number, operand)
    elif writes:
        new = old | operand if kind & 3 == 2 else old & ~operand
        status = write_csr(s, core, number, new)
    s[u64(base | ((w >> D_SHIFT) & FIELD_MASK))] = old
    wait = 0
    if STATE_FIRST < number <= STATE_LAST:
        done = s[u64(PEND + (core << PEND_SHIFT) + COUNT)]
        wait = max(s[u64(base | XREADY)] - done, 0)
    stall(s, core, STALL_LOAD_USE, wait)
    stall(s, core, STALL_MULTICYCLE, s[CFG_CSR] - 1)
    complete(s, core, now + wait + s[CFG_CSR])
    return status
