"""From instruction words back to assembly text."""

from collections.abc import Mapping

from nmc.isa.compressed import decode_compressed, is_compressed
from nmc.isa.syntax import Kind, Written, format_instruction, operand_syntax
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
    return _text(found.instruction, found.operands, pc, symbols)


def disassemble_parcels(
    word: int, pc: int | None = None, symbols: Mapping[int, str] | None = None
) -> str:
    """The same where `word` may begin with a compressed instruction in its lower half.

    `.half 0x...` if that is illegal.
    """
    parcel = word & 0xFFFF
    if not is_compressed(parcel):
        return disassemble(word, pc, symbols)
    found = decode_compressed(parcel)
    if found is None:
        return f".half {parcel:#06x}"
    return _text(found.instruction, found.operands, pc, symbols)


def _text(
    row: Written, operands: Mapping[str, int], pc: int | None, symbols: Mapping[int, str] | None
) -> str:
    values: dict[str, str | int] = dict(operands)
    if pc is not None:
        for operand in operand_syntax(row):
            if operand.kind is Kind.LABEL:
                address = (pc + operands[operand.field]) & 0xFFFFFFFF
                name = (symbols or {}).get(address)
                values[operand.field] = f"{address:#x} <{name}>" if name else f"{address:#x}"
    return format_instruction(row, values)
