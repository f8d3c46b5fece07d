"""Which line of its source each instruction comes from, written as DWARF 3 for any debugger.

Three sections: `.debug_line` holds the table as the standard's line number program, `.debug_info`
and `.debug_abbrev` the one compilation unit that refers to it.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

from nmc.elf.model import Section

_VERSION = 3
_ADDRESS_BYTES = 4
_STEP = 2
"""All instructions are a multiple of this."""

# Line number program (DWARF 3, section 6.2): the special opcode `op` moves the address by
# (op - base) // range steps, the line by LINE_BASE + (op - base) % range, and adds a row.
_LINE_BASE, _LINE_RANGE, _OPCODE_BASE = -1, 4, 10
_MOST_STEPS = (255 - _OPCODE_BASE) // _LINE_RANGE - 1
_ADVANCE_PC, _ADVANCE_LINE = 2, 3
_EXTENDED, _END_SEQUENCE, _SET_ADDRESS = 0, 1, 2
_OPERANDS = bytes((0, 1, 1, 1, 1, 0, 0, 0, 1))
"""How many operands each standard opcode takes."""

# Tags, attributes and forms of the unit's entry (section 7.5).
_COMPILE_UNIT, _NO_CHILDREN = 0x11, 0
_NAME, _LINE_TABLE, _LOW_PC, _HIGH_PC, _LANGUAGE = 0x03, 0x10, 0x11, 0x12, 0x13
_STRING, _DATA4, _DATA2, _ADDRESS = 0x08, 0x06, 0x05, 0x01
_ASSEMBLER = 0x8001
"""DW_LANG_Mips_Assembler, which stands for assembly of any machine."""


class LineRow(NamedTuple):
    """An instruction, or data in code, and its line."""

    address: int
    size: int
    """Bytes, a multiple of 2."""
    line: int


def line_sections(source: str, rows: Sequence[LineRow]) -> tuple[Section, ...]:
    """The sections for instructions and their lines in `source`; none for no rows.

    An instruction that does not follow the one before begins a new sequence.
    """
    if not rows:
        return ()
    ordered = sorted(rows)
    contents = {
        ".debug_abbrev": _abbreviations(),
        ".debug_info": _unit(source, ordered[0].address, ordered[-1].address + ordered[-1].size),
        ".debug_line": _line_program(source, ordered),
    }
    return tuple(Section(name, "", 1, 0, len(data), data) for name, data in contents.items())


def _abbreviations() -> bytes:
    attributes = (
        *(_NAME, _STRING),
        *(_LINE_TABLE, _DATA4),
        *(_LOW_PC, _ADDRESS),
        *(_HIGH_PC, _ADDRESS),
        *(_LANGUAGE, _DATA2),
    )
    return bytes((1, _COMPILE_UNIT, _NO_CHILDREN, *attributes, 0, 0, 0))


def _unit(source: str, low: int, high: int) -> bytes:
    entry = b"\1" + source.encode() + b"\0" + struct.pack("<IIIH", 0, low, high, _ASSEMBLER)
    body = struct.pack("<HIB", _VERSION, 0, _ADDRESS_BYTES) + entry
    return struct.pack("<I", len(body)) + body


def _line_program(source: str, rows: Sequence[LineRow]) -> bytes:
    # No directories; one file, in none of them, of unknown time and length.
    files = b"\0" + source.encode() + b"\0\0\0\0" + b"\0"
    fixed = struct.pack("<BBbBB", _STEP, 1, _LINE_BASE, _LINE_RANGE, _OPCODE_BASE)
    header = fixed + _OPERANDS + files
    body = struct.pack("<HI", _VERSION, len(header)) + header + _opcodes(rows)
    return struct.pack("<I", len(body)) + body


def _opcodes(rows: Sequence[LineRow]) -> bytes:
    code = bytearray()
    before: LineRow | None = None
    address, line = 0, 1
    for row in rows:
        if before is None or row.address != before.address + before.size:
            if before is not None:
                code += _end_sequence(before.size)
            code += bytes((_EXTENDED, 1 + _ADDRESS_BYTES, _SET_ADDRESS))
            code += struct.pack("<I", row.address)
            address, line = row.address, 1
        steps, distance = (row.address - address) // _STEP, row.line - line
        if not _LINE_BASE <= distance < _LINE_BASE + _LINE_RANGE:
            code += bytes((_ADVANCE_LINE,)) + _signed(distance)
            distance = 0
        if steps > _MOST_STEPS:
            code += bytes((_ADVANCE_PC,)) + _unsigned(steps)
            steps = 0
        code.append(_OPCODE_BASE + steps * _LINE_RANGE + distance - _LINE_BASE)
        before, address, line = row, row.address, row.line
    return bytes(code) + (b"" if before is None else _end_sequence(before.size))


def _end_sequence(size: int) -> bytes:
    """The sequence ends behind the present instruction, of `size` bytes."""
    advance = bytes((_ADVANCE_PC,)) + _unsigned(size // _STEP)
    return advance + bytes((_EXTENDED, 1, _END_SEQUENCE))


def _unsigned(value: int) -> bytes:
    """A number in LEB128."""
    code = bytearray()
    while value > 0x7F:
        code.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*code, value))


def _signed(value: int) -> bytes:
    """A signed number in LEB128."""
    code = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        if value == (-1 if byte & 0x40 else 0):
            return bytes((*code, byte))
        code.append(byte | 0x80)
