"""The operand syntax of an instruction, parsed from the table's `syntax` column.

The assembler matches operands against it and the disassembler prints them with it, so that the two
are inverse by construction. Operands are separated by commas; `imm(rs1)` is an address and
`imm(rs1!)` one that is incremented after the access.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache

from nmc.isa.compressed import CompressedInstruction
from nmc.isa.csrs import CSR_NAMES
from nmc.isa.registers import ABI_NAMES
from nmc.isa.table import Instruction

_ADDRESS = re.compile(r"^(\w+)\((\w+)(!?)\)$")

# Placeholders of the syntax column whose field has another name.
_FIELD_OF = {"imm20": "imm", "imm6": "imm", "uimm12": "count"}


Written = Instruction | CompressedInstruction
"""A row of either table: what assembly text names."""


class Kind(Enum):
    """How one operand is written."""

    REGISTER = "register"
    IMMEDIATE = "immediate"
    UPPER = "upper"
    """A 20-bit number that stands for bits 31:12."""
    LABEL = "label"
    """A place in the program, encoded relative to pc."""
    CSR = "csr"
    LOOP = "loop"
    """A hardware loop, written x0 or x1."""
    ORDER = "order"
    """A fence's set of accesses, letters of `iorw`."""


@dataclass(frozen=True)
class Operand:
    """One operand between two commas."""

    kind: Kind
    field: str
    base: str | None = None
    """The register field in parentheses of an address."""
    post_increment: bool = False


@cache
def operand_syntax(row: Written) -> tuple[Operand, ...]:
    """The operands of an instruction in the order they are written.

    A fence's two operands may be left out together; all others are required.
    """
    text = row.syntax.removeprefix(row.mnemonic).strip().strip("[]")
    return tuple(_operand(row, part.strip()) for part in text.split(",") if part)


def _operand(row: Written, text: str) -> Operand:
    if found := _ADDRESS.match(text):
        inner = _operand(row, found[1])
        return Operand(inner.kind, inner.field, found[2], bool(found[3]))
    fields = row.field_map
    if text == "label":
        return Operand(Kind.LABEL, "off" if "off" in fields else "uimm")
    name = _FIELD_OF.get(text, text)
    if fields[name].is_register:
        return Operand(Kind.REGISTER, name)
    special = {"L": Kind.LOOP, "csr": Kind.CSR, "pred": Kind.ORDER, "succ": Kind.ORDER}
    if text == "imm20":
        return Operand(Kind.UPPER, name)
    return Operand(special.get(name, Kind.IMMEDIATE), name)


def format_instruction(row: Written, values: Mapping[str, str | int]) -> str:
    """Assembly text of an instruction.

    `values` holds a number for each field, or the text of an expression for an immediate or label.
    """
    operands = operand_syntax(row)
    if row.mnemonic == "fence" and values["pred"] == values["succ"] == ALL_ACCESSES:
        operands = ()
    texts = ", ".join(_format_operand(operand, values) for operand in operands)
    return f"{row.mnemonic} {texts}" if texts else row.mnemonic


ALL_ACCESSES = 0b1111


def _format_operand(operand: Operand, values: Mapping[str, str | int]) -> str:
    text = _format_value(operand.kind, values[operand.field])
    if operand.base is None:
        return text
    base = ABI_NAMES[int(values[operand.base])]
    return f"{text}({base}{'!' if operand.post_increment else ''})"


def _format_value(kind: Kind, value: str | int) -> str:
    if isinstance(value, str):
        return value
    match kind:
        case Kind.REGISTER:
            return ABI_NAMES[value]
        case Kind.LOOP:
            return f"x{value}"
        case Kind.UPPER:
            return f"{(value >> 12) & 0xFFFFF:#x}"
        case Kind.CSR:
            return CSR_NAMES.get(value, f"{value:#x}")
        case Kind.ORDER:
            return "".join(c for i, c in enumerate("iorw") if value >> (3 - i) & 1) or "0"
        case Kind.IMMEDIATE | Kind.LABEL:
            return str(value)
