"""The shadow of L1: for every byte, who wrote it and who has read it since, when and where.

A mark is an epoch (32 bits) with the slot of the instruction above it. There is a plane of marks
for writers, one of masks of the entities that have read since, and one of readers' clocks for each
core and the DMA. Two planes of words say where a check can be left out: the core has read, or
written, the whole word at its present clock, and whatever anyone else did to it since would have
been a race, and noticed there.
"""

from nmc.sim.jit import Words, compiled, trailing_zeros, u64
from nmc.sim.layout import (
    AT_SANITIZE,
    CFG_CORES,
    CFG_L1_BASE,
    CFG_L1_BYTES,
    IDX,
    LW,
    OFF,
    PEND,
    PEND_SHIFT,
    RX,
    SW,
    TX,
    TYPE_MASK,
)
from nmc.sim.sanitize.clocks import MASK32, clock_of, entity_of, epoch, happened, known_row
from nmc.sim.sanitize.places import (
    CLOCK_SHIFT,
    CORES_READ,
    CORES_WRITE,
    NONE,
    RACE_READ_WRITE,
    RACE_WRITE_READ,
    RACE_WRITE_WRITE,
    SHADOW,
    UNWRITTEN,
)
from nmc.sim.sanitize.plan import misplaced, read_whole
from nmc.sim.sanitize.record import CERTAIN, NOBODY, record
from nmc.sim.sanitize.transfer_state import doubt, started_caller, started_slot
from nmc.sim.scheduling import current_word
from nmc.sim.split import access_size, is_store


@compiled
def writers(s: Words) -> int:
    """Plane of writers' marks."""
    return s[u64(s[AT_SANITIZE] + SHADOW)]


@compiled
def readers(s: Words) -> int:
    """Plane of masks of readers since the last write."""
    return writers(s) + s[CFG_L1_BYTES]


@compiled
def reads_of(s: Words, entity: int) -> int:
    """Plane of an entity's reads: its clock, and the slot above it."""
    plane = s[CFG_CORES] + 1 if entity == TX else entity
    return writers(s) + (2 + plane) * s[CFG_L1_BYTES]


@compiled
def written_words(s: Words) -> int:
    """Plane of words: the epoch at which one core was the last to write all of it."""
    return writers(s) + (s[CFG_CORES] + 4) * s[CFG_L1_BYTES]


@compiled
def read_words(s: Words, core: int) -> int:
    """A core's plane of words: its clock when it last read all of it."""
    return written_words(s) + (core + 1) * ((s[CFG_L1_BYTES] + 3) >> 2)


@compiled
def shadow_size(l1_bytes: int, cores: int) -> int:
    """Numbers the planes take."""
    return (cores + 4) * l1_bytes + (cores + 2) * ((l1_bytes + 3) >> 2)


@compiled
def watch_access(s: Words, core: int) -> None:
    """The access to L1 the core waits with."""
    p = PEND + (core << PEND_SHIFT)
    slot = s[u64(p | IDX)]
    off = s[u64(p | OFF)]
    kind = current_word(s, core) & TYPE_MASK
    word = off >> 2
    whole = off & 3 == 0
    if kind == LW and whole:
        place = read_words(s, core) + word
        clock = s[u64(known_row(s, core) + core)]
        if s[u64(place)] != clock:
            watch_read(s, core, slot, off, 4)
            s[u64(place)] = clock
    elif kind == SW and whole:
        place = written_words(s) + word
        now = epoch(s, core)
        if s[u64(place)] != now:
            watch_write(s, core, slot, off, 4)
            s[u64(place)] = now
    elif is_store(kind):
        watch_write(s, core, slot, off, access_size(kind))
    else:
        watch_read(s, core, slot, off, access_size(kind))


@compiled
def watch_read(s: Words, core: int, slot: int, off: int, size: int) -> None:
    """A core reads `size` bytes."""
    clock = s[u64(known_row(s, core) + core)]
    mine = reads_of(s, core)
    first = s[u64(mine + off)] & MASK32
    if first == clock and s[u64(mine + off + size - 1)] & MASK32 == clock and size <= 2:
        return
    address = off + s[CFG_L1_BASE]
    wrong = misplaced(s, core, slot, address, address + size, CORES_READ)
    if wrong != NONE:
        record(s, wrong, core, slot, address, size, NOBODY, 0, 0, CERTAIN)
    for i in range(off, off + size):
        mark = s[u64(writers(s) + i)]
        if wrong == NONE:
            if mark == 0:
                if not read_whole(s, core, i + s[CFG_L1_BASE]):
                    wrong = UNWRITTEN
                    record(s, wrong, core, slot, address, size, NOBODY, 0, 0, CERTAIN)
            elif not happened(s, core, entity_of(mark), clock_of(mark)):
                wrong = RACE_READ_WRITE
                race(s, wrong, core, slot, i, size, entity_of(mark), clock_of(mark), mark >> 32)
        s[u64(mine + i)] = slot << 32 | clock
        s[u64(readers(s) + i)] |= 1 << core


@compiled
def watch_write(s: Words, core: int, slot: int, off: int, size: int) -> None:
    """A core writes `size` bytes."""
    now = epoch(s, core)
    address = off + s[CFG_L1_BASE]
    wrong = misplaced(s, core, slot, address, address + size, CORES_WRITE)
    if wrong != NONE:
        record(s, wrong, core, slot, address, size, NOBODY, 0, 0, CERTAIN)
    s[u64(written_words(s) + (off >> 2))] = 0
    s[u64(written_words(s) + ((off + size - 1) >> 2))] = 0
    for i in range(off, off + size):
        if wrong == NONE:
            wrong = conflict(s, core, core, slot, i, size)
        s[u64(writers(s) + i)] = slot << 32 | now
        s[u64(readers(s) + i)] = 0


@compiled
def conflict(s: Words, core: int, writer: int, slot: int, i: int, size: int) -> int:
    """Records what a write of byte `i` races with, by `core` or a channel it has started.

    Returns the kind, NONE if all accesses before are known to be over.
    """
    mark = s[u64(writers(s) + i)]
    other, clock = entity_of(mark), clock_of(mark)
    if mark != 0 and other != writer and not happened(s, core, other, clock):
        race(s, RACE_WRITE_WRITE, core, slot, i, size, other, clock, mark >> 32)
        return RACE_WRITE_WRITE
    rest = s[u64(readers(s) + i)] & ~(1 << writer)
    while rest != 0:
        entity = trailing_zeros(rest)
        rest &= rest - 1
        read = s[u64(reads_of(s, entity) + i)]
        if not happened(s, core, entity, read & MASK32):
            race(s, RACE_WRITE_READ, core, slot, i, size, entity, read & MASK32, read >> 32)
            return RACE_WRITE_READ
    return NONE


@compiled
def race(
    s: Words,
    kind: int,
    core: int,
    slot: int,
    i: int,
    size: int,
    other: int,
    clock: int,
    other_slot: int,
) -> None:
    """Records a race with what `other` did at `clock`, if it is one."""
    address = i + s[CFG_L1_BASE]
    if other in (RX, TX):
        transfer_id = doubt(s, core, other, clock)
        place = started_slot(s, other - RX, clock)
        by = started_caller(s, other - RX, clock)
        record(s, kind, core, slot, address, size, other, place, by, transfer_id)
    else:
        record(s, kind, core, slot, address, size, other, other_slot, 0, CERTAIN)


@compiled
def watch_filling(s: Words, core: int, slot: int, off: int, size: int, number: int) -> int:
    """The core has started transfer `number` into L1: from now on the channel writes there.

    Returns the kind of the first finding.
    """
    mark = slot << 32 | number << CLOCK_SHIFT | RX
    wrong = NONE
    for i in range(off, off + size):
        if wrong == NONE:
            wrong = conflict(s, core, RX, slot, i, size)
        s[u64(writers(s) + i)] = mark
        s[u64(readers(s) + i)] = 0
    for word in range(off >> 2, ((off + size - 1) >> 2) + 1):
        s[u64(written_words(s) + word)] = 0
    return wrong


@compiled
def watch_draining(s: Words, core: int, slot: int, off: int, size: int, number: int) -> int:
    """The core has started transfer `number` out of L1: from now on the channel reads there.

    Returns the kind of the first finding.
    """
    wrong = NONE
    for i in range(off, off + size):
        mark = s[u64(writers(s) + i)]
        if wrong == NONE:
            if mark == 0:
                wrong = UNWRITTEN
                address = i + s[CFG_L1_BASE]
                record(s, wrong, core, slot, address, off + size - i, NOBODY, 0, 0, CERTAIN)
            elif not happened(s, core, entity_of(mark), clock_of(mark)):
                wrong = RACE_READ_WRITE
                race(s, wrong, core, slot, i, size, entity_of(mark), clock_of(mark), mark >> 32)
        s[u64(reads_of(s, TX) + i)] = slot << 32 | number
        s[u64(readers(s) + i)] |= 1 << TX
    return wrong
