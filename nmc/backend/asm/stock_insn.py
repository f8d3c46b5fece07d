"""`.insn`: instructions outside RV32IM as other assemblers take them.

LLVM's and GNU's assemblers do not know XpulpV2 or our extension, but both take `.insn` with the
fields of the standard formats. Any word with a 32-bit opcode can be written in format r, whose
fields are the whole word; i, s and b keep immediates and branch targets readable.
"""

import re
from collections.abc import Mapping

from nmc.backend.asm.expressions import Value, parse_expression
from nmc.backend.asm.statements import Instr
from nmc.errors import NmcError
from nmc.isa.registers import ABI_NAMES, register_number
from nmc.isa.table import Instruction, decode, encode

STOCK_EXTENSIONS = frozenset({"rv32i", "rv32m", "zicsr", "zifencei", "priv"})
"""What other assemblers know by name."""

_ADDRESS = re.compile(r"^(.*)\((\w+)\)$")
_COUNTS = {"r": 6, "i": 5, "s": 4, "b": 5}
_FORMATS = {"LPOST": "i", "I": "i", "SPOST": "s", "BI": "b"}


def format_insn(row: Instruction, values: Mapping[str, Value]) -> str:
    """`.insn` text of an instruction; only the target of a branch may be an expression."""
    label = values.get("off")
    numbers = {name: value for name, value in values.items() if isinstance(value, int)}
    word = encode(row, numbers | ({"off": 0} if label is not None else {}))
    opcode, funct3 = word & 0x7F, word >> 12 & 7
    rd, rs1, rs2 = (ABI_NAMES[word >> low & 31] for low in (7, 15, 20))
    head = f"{opcode:#04x}, {funct3}"
    match _FORMATS.get(row.format, "r"):
        case "i":
            return f".insn i {head}, {rd}, {rs1}, {numbers['imm']}"
        case "s":
            return f".insn s {head}, {rs2}, {numbers['imm']}({rs1})"
        case "b":
            return f".insn b {head}, {rs1}, {rs2}, {label}"
        case _:
            return f".insn r {head}, {word >> 25:#04x}, {rd}, {rs1}, {rs2}"


def parse_insn(operands: list[str]) -> Instr:
    """The instruction an `.insn` directive stands for; NmcError if its word is none we know."""
    form, _, opcode = (operands[0] if operands else "").partition(" ")
    form = {"sb": "b"}.get(form, form)
    if len(operands) != _COUNTS.get(form):
        raise NmcError(f".insn: unknown form '{', '.join(operands)}'; known: r, i, s, b")
    fields = [opcode.strip(), *operands[1:]]
    word = _number(fields[0], 7) | _number(fields[1], 3) << 12
    label: Value | None = None
    match form:
        case "r":
            word |= _number(fields[2], 7) << 25 | _register(fields[3]) << 7
            word |= _register(fields[4]) << 15 | _register(fields[5]) << 20
        case "i":
            word |= _register(fields[2]) << 7 | _register(fields[3]) << 15
            word |= _immediate(fields[4]) << 20
        case "s":
            found = _ADDRESS.match(fields[3])
            if found is None:
                raise NmcError(f".insn: {fields[3]!r} is not an address")
            immediate = _immediate(found[1])
            word |= _register(fields[2]) << 20 | _register(found[2]) << 15
            word |= immediate >> 5 << 25 | (immediate & 31) << 7
        case _:
            word |= _register(fields[2]) << 15 | _register(fields[3]) << 20
            label = parse_expression(fields[4])
            if label is None:
                raise NmcError(f".insn: {fields[4]!r} is not a label")
    return _instruction(word, label)


def _instruction(word: int, label: Value | None) -> Instr:
    found = decode(word)
    if found is None or encode(found.instruction, found.operands) != word:
        raise NmcError(f".insn: {word:#010x} is no instruction of this machine")
    values: dict[str, Value] = dict(found.operands)
    if label is not None:
        if "off" not in values:
            raise NmcError(f".insn: {word:#010x} is no branch")
        values["off"] = label
    return Instr(found.instruction, values)


def _number(text: str, bits: int) -> int:
    value = parse_expression(text)
    if not isinstance(value, int) or not 0 <= value < 1 << bits:
        raise NmcError(f".insn: {text!r} is not a number of {bits} bits")
    return value


def _immediate(text: str) -> int:
    value = parse_expression(text)
    if not isinstance(value, int) or not -2048 <= value < 2048:
        raise NmcError(f".insn: {text!r} is not in -2048..2047")
    return value & 0xFFF


def _register(text: str) -> int:
    number = register_number(text)
    if number is None:
        raise NmcError(f".insn: {text!r} is not a register")
    return number
