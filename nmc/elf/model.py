"""What an ELF file of ours holds, before it is written and after it is read."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nmc.elf.lines import LineTable

META_SECTION = ".nmc.meta"
"""Name of the section that holds a JSON object about the program; it is not loaded."""

EF_RISCV_RVC = 1
"""Of the header's flags (RISC-V ELF psABI): there may be compressed instructions."""


@dataclass(frozen=True)
class Section:
    """A section at its address."""

    name: str
    flags: str
    """Of `a` (in memory), `w` (writable), `x` (executable)."""
    alignment: int
    address: int
    size: int
    data: bytes | None
    """None: takes no bytes in the file."""

    @property
    def end(self) -> int:
        """The first address behind the section."""
        return self.address + self.size


@dataclass(frozen=True)
class Symbol:
    """A name for an address or a value."""

    name: str
    value: int
    size: int
    kind: str
    """`function`, `object` or `none`."""
    is_global: bool
    section: str | None
    """None: an absolute value."""


@dataclass(frozen=True)
class Segment:
    """Bytes that are loaded at a physical address."""

    address: int
    data: bytes
    memory_size: int
    """At least `len(data)`; the rest is memory the program uses but the file does not fill."""
    executable: bool
    writable: bool
    virtual_address: int
    """Where the program expects the bytes; if that is elsewhere it moves them there itself."""


@dataclass(frozen=True)
class ElfImage:
    """A program read back from an ELF file."""

    entry: int
    segments: tuple[Segment, ...]
    """By address."""
    symbols: tuple[Symbol, ...]
    """In the file's order."""
    sections: tuple[Section, ...]
    meta: dict[str, Any]
    """The JSON object of `.nmc.meta`, empty if there is none."""
    lines: LineTable
    """Source lines of the code."""
    compressed: bool = False
    """Whether there may be compressed instructions in the code."""

    @cached_property
    def symbol_values(self) -> dict[str, int]:
        """Value of every symbol by name."""
        return {symbol.name: symbol.value for symbol in self.symbols}

    @cached_property
    def functions(self) -> tuple[Symbol, ...]:
        """The functions by address."""
        found = (symbol for symbol in self.symbols if symbol.kind == "function")
        return tuple(sorted(found, key=lambda symbol: symbol.value))

    def function_at(self, address: int) -> Symbol | None:
        """The function whose bytes hold `address`."""
        for symbol in self.functions:
            if symbol.value <= address < symbol.value + symbol.size:
                return symbol
        return None
