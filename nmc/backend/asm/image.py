"""From a program to the ELF file of a target: where sections lie, and what must not overlap.

Code starts at the base of L2, where `_start` (in `.boot`) is the entry. A section whose address a
plan has fixed says so with a symbol: `.equ __base.data.l2, 0x1c010000` is the address of
`.data.l2`. All others follow each other in the memory their name ends with, L2 without one.
"""

from collections.abc import Mapping
from itertools import pairwise

from nmc.backend.asm.layout import Layout, SectionLayout, lay_out
from nmc.backend.asm.linking import Linked, Resolver, link
from nmc.backend.asm.statements import Data, Instr, Statements
from nmc.elf import LineRow, Section, line_sections, write_elf
from nmc.errors import NmcError
from nmc.targets import Target

ENTRY = "_start"
SOURCE = "program.s"
"""The file that the lines of a program are lines of."""
BASE_PREFIX = "__base"
_LOCAL_PREFIXES = (".L", BASE_PREFIX)


def base_symbol(section: str) -> str:
    """The symbol whose value fixes the address of a section."""
    return BASE_PREFIX + section


def section_bases(layout: Layout, target: Target) -> dict[str, int]:
    """The address of every section, 0 for those that are not loaded."""
    fixed = {name: _fixed_base(layout, name) for name in layout.sections}
    bases = {name: base for name, base in fixed.items() if base is not None}
    next_free = {"l1": target.l1.base, "l2": target.l2.base, "l3": target.l3.base}
    for section in _code_first(layout):
        if section.name in bases:
            continue
        if "a" not in section.flags:
            bases[section.name] = 0
            continue
        memory = _memory_of(section.name)
        alignment = max(section.alignment, target.icache.line_bytes)
        base = -(-next_free[memory] // alignment) * alignment
        bases[section.name] = base
        next_free[memory] = base + section.size
    return bases


def build_image(program: Statements, target: Target) -> bytes:
    """The ELF executable of a program for a target.

    The lines of its text go along, as DWARF. NmcError if the program has no entry, or a section
    overlaps another or leaves its memory.
    """
    layout = lay_out(program)
    bases = section_bases(layout, target)
    linked = link(layout, bases)
    _check_places(linked, target, program.source)
    entry = linked.symbols.get(ENTRY)
    if entry is None:
        raise NmcError(f"{program.source}: no symbol {ENTRY}: nothing to start with")
    symbols = [s for s in linked.symbols.values() if not s.name.startswith(_LOCAL_PREFIXES)]
    debug = line_sections(SOURCE, _lines(layout, bases))
    sections = (*linked.sections, *debug)
    return write_elf(sections, symbols, entry.value, layout.compressed)


def _lines(layout: Layout, bases: Mapping[str, int]) -> list[LineRow]:
    """Every instruction, and data in code, that has a line."""
    program = layout.program
    rows: list[LineRow] = []
    for statement, line, (section, offset) in zip(
        program.items, program.lines, layout.places, strict=True
    ):
        match statement:
            case Instr():
                size = statement.row.bytes
            case Data() if "x" in section.flags and len(statement.bytes) % 2 == 0:
                size = len(statement.bytes)
            case _:
                continue
        if line:
            rows.append(LineRow(bases[section.name] + offset, size, line))
    return rows


def _code_first(layout: Layout) -> list[SectionLayout]:
    order = {".boot": 0, ".text": 1}
    return sorted(layout.sections.values(), key=lambda s: (order.get(s.name, 2), s.nobits))


def _memory_of(name: str) -> str:
    last = name.rpartition(".")[2]
    return last if last in ("l1", "l3") else "l2"


def _fixed_base(layout: Layout, name: str) -> int | None:
    symbol = layout.symbols.get(base_symbol(name))
    if symbol is None or not symbol.is_defined:
        return None
    return Resolver(layout, {}).address(symbol.name, symbol.index)


def _check_places(linked: Linked, target: Target, source: str) -> None:
    loaded = sorted((s for s in linked.sections if "a" in s.flags), key=lambda s: s.address)
    for before, after in pairwise(loaded):
        if before.end > after.address:
            raise NmcError(
                f"{source}: section {before.name} ({before.size} bytes at {before.address:#x}) "
                f"overlaps {after.name} at {after.address:#x}{_remedy(before)}"
            )
    memories = {"l1": target.l1, "l2": target.l2, "l3": target.l3}
    for section in loaded:
        places = (
            m for m in memories.values() if m.base <= section.address and section.end <= m.end
        )
        if next(places, None) is None:
            raise NmcError(
                f"{source}: section {section.name} ({section.size} bytes at "
                f"{section.address:#x}) lies in no memory of target {target.name}"
            )


def _remedy(section: Section) -> str:
    code = "; the target's l2.code_bytes reserves too little for the code"
    return code if "x" in section.flags else ""
