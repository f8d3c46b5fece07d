"""What orders cores: barriers and events of the event unit, their release, the L3 channel's end."""

from nmc.sim import event_unit
from nmc.sim.jit import Words, compiled, trailing_zeros, u64
from nmc.sim.l3 import BUSY, CORE
from nmc.sim.layout import (
    AT_SANITIZE,
    BARRIERS,
    CFG_CORES,
    CFG_EVENT_BARRIER,
    CFG_EVENT_L3,
    EU_WAIT,
    L3,
    L3_CHANNEL,
    SIDE,
    SIDE_SHIFT,
)
from nmc.sim.sanitize.clocks import (
    acquire_awaited,
    acquire_pending,
    advance,
    clear_row,
    event_row,
    join,
    known_row,
)
from nmc.sim.sanitize.places import ASLEEP, AT_BARRIER, AT_L3_START, L3_STARTED, ROW

# The register offsets as constants of compiled code.
BUFFER, BUFFER_MASKED = event_unit.BUFFER, event_unit.BUFFER_MASKED
SW_TRIGGER, SW_TRIGGER_WAIT = event_unit.SW_TRIGGER, event_unit.SW_TRIGGER_WAIT
SW_END = event_unit.SW_END
FIRST_BARRIER, BARRIER_STRIDE = event_unit.BARRIERS, event_unit.BARRIER_STRIDE
TRIGGER, TRIGGER_SELF = event_unit.TRIGGER, event_unit.TRIGGER_SELF


@compiled
def everyone(s: Words) -> int:
    """Mask of the cluster's cores."""
    return (1 << s[CFG_CORES]) - 1


@compiled
def signal(s: Words, core: int, event: int, targets: int) -> None:
    """The core is about to raise `event` in the cores `targets`."""
    rest = targets & everyone(s)
    while rest != 0:
        join(s, event_row(s, trailing_zeros(rest), event), known_row(s, core))
        rest &= rest - 1
    advance(s, core)


@compiled
def arrive(s: Words, core: int, barrier: int, cores: int) -> None:
    """The core is about to have `cores` arrive at a barrier."""
    row = s[AT_SANITIZE] + AT_BARRIER + barrier * ROW
    join(s, row, known_row(s, core))
    advance(s, core)
    expected = s[u64(BARRIERS + 4 * barrier)]
    arrived = s[u64(BARRIERS + 4 * barrier + 1)] | (cores & expected)
    if arrived != expected or expected == 0:
        return
    rest = s[u64(BARRIERS + 4 * barrier + 2)] & everyone(s)
    while rest != 0:
        join(s, event_row(s, trailing_zeros(rest), s[CFG_EVENT_BARRIER]), row)
        rest &= rest - 1
    clear_row(s, row)


@compiled
def before_event_unit(s: Words, core: int, offset: int, stores: bool, value: int) -> None:
    """The core is about to access the event unit."""
    if stores and SW_TRIGGER <= offset < SW_TRIGGER + 32:
        signal(s, core, (offset >> 2) & 7, value if value != 0 else everyone(s))
    elif not stores and SW_TRIGGER_WAIT <= offset < SW_END:
        signal(s, core, (offset >> 2) & 7, everyone(s))
    elif offset >= FIRST_BARRIER:
        barrier = (offset - FIRST_BARRIER) // BARRIER_STRIDE
        register = offset & (BARRIER_STRIDE - 1)
        if stores and register == TRIGGER:
            arrive(s, core, barrier, value)
        elif not stores and register >= TRIGGER_SELF:
            arrive(s, core, barrier, 1 << core)


@compiled
def after_event_unit(s: Words, core: int, offset: int, stores: bool) -> None:
    """The core has accessed the event unit; it may be asleep now, and others awake."""
    if not stores and offset in (BUFFER, BUFFER_MASKED):
        acquire_pending(s, core)
    elif not stores and not is_asleep(s, core):
        acquire_awaited(s, core)
    wake(s)


@compiled
def is_asleep(s: Words, core: int) -> bool:
    """Whether the core waits for an event; noted for `wake`."""
    if s[u64((SIDE + (core << SIDE_SHIFT)) | EU_WAIT)] == 0:
        return False
    s[u64(s[AT_SANITIZE] + ASLEEP)] |= 1 << core
    return True


@compiled
def wake(s: Words) -> None:
    """Cores that were asleep and are not any more learn what came with their events."""
    place = u64(s[AT_SANITIZE] + ASLEEP)
    rest = s[place]
    while rest != 0:
        core = trailing_zeros(rest)
        rest &= rest - 1
        if s[u64((SIDE + (core << SIDE_SHIFT)) | EU_WAIT)] == 0:
            s[place] &= ~(1 << core)
            acquire_awaited(s, core)


@compiled
def release_cores(s: Words, core: int, mask: int) -> None:
    """`core` starts the cores of `mask`."""
    rest = mask & everyone(s)
    while rest != 0:
        join(s, known_row(s, trailing_zeros(rest)), known_row(s, core))
        rest &= rest - 1
    advance(s, core)


@compiled
def learn_l3(s: Words, row: int) -> None:
    """Adds to a row that the L3 channel's transfers are over."""
    b = s[AT_SANITIZE]
    s[u64(row + L3_CHANNEL)] = s[u64(b + L3_STARTED)]
    join(s, row, b + AT_L3_START)


@compiled
def watch_l3_status(s: Words, core: int) -> None:
    """The core has read whether the L3 channel is busy."""
    if s[L3 + BUSY] == 0:
        learn_l3(s, known_row(s, core))


@compiled
def watch_l3_end(s: Words) -> None:
    """The L3 channel has moved bytes; at the end it raises its event."""
    if s[L3 + BUSY] == 0:
        learn_l3(s, event_row(s, s[L3 + CORE], s[CFG_EVENT_L3]))
        wake(s)
