"""Statements as text: our own syntax, or one that other assemblers take."""

from collections.abc import Mapping

from nmc.backend.asm.data_words import format_words
from nmc.backend.asm.expressions import Expression, Value
from nmc.backend.asm.layout import Layout
from nmc.backend.asm.linking import Resolver
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
from nmc.backend.asm.stock_insn import STOCK_EXTENSIONS, format_insn
from nmc.errors import NmcError
from nmc.isa.compressed import CompressedInstruction
from nmc.isa.csrs import CSR_NAMES, STOCK_CSRS
from nmc.isa.syntax import Kind, Written, format_instruction, operand_syntax
from nmc.isa.table import Instruction

STOCK_OPTIONS = (Option("norvc"), Option("norelax"))
"""Without these other assemblers compress instructions and let linkers change them."""

_DIRECTIVES = {1: ".byte", 2: ".half", 4: ".word"}


def print_assembly(program: Statements) -> str:
    """The program in the table's mnemonics, which `parse_assembly` reads back."""
    return "".join(_line(statement) for statement in program.items)


def number_lines(program: Statements) -> None:
    """Gives every statement the line on which `print_assembly` puts it.

    `print_stock` puts it there too if the program begins with `STOCK_OPTIONS`.
    """
    line = 1
    for index, statement in enumerate(program.items):
        program.lines[index] = line
        line += _line(statement).count("\n")


def print_stock(layout: Layout, bases: Mapping[str, int]) -> str:
    """The program for LLVM's and GNU's assemblers, which make the same bytes of it.

    Everything outside RV32IM is `.insn` with the mnemonic in a comment. Addresses of data and the
    offsets of hardware loops are numbers, since no linker follows; jumps and branches keep labels.
    (A branch by a bare distance means an absolute address to GNU's assembler: use labels.)
    """
    resolver = Resolver(layout, bases)
    has_options = layout.program.items[:2] == list(STOCK_OPTIONS)
    lines = [] if has_options else [_line(option) for option in STOCK_OPTIONS]
    for index, statement in enumerate(layout.program.items):
        match statement:
            case Instr():
                lines.append(_stock_instruction(resolver, index, statement))
            case Values():
                numbers = tuple(resolver.value(value, index) for value in statement.values)
                lines.append(_line(Values(statement.size, numbers)))
            case SymbolSize():
                size = layout.symbols[statement.name].size
                lines.append(_line(SymbolSize(statement.name, resolver.value(size, index))))
            case _:
                lines.append(_line(statement))
    return "".join(lines)


def _stock_instruction(resolver: Resolver, index: int, statement: Instr) -> str:
    row = statement.row
    if isinstance(row, CompressedInstruction):
        raise NmcError(f"{row.mnemonic}: only the pulp style has compressed instructions")
    numbers = resolver.operands(index, statement)
    values: dict[str, Value] = {
        name: value if _is_branch_target(row, name) else numbers[name]
        for name, value in statement.operands.items()
    }
    if row.ext not in STOCK_EXTENSIONS:
        return f"\t{format_insn(row, values)}\t# {_instruction_text(row, statement.operands)}\n"
    return f"\t{_instruction_text(row, _numbered_csrs(row, values))}\n"


def _is_branch_target(row: Instruction, name: str) -> bool:
    return name == "off" and row.timing_class in ("branch", "jal")


def _numbered_csrs(row: Instruction, values: Mapping[str, Value]) -> dict[str, Value]:
    """CSRs that only we know by name as numbers (an expression of its own prints as one)."""
    result = dict(values)
    for operand in operand_syntax(row):
        number = values[operand.field]
        known = isinstance(number, int) and CSR_NAMES.get(number, "") in STOCK_CSRS
        if operand.kind is Kind.CSR and isinstance(number, int) and not known:
            result[operand.field] = Expression(None, None, number)
    return result


def _instruction_text(row: Written, values: Mapping[str, Value]) -> str:
    return format_instruction(
        row, {name: v if isinstance(v, int) else str(v) for name, v in values.items()}
    )


def _line(statement: Statement) -> str:
    match statement:
        case Label():
            return f"{statement.name}:\n"
        case Instr():
            return f"\t{_instruction_text(statement.row, statement.operands)}\n"
        case Section():
            kind = "@nobits" if statement.nobits else "@progbits"
            return f'\t.section {statement.name}, "{statement.flags}", {kind}\n'
        case Data():
            return format_words(statement.bytes)
        case Values():
            values = ", ".join(str(value) for value in statement.values)
            return f"\t{_DIRECTIVES[statement.size]} {values}\n"
        case Ascii():
            return "".join(f'\t.ascii "{piece}"\n' for piece in _escaped_pieces(statement.text))
        case Zero():
            return f"\t.zero {statement.count}\n"
        case Align():
            return f"\t.balign {statement.bytes}\n"
        case Global():
            return f"\t.globl {statement.name}\n"
        case SymbolType():
            return f"\t.type {statement.name}, @{statement.kind}\n"
        case SymbolSize():
            return f"\t.size {statement.name}, {statement.size}\n"
        case Assign():
            value = statement.value
            text = f"{value:#x}" if isinstance(value, int) else str(value)
            return f"\t.equ {statement.name}, {text}\n"
        case Option():
            return f"\t.option {statement.name}\n"
        case Comment():
            return f"\t# {statement.text}\n"


_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})


def _escaped_pieces(text: str) -> list[str]:
    """The text in pieces of about a line, escaped."""
    pieces = [text[start : start + 80] for start in range(0, len(text), 80)]
    return [piece.translate(_ESCAPES) for piece in pieces]
