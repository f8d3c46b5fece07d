"""What an entity of the time wheel does when its time has come, other than run or access L1."""

from nmc.sim.access import access
from nmc.sim.csr import csr_instruction
from nmc.sim.event_unit import ASLEEP, WAITS_SILENTLY, wait_for_event
from nmc.sim.icache import miss
from nmc.sim.jit import compiled, u64
from nmc.sim.l3 import step_l3
from nmc.sim.layout import (
    CFG_CODE_BASE,
    CFG_CODE_BYTES,
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
    KIND_L3,
    KIND_MISS,
    LAYER,
    LINE,
    OFF,
    OP_BAD_LOOP,
    OP_BAD_TARGET,
    OP_CSR,
    OP_FENCE,
    OP_LAYER,
    OP_MRET,
    OP_TRAP,
    OP_WFI,
    PEND_SHIFT,
    RETIRED,
    SIDE_SHIFT,
    STALL_BRANCH,
    STALL_MULTICYCLE,
    STATUS_LAYER,
    STATUS_OK,
    WORD,
)
from nmc.sim.scheduling import fault, resume, stall, step_over
from nmc.sim.state import Machine


@compiled
def handle_event(m: Machine, entity: int, kind: int, now: int) -> int:
    """Carries out the event `kind` of `entity`; a status other than OK stops the engine."""
    if kind == KIND_MISS:
        miss(m, entity, now)
        return STATUS_OK
    if kind == KIND_ACCESS:
        return access(m, entity, now)
    if kind == KIND_L3:
        step_l3(m, now)
        return STATUS_OK
    if kind == OP_CSR:
        return csr_instruction(m, entity, now)
    p = entity << PEND_SHIFT
    if kind == OP_LAYER:
        m.pend[u64(p | RETIRED)] -= 1
        m.pend[u64(p | IDX)] += 1
        resume(m, entity, now)
        m.state[u64(LAYER)] = m.pend[u64(p | IDX)] - 1
        return STATUS_LAYER if entity == 0 else STATUS_OK
    if kind == OP_FENCE:
        stall(m, entity, STALL_MULTICYCLE, m.config[CFG_FENCE] - 1)
        step_over(m, entity)
        resume(m, entity, now + m.config[CFG_FENCE])
        return STATUS_OK
    if kind == OP_WFI:
        return wait_for_interrupt(m, entity, now)
    if kind == OP_MRET:
        return jump_to(m, entity, m.side[u64((entity << SIDE_SHIFT) | CSR_EPC)], now)
    if kind == OP_TRAP:
        return trap(m, entity, now)
    if kind == OP_BAD_LOOP:
        return fault(m, entity, FAULT_LOOP, 0)
    if kind in (OP_BAD_TARGET, KIND_FETCH_FAULT):
        return fault(m, entity, FAULT_FETCH, m.pend[u64(p | OFF)])
    return fault(m, entity, FAULT_ILLEGAL, 0)


@compiled
def wait_for_interrupt(m: Machine, core: int, now: int) -> int:
    """A cluster core sleeps until an event of its mask; the fabric controller for good."""
    if core == m.config[CFG_CORES]:
        return STATUS_OK
    cycles, _ = wait_for_event(m, core, WAITS_SILENTLY, now)
    if cycles != ASLEEP:
        step_over(m, core)
        resume(m, core, now + cycles)
    return STATUS_OK


@compiled
def jump_to(m: Machine, core: int, address: int, now: int) -> int:
    """Goes on at `address`, at the cost of a jump."""
    slot = address - m.config[CFG_CODE_BASE]
    if slot & 3 or slot < 0 or slot >= m.config[CFG_CODE_BYTES]:
        return fault(m, core, FAULT_FETCH, address)
    m.pend[u64((core << PEND_SHIFT) | IDX)] = slot
    m.pend[u64((core << PEND_SHIFT) | LINE)] = -1
    stall(m, core, STALL_BRANCH, m.config[CFG_JAL] - 1)
    resume(m, core, now + m.config[CFG_JAL])
    return STATUS_OK


@compiled
def trap(m: Machine, core: int, now: int) -> int:
    """ecall and ebreak: to the handler at mtvec's base, a fault if none was set."""
    side = core << SIDE_SHIFT
    handler = m.side[u64(side | CSR_TVEC)] & ~3
    if handler == 0:
        return fault(m, core, FAULT_TRAP, 0)
    slot = m.pend[u64((core << PEND_SHIFT) | IDX)]
    m.side[u64(side | CSR_EPC)] = slot + m.config[CFG_CODE_BASE]
    is_break = (m.pend[u64((core << PEND_SHIFT) | WORD)] >> IMM_SHIFT) & 1
    m.side[u64(side | CSR_CAUSE)] = 3 if is_break else 11
    return jump_to(m, core, handler, now)
