"""The tables of a profile."""

from dataclasses import replace

from nmc.cli.profile_tables import (
    BAR,
    HOTTEST,
    bank_table,
    core_table,
    function_table,
    instruction_table,
    movement_table,
)
from nmc.measurements import Counters, ProfileEntry, Traffic

ENTRY = ProfileEntry(
    "lw a0, 0(a1)", "kernel", 0x1C00_0040, 60, 40, (20, 40, 0), (20, 20, 0), {"bank": (0, 20, 0)}
)


def test_functions() -> None:
    other = replace(ENTRY, name="main", cycles=20, core_cycles=(20, 0, 0), core_stalls={})
    table = function_table([ENTRY, other])
    assert table.rows == [
        ["lw a0, 0(a1)", "60", "75.0 %", "40", "40", "bank 20"],
        ["main", "20", "25.0 %", "40", "20", ""],
    ]


def test_the_hottest_instructions_come_first() -> None:
    entries = [replace(ENTRY, address=4 * i, cycles=i) for i in range(30)]
    table = instruction_table(entries)
    assert table.title == "instructions, 20 of 30"
    assert [row[0] for row in table.rows] == [hex(4 * i) for i in range(29, 29 - HOTTEST, -1)]
    assert table.rows[0][1:4] == ["lw a0, 0(a1)", "40", "29"]


def test_cores_show_the_stalls_there_were() -> None:
    idle = Counters(0, {"bank": 0, "l2": 0, "dma": 0})
    cores = [
        Counters(9, {"bank": 1, "l2": 0, "dma": 3}),
        Counters(8, {"bank": 0, "l2": 0, "dma": 9}),
    ]
    table = core_table({"0": cores[0], "1": idle, "main": cores[1]})
    assert table.titles == ["core", "instructions", "bank", "dma"]
    assert table.rows == [["0", "9", "1", "3"], ["main", "8", "0", "9"]]
    assert table.optional == ("bank", "dma")


def test_banks() -> None:
    assert bank_table([30, 0, 10]).rows == [
        ["0", "30", "75.0 %", "#" * BAR],
        ["1", "0", "0.0 %", ""],
        ["2", "10", "25.0 %", "#" * round(BAR / 3)],
    ]
    assert bank_table([0, 0]).rows == []


def test_data_movement() -> None:
    traffic = Traffic(
        dma_in=30, dma_out=20, dma=40, dma_overlapped=10, polling=Counters(4, {"branch": 3})
    )
    assert movement_table([("add", 100, Traffic()), ("conv", 1000, traffic)]).rows == [
        ["conv", "1,000", "40", "30", "20", "25.0 %", "0", "", "7"]
    ]
