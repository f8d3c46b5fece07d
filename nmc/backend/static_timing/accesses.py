"""Loads and stores: where they access memory, as far as their registers are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.ir import Operation

from nmc.backend.machine.evaluation import WORD, immediate_of, signed
from nmc.dialects.xpulp.memory_formats import (
    LoadPost,
    LoadPostReg,
    LoadReg,
    StorePost,
    StorePostReg,
    StoreReg,
)


@dataclass(frozen=True, slots=True)
class Place:
    """The address of an access, and the pointer behind it; None where it is not known."""

    address: int | None
    after: int | None = None


NOWHERE = Place(None)


@dataclass(frozen=True, slots=True)
class Access:
    """An access to L1: when, and where if that is known."""

    time: float
    address: int | None
    bytes: int

    def moved(self, time: float, distance: int) -> Access:
        """The same, so much later and further on."""
        address = None if self.address is None else self.address + distance
        return Access(self.time + time, address, self.bytes)


def address_of(op: Operation, operands: Sequence[int | None]) -> Place:
    """Where a load or store goes whose register operands have these values."""
    pointer = operands[0]
    offset = immediate_of(op)
    if isinstance(op, LoadPostReg | LoadReg | StorePostReg | StoreReg):
        offset = operands[-1]
    if pointer is None or offset is None:
        # A gather, whose address depends on data, has no offset.
        moves = isinstance(op, LoadPost | StorePost | LoadPostReg | StorePostReg)
        return Place(None if pointer is None or not moves else pointer & WORD)
    if isinstance(op, LoadPost | StorePost | LoadPostReg | StorePostReg):
        return Place(pointer & WORD, signed(pointer + offset))
    return Place((pointer + offset) & WORD)
