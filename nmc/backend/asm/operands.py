"""Matching the operands of an instruction's text against the table's syntax."""

import re

from nmc.backend.asm.expressions import Value, parse_expression
from nmc.errors import NmcError
from nmc.isa.compressed import compressed_by_mnemonic
from nmc.isa.csrs import CSR_NUMBERS
from nmc.isa.registers import register_number
from nmc.isa.syntax import ALL_ACCESSES, Kind, Operand, Written, operand_syntax
from nmc.isa.table import by_mnemonic

_ADDRESS = re.compile(r"^(.*)\(\s*(\w+)\s*(!?)\s*\)$")
_COMMA = re.compile(r"\s*,\s*")
_ORDER = re.compile(r"^(?:0|i?o?r?w?)$")


def split_operands(text: str) -> list[str]:
    """The operands of an instruction, separated by commas."""
    return _COMMA.split(text) if text else []


def match_instruction(name: str, texts: list[str]) -> tuple[Written, dict[str, Value]]:
    """The row a mnemonic and its operands mean, and the operand values; NmcError if there is none.

    Ranges are checked when the instruction is encoded, not here.
    """
    compressed = compressed_by_mnemonic().get(name.lower())
    rows = by_mnemonic(name) if compressed is None else (compressed,)
    if not rows:
        raise NmcError(f"unknown instruction {name!r}")
    for row in rows:
        values = _match_row(row, texts)
        if values is not None:
            return row, values
    forms = " or ".join(f"'{row.syntax}'" for row in rows)
    raise NmcError(f"operands '{', '.join(texts)}' do not fit {forms}")


def _match_row(row: Written, texts: list[str]) -> dict[str, Value] | None:
    syntax = operand_syntax(row)
    if row.mnemonic == "fence" and not texts:
        return {"pred": ALL_ACCESSES, "succ": ALL_ACCESSES}
    if len(syntax) != len(texts):
        return None
    values: dict[str, Value] = {}
    for operand, text in zip(syntax, texts, strict=True):
        if not _match_operand(operand, text, values):
            return None
    return values


def _match_operand(operand: Operand, text: str, values: dict[str, Value]) -> bool:
    if operand.base is not None:
        found = _ADDRESS.match(text)
        if found is None or bool(found[3]) != operand.post_increment:
            return False
        base = register_number(found[2])
        if base is None:
            return False
        values[operand.base] = base
        # `(a0)` means `0(a0)`.
        text = found[1].strip() or ("0" if operand.kind is Kind.IMMEDIATE else "")
    value = _match_value(operand.kind, text)
    if value is None:
        return False
    values[operand.field] = value
    return True


def _match_value(kind: Kind, text: str) -> Value | None:
    number = register_number(text)
    match kind:
        case Kind.REGISTER:
            return number
        case Kind.LOOP:
            return {"x0": 0, "0": 0, "x1": 1, "1": 1}.get(text)
        case Kind.ORDER:
            return _order(text)
        case Kind.CSR if text in CSR_NUMBERS:
            return CSR_NUMBERS[text]
        case Kind.UPPER:
            value = parse_expression(text)
            return value << 12 if isinstance(value, int) and not text.startswith("%") else value
        case _:
            return None if number is not None else parse_expression(text)


def _order(text: str) -> int | None:
    if not _ORDER.match(text):
        return None
    return sum(1 << (3 - i) for i, letter in enumerate("iorw") if letter in text)
