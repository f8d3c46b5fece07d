"""Loads and stores that cross a word boundary: two accesses, the lower address first."""

from nmc.sim.jit import compiled, u64
from nmc.sim.layout import (
    BANK,
    CFG_BANK_MASK,
    CFG_MISALIGNED,
    D_SHIFT,
    DATA,
    FIELD_MASK,
    IDX,
    LH,
    LHU,
    LW,
    MASK32,
    OFF,
    OP_MASK,
    PEND_SHIFT,
    REG_SHIFT,
    REQUESTS,
    SH,
    SIDE_SHIFT,
    SPLIT,
    SPLIT_STAGE,
    SPLIT_VALUE,
    STALL_MISALIGNED,
    SW,
    TYPE_MASK,
    WHEEL_MASK,
    WORD,
)
from nmc.sim.scheduling import stall
from nmc.sim.state import Machine


@compiled
def extend(kind: int, raw: int) -> int:
    """The register value of a load of type `kind` that read `raw`."""
    if kind == 0:
        return (((raw & 0xFF) ^ 0x80) - 0x80) & MASK32
    if kind == 1:
        return raw & 0xFF
    if kind == LH:
        return (((raw & 0xFFFF) ^ 0x8000) - 0x8000) & MASK32
    if kind == LHU:
        return raw & 0xFFFF
    return raw & MASK32


@compiled
def begin_split(m: Machine, core: int, offset: int, now: int) -> None:
    """Turns the core's access at L1 `offset` into two requests, the first of them now."""
    p = core << PEND_SHIFT
    w = m.pend[u64(p | WORD)]
    m.pend[u64(p | WORD)] = (w & ~TYPE_MASK) | SPLIT
    m.pend[u64(p | OFF)] = offset
    m.pend[u64(p | BANK)] = 1 << ((offset >> 2) & m.config[CFG_BANK_MASK])
    m.side[u64((core << SIDE_SHIFT) | SPLIT_STAGE)] = 0
    m.side[u64((core << SIDE_SHIFT) | SPLIT_VALUE)] = 0
    m.state[u64(REQUESTS)] |= 1 << core
    m.wheel[u64(now & WHEEL_MASK)] |= 1 << core


@compiled
def split_step(m: Machine, core: int, now: int) -> bool:
    """One half of the access has won its bank; True if the other half is still to come."""
    p = core << PEND_SHIFT
    side = core << SIDE_SHIFT
    kind = m.code[u64(m.pend[u64(p | IDX)])] & OP_MASK & TYPE_MASK
    size = 2 if kind in (LH, LHU, SH) else 4
    offset = m.pend[u64(p | OFF)]
    boundary = (offset | 3) + 1
    stage = m.side[u64(side | SPLIT_STAGE)]
    first = offset if stage == 0 else boundary
    end = boundary if stage == 0 else offset + size
    for at in range(first, end):
        shift = 8 * (at - offset)
        if kind in (SH, SW):
            m.mem8[u64(at)] = (m.pend[u64(p | DATA)] >> shift) & 0xFF
        else:
            m.side[u64(side | SPLIT_VALUE)] |= int(m.mem8[u64(at)]) << shift
    if stage == 0:
        m.side[u64(side | SPLIT_STAGE)] = 1
        m.pend[u64(p | BANK)] = 1 << ((boundary >> 2) & m.config[CFG_BANK_MASK])
        time = now + m.config[CFG_MISALIGNED]
        stall(m, core, STALL_MISALIGNED, m.config[CFG_MISALIGNED])
        m.wheel[u64(time & WHEEL_MASK)] |= 1 << core
        return True
    if kind in (LH, LHU, LW):
        w = m.pend[u64(p | WORD)]
        value = extend(kind, m.side[u64(side | SPLIT_VALUE)])
        m.regs[u64((core << REG_SHIFT) | ((w >> D_SHIFT) & FIELD_MASK))] = value
    return False
