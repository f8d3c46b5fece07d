"""Code cannot be written: neither by cores nor by the DMA or the L3 channel."""

from nmc.sim.jit import Words, compiled, u64
from nmc.sim.layout import AT_SOURCES, CFG_CODE_BASE, CFG_CODE_BYTES, CFG_SLOT_SHIFT


@compiled
def overlaps_code(s: Words, address: int, count: int) -> bool:
    """Whether any of `count` bytes at `address` is code."""
    low = max(address - s[CFG_CODE_BASE], 0)
    high = min(address + count - s[CFG_CODE_BASE], s[CFG_CODE_BYTES])
    slot = (low << s[CFG_SLOT_SHIFT]) & ~3
    end = high << s[CFG_SLOT_SHIFT]
    while slot < end:
        if s[u64(s[AT_SOURCES] + slot + 2)] != 0:
            return True
        slot += 4
    return False
