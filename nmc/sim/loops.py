"""Hardware loops: what happens behind the last instruction of a body."""

from nmc.sim.jit import Ints, compiled, u64
from nmc.sim.layout import (
    CFG_JALR_ALU,
    CFG_JALR_LOAD,
    CFG_LOAD_USE,
    LOOP,
    MASK32,
)


@compiled
def loop_back(pend: Ints, p: int, end: int) -> int:
    """The slot the core goes back to after the instruction at slot `end`.

    -1 if no loop goes round again, -2 if one does whose body is shorter than two instructions,
    which the hardware executes a wrong number of times.
    """
    for loop in range(2):
        place = p + LOOP + 3 * loop
        if pend[u64(place + 1)] == end and pend[u64(place + 2)] > 1:
            pend[u64(place + 2)] -= 1
            start = pend[u64(place)]
            return start if start < end else -2
    return -1


@compiled
def loop_end_stall(sources: Ints, code: Ints, end: int, after: int, config: Ints) -> int:
    """Stall of the instruction at slot `after` for what the last one of a body, at `end`, wrote.

    Behind other instructions the decoder knows the successor; here it depends on the count.
    """
    written = sources[u64(end + 1)]
    if written == 0:
        return 0
    loaded = written >> 32
    computed = written & MASK32
    read = sources[u64(after)]
    jump = (read >> 32) & MASK32
    if jump & loaded:
        return config[CFG_JALR_LOAD]
    if jump & computed:
        return config[CFG_JALR_ALU]
    if read & MASK32 & loaded:
        return config[CFG_LOAD_USE]
    return 0
