"""Hardware loops: what happens behind the last instruction of a body."""

from nmc.sim.jit import Words, compiled, u64
from nmc.sim.layout import (
    AT_CODE,
    AT_SOURCES,
    CFG_JALR_ALU,
    CFG_JALR_LOAD,
    CFG_LOAD_USE,
    CFG_SLOT_SHIFT,
    LOOP,
    MASK32,
    STALL_BRANCH,
    STALL_LOAD_USE,
    WIDE,
)


@compiled
def can_begin(s: Words, slot: int) -> bool:
    """Whether a loop's body can begin at a slot: at the first one of a whole word of code."""
    shift = s[CFG_SLOT_SHIFT]
    if slot < 0 or slot & ((4 << shift) - 1):
        return False
    return shift == 0 or s[u64(s[AT_CODE] + slot)] & WIDE != 0


@compiled
def loop_back(s: Words, p: int, end: int) -> int:
    """The slot the core goes back to after the instruction at slot `end`.

    -1 if no loop goes round again, -2 if one does whose body is shorter than two instructions,
    which the hardware executes a wrong number of times, or does not begin at an instruction. `p`
    is the core's place in PEND.
    """
    for loop in range(2):
        place = p + LOOP + 3 * loop
        if s[u64(place + 1)] == end and s[u64(place + 2)] > 1:
            s[u64(place + 2)] -= 1
            start = s[u64(place)]
            return start if start < end and can_begin(s, start) else -2
    return -1


@compiled
def loop_end_stall(s: Words, end: int, after: int) -> tuple[int, int]:
    """Stall of the instruction at slot `after` for what the last one of a body, at `end`, wrote.

    Behind other instructions the decoder knows the successor; here it depends on the count.
    Returns the cycles and their kind.
    """
    written = s[u64(s[AT_SOURCES] + end + 1)]
    if written == 0:
        return 0, STALL_LOAD_USE
    loaded = (written >> 32) & MASK32
    computed = written & MASK32
    read = s[u64(s[AT_SOURCES] + after)]
    jump = (read >> 32) & MASK32
    if jump & loaded:
        return s[CFG_JALR_LOAD], STALL_LOAD_USE
    if jump & computed:
        return s[CFG_JALR_ALU], STALL_BRANCH
    if read & loaded:
        return s[CFG_LOAD_USE], STALL_LOAD_USE
    return 0, STALL_LOAD_USE
