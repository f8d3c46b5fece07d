"""L1 accesses that are not completed by the engine's own code.

Loads and stores across a word boundary are two accesses, the lower address first; an event load
from L1 is one plain load.
"""

from nmc.sim.jit import Words, compiled, u64
from nmc.sim.layout import (
    CFG_BANK_MASK,
    CFG_MISALIGNED,
    DATA,
    FIRST_CUSTOM_LOAD,
    FIRST_WORD_GATHER,
    LB,
    LBU,
    LH,
    LHU,
    MASK32,
    OFF,
    PEND,
    PEND_SHIFT,
    SB,
    SH,
    SIDE,
    SIDE_SHIFT,
    SLOW,
    SPLIT_STAGE,
    SPLIT_VALUE,
    STALL_MISALIGNED,
    SW,
    TYPE_MASK,
)
from nmc.sim.scheduling import current_word, request, stall, write_result


@compiled
def extend(kind: int, raw: int) -> int:
    """The register value of a load of type `kind` that read `raw`."""
    if kind == LB:
        return (((raw & 0xFF) ^ 0x80) - 0x80) & MASK32
    if kind == LBU:
        return raw & 0xFF
    if kind == LH:
        return (((raw & 0xFFFF) ^ 0x8000) - 0x8000) & MASK32
    if kind == LHU:
        return raw & 0xFFFF
    return raw & MASK32


@compiled
def access_size(kind: int) -> int:
    """Bytes of an access of type `kind`."""
    if kind >= FIRST_WORD_GATHER:
        return 4
    if kind >= FIRST_CUSTOM_LOAD:
        return 1
    return ((0xD350 >> (kind * 2)) & 3) + 1


@compiled
def is_store(kind: int) -> bool:
    """Whether accesses of type `kind` write."""
    return SB <= kind <= SW


@compiled
def write_memory(mem8: Words, mem32: Words, kind: int, offset: int, data: int) -> None:
    """Carries out a store inside a word."""
    if kind == SW:
        mem32[u64(offset >> 2)] = data
    else:
        mem8[u64(offset)] = data & 0xFF
        if kind == SH:
            mem8[u64(offset + 1)] = (data >> 8) & 0xFF


@compiled
def begin_split(s: Words, core: int, offset: int, now: int) -> None:
    """Asks now for the bank of the access's first byte, at L1 `offset`."""
    s[u64(PEND + (core << PEND_SHIFT) + OFF)] = offset
    s[u64(SIDE + (core << SIDE_SHIFT) + SPLIT_STAGE)] = 0
    s[u64(SIDE + (core << SIDE_SHIFT) + SPLIT_VALUE)] = 0
    s[SLOW] |= 1 << core
    request(s, core, 1 << ((offset >> 2) & s[CFG_BANK_MASK]), now)


@compiled
def split_step(s: Words, mem8: Words, core: int, now: int) -> bool:
    """The access has won its bank; True if another word of it is still to come.

    The second word is asked for under the offset of its first byte, so `OFF` always names the
    bank; the stage says how many bytes are behind it.
    """
    p = PEND + (core << PEND_SHIFT)
    side = SIDE + (core << SIDE_SHIFT)
    kind = current_word(s, core) & TYPE_MASK
    offset = s[u64(p + OFF)]
    done = s[u64(side + SPLIT_STAGE)]
    left = access_size(kind) - done
    count = min(left, 4 - (offset & 3))
    for i in range(count):
        shift = 8 * (done + i)
        if is_store(kind):
            mem8[u64(offset + i)] = (s[u64(p + DATA)] >> shift) & 0xFF
        else:
            s[u64(side + SPLIT_VALUE)] |= int(mem8[u64(offset + i)]) << shift
    if count < left:
        s[u64(side + SPLIT_STAGE)] = done + count
        s[u64(p + OFF)] = offset + count
        bank = 1 << (((offset + count) >> 2) & s[CFG_BANK_MASK])
        stall(s, core, STALL_MISALIGNED, s[CFG_MISALIGNED])
        request(s, core, bank, now + s[CFG_MISALIGNED])
        return True
    s[SLOW] &= ~(1 << core)
    if not is_store(kind):
        write_result(s, core, extend(kind, s[u64(side + SPLIT_VALUE)]))
    return False
