"""Evaluates the semantics column of the instruction table directly, over unbounded integers.

Knows nothing of the simulators: the text is executed by Python with the notation of docs/isa.md.
"""

from dataclasses import dataclass, field
from typing import Any

from nmc.isa.csrs import STATE_CSRS
from nmc.isa.table import Instruction
from nmc.sim.oracle.notation import FUNCTIONS, zx


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
    hidden: dict[str, int] = field(default_factory=dict[str, int])
    """The extension's counter and accumulators by name."""
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
    values |= {**FUNCTIONS, "pc": state.pc, **state.hidden}
    values |= {f"M{8 * size}": Access(state.memory, size) for size in (1, 2, 4)}
    names = _Names(values, registers | {"npc", *STATE_CSRS})
    state.npc = state.pc + 4
    exec(row.semantics.replace("; ", "\n"), names)
    for name, value in names.writes:
        if name == "npc":
            state.npc = zx(value, 32)
        elif name in STATE_CSRS:
            state.hidden[name] = zx(value, 32)
        elif operands[name] != 0:
            state.registers[operands[name]] = zx(value, 32)
