"""What an entity of the time wheel does when its time has come, other than run or access L1."""

from nmc.sim.access import access
from nmc.sim.csr import csr_instruction
from nmc.sim.event_unit import ASLEEP, WAITS_SILENTLY, wait_for_event
from nmc.sim.icache import miss, miss_next
from nmc.sim.jit import Words, compiled, u64
from nmc.sim.l3 import step_l3
from nmc.sim.layout import (
    ASTRIDE,
    AT_CODE,
    CFG_ASTRIDE,
    CFG_CORES,
    CFG_FENCE,
    CFG_JAL,
    CSR_CAUSE,
    CSR_EPC,
    CSR_TVEC,
    FAULT_FETCH,
    FAULT_ILLEGAL,
    FAULT_LOOP,
    FAULT_TRAP,
    IDX,
    IMM_SHIFT,
    KIND_ACCESS,
    KIND_FETCH_FAULT,
    KIND_FETCHED,
    KIND_L3,
    KIND_MISS,
    KIND_MISS_NEXT,
    LAYER,
    OFF,
    OP_BAD_LOOP,
    OP_CSR,
    OP_FENCE,
    OP_LAYER,
    OP_MRET,
    OP_TRAP,
    OP_WFI,
    PEND,
    PEND_SHIFT,
    SIDE,
    SIDE_SHIFT,
    STALL_BRANCH,
    STALL_MULTICYCLE,
    STATUS_LAYER,
    STATUS_OK,
)
from nmc.sim.scheduling import (
    address_of,
    complete,
    current_word,
    fault,
    move_to,
    park,
    resume,
    slot_of,
    stall,
)


@compiled
def handle_event(s: Words, mem8: Words, entity: int, kind: int, now: int) -> int:
    """Carries out the event `kind` of `entity`; a status other than OK stops the engine."""
    if kind == KIND_MISS:
        miss(s, entity, now)
        return STATUS_OK
    if kind == KIND_MISS_NEXT:
        miss_next(s, entity, now)
        return STATUS_OK
    if kind == KIND_ACCESS:
        return access(s, mem8, entity, now)
    if kind == KIND_L3:
        step_l3(s, mem8, now)
        return STATUS_OK
    if kind == OP_CSR:
        return csr_instruction(s, entity, now)
    p = PEND + (entity << PEND_SHIFT)
    if kind == OP_LAYER:
        s[u64(p | IDX)] += 1
        # Its line is there, also if it came past the disabled cache.
        park(s, entity, KIND_FETCHED, now)
        s[LAYER] = s[u64(p | IDX)] - 1
        return STATUS_LAYER if entity == 0 else STATUS_OK
    if kind == OP_FENCE:
        stall(s, entity, STALL_MULTICYCLE, s[CFG_FENCE] - 1)
        complete(s, entity, now + s[CFG_FENCE])
        return STATUS_OK
    if kind == OP_WFI:
        return wait_for_interrupt(s, entity, now)
    if kind == OP_MRET:
        return jump_to(s, entity, s[u64((SIDE + (entity << SIDE_SHIFT)) | CSR_EPC)], now)
    if kind == OP_TRAP:
        return trap(s, entity, now)
    if kind == OP_BAD_LOOP:
        return fault(s, entity, FAULT_LOOP, 0)
    if kind == KIND_FETCH_FAULT:
        return fault(s, entity, FAULT_FETCH, s[u64(p | OFF)])
    return fault(s, entity, FAULT_ILLEGAL, 0)


@compiled
def wait_for_interrupt(s: Words, core: int, now: int) -> int:
    """A cluster core sleeps until an event of its mask; the fabric controller for good."""
    if core == s[CFG_CORES]:
        return STATUS_OK
    cycles, _ = wait_for_event(s, core, WAITS_SILENTLY, now)
    if cycles != ASLEEP:
        complete(s, core, now + cycles)
    return STATUS_OK


@compiled
def jump_to(s: Words, core: int, address: int, now: int) -> int:
    """Goes on at `address`, at the cost of a jump."""
    slot = slot_of(s, address)
    if slot < 0:
        return fault(s, core, FAULT_FETCH, address)
    cycles = s[CFG_JAL]
    if s[u64(s[AT_CODE] + slot)] & ASTRIDE:
        cycles += s[CFG_ASTRIDE]
    move_to(s, core, slot)
    stall(s, core, STALL_BRANCH, cycles - 1)
    resume(s, core, now + cycles)
    return STATUS_OK


@compiled
def trap(s: Words, core: int, now: int) -> int:
    """ecall and ebreak: to the handler at mtvec's base, a fault if none was set."""
    side = SIDE + (core << SIDE_SHIFT)
    handler = s[u64(side | CSR_TVEC)] & ~3
    if handler == 0:
        return fault(s, core, FAULT_TRAP, 0)
    slot = s[u64((PEND + (core << PEND_SHIFT)) | IDX)]
    s[u64(side | CSR_EPC)] = address_of(s, slot & ~3)
    is_break = (current_word(s, core) >> IMM_SHIFT) & 1
    s[u64(side | CSR_CAUSE)] = 3 if is_break else 11
    return jump_to(s, core, handler, now)
