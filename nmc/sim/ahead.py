"""L1 accesses that a core makes ahead of their time.

Where nobody interferes, what a load reads does not depend on when exactly it is served. So a core
reads ahead, notes what it read, and goes on; the time wheel then serves the noted accesses in the
order of time, with their conflicts. Stores are noted too, and change memory when they are served;
nobody reads a word ahead while a store to it is under way. If a store or the DMA changes a word
that another core has read ahead, and the read has not been served yet, that core is *recalled*: it
begins again where it began to run ahead, is given the words it read as far as they have been
served, and waits with the next access like any other. So every access reads and writes what it
would have in the order of time.
"""

from nmc.sim.jit import Words, compiled, copy_words, u64
from nmc.sim.layout import (
    AT_AGES,
    AT_SAVED,
    CFG_AGES,
    CFG_SAVED,
    CFG_TAGS,
    EARLY,
    HEAD,
    IDX,
    LOOP,
    OFF_MASK,
    PEND,
    PEND_SHIFT,
    REG_SHIFT,
    REGS,
    SAVED_AGES,
    SAVED_IDX,
    SAVED_LOOPS,
    SAVED_REGS,
    SAVED_STALLS,
    SAVED_START,
    STALL_BRANCH,
    STALL_LOAD_USE,
    STALL_MULTICYCLE,
    STALL_SHIFT,
    STALLS,
    STORE,
    STORE_UNIT,
    XREADY,
)

REGISTERS, LOOPS = XREADY + 1, 6


@compiled
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


@compiled
def restore(s: Words, core: int) -> int:
    """Brings the kept state back, and returns when the core began to run ahead."""
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


@compiled
def has_read(s: Words, core: int, word: int) -> bool:
    """Whether a load of `word` that the core made ahead of its time has not been served yet."""
    place = s[u64(PEND + (core << PEND_SHIFT) + HEAD)]
    if place == 0:
        return False
    entry = s[u64(place)]
    while entry & EARLY != 0:
        if entry & STORE == 0 and (entry & OFF_MASK) >> 2 == word:
            return True
        place += 2
        entry = s[u64(place)]
    return False


@compiled
def forget(s: Words, mem8: Words, core: int) -> None:
    """Takes back the tags of the accesses that have not been served yet."""
    place = s[u64(PEND + (core << PEND_SHIFT) + HEAD)]
    entry = s[u64(place)]
    while entry & EARLY != 0:
        tag = u64(s[CFG_TAGS] + ((entry & OFF_MASK) >> 2))
        mem8[tag] = int(mem8[tag]) - (STORE_UNIT if entry & STORE else 1)
        place += 2
        entry = s[u64(place)]
