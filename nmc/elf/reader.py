"""Reading ELF executables, ours or another toolchain's for the same machine."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile

from nmc.elf.lines import DAMAGED, LineTable
from nmc.elf.model import EF_RISCV_RVC, META_SECTION, ElfImage, Section, Segment, Symbol
from nmc.elf.notes import checked_notes
from nmc.errors import NmcError

_HEADER_BYTES = 52
_KINDS = {"STT_FUNC": "function", "STT_OBJECT": "object"}
_FLAGS = {"a": 2, "w": 1, "x": 4}
# Of e_flags (RISC-V ELF psABI): arguments are passed in floating-point registers.
_EF_RISCV_FLOAT_ABI = 6
# Special section indices pyelftools gives as names.
_Index = int | str


def read_elf(source: bytes | Path, name: str = "ELF") -> ElfImage:
    """The program in an ELF file, given as bytes or as a path.

    NmcError (with `name`, or the path) if it is not a 32-bit little-endian RISC-V executable.
    """
    if isinstance(source, Path):
        name = str(source)
        try:
            source = source.read_bytes()
        except OSError as error:
            raise NmcError(f"{name}: cannot be read: {error.strerror}") from error
    if len(source) < _HEADER_BYTES:
        raise NmcError(f"{name}: not a readable ELF file: it has {len(source)} bytes only")
    try:
        return _read(ELFFile(BytesIO(source)), LineTable(source, name), name)
    except DAMAGED as error:
        raise NmcError(
            f"{name}: not a readable ELF file: {error or type(error).__name__}; build it again"
        ) from error


def _read(elf: Any, lines: LineTable, name: str) -> ElfImage:
    header = elf.header
    if elf.elfclass != 32 or not elf.little_endian or header["e_machine"] != "EM_RISCV":
        raise NmcError(f"{name}: not a 32-bit little-endian RISC-V program")
    if header["e_type"] == "ET_DYN":
        raise NmcError(f"{name}: position-independent; link it with -static -no-pie")
    if header["e_type"] != "ET_EXEC":
        raise NmcError(f"{name}: not an executable; link it first")
    if header["e_flags"] & _EF_RISCV_FLOAT_ABI:
        raise NmcError(f"{name}: needs floating-point hardware; build it with -mabi=ilp32")
    return ElfImage(
        entry=header["e_entry"],
        segments=_segments(elf, name),
        symbols=_symbols(elf),
        sections=tuple(_section(section) for section in elf.iter_sections() if section.name),
        meta=_meta(elf, name),
        lines=lines,
        compressed=bool(header["e_flags"] & EF_RISCV_RVC),
    )


def _segments(elf: Any, name: str) -> tuple[Segment, ...]:
    found = (_segment(s, name) for s in elf.iter_segments("PT_LOAD") if s["p_memsz"])
    return tuple(sorted(found, key=lambda segment: segment.address))


def _segment(segment: Any, name: str) -> Segment:
    data = segment.data()
    if len(data) < segment["p_filesz"] or segment["p_filesz"] > segment["p_memsz"]:
        raise NmcError(f"{name}: the segment at {segment['p_paddr']:#x} is cut off; build it again")
    return Segment(
        address=segment["p_paddr"],
        data=data,
        memory_size=segment["p_memsz"],
        executable=bool(segment["p_flags"] & 1),
        writable=bool(segment["p_flags"] & 2),
        virtual_address=segment["p_vaddr"],
    )


def _section(section: Any) -> Section:
    empty = section["sh_type"] == "SHT_NOBITS"
    return Section(
        name=section.name,
        flags="".join(flag for flag, bit in _FLAGS.items() if section["sh_flags"] & bit),
        alignment=section["sh_addralign"],
        address=section["sh_addr"],
        size=section["sh_size"],
        data=None if empty else section.data(),
    )


def _symbols(elf: Any) -> tuple[Symbol, ...]:
    table = elf.get_section_by_name(".symtab")
    if table is None:
        return ()
    return tuple(
        Symbol(
            name=symbol.name,
            value=symbol["st_value"],
            size=symbol["st_size"],
            kind=_KINDS.get(symbol["st_info"]["type"], "none"),
            is_global=symbol["st_info"]["bind"] == "STB_GLOBAL",
            section=_section_name(elf, symbol["st_shndx"]),
        )
        for symbol in table.iter_symbols()
        if symbol.name
    )


def _section_name(elf: Any, index: _Index) -> str | None:
    return elf.get_section(index).name if isinstance(index, int) else None


def _meta(elf: Any, name: str) -> dict[str, Any]:
    section = elf.get_section_by_name(META_SECTION)
    if section is None:
        return {}
    try:
        notes = json.loads(section.data())
    except ValueError as error:
        raise NmcError(f"{name}: section {META_SECTION} is not JSON: {error}") from error
    return checked_notes(notes, name)
