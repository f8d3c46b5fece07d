"""Second half of assembling: sections get addresses, symbols values and statements bytes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nmc.backend.asm.directives import data_bytes
from nmc.backend.asm.expressions import Expression, Value
from nmc.backend.asm.layout import Layout, SectionLayout, SymbolLayout
from nmc.backend.asm.statements import Align, Ascii, Data, Instr, Statement, Values, Zero
from nmc.elf import Section, Symbol
from nmc.errors import NmcError
from nmc.isa.compressed import CompressedInstruction, compressed_by_mnemonic, encode_compressed
from nmc.isa.syntax import Kind, Written, operand_syntax
from nmc.isa.table import encode, instruction

_NOP = encode(instruction("addi"), {"rd": 0, "rs1": 0, "imm": 0}).to_bytes(4, "little")
_C_NOP = encode_compressed(compressed_by_mnemonic()["c.nop"], {}).to_bytes(2, "little")


@dataclass(frozen=True)
class Linked:
    """A program with all addresses known."""

    sections: tuple[Section, ...]
    symbols: dict[str, Symbol]
    """In order of definition."""

    def section(self, name: str) -> Section:
        """The section of that name; KeyError if there is none."""
        return {section.name: section for section in self.sections}[name]


def link(layout: Layout, bases: Mapping[str, int]) -> Linked:
    """The bytes of a program whose sections start at `bases` (a missing one at 0).

    NmcError with the line on an undefined symbol, an operand out of range or a branch too far.
    """
    resolver = Resolver(layout, bases)
    data = {name: bytearray() for name in layout.sections}
    for index, statement in enumerate(layout.program.items):
        section, offset = layout.places[index]
        if not section.nobits:
            data[section.name] += _bytes_of(resolver, index, statement, section, offset)
    return Linked(
        tuple(
            Section(
                section.name,
                section.flags,
                section.alignment,
                bases.get(section.name, 0),
                section.size,
                None if section.nobits else bytes(data[section.name]),
            )
            for section in layout.sections.values()
            if section.size
        ),
        {name: resolver.symbol(symbol) for name, symbol in _defined(layout).items()},
    )


def _defined(layout: Layout) -> dict[str, SymbolLayout]:
    found = [symbol for symbol in layout.symbols.values() if symbol.is_defined]
    return {symbol.name: symbol for symbol in sorted(found, key=lambda symbol: symbol.index)}


class Resolver:
    """Values of symbols and expressions once sections have addresses."""

    def __init__(self, layout: Layout, bases: Mapping[str, int]) -> None:
        self.layout = layout
        self.bases = bases
        self._values: dict[str, int] = {}
        self._pending: set[str] = set()

    def symbol(self, symbol: SymbolLayout) -> Symbol:
        """A defined symbol with its value and size."""
        section = symbol.section.name if symbol.section else None
        size = self.value(symbol.size, symbol.index)
        value = self.address(symbol.name, symbol.index)
        return Symbol(symbol.name, value, size, symbol.kind, symbol.is_global, section)

    def address(self, name: str, index: int) -> int:
        """The value of a symbol that statement `index` refers to."""
        if name == ".":
            return self.here(index)
        if name not in self._values:
            symbol = self.layout.symbols.get(name)
            if symbol is None or not symbol.is_defined:
                raise self.layout.fail(index, f"undefined symbol {name!r}")
            if name in self._pending:
                raise self.layout.fail(index, f"symbol {name!r} is defined by itself")
            self._pending.add(name)
            base = self.bases.get(symbol.section.name, 0) if symbol.section else 0
            self._values[name] = base + self.value(symbol.value, symbol.index)
        return self._values[name]

    def value(self, value: Value, index: int) -> int:
        """The number an operand of statement `index` stands for."""
        if isinstance(value, int):
            return value
        return value.evaluate(self._lookup(index))

    def here(self, index: int) -> int:
        """The address of a statement."""
        section, offset = self.layout.places[index]
        return self.bases.get(section.name, 0) + offset

    def operands(self, index: int, statement: Instr) -> dict[str, int]:
        """The operand values of an instruction, labels as distances from it."""
        pc = self.here(index)
        relative = _relative_field(statement.row)
        values: dict[str, int] = {}
        for name, value in statement.operands.items():
            number = self.value(value, index)
            if name == relative and isinstance(value, Expression):
                number -= pc
            values[name] = number
        return values

    def word(self, index: int, statement: Instr) -> int:
        """The encoding of an instruction."""
        row = statement.row
        values = self.operands(index, statement)
        relative = _relative_field(row)
        try:
            if isinstance(row, CompressedInstruction):
                return encode_compressed(row, values)
            return encode(row, values)
        except NmcError as error:
            target = statement.operands.get(relative or "")
            field = statement.row.field_map.get(relative or "")
            if field is None or not isinstance(target, Expression):
                raise self.layout.fail(index, str(error)) from error
            distance = values[field.name]
            if field.accepts(distance):
                raise self.layout.fail(index, str(error)) from error
            reason = (
                f"{statement.row.mnemonic}: {target} is {distance} bytes away, "
                f"the reach is {field.low}..{field.high} in steps of {field.step}"
            )
            raise self.layout.fail(index, reason) from error

    def _lookup(self, index: int) -> Callable[[str], int]:
        return lambda name: self.address(name, index)


def _relative_field(row: Written) -> str | None:
    for operand in operand_syntax(row):
        if operand.kind is Kind.LABEL:
            return operand.field
    return None


def _bytes_of(
    resolver: Resolver, index: int, statement: Statement, section: SectionLayout, offset: int
) -> bytes:
    match statement:
        case Instr():
            return resolver.word(index, statement).to_bytes(statement.row.bytes, "little")
        case Data():
            return statement.bytes
        case Ascii():
            return statement.text.encode("ascii")
        case Zero():
            return bytes(statement.count)
        case Align():
            padding = -offset % statement.bytes
            if "x" not in section.flags or padding % resolver.layout.instruction_alignment:
                return bytes(padding)
            return _C_NOP * (padding % 4 // 2) + _NOP * (padding // 4)
        case Values():
            try:
                values = (resolver.value(value, index) for value in statement.values)
                return b"".join(data_bytes(value, statement.size) for value in values)
            except NmcError as error:
                if str(error).startswith(resolver.layout.program.source):
                    raise
                raise resolver.layout.fail(index, str(error)) from error
        case _:
            return b""
