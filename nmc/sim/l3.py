"""The L3 channel: one transfer at a time between external memory and L2.

After the latency the bytes come at a steady rate, eight at a time through the L2 port. The event
goes to the core that started the transfer.
"""

from nmc.sim.code_guard import overlaps_code
from nmc.sim.event_unit import raise_event
from nmc.sim.jit import Words, compiled, copy_bytes
from nmc.sim.layout import (
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
    L3,
    L3_BYTES,
    L3_CHANNEL,
    WHEEL,
)
from nmc.sim.recording import record_transfer
from nmc.sim.scheduling import park

OFFSET, ADDRESS, LENGTH, BUSY, DONE, CORE, START, TO_L3, NEAR, FAR = range(10)
"""Registers as written; bytes done; who started it, when, and which way; the address in L2 and the
offset in L3 it was started with."""
CHUNK = 8
TO_L3_BIT = 1 << 31


@compiled
def due(s: Words, count: int) -> int:
    """When the first `count` bytes of the transfer are through."""
    cycles = (count * s[CFG_L3_CYCLES_256] + 255) >> 8
    return s[L3 + START] + s[CFG_L3_LATENCY] + cycles


@compiled
def start_l3(s: Words, core: int, value: int, now: int) -> int:
    """Starts a transfer of `value` (length, bit 31 = to L3); returns the fault it would be."""
    if s[L3 + BUSY]:
        return FAULT_L3_BUSY
    length = value & (TO_L3_BIT - 1)
    offset = s[L3 + OFFSET]
    address = s[L3 + ADDRESS]
    base = s[CFG_L2_BASE]
    if length == 0 or offset + length > s[CFG_L3_BYTES]:
        return FAULT_L3_RANGE
    if address < base or address + length > base + s[CFG_L2_BYTES]:
        return FAULT_L3_RANGE
    to_l3 = value & TO_L3_BIT
    if to_l3 == 0 and overlaps_code(s, address, length):
        return FAULT_L3_CODE
    s[L3 + LENGTH] = length
    s[L3 + BUSY] = 1
    s[L3 + DONE] = 0
    s[L3 + CORE] = core
    s[L3 + START] = now
    s[L3 + TO_L3] = to_l3
    s[L3 + NEAR] = address
    s[L3 + FAR] = offset
    s[L3_BYTES] += length
    park_l3(s, now)
    return FAULT_NONE


@compiled
def park_l3(s: Words, now: int) -> None:
    """Comes back when the next chunk is due, or as far ahead as the wheel reaches."""
    time = due(s, min(s[L3 + DONE] + CHUNK, s[L3 + LENGTH]))
    park(s, L3_CHANNEL, KIND_L3, min(max(time, now + 1), now + WHEEL - 2))


@compiled
def is_last_chunk(s: Words) -> bool:
    """Whether the transfer may end with its next chunk."""
    return s[L3 + DONE] + CHUNK >= s[L3 + LENGTH]


@compiled
def step_l3(s: Words, mem8: Words, now: int) -> None:
    """Moves the chunk that is due, if any."""
    done = s[L3 + DONE]
    count = min(CHUNK, s[L3 + LENGTH] - done)
    if now < due(s, done + count):
        park_l3(s, now)
        return
    l2 = s[L3 + NEAR] - s[CFG_L2_BASE] + s[CFG_L2_OFFSET] + done
    l3 = s[CFG_L3_OFFSET] + s[L3 + FAR] + done
    if s[L3 + TO_L3]:
        copy_bytes(mem8, l3, l2, count)
    else:
        copy_bytes(mem8, l2, l3, count)
    s[L2_FREE] = max(s[L2_FREE], now) + 1
    is_last = is_last_chunk(s)
    s[L3 + DONE] = done + count
    if not is_last:
        park_l3(s, now)
        return
    s[L3 + BUSY] = 0
    length = s[L3 + LENGTH]
    record_transfer(
        s,
        L3_CHANNEL,
        s[L3 + START],
        now,
        -length if s[L3 + TO_L3] else length,
        s[L3 + NEAR],
        s[L3 + FAR],
        s[L3 + CORE],
        s[L3 + START],
    )
    raise_event(s, s[L3 + CORE], s[CFG_EVENT_L3], now)
