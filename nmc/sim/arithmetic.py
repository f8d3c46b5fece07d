"""Times of multi-cycle arithmetic."""

from nmc.sim.jit import clz, compiled


@compiled
def divide_extra(divisor: int, signed: bool, base: int, by_zero: int) -> int:
    """Cycles of a division beyond the first.

    `base` plus the divisor's leading zeros, or its redundant sign bits if it is negative;
    `divisor` is a word in 0..2^32-1.
    """
    if divisor == 0:
        return by_zero - 1
    if signed and divisor >= 0x8000_0000:
        return base + clz(0xFFFF_FFFF - divisor) - 2
    return base + clz(divisor) - 1
