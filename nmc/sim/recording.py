"""Records of what happened when: segments of cores, transfers of the DMA and the L3 channel.

A segment is a span of one core's time: a run in one region of the code (`nmc.sim.regions`), a wait
of the event unit, or one that polls the status of the DMA or the L3 channel. Segments of a core
follow one another without gaps, so instructions and stalls of all add up to the core's counters.
Python collects the records (`nmc.sim.recorder`) when the room for them is nearly used up and at
every stop.

All of this is done only while RECORDING is set, that is by the profiling build.
"""

from nmc.sim.jit import Words, compiled, u64
from nmc.sim.layout import (
    AT_OPEN,
    AT_RECORDS,
    AT_REGIONS,
    COUNT,
    OPEN_EXECUTED,
    OPEN_POLL,
    OPEN_REGION,
    OPEN_SHIFT,
    OPEN_STALLS,
    OPEN_START,
    PEND,
    PEND_SHIFT,
    PROFILE_IDX,
    PROFILE_TIME,
    RECORD_ASKED,
    RECORD_BYTES,
    RECORD_CORE,
    RECORD_END,
    RECORD_ENTITY,
    RECORD_EXECUTED,
    RECORD_EXT,
    RECORD_L1,
    RECORD_REGION,
    RECORD_SHIFT,
    RECORD_STALLS,
    RECORD_START,
    RECORD_WAIT,
    RECORDED,
    RECORDING,
    RECORDS,
    RECORDS_LOST,
    SEEN_STALLS,
    STALL_COUNT,
    STALL_SHIFT,
    STALLED,
    STALLS,
)

POLL_CYCLES = 32
"""Between two reads of a status in one loop at most."""
RUNS = -1
"""In place of a kind of stall: the core does not wait."""


@compiled
def executed(s: Words, core: int) -> int:
    """Instructions the core has completed when it is parked."""
    return s[u64(PEND + (core << PEND_SHIFT) + COUNT)]


@compiled
def begin_core(s: Words, core: int, slot: int, time: int) -> None:
    """The core's first segment begins at `time`, with the instruction at `slot`."""
    if s[RECORDING]:
        s[u64(PEND + (core << PEND_SHIFT) + PROFILE_IDX)] = slot
        s[u64(PEND + (core << PEND_SHIFT) + PROFILE_TIME)] = time
        place = s[AT_OPEN] + (core << OPEN_SHIFT)
        s[u64(place + OPEN_START)] = time
        s[u64(place + OPEN_REGION)] = s[u64(s[AT_REGIONS] + (slot >> 2))]


@compiled
def new_record(s: Words, entity: int, start: int, end: int) -> int:
    """The place of one more record, its first fields filled."""
    number = s[RECORDED]
    if number >= RECORDS:
        s[RECORDS_LOST] += 1
        number = RECORDS - 1
    s[RECORDED] = number + 1
    record = s[AT_RECORDS] + (number << RECORD_SHIFT)
    s[u64(record + RECORD_ENTITY)] = entity
    s[u64(record + RECORD_START)] = start
    s[u64(record + RECORD_END)] = end
    return record


@compiled
def close_segment(s: Words, core: int, time: int, count: int, wait: int) -> None:
    """Ends the core's segment at `time`, when it has executed `count` instructions in all.

    `wait` is the kind of stall if the core waited, or RUNS. The next segment begins at `time`.
    """
    place = s[AT_OPEN] + (core << OPEN_SHIFT)
    start = s[u64(place + OPEN_START)]
    if time <= start:
        return
    record = new_record(s, core, start, time)
    s[u64(record + RECORD_REGION)] = s[u64(place + OPEN_REGION)]
    s[u64(record + RECORD_EXECUTED)] = count - s[u64(place + OPEN_EXECUTED)]
    s[u64(record + RECORD_WAIT)] = wait + 1
    s[u64(place + OPEN_START)] = time
    s[u64(place + OPEN_EXECUTED)] = count
    stalls = STALLS + (core << STALL_SHIFT)
    for kind in range(STALL_COUNT):
        now = s[u64(stalls + kind)]
        s[u64(record + RECORD_STALLS + kind)] = now - s[u64(place + OPEN_STALLS + kind)]
        s[u64(place + OPEN_STALLS + kind)] = now


@compiled
def enter_region(s: Words, core: int, region: int, time: int, count: int) -> None:
    """The core begins an instruction of another region at `time`."""
    close_segment(s, core, time, count, RUNS)
    s[u64(s[AT_OPEN] + (core << OPEN_SHIFT) + OPEN_REGION)] = region


@compiled
def begin_wait(s: Words, core: int, since: int) -> None:
    """The wait that the core issued at `since` is about to be charged: what was before it ends."""
    if s[RECORDING]:
        close_segment(s, core, since, executed(s, core), RUNS)


@compiled
def end_wait(s: Words, core: int, kind: int, end: int) -> None:
    """The wait has been charged to stall `kind`; the core goes on at `end`."""
    if s[RECORDING]:
        close_segment(s, core, end, executed(s, core) + 1, kind)


@compiled
def note_poll(s: Words, core: int, kind: int, now: int) -> None:
    """The core reads a status, of the DMA or the L3 channel as the kind of stall says.

    If it has just read one, it has waited since then.
    """
    if s[RECORDING]:
        place = s[AT_OPEN] + (core << OPEN_SHIFT)
        last = s[u64(place + OPEN_POLL)]
        wait = kind if now - last <= POLL_CYCLES else RUNS
        close_segment(s, core, now, executed(s, core), wait)
        s[u64(place + OPEN_POLL)] = now


@compiled
def record_transfer(
    s: Words,
    entity: int,
    start: int,
    end: int,
    count: int,
    l1: int,
    ext: int,
    core: int,
    asked: int,
) -> None:
    """A transfer of `count` bytes (negative: out of L1, or to L3) that `core` asked for."""
    if s[RECORDING]:
        record = new_record(s, entity, start, end)
        s[u64(record + RECORD_BYTES)] = count
        s[u64(record + RECORD_L1)] = l1
        s[u64(record + RECORD_EXT)] = ext
        s[u64(record + RECORD_CORE)] = core
        s[u64(record + RECORD_ASKED)] = asked


@compiled
def note_stalls(s: Words, core: int, row: int) -> None:
    """Gives the core's stalls since the last call to the instruction of profile row `row`."""
    seen = s[AT_OPEN] + (core << OPEN_SHIFT) + SEEN_STALLS
    stalls = STALLS + (core << STALL_SHIFT)
    for kind in range(STALL_COUNT):
        now = s[u64(stalls + kind)]
        s[u64(row + STALLED + kind)] += now - s[u64(seen + kind)]
        s[u64(seen + kind)] = now
