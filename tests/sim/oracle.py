"""Evaluates the semantics column of the instruction table directly, over unbounded integers.

Knows nothing of the simulator: the text is executed by Python with the notation of docs/isa.md.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from nmc.isa.table import Instruction

WORD = 0xFFFF_FFFF


def zx(x: int, n: int) -> int:
    return x & ((1 << n) - 1)


def sx(x: int, n: int) -> int:
    return zx(x, n) - ((zx(x, n) >> (n - 1)) << n)


def pack(bits: int, lanes: Iterable[int]) -> int:
    return sum(zx(lane, bits) << (bits * i) for i, lane in enumerate(lanes))


def quot(a: int, b: int) -> int:
    return (abs(a) // abs(b)) * (1 if (a < 0) == (b < 0) else -1)


def bitrev_groups(x: int, g: int) -> int:
    groups = [zx(x >> (32 - g * (i + 1)), g) for i in range(32 // g)]
    return pack(g, groups)


def lane(bits: int, signed: bool) -> Callable[[int, int], int]:
    """The function that reads a lane of a word."""

    def read(x: int, i: int) -> int:
        return sx(x >> bits * i, bits) if signed else zx(x >> bits * i, bits)

    return read


def packer(bits: int) -> Callable[[Iterable[int]], int]:
    """The function that makes a word of lanes."""

    def make(lanes: Iterable[int]) -> int:
        return pack(bits, lanes)

    return make


def clamp(x: int, lo: int, hi: int) -> int:
    return max(lo, min(x, hi))


def clz(x: int) -> int:
    return 32 - x.bit_length()


def ctz(x: int) -> int:
    return (x & -x).bit_length() - 1


def popcount(x: int) -> int:
    return x.bit_count()


def remd(a: int, b: int) -> int:
    return a - b * quot(a, b)


FUNCTIONS: dict[str, Any] = {
    f.__name__: f for f in (zx, sx, clamp, clz, ctz, popcount, quot, remd, bitrev_groups)
} | {
    "B": lane(8, signed=False),
    "H": lane(16, signed=False),
    "Bs": lane(8, signed=True),
    "Hs": lane(16, signed=True),
    "v8": packer(8),
    "v16": packer(16),
}


@dataclass
class Memory:
    """Little-endian memory."""

    base: int
    data: bytearray


@dataclass
class Access:
    """`M8(address)` and `M8[address] = value`."""

    memory: Memory
    size: int

    def _span(self, address: int) -> slice:
        start = zx(address, 32) - self.memory.base
        assert 0 <= start <= len(self.memory.data) - self.size
        return slice(start, start + self.size)

    def __call__(self, address: int) -> int:
        return int.from_bytes(self.memory.data[self._span(address)], "little")

    def __setitem__(self, address: int, value: int) -> None:
        self.memory.data[self._span(address)] = zx(value, 8 * self.size).to_bytes(
            self.size, "little"
        )


@dataclass
class State:
    """What an instruction sees and changes."""

    registers: list[int]
    pc: int
    memory: Memory
    xdc: int = 0
    npc: int = field(default=0)


class _Names(dict[str, Any]):
    """Assignments to registers are kept apart: reading gives the value before the instruction."""

    def __init__(self, values: dict[str, Any], registers: set[str]):
        super().__init__(values)
        self.kept = registers
        self.writes: list[tuple[str, int]] = []

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self.kept:
            self.writes.append((name, value))
        else:
            super().__setitem__(name, value)


def execute(row: Instruction, operands: dict[str, int], state: State) -> None:
    """Carries out one instruction on `state`."""
    registers = {f.name for f in row.fields if f.is_register}
    values: dict[str, Any] = {
        name: state.registers[value] if name in registers else value
        for name, value in operands.items()
    }
    values |= FUNCTIONS | {"pc": state.pc, "xdc": state.xdc}
    values |= {f"M{8 * size}": Access(state.memory, size) for size in (1, 2, 4)}
    names = _Names(values, registers | {"npc", "xdc"})
    state.npc = state.pc + 4
    exec(row.semantics.replace("; ", "\n"), names)
    for name, value in names.writes:
        if name == "npc":
            state.npc = zx(value, 32)
        elif name == "xdc":
            state.xdc = zx(value, 32)
        elif operands[name] != 0:
            state.registers[operands[name]] = zx(value, 32)
