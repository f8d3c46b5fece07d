"""The cluster's event unit: event buffers, waits that put a core to sleep, barriers.

Each core sees its own registers at one address. Register offsets are those of PULP's event unit.
A read of a wait register (meant for `p.elw`, but a plain load waits too) ends when an event of the
core's mask is in its buffer; it takes `barrier` cycles from then on.
"""

from nmc.sim.jit import Words, compiled, trailing_zeros, u64
from nmc.sim.layout import BARRIERS as BARRIER_STATE
from nmc.sim.layout import (
    CFG_BARRIER,
    CFG_BARRIERS,
    CFG_CORES,
    CFG_EU_ACCESS,
    CFG_EVENT_BARRIER,
    CFG_EVENT_DMA,
    CFG_EVENT_L3,
    EU_BUFFER,
    EU_MASK,
    EU_SINCE,
    EU_WAIT,
    SIDE,
    SIDE_SHIFT,
    STALL_BARRIER,
    STALL_DMA,
    STALL_L3,
    STALL_SLEEP,
    TYPE_MASK,
)
from nmc.sim.recording import begin_wait, end_wait
from nmc.sim.scheduling import complete, current_word, stall, write_result
from nmc.sim.split import extend

MASK, MASK_AND, MASK_OR = 0x00, 0x04, 0x08
STATUS, BUFFER, BUFFER_MASKED, BUFFER_CLEAR = 0x18, 0x1C, 0x20, 0x28
WAIT, WAIT_CLEAR = 0x38, 0x3C
SW_TRIGGER, SW_TRIGGER_WAIT, SW_TRIGGER_WAIT_CLEAR, SW_END = 0x100, 0x140, 0x180, 0x1C0
BARRIERS, BARRIER_STRIDE = 0x200, 0x20
TRIGGER_MASK, ARRIVED, TARGET_MASK = 0x00, 0x04, 0x0C
TRIGGER, TRIGGER_SELF, TRIGGER_WAIT, TRIGGER_WAIT_CLEAR = 0x10, 0x14, 0x18, 0x1C
UNKNOWN = -1
ASLEEP = 0

NO_WAIT, WAITS, WAITS_AND_CLEARS, WAITS_SILENTLY = 0, 1, 2, 3


@compiled
def sleep_kind(s: Words, events: int) -> int:
    """The kind of stall a wait that ended with `events` was."""
    if events & (1 << s[CFG_EVENT_BARRIER]):
        return STALL_BARRIER
    if events & (1 << s[CFG_EVENT_DMA]):
        return STALL_DMA
    if events & (1 << s[CFG_EVENT_L3]):
        return STALL_L3
    return STALL_SLEEP


@compiled
def raise_event(s: Words, core: int, bit: int, time: int) -> None:
    """Puts event `bit` into a core's buffer at `time` and wakes the core if it waits for it."""
    side = SIDE + (core << SIDE_SHIFT)
    s[u64(side | EU_BUFFER)] |= 1 << bit
    events = s[u64(side | EU_BUFFER)] & s[u64(side | EU_MASK)]
    wait = s[u64(side | EU_WAIT)]
    if wait == NO_WAIT or events == 0:
        return
    if wait == WAITS_AND_CLEARS:
        s[u64(side | EU_BUFFER)] &= ~events
    if wait != WAITS_SILENTLY:
        write_result(s, core, extend(current_word(s, core) & TYPE_MASK, events))
    s[u64(side | EU_WAIT)] = NO_WAIT
    end = time + s[CFG_BARRIER]
    since = s[u64(side | EU_SINCE)]
    kind = sleep_kind(s, events)
    begin_wait(s, core, since)
    stall(s, core, kind, end - since - 1)
    end_wait(s, core, kind, end)
    complete(s, core, end)


@compiled
def wait_for_event(s: Words, core: int, how: int, now: int) -> tuple[int, int]:
    """(cycles, events) of a wait that `core` begins now; (0, 0) if it falls asleep."""
    side = SIDE + (core << SIDE_SHIFT)
    events = s[u64(side | EU_BUFFER)] & s[u64(side | EU_MASK)]
    if events == 0:
        s[u64(side | EU_WAIT)] = how
        s[u64(side | EU_SINCE)] = now
        return ASLEEP, 0
    if how == WAITS_AND_CLEARS:
        s[u64(side | EU_BUFFER)] &= ~events
    cycles = s[CFG_BARRIER]
    kind = sleep_kind(s, events)
    begin_wait(s, core, now)
    stall(s, core, kind, cycles - 1)
    end_wait(s, core, kind, now + cycles)
    return cycles, events


@compiled
def trigger_barrier(s: Words, barrier: int, cores: int, now: int) -> None:
    """`cores` (a mask) arrive at a barrier; the last one notifies all the targets."""
    expected = s[u64(BARRIER_STATE + 4 * barrier + 0)]
    arrived = s[u64(BARRIER_STATE + 4 * barrier + 1)] | (cores & expected)
    if arrived != expected or expected == 0:
        s[u64(BARRIER_STATE + 4 * barrier + 1)] = arrived
        return
    s[u64(BARRIER_STATE + 4 * barrier + 1)] = 0
    rest = s[u64(BARRIER_STATE + 4 * barrier + 2)] & ((1 << s[CFG_CORES]) - 1)
    while rest != 0:
        raise_event(s, trailing_zeros(rest), s[CFG_EVENT_BARRIER], now)
        rest &= rest - 1


@compiled
def trigger_software(s: Words, event: int, cores: int, now: int) -> None:
    """Raises software event 0..7 in `cores`, a mask in which 0 stands for all."""
    everyone = (1 << s[CFG_CORES]) - 1
    rest = cores & everyone if cores != 0 else everyone
    while rest != 0:
        raise_event(s, trailing_zeros(rest), event, now)
        rest &= rest - 1


@compiled
def waits(offset: int) -> bool:
    """Whether a load from a register is a wait; waits count their own stalls."""
    if offset >= BARRIERS:
        return offset & (BARRIER_STRIDE - 1) in (TRIGGER_WAIT, TRIGGER_WAIT_CLEAR)
    return offset in (WAIT, WAIT_CLEAR) or offset >= SW_TRIGGER_WAIT


@compiled
def read_event_unit(s: Words, core: int, offset: int, now: int) -> tuple[int, int]:
    """(cycles, value) of a load; cycles 0: the core sleeps, -1: there is no such register."""
    side = SIDE + (core << SIDE_SHIFT)
    fast = s[CFG_EU_ACCESS]
    if offset == MASK:
        return fast, s[u64(side | EU_MASK)]
    if offset == STATUS:
        return fast, 1
    if offset == BUFFER:
        return fast, s[u64(side | EU_BUFFER)]
    if offset == BUFFER_MASKED:
        return fast, s[u64(side | EU_BUFFER)] & s[u64(side | EU_MASK)]
    if offset == WAIT:
        return wait_for_event(s, core, WAITS, now)
    if offset == WAIT_CLEAR:
        return wait_for_event(s, core, WAITS_AND_CLEARS, now)
    if SW_TRIGGER_WAIT <= offset < SW_END and offset & 0x23 == 0:
        trigger_software(s, (offset >> 2) & 7, 0, now)
        how = WAITS if offset < SW_TRIGGER_WAIT_CLEAR else WAITS_AND_CLEARS
        return wait_for_event(s, core, how, now)
    barrier = (offset - BARRIERS) // BARRIER_STRIDE
    if offset < BARRIERS or barrier >= s[CFG_BARRIERS]:
        return UNKNOWN, 0
    register = offset & (BARRIER_STRIDE - 1)
    if register == TRIGGER_MASK:
        return fast, s[u64(BARRIER_STATE + 4 * barrier + 0)]
    if register == ARRIVED:
        return fast, s[u64(BARRIER_STATE + 4 * barrier + 1)]
    if register == TARGET_MASK:
        return fast, s[u64(BARRIER_STATE + 4 * barrier + 2)]
    if register == TRIGGER_SELF:
        trigger_barrier(s, barrier, 1 << core, now)
        return fast, 0
    if register == TRIGGER_WAIT:
        trigger_barrier(s, barrier, 1 << core, now)
        return wait_for_event(s, core, WAITS, now)
    if register == TRIGGER_WAIT_CLEAR:
        trigger_barrier(s, barrier, 1 << core, now)
        return wait_for_event(s, core, WAITS_AND_CLEARS, now)
    return UNKNOWN, 0


@compiled
def write_event_unit(s: Words, core: int, offset: int, value: int, now: int) -> int:
    """Cycles of a store, -1 if there is no such register."""
    side = SIDE + (core << SIDE_SHIFT)
    if offset == MASK:
        s[u64(side | EU_MASK)] = value
    elif offset == MASK_AND:
        s[u64(side | EU_MASK)] &= ~value
    elif offset == MASK_OR:
        s[u64(side | EU_MASK)] |= value
    elif offset == BUFFER_CLEAR:
        s[u64(side | EU_BUFFER)] &= ~value
    elif SW_TRIGGER <= offset < SW_TRIGGER + 32 and offset & 3 == 0:
        trigger_software(s, (offset >> 2) & 7, value, now)
    else:
        barrier = (offset - BARRIERS) // BARRIER_STRIDE
        if offset < BARRIERS or barrier >= s[CFG_BARRIERS]:
            return UNKNOWN
        register = offset & (BARRIER_STRIDE - 1)
        if register == TRIGGER_MASK:
            s[u64(BARRIER_STATE + 4 * barrier + 0)] = value
        elif register == TARGET_MASK:
            s[u64(BARRIER_STATE + 4 * barrier + 2)] = value
        elif register == TRIGGER:
            trigger_barrier(s, barrier, value, now)
        else:
            return UNKNOWN
    return s[CFG_EU_ACCESS]
