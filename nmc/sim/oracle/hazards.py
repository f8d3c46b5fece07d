"""Stalls and cycles that depend on an instruction and the one before it, as the table says."""

from nmc.sim.oracle.code import Decoded
from nmc.sim.oracle.notation import clz
from nmc.targets.description import Timing


def hazard(before: Decoded | None, now: Decoded | None, t: Timing) -> tuple[str, int]:
    """Kind and cycles of the stall in front of `now`, executed right behind `before`."""
    if before is None or now is None:
        return "load_use", 0
    base = now.registers(("rs1",)) if now.row.timing_class == "jalr" else frozenset[int]()
    if base & before.loads:
        return "load_use", t.jalr_after_load
    if base & before.computes:
        return "branch", t.jalr_after_alu
    if now.reads & before.loads:
        return "load_use", t.load_use
    return "load_use", 0


def division(divisor: int, signed: bool, t: Timing) -> int:
    """Cycles of a division or remainder.

    Three and the divisor's leading zeros; of a negative one the leading ones but the first.
    """
    if divisor == 0:
        return t.div_by_zero
    if signed and divisor >> 31:
        leading_ones = clz(0xFFFF_FFFF ^ divisor)
        return t.div + leading_ones - 1
    return t.div + clz(divisor)
