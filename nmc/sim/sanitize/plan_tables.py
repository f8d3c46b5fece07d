"""The memory plan a program's ELF file carries (`.nmc.meta`), as the engine's tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nmc.elf import ElfImage
from nmc.sim.jit import Ints
from nmc.sim.program import ProgramCode
from nmc.sim.sanitize.places import (
    ANYTHING,
    CORES_READ,
    CORES_WRITE,
    INTERVAL,
    READ_UNWRITTEN,
    TRANSFERS_READ,
    TRANSFERS_WRITE,
)

_ALLOWED = {
    "loaded": TRANSFERS_WRITE | CORES_READ,
    "stored": CORES_WRITE | TRANSFERS_READ,
    "passed": TRANSFERS_WRITE | TRANSFERS_READ,
    "scratch": CORES_WRITE | CORES_READ,
    "added": CORES_WRITE | CORES_READ | TRANSFERS_READ,
    "padded": TRANSFERS_WRITE | CORES_READ | READ_UNWRITTEN,
    "interleaved": CORES_WRITE | CORES_READ | READ_UNWRITTEN,
}
"""What is done to a buffer of each kind; anything to those of others."""


@dataclass(frozen=True)
class Buffer:
    """A buffer of the plan."""

    name: str
    space: str
    kind: str
    address: int
    bytes: int
    alive: tuple[int, ...]
    """First and last layer that may use it; empty: all, and code outside layers."""

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.bytes

    def serves(self, layer: int | None) -> bool:
        """Whether it may be used in a layer (None: outside layers)."""
        return not self.alive or (layer is not None and self.alive[0] <= layer <= self.alive[-1])


@dataclass(frozen=True)
class PlanTables:
    """Everything the sanitizers know of a program's plan."""

    buffers: tuple[Buffer, ...]
    layer_names: tuple[str, ...]
    layer_slots: tuple[int, ...]
    """Where each layer's code begins."""
    stack_top: int
    """Of core 0; core i's is `stack_bytes` lower each; both 0 if the program does not say."""
    stack_bytes: int

    @property
    def layers(self) -> int:
        """Number of layers; -1 if there is no plan to hold accesses to."""
        return len(self.layer_names) if self.buffers else -1

    @property
    def size(self) -> int:
        """Numbers the tables take."""
        rows = self._rows()
        return len(self.layer_slots) + sum(2 + INTERVAL * len(row) for row in rows)

    def write(self, area: Ints, start: int) -> None:
        """Writes the tables; `start` is where `area` begins in the machine's state."""
        rows = self._rows()
        position = len(self.layer_slots)
        area[:position] = self.layer_slots
        place = position + 2 * len(rows)
        for row in rows:
            area[position : position + 2] = start + place, len(row)
            for buffer in row:
                allowed = _ALLOWED.get(buffer.kind, ANYTHING)
                area[place : place + INTERVAL] = buffer.address, buffer.end, allowed
                place += INTERVAL
            position += 2

    def _rows(self) -> list[list[Buffer]]:
        if self.layers < 0:
            return []
        return [
            [b for b in self.buffers if b.space == space and b.kind != "stack" and b.serves(layer)]
            for layer in (*range(self.layers), None)
            for space in ("l1", "l2")
        ]

    def buffer_at(self, address: int, layer: int | None) -> Buffer | None:
        """The buffer that holds an address: one that serves the layer, else any."""
        found = [b for b in self.buffers if b.address <= address < b.end]
        return next((b for b in found if b.serves(layer)), found[0] if found else None)


def plan_tables(image: ElfImage, code: ProgramCode) -> PlanTables:
    """The plan of a program, empty if it carries none."""
    meta: Mapping[str, Any] = image.meta
    symbols = image.symbol_values
    layers: Sequence[Mapping[str, Any]] = meta.get("layers", ())
    stack: Mapping[str, int] = meta.get("stack", {})
    buffers = tuple(
        Buffer(b["name"], b["space"], b["kind"], b["address"], b["bytes"], tuple(b["alive"]))
        for b in meta.get("buffers", ())
    )
    return PlanTables(
        buffers,
        tuple(layer["name"] for layer in layers),
        tuple(code.slot(symbols.get(layer["symbol"], 0)) for layer in layers),
        stack.get("top", 0) if buffers else 0,
        stack.get("bytes", 0) if buffers else 0,
    )
