"""Writing 32-bit RISC-V ELF executables. The same input gives the same bytes."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nmc.elf.model import EF_RISCV_RVC, Section, Symbol

_EHDR = struct.Struct("<16sHHIIIIIHHHHHH")
_PHDR = struct.Struct("<8I")
_SHDR = struct.Struct("<10I")
_SYM = struct.Struct("<IIIBBH")

_ET_EXEC, _EM_RISCV = 2, 243
_PT_LOAD = 1
_SHT_PROGBITS, _SHT_SYMTAB, _SHT_STRTAB, _SHT_NOBITS = 1, 2, 3, 8
_SHN_ABS = 0xFFF1
_SECTION_FLAGS = {"w": 1, "a": 2, "x": 4}
_SYMBOL_TYPES = {"none": 0, "object": 1, "function": 2}
# Offsets of segments agree with their addresses modulo this.
_SEGMENT_ALIGNMENT = 16


@dataclass(frozen=True)
class _Header:
    """A section header; `name` is still text."""

    name: str
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int


class _Strings:
    """A string table under construction."""

    def __init__(self) -> None:
        self.bytes = bytearray(b"\0")
        self._offsets = {"": 0}

    def offset(self, text: str) -> int:
        """Where `text` begins in the table."""
        if text not in self._offsets:
            self._offsets[text] = len(self.bytes)
            self.bytes += text.encode("utf-8") + b"\0"
        return self._offsets[text]


def write_elf(
    sections: Sequence[Section], symbols: Iterable[Symbol], entry: int, compressed: bool = False
) -> bytes:
    """The bytes of an executable: a loadable segment for each section with flag `a`.

    Physical and virtual addresses are the same. `entry` is where the first core starts.
    `compressed`: there are compressed instructions.
    """
    loaded = sorted((s for s in sections if "a" in s.flags), key=lambda s: s.address)
    others = [s for s in sections if "a" not in s.flags]
    body = bytearray(_EHDR.size + _PHDR.size * len(loaded))
    headers = [_Header("", 0, 0, 0, 0, 0, 0, 0, 0, 0)]
    program_headers: list[bytes] = []
    for section in [*loaded, *others]:
        header = _place(section, body)
        headers.append(header)
        if "a" in section.flags:
            program_headers.append(_program_header(section, header.offset))
    _append_symbols(headers, body, symbols)
    names = _Strings()
    name_offsets = [names.offset(header.name) for header in headers]
    name_offsets.append(names.offset(".shstrtab"))
    headers.append(_append(".shstrtab", _SHT_STRTAB, bytes(names.bytes), body, 1))
    _pad(body, 4)
    table = len(body)
    for header, name in zip(headers, name_offsets, strict=True):
        body += _SHDR.pack(
            *(name, header.type, header.flags, header.address, header.offset, header.size),
            *(header.link, header.info, header.alignment, header.entry_size),
        )
    phoff = _EHDR.size if loaded else 0
    body[: _EHDR.size] = _EHDR.pack(
        b"\x7fELF\x01\x01\x01" + bytes(9),
        *(_ET_EXEC, _EM_RISCV, 1, entry, phoff, table, EF_RISCV_RVC if compressed else 0),
        *(_EHDR.size, _PHDR.size, len(loaded), _SHDR.size, len(headers), len(headers) - 1),
    )
    body[_EHDR.size : _EHDR.size + _PHDR.size * len(loaded)] = b"".join(program_headers)
    return bytes(body)


def _place(section: Section, body: bytearray) -> _Header:
    if "a" in section.flags:
        body += bytes((section.address - len(body)) % _SEGMENT_ALIGNMENT)
    offset = len(body)
    if section.data is not None:
        body += section.data
    kind = _SHT_NOBITS if section.data is None else _SHT_PROGBITS
    flags = sum(_SECTION_FLAGS[flag] for flag in section.flags)
    alignment = section.alignment
    return _Header(
        section.name, kind, flags, section.address, offset, section.size, 0, 0, alignment, 0
    )


def _program_header(section: Section, offset: int) -> bytes:
    flags = 4 | ("w" in section.flags) << 1 | ("x" in section.flags)
    filled = 0 if section.data is None else section.size
    address = section.address
    return _PHDR.pack(
        _PT_LOAD, offset, address, address, filled, section.size, flags, _SEGMENT_ALIGNMENT
    )


def _append_symbols(headers: list[_Header], body: bytearray, symbols: Iterable[Symbol]) -> None:
    """Add `.symtab`, local symbols first as the format asks, and `.strtab`."""
    indices = {header.name: index for index, header in enumerate(headers)}
    strings = _Strings()
    entries = [_SYM.pack(0, 0, 0, 0, 0, 0)]
    ordered = sorted(symbols, key=lambda symbol: symbol.is_global)
    for symbol in ordered:
        index = _SHN_ABS if symbol.section is None else indices[symbol.section]
        info = symbol.is_global << 4 | _SYMBOL_TYPES[symbol.kind]
        value = symbol.value & 0xFFFFFFFF
        entries.append(_SYM.pack(strings.offset(symbol.name), value, symbol.size, info, 0, index))
    first_global = 1 + sum(not symbol.is_global for symbol in ordered)
    symtab = _append(".symtab", _SHT_SYMTAB, b"".join(entries), body, 4)
    link = len(headers) + 1
    headers.append(
        _Header(
            *(".symtab", symtab.type, 0, 0, symtab.offset, symtab.size),
            *(link, first_global, 4, _SYM.size),
        )
    )
    headers.append(_append(".strtab", _SHT_STRTAB, bytes(strings.bytes), body, 1))


def _append(name: str, kind: int, data: bytes, body: bytearray, alignment: int) -> _Header:
    _pad(body, alignment)
    offset = len(body)
    body += data
    return _Header(name, kind, 0, 0, offset, len(data), 0, 0, alignment, 0)


def _pad(body: bytearray, alignment: int) -> None:
    body += bytes(-len(body) % alignment)
