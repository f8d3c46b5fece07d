"""What happened before what: rows of clocks, see nmc.sim.sanitize.places.

A release hands a core's row to whoever acquires it later; then the core's own clock goes on, so
that what it does from now on is not included.
"""

from nmc.sim.jit import Words, compiled, u64
from nmc.sim.layout import AT_SANITIZE, EU_BUFFER, EU_MASK, SIDE, SIDE_SHIFT
from nmc.sim.sanitize.places import (
    CLOCK_SHIFT,
    ENTITY_MASK,
    KNOWN,
    ROW,
    WITH_EVENT,
)

MASK32 = 0xFFFF_FFFF


@compiled
def known_row(s: Words, core: int) -> int:
    """Where the row of what a core knows begins."""
    return s[AT_SANITIZE] + KNOWN + core * ROW


@compiled
def event_row(s: Words, core: int, event: int) -> int:
    """Where the row of what a core learns by an event begins."""
    return s[AT_SANITIZE] + WITH_EVENT + (core * 32 + event) * ROW


@compiled
def join(s: Words, row: int, other: int) -> None:
    """Adds what stands in `other` to `row`."""
    for i in range(ROW):
        s[u64(row + i)] = max(s[u64(row + i)], s[u64(other + i)])


@compiled
def copy_row(s: Words, row: int, other: int) -> None:
    """Makes `row` equal to `other`."""
    for i in range(ROW):
        s[u64(row + i)] = s[u64(other + i)]


@compiled
def clear_row(s: Words, row: int) -> None:
    """Makes a row know nothing."""
    for i in range(ROW):
        s[u64(row + i)] = 0


@compiled
def advance(s: Words, core: int) -> None:
    """A core's clock goes on: what it does now is not part of what it has released."""
    s[u64(known_row(s, core) + core)] += 1


@compiled
def epoch(s: Words, core: int) -> int:
    """The core's present epoch."""
    return s[u64(known_row(s, core) + core)] << CLOCK_SHIFT | core


@compiled
def happened(s: Words, core: int, entity: int, clock: int) -> bool:
    """Whether what `entity` did at `clock` is known to `core` to be over."""
    return s[u64(known_row(s, core) + entity)] >= clock


@compiled
def entity_of(mark: int) -> int:
    """The entity of an epoch with a slot above it."""
    return mark & ENTITY_MASK


@compiled
def clock_of(mark: int) -> int:
    """The clock of an epoch with a slot above it."""
    return (mark & MASK32) >> CLOCK_SHIFT


@compiled
def acquire_events(s: Words, core: int, events: int) -> None:
    """The core learns what came with `events`, a mask."""
    for event in range(32):
        if (events >> event) & 1:
            join(s, known_row(s, core), event_row(s, core, event))


@compiled
def acquire_awaited(s: Words, core: int) -> None:
    """A wait of the core has ended: it learns what came with the events it listens to."""
    acquire_events(s, core, s[u64((SIDE + (core << SIDE_SHIFT)) | EU_MASK)])


@compiled
def acquire_pending(s: Words, core: int) -> None:
    """The core has read its event buffer: it learns what came with the events in it."""
    acquire_events(s, core, s[u64((SIDE + (core << SIDE_SHIFT)) | EU_BUFFER)])
