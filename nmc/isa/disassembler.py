"""From instruction words back to assembly text."""

from collections.abc import Mapping

from nmc.isa.syntax import Kind, format_instruction, operand_syntax
from nmc.isa.table import decode, encode


def disassemble(word: int, pc: int | None = None, symbols: Mapping[int, str] | None = None) -> str:
    """The assembly text of a 32-bit word; `.word 0x...` if it is no instruction.

    Branch targets print as distances in bytes, or as addresses (with the symbol of that address in
    front, if there is one) when `pc` is given. Without `pc` the text assembles to the same word.
    """
    found = decode(word)
    # Bits the hardware ignores may be set: such a word has no text that gives it back.
    if found is None or encode(found.instruction, found.operands) != word:
        return f".word {word:#010x}"
    row = found.instruction
    values: dict[str, str | int] = dict(found.operands)
    if pc is not None:
        for operand in operand_syntax(row):
            if operand.kind is Kind.LABEL:
                address = (pc + found.operands[operand.field]) & 0xFFFFFFFF
                name = (symbols or {}).get(address)
                values[operand.field] = f"{address:#x} <{name}>" if name else f"{address:#x}"
    return format_instruction(row, values)
