"""The source lines of a program's code, from DWARF: ours, or what `gcc -g` writes."""

from bisect import bisect_right
from functools import cached_property
from io import BytesIO
from typing import Any

from elftools.common.exceptions import DWARFError, ELFError
from elftools.elf.elffile import ELFFile

from nmc.errors import NmcError

DAMAGED = (
    ELFError,
    DWARFError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What pyelftools raises where it meets damaged tables."""


class LineTable:
    """Source and line by address; the table is decoded when it is first asked."""

    def __init__(self, elf: bytes, name: str = "ELF"):
        """For the bytes of an ELF file, which errors call `name`."""
        self._elf = elf
        self._name = name

    def at(self, address: int) -> str | None:
        """`file:line` of the instruction at an address; None if the file does not say.

        NmcError if its debug sections are damaged.
        """
        starts, places = self._rows
        found = bisect_right(starts, address) - 1
        return places[found] if found >= 0 else None

    @cached_property
    def _rows(self) -> tuple[list[int], list[str | None]]:
        """Addresses in order, and what is true from each of them to the next."""
        try:
            rows = _rows_of(ELFFile(BytesIO(self._elf)))
        except DAMAGED as error:
            raise NmcError(
                f"{self._name}: damaged debug sections: {error}; strip them, or build it again"
            ) from error
        # Where one sequence ends and another begins, the beginning counts.
        rows.sort(key=lambda row: (row[0], row[1] is not None))
        return [row[0] for row in rows], [row[1] for row in rows]


def _rows_of(elf: Any) -> list[tuple[int, str | None]]:
    if not elf.has_dwarf_info():
        return []
    dwarf = elf.get_dwarf_info()
    rows: list[tuple[int, str | None]] = []
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        if program is None:
            continue
        # Files are numbered from 1 before DWARF 5.
        first = 0 if program["version"] >= 5 else 1
        files = [entry.name.decode("utf-8", "replace") for entry in program["file_entry"]]
        for entry in program.get_entries():
            state = entry.state
            if state is None:
                continue
            number = state.file - first
            known = not state.end_sequence and 0 <= number < len(files)
            rows.append((state.address, f"{files[number]}:{state.line}" if known else None))
    return rows
