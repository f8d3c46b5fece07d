"""Executing one row of the instruction table on Python integers, for the evaluators here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import CodeType
from typing import Any

from nmc.isa.table import Instruction

WORD = 0xFFFFFFFF


def zx(value: int, bits: int) -> int:
    """Zero extension of the low bits."""
    return value & ((1 << bits) - 1)


def sx(value: int, bits: int) -> int:
    """Sign extension of the low bits."""
    low = zx(value, bits)
    return low - (1 << bits) if low >> (bits - 1) else low


def lanes(values: Iterable[int], bits: int) -> int:
    """Lane 0 first."""
    return sum(zx(value, bits) << (bits * index) for index, value in enumerate(values))


class Memory:
    """All 4 GiB; what was never written reads as a fixed pattern."""

    def __init__(self) -> None:
        self.bytes: dict[int, int] = {}

    def read(self, address: int, size: int) -> int:
        """Little-endian, zero-extended."""
        return lanes((self._byte((address + i) & WORD) for i in range(size)), 8)

    def _byte(self, address: int) -> int:
        return self.bytes.get(address, (address * 0x9E3779B1 >> 13) & 0xFF)

    def write(self, address: int, size: int, value: int) -> None:
        """Little-endian."""
        for i in range(size):
            self.bytes[(address + i) & WORD] = value >> (8 * i) & 0xFF

    def outside(self, low: int, high: int) -> dict[int, int]:
        """Everything written but for [low, high)."""
        return {a: v for a, v in sorted(self.bytes.items()) if not low <= a < high}


class _View:
    """`M32(a)` and `M32[a] = v` of the table's notation."""

    def __init__(self, memory: Memory, size: int):
        self.memory, self.size = memory, size

    def __call__(self, address: int) -> int:
        return self.memory.read(address & WORD, self.size)

    def __setitem__(self, address: int, value: int) -> None:
        self.memory.write(address & WORD, self.size, value)


def byte(x: int, lane: int) -> int:
    """Unsigned byte lane."""
    return zx(x >> (8 * lane), 8)


def half(x: int, lane: int) -> int:
    """Unsigned halfword lane."""
    return zx(x >> (16 * lane), 16)


def quotient(a: int, b: int) -> int:
    """Truncating division."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def remainder(a: int, b: int) -> int:
    """Of the truncating division."""
    return a - quotient(a, b) * b


def clamp(x: int, low: int, high: int) -> int:
    """`x` limited to [low, high]."""
    return min(max(x, low), high)


def lane_maker(bits: int) -> Callable[[Iterable[int]], int]:
    """Packs lanes of so many bits."""
    return lambda values: lanes(values, bits)


def sign_extended(lane: Callable[[int, int], int], bits: int) -> Callable[[int, int], int]:
    """The signed variant of a lane reader."""
    return lambda x, index: sx(lane(x, index), bits)


def leading_zeros(x: int) -> int:
    """Of a 32-bit word."""
    return 32 - x.bit_length()


def trailing_zeros(x: int) -> int:
    """Of a word that is not 0."""
    return (x & -x).bit_length() - 1


_HELPERS: dict[str, Any] = {
    "sx": sx,
    "zx": zx,
    "B": byte,
    "H": half,
    "Bs": sign_extended(byte, 8),
    "Hs": sign_extended(half, 16),
    "v8": lane_maker(8),
    "v16": lane_maker(16),
    "clamp": clamp,
    "clz": leading_zeros,
    "ctz": trailing_zeros,
    "popcount": int.bit_count,
    "quot": quotient,
    "remd": remainder,
}


@cache
def _compiled(row: Instruction) -> CodeType:
    statements = "\n".join(part.strip() for part in row.semantics.split(";"))
    return compile(statements, row.key, "exec")


def execute(row: Instruction, fields: Mapping[str, int], memory: Memory) -> dict[str, int]:
    """Run a row; returns the registers and state it wrote (and `npc`, if it sets it).

    `fields` holds the values of registers (not their numbers) and immediates, and `pc`.
    """
    environment: dict[str, Any] = {
        **_HELPERS,
        **{f"M{8 * size}": _View(memory, size) for size in (1, 2, 4)},
        **fields,
    }
    exec(_compiled(row), environment)
    written = (*row.defs, *row.state_defs, "npc")
    return {name: environment[name] & WORD for name in written if name in environment}
