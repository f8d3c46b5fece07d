"""Addresses as a base value and a constant distance from it, to tell accesses apart."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Operation, SSAValue

from nmc.dialects.xpulp.memory_formats import LoadPost, StorePost

from .folding import LOADS_AND_STORES, immediate_of
from .registers import SP, number_of

_BYTES = {"b": 1, "bu": 1, "h": 2, "hu": 2, "w": 4}


@dataclass(frozen=True)
class Address:
    """The bytes [offset, offset + size) from a base value; the base of stack slots is None."""

    base: SSAValue | None
    offset: int
    size: int

    @staticmethod
    def may_overlap(left: Address | None, right: Address | None) -> bool:
        """Whether two accesses may touch the same byte; None is an unknown address."""
        if left is None or right is None:
            # Nobody takes the address of a stack slot.
            known = left or right
            return known is None or known.base is not None
        if left.base is not right.base:
            return left.base is not None and right.base is not None
        return left.offset < right.offset + right.size and right.offset < left.offset + left.size


class AddressMap:
    """Follows additions of constants through a run of instructions."""

    def __init__(self) -> None:
        self._place: dict[SSAValue, tuple[SSAValue, int]] = {}

    def _resolve(self, value: SSAValue) -> tuple[SSAValue, int]:
        return self._place.get(value, (value, 0))

    def note(self, op: Operation) -> None:
        """Learn where the results of an instruction point."""
        if not isinstance(op, riscv.AddiOp | LoadPost | StorePost):
            return
        step = immediate_of(op)
        if step is not None:
            base, offset = self._resolve(op.operands[0])
            self._place[op.results[-1]] = (base, offset + step)

    def of_access(self, op: Operation) -> Address | None:
        """The bytes a load or store touches; None if the distance is not constant."""
        width = op.name.split(".")[1 if op.name.startswith("riscv.") else 2]
        size = _BYTES.get(width[1:], 4)
        if isinstance(op, LOADS_AND_STORES):
            distance = immediate_of(op)
        elif isinstance(op, LoadPost | StorePost):
            distance = 0
        else:
            return None
        if distance is None:
            return None
        if number_of(op.operands[0].type) == SP:
            return Address(None, distance, size)
        base, offset = self._resolve(op.operands[0])
        return Address(base, offset + distance, size)
