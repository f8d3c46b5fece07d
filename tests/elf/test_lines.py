"""Line tables: written, read back, and damaged ones."""

import random

import pytest

from nmc.elf import LineRow, LineTable, Section, line_sections, read_elf, write_elf
from nmc.errors import NmcError


def table(rows: list[LineRow]) -> LineTable:
    code = Section(".text", "ax", 4, 0x1000, 16, bytes(16))
    return read_elf(write_elf([code, *line_sections("a.s", rows)], [], 0x1000)).lines


@pytest.mark.parametrize("seed", range(5))
def test_round_trip(seed: int) -> None:
    rng = random.Random(seed)
    rows: list[LineRow] = []
    address = 0x1C00_0000
    for _ in range(200):
        # Now and then there is a gap, and a line far away in either direction.
        address += rng.choice((0, 0, 0, 2, 4, 5000))
        size = rng.choice((2, 4, 4, 4, 600, 40000))
        before = rows[-1].line if rows else 1
        rows.append(LineRow(address, size, max(1, before + rng.choice((1, 1, 2, 300, -200, 0)))))
        address += size
    lines = table(rows)
    for row in rows:
        for place in (row.address, row.address + row.size - 2):
            assert lines.at(place) == f"a.s:{row.line}"
    covered = {place for row in rows for place in range(row.address, row.address + row.size, 2)}
    for row in rows:
        for place in (row.address - 2, row.address + row.size):
            assert place in covered or lines.at(place) is None


def test_in_any_order() -> None:
    lines = table([LineRow(8, 4, 7), LineRow(0, 4, 9), LineRow(4, 4, 8)])
    assert [lines.at(place) for place in (0, 4, 8, 12)] == ["a.s:9", "a.s:8", "a.s:7", None]


def test_without_a_table() -> None:
    assert line_sections("a.s", []) == ()
    assert table([]).at(0x1000) is None


def test_damaged() -> None:
    sections = line_sections("a.s", [LineRow(0x1000, 4, 1)])
    broken = [
        s if s.name != ".debug_line" else Section(s.name, "", 1, 0, 8, b"\xff" * 8)
        for s in sections
    ]
    lines = read_elf(write_elf(broken, [], 0)).lines
    with pytest.raises(NmcError, match="ELF: damaged debug sections"):
        lines.at(0x1000)
