"""L1 accesses that a core makes ahead of their time.

Where nobody interferes, what a load reads does not depend on when exactly it is served. So a core
reads ahead, notes what it read, and goes on; nmc.sim.replay then serves the noted accesses in the
order of time, with their conflicts. Stores are noted too, and change memory when they are served;
nobody reads a word ahead while a store to it is under way. If a store or the DMA changes a word
that another core has read ahead, and the read has not been served yet, that core is *recalled*: it
begins again where it began to run ahead, is given the words it read as far as they have been
served, and waits with the next access like any other. So every access reads and writes what it
would have in the order of time.

The notes of a core are what it accessed; its stream says when, in cycles from where it began, as
if it never had to wait for a bank. While it waits its place in the stream stays where it is.

A line of code that is not in the core's own cache does not stop it either: the line is put there,
the stream says that it is fetched, in a cycle, and once it is served, what follows comes as much
later as it takes. What is put into the cache is noted, so that it can be taken back.
"""

from nmc.sim.ahead_layout import (
    FETCH,
    KIND_SHIFT,
    NOTES,
    OFF_MASK,
    SAVED_AGES,
    SAVED_IDX,
    SAVED_LOOPS,
    SAVED_REGS,
    SAVED_STALLS,
    SAVED_START,
    STOP,
    STORES,
    STREAM_SHIFT,
    WORD_SHIFT,
    WRITES,
)
from nmc.sim.block import any_of, either, nothing, take, touched
from nmc.sim.fetches import take_back_lines
from nmc.sim.jit import Words, compiled, copy_words, inlined, u64, which_are
from nmc.sim.layout import (
    AT_AGES,
    AT_NOTES,
    AT_SAVED,
    CFG_AGES,
    CFG_PAGE_SHIFT,
    CFG_SAVED,
    CFG_STREAMS,
    CFG_TAGS,
    FEEDS,
    FETCHED,
    FETCHES_KNOWN,
    FETCHES_SERVED,
    IDX,
    LOADS_END,
    LOADS_KNOWN,
    LOOP,
    MASK32,
    PAGES_READ,
    PEND,
    PEND_SHIFT,
    REG_SHIFT,
    REGS,
    STALL_BRANCH,
    STALL_LOAD_USE,
    STALL_MULTICYCLE,
    STALL_SHIFT,
    STALLS,
    STORES_END,
    STORES_KNOWN,
    STORES_NEXT,
    STREAMING,
    XREADY,
)
from nmc.sim.split import write_memory
from nmc.sim.vectors import ROWS

REGISTERS, LOOPS = XREADY + 1, 6
WORD_OFFSET = OFF_MASK & ~3
"""The bits of a note that say which word it is about."""


@inlined
def save(s: Words, core: int, w: int, cur: int, t: int, lost: int, now: int) -> None:
    """Keeps the core's state as it begins to run ahead."""
    at = s[AT_SAVED] + core * s[CFG_SAVED]
    p = PEND + (core << PEND_SHIFT)
    stalls = STALLS + (core << STALL_SHIFT)
    copy_words(s, at + SAVED_REGS, REGS + (core << REG_SHIFT), REGISTERS)
    copy_words(s, at + SAVED_LOOPS, p + LOOP, LOOPS)
    copy_words(s, at + SAVED_AGES, s[AT_AGES] + core * s[CFG_AGES], s[CFG_AGES])
    s[u64(at + SAVED_IDX)] = s[u64(p | IDX)]
    s[u64(at + SAVED_STALLS)] = s[u64(stalls + STALL_LOAD_USE)]
    s[u64(at + SAVED_STALLS + 1)] = s[u64(stalls + STALL_BRANCH)]
    s[u64(at + SAVED_STALLS + 2)] = s[u64(stalls + STALL_MULTICYCLE)]
    s[u64(at + SAVED_START)] = w
    s[u64(at + SAVED_START + 1)] = cur
    s[u64(at + SAVED_START + 2)] = t
    s[u64(at + SAVED_START + 3)] = lost
    s[u64(at + SAVED_START + 4)] = now
    s[u64(FETCHED + core)] = 0
    s[u64(FETCHES_KNOWN + core)] = 0
    s[u64(FETCHES_SERVED + core)] = 0


@compiled
def restore(s: Words, core: int) -> int:
    """Brings the kept state back, and returns when the core began to run ahead."""
    take_back_lines(s, core)
    at = s[AT_SAVED] + core * s[CFG_SAVED]
    p = PEND + (core << PEND_SHIFT)
    stalls = STALLS + (core << STALL_SHIFT)
    copy_words(s, REGS + (core << REG_SHIFT), at + SAVED_REGS, REGISTERS)
    copy_words(s, p + LOOP, at + SAVED_LOOPS, LOOPS)
    copy_words(s, s[AT_AGES] + core * s[CFG_AGES], at + SAVED_AGES, s[CFG_AGES])
    s[u64(p | IDX)] = s[u64(at + SAVED_IDX)]
    s[u64(stalls + STALL_LOAD_USE)] = s[u64(at + SAVED_STALLS)]
    s[u64(stalls + STALL_BRANCH)] = s[u64(at + SAVED_STALLS + 1)]
    s[u64(stalls + STALL_MULTICYCLE)] = s[u64(at + SAVED_STALLS + 2)]
    return s[u64(at + SAVED_START + 4)]


@inlined
def begin_stream(s: Words, core: int, start: int) -> bool:
    """Has the accesses replayed that the core noted from time `start` on, if there are any."""
    notes = s[AT_NOTES] + core * NOTES
    accesses = s[u64(LOADS_END + core)] - notes + s[u64(STORES_END + core)] - (notes + STORES)
    if accesses + s[u64(FETCHED + core)] == 0:
        return False
    note_pages(s, core, notes)
    s[u64(STORES_NEXT + core)] = notes + STORES
    s[u64(FEEDS + core)] = s[CFG_STREAMS] + (core << STREAM_SHIFT) - start
    s[STREAMING] |= 1 << core
    return True


@inlined
def note_pages(s: Words, core: int, place: int) -> None:
    """Notes which pages of L1 the core has read, whose notes begin at `place`."""
    shift = s[CFG_PAGE_SHIFT]
    left = s[u64(LOADS_END + core)] - place
    pages = nothing(0)
    while left > 0:
        pages = either(pages, touched(take(s, place), left, shift))
        place += ROWS
        left -= ROWS
    s[u64(PAGES_READ + core)] = any_of(pages)


@compiled
def next_access(s: Words, mem8: Words, core: int, start: int) -> tuple[int, int]:
    """From time `start` on, the first byte of the core's stream that is not 0, and its time."""
    feed = s[u64(FEEDS + core)]
    time = start
    while mem8[u64(feed + time)] == 0:
        time += 1
    return int(mem8[u64(feed + time)]), time


@inlined
def unserved(s: Words, mem8: Words, core: int, start: int) -> tuple[int, int]:
    """The core's first load and its first store that have not been served before `start`.

    `start` is a time of its stream. They are places of notes, behind the last one if all have been.
    """
    load, store = s[u64(LOADS_END + core)], s[u64(STORES_END + core)]
    place = s[u64(FEEDS + core)] + start
    asked = int(mem8[u64(place)])
    while asked & FETCH != STOP:
        if asked == FETCH:
            pass
        elif asked & WRITES != 0:
            store -= 1
        elif asked != 0:
            load -= 1
        place += 1
        asked = int(mem8[u64(place)])
    return load, store


@inlined
def reads(s: Words, mem8: Words, core: int, word: int, start: int) -> bool:
    """Whether a load that the core noted, and that is not served before `start`, reads `word`."""
    first = s[AT_NOTES] + core * NOTES
    end = s[u64(LOADS_END + core)]
    # Mostly none does. Behind the end there are old notes.
    while first < end and which_are(s, first, WORD_OFFSET, word << 2) == 0:
        first += 32
    if first >= end:
        return False
    first, _ = unserved(s, mem8, core, start)
    while first < end:
        if s[u64(first)] & WORD_OFFSET == word << 2:
            return True
        first += 1
    return False


@compiled
def forget(s: Words, mem8: Words, core: int, start: int) -> None:
    """Takes back the tags of the stores that are not served before `start`, and notes which
    accesses are."""
    load, store = unserved(s, mem8, core, start)
    s[u64(LOADS_KNOWN + core)] = load
    s[u64(STORES_KNOWN + core)] = store
    s[u64(FETCHES_KNOWN + core)] = s[u64(FETCHES_SERVED + core)]
    while store < s[u64(STORES_END + core)]:
        mem8[u64(s[CFG_TAGS] + ((s[u64(store)] & OFF_MASK) >> 2))] -= 1
        store += 1


@compiled
def stored_word(s: Words, core: int) -> int:
    """The word of L1 that the core's next noted store is for."""
    return (s[u64(s[u64(STORES_NEXT + core)])] & OFF_MASK) >> 2


@inlined
def serve_store(s: Words, mem8: Words, mem32: Words, core: int) -> None:
    """Carries out the core's next noted store."""
    note = s[u64(s[u64(STORES_NEXT + core)])]
    s[u64(STORES_NEXT + core)] += 1
    offset = note & OFF_MASK
    mem8[u64(s[CFG_TAGS] + (offset >> 2))] -= 1
    data = (note >> WORD_SHIFT) & MASK32
    write_memory(mem8, mem32, (note >> KIND_SHIFT) & 7, offset, data)
