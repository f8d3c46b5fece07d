"""The statements of an assembly program: what text is parsed into and emission produces."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nmc.backend.asm.expressions import Value
from nmc.isa.syntax import Written


@dataclass(frozen=True, slots=True)
class Label:
    """Defines a symbol here. Names that begin with `.L` stay out of the symbol table."""

    name: str


@dataclass(frozen=True, slots=True)
class Instr:
    """One machine instruction; operand values by field name, labels as expressions."""

    row: Written
    operands: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Section:
    """What follows goes to this section."""

    name: str
    flags: str
    """Of `a` (in memory), `w` (writable), `x` (executable)."""
    nobits: bool = False
    """Takes no bytes in the file."""


@dataclass(frozen=True, slots=True)
class Data:
    """Constant bytes; printed as words."""

    bytes: bytes


@dataclass(frozen=True, slots=True)
class Ascii:
    """The bytes of an ASCII text, without a zero behind them."""

    text: str


@dataclass(frozen=True, slots=True)
class Values:
    """Little-endian values of `size` bytes each that depend on symbols."""

    size: int
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Zero:
    """`count` bytes of zero (reserved space in a section without bytes)."""

    count: int


@dataclass(frozen=True, slots=True)
class Align:
    """Pads to a multiple of `bytes`, with nops between instructions."""

    bytes: int


@dataclass(frozen=True, slots=True)
class Global:
    """Makes a symbol visible outside."""

    name: str


@dataclass(frozen=True, slots=True)
class SymbolType:
    """`function` or `object`."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class SymbolSize:
    """Bytes a symbol covers."""

    name: str
    size: Value


@dataclass(frozen=True, slots=True)
class Assign:
    """Gives a symbol a value instead of a place."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Option:
    """`norvc` or `norelax`: asks other assemblers for the very instructions that are written."""

    name: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A line for the reader."""

    text: str


Statement = (
    Label
    | Instr
    | Section
    | Data
    | Ascii
    | Values
    | Zero
    | Align
    | Global
    | SymbolType
    | SymbolSize
    | Assign
    | Option
    | Comment
)


def _no_statements() -> list[Statement]:
    return []


def _no_lines() -> list[int]:
    return []


@dataclass
class Statements:
    """A program: its statements and, where they came from text, the line of each."""

    source: str = "program"
    """What errors call the program."""
    items: list[Statement] = field(default_factory=_no_statements)
    lines: list[int] = field(default_factory=_no_lines)
    """Line number of each statement, 0 if it has none; as long as `items`."""

    def add(self, *statements: Statement, line: int = 0) -> None:
        """Append statements that came from `line`."""
        self.items.extend(statements)
        self.lines.extend([line] * len(statements))

    def extend(self, other: "Statements") -> None:
        """Append another program's statements."""
        self.items.extend(other.items)
        self.lines.extend(other.lines)

    def where(self, index: int) -> str:
        """`source:line` of a statement, for errors."""
        return f"{self.source}:{self.lines[index]}" if self.lines[index] else self.source
