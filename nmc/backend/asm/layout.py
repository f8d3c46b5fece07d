"""First half of assembling: where every statement lies inside its section, and the symbols."""

from dataclasses import dataclass, field
from functools import cached_property

from nmc.backend.asm.expressions import Value
from nmc.backend.asm.statements import (
    Align,
    Ascii,
    Assign,
    Comment,
    Data,
    Global,
    Instr,
    Label,
    Option,
    Section,
    Statement,
    Statements,
    SymbolSize,
    SymbolType,
    Values,
    Zero,
)
from nmc.errors import NmcError


@dataclass
class SectionLayout:
    """A section before it has an address."""

    name: str
    flags: str
    nobits: bool
    size: int = 0
    alignment: int = 1


@dataclass
class SymbolLayout:
    """A symbol before sections have addresses."""

    name: str
    section: SectionLayout | None = None
    """None: `value` is not a place."""
    value: Value = 0
    """Offset in the section, or the value."""
    kind: str = "none"
    size: Value = 0
    is_global: bool = False
    is_defined: bool = False
    index: int = 0
    """The defining statement."""


def _no_sections() -> dict[str, SectionLayout]:
    return {}


def _no_symbols() -> dict[str, SymbolLayout]:
    return {}


def _no_places() -> list[tuple[SectionLayout, int]]:
    return []


@dataclass
class Layout:
    """Sections in order of appearance, symbols by name, and the place of every statement."""

    program: Statements
    sections: dict[str, SectionLayout] = field(default_factory=_no_sections)
    symbols: dict[str, SymbolLayout] = field(default_factory=_no_symbols)
    places: list[tuple[SectionLayout, int]] = field(default_factory=_no_places)
    """Section and offset in it, per statement; an `Align`'s offset is where its padding begins."""

    @cached_property
    def compressed(self) -> bool:
        """Whether there are compressed instructions."""
        items = self.program.items
        return any(isinstance(item, Instr) and item.row.bytes == 2 for item in items)

    @property
    def instruction_alignment(self) -> int:
        """Instructions lie at multiples of this."""
        return 2 if self.compressed else 4

    def fail(self, index: int, reason: str) -> NmcError:
        """The error for a statement."""
        return NmcError(f"{self.program.where(index)}: {reason}")


def lay_out(program: Statements) -> Layout:
    """Offsets of all statements; NmcError on a label defined twice or data in a NOBITS section."""
    layout = Layout(program)
    section = _section_of(layout, Section(".text", "ax"), 0)
    for index, statement in enumerate(program.items):
        if isinstance(statement, Section):
            section = _section_of(layout, statement, index)
        layout.places.append((section, section.size))
        size = _size_of(statement, section)
        if size and section.nobits and not isinstance(statement, Zero | Align):
            raise layout.fail(index, f"section {section.name} holds no bytes, only .zero")
        if isinstance(statement, Instr) and section.size % layout.instruction_alignment:
            here = layout.instruction_alignment
            raise layout.fail(
                index, f"instruction at the odd offset {section.size}; .balign {here}"
            )
        section.size += size
        _record_symbol(layout, statement, section, index)
    return layout


def _section_of(layout: Layout, wanted: Section, index: int) -> SectionLayout:
    section = layout.sections.get(wanted.name)
    if section is None:
        section = SectionLayout(wanted.name, wanted.flags, wanted.nobits)
        layout.sections[wanted.name] = section
    elif wanted.flags and (section.flags, section.nobits) != (wanted.flags, wanted.nobits):
        raise layout.fail(index, f"section {wanted.name} changes its flags or type")
    return section


def _size_of(statement: Statement, section: SectionLayout) -> int:
    match statement:
        case Instr():
            section.alignment = max(section.alignment, 4)
            return statement.row.bytes
        case Data():
            return len(statement.bytes)
        case Ascii():
            return len(statement.text)
        case Values():
            return statement.size * len(statement.values)
        case Zero():
            return statement.count
        case Align():
            section.alignment = max(section.alignment, statement.bytes)
            return -section.size % statement.bytes
        case _:
            return 0


def _record_symbol(
    layout: Layout, statement: Statement, section: SectionLayout, index: int
) -> None:
    match statement:
        case Label():
            symbol = _define(layout, statement.name, index)
            symbol.section, symbol.value = section, section.size
        case Assign():
            _define(layout, statement.name, index).value = statement.value
        case Global():
            _symbol(layout, statement.name).is_global = True
        case SymbolType():
            _symbol(layout, statement.name).kind = statement.kind
        case SymbolSize():
            _symbol(layout, statement.name).size = _absolute_here(layout, statement, section)
        case Instr() | Section() | Data() | Ascii() | Values() | Zero() | Align():
            pass
        case Option() | Comment():
            pass


def _absolute_here(layout: Layout, statement: SymbolSize, section: SectionLayout) -> Value:
    """The size if it is a number or the usual `.-symbol`, else the expression."""
    size = statement.size
    if isinstance(size, int) or (size.symbol, size.part, size.addend) != (".", "", 0):
        return size
    symbol = layout.symbols.get(size.minus or "")
    if symbol is None or symbol.section is not section or not isinstance(symbol.value, int):
        return size
    return section.size - symbol.value


def _symbol(layout: Layout, name: str) -> SymbolLayout:
    return layout.symbols.setdefault(name, SymbolLayout(name))


def _define(layout: Layout, name: str, index: int) -> SymbolLayout:
    symbol = _symbol(layout, name)
    if symbol.is_defined:
        first = layout.program.where(symbol.index)
        raise layout.fail(index, f"symbol {name!r} is already defined at {first}")
    symbol.is_defined, symbol.index = True, index
    return symbol
