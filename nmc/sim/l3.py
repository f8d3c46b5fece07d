"""The L3 channel: one transfer at a time between external memory and L2.

After the latency the bytes come at a steady rate, eight at a time through the L2 port. The event
goes to the core that started the transfer.
"""

from nmc.sim.event_unit import raise_event
from nmc.sim.jit import compiled, u64
from nmc.sim.layout import (
    CFG_CODE_BASE,
    CFG_CODE_BYTES,
    CFG_EVENT_L3,
    CFG_L2_BASE,
    CFG_L2_BYTES,
    CFG_L2_OFFSET,
    CFG_L3_BYTES,
    CFG_L3_CYCLES_256,
    CFG_L3_LATENCY,
    CFG_L3_OFFSET,
    FAULT_L3_BUSY,
    FAULT_L3_CODE,
    FAULT_L3_RANGE,
    FAULT_NONE,
    KIND_L3,
    L2_FREE,
    L3_BYTES,
    L3_CHANNEL,
    WHEEL,
)
from nmc.sim.scheduling import park
from nmc.sim.state import Machine

OFFSET, ADDRESS, LENGTH, BUSY, DONE, CORE, START, TO_L3 = range(8)
"""Registers as written; bytes done; who started it, when, and which way."""
CHUNK = 8
TO_L3_BIT = 1 << 31


@compiled
def due(m: Machine, count: int) -> int:
    """When the first `count` bytes of the transfer are through."""
    cycles = (count * m.config[CFG_L3_CYCLES_256] + 255) >> 8
    return m.l3[START] + m.config[CFG_L3_LATENCY] + cycles


@compiled
def start_l3(m: Machine, core: int, value: int, now: int) -> int:
    """Starts a transfer of `value` (length, bit 31 = to L3); returns the fault it would be."""
    if m.l3[BUSY]:
        return FAULT_L3_BUSY
    length = value & (TO_L3_BIT - 1)
    offset = m.l3[OFFSET]
    address = m.l3[ADDRESS]
    base = m.config[CFG_L2_BASE]
    if length == 0 or offset + length > m.config[CFG_L3_BYTES]:
        return FAULT_L3_RANGE
    if address < base or address + length > base + m.config[CFG_L2_BYTES]:
        return FAULT_L3_RANGE
    code = m.config[CFG_CODE_BASE]
    to_l3 = value & TO_L3_BIT
    overlap = address < code + m.config[CFG_CODE_BYTES] and address + length > code
    if overlap and to_l3 == 0:
        return FAULT_L3_CODE
    m.l3[LENGTH] = length
    m.l3[BUSY] = 1
    m.l3[DONE] = 0
    m.l3[CORE] = core
    m.l3[START] = now
    m.l3[TO_L3] = to_l3
    m.state[u64(L3_BYTES)] += length
    park_l3(m, now)
    return FAULT_NONE


@compiled
def park_l3(m: Machine, now: int) -> None:
    """Comes back when the next chunk is due, or as far ahead as the wheel reaches."""
    time = due(m, min(m.l3[DONE] + CHUNK, m.l3[LENGTH]))
    park(m, L3_CHANNEL, KIND_L3, min(max(time, now + 1), now + WHEEL - 2))


@compiled
def step_l3(m: Machine, now: int) -> None:
    """Moves the chunk that is due, if any."""
    done = m.l3[DONE]
    count = min(CHUNK, m.l3[LENGTH] - done)
    if now < due(m, done + count):
        park_l3(m, now)
        return
    l2 = m.l3[ADDRESS] - m.config[CFG_L2_BASE] + m.config[CFG_L2_OFFSET] + done
    l3 = m.config[CFG_L3_OFFSET] + m.l3[OFFSET] + done
    for i in range(count):
        if m.l3[TO_L3]:
            m.mem8[u64(l3 + i)] = m.mem8[u64(l2 + i)]
        else:
            m.mem8[u64(l2 + i)] = m.mem8[u64(l3 + i)]
    m.state[u64(L2_FREE)] = max(m.state[u64(L2_FREE)], now) + 1
    m.l3[DONE] = done + count
    if m.l3[DONE] < m.l3[LENGTH]:
        park_l3(m, now)
        return
    m.l3[BUSY] = 0
    raise_event(m, m.l3[CORE], m.config[CFG_EVENT_L3], now)
