"""The tables of a profile: functions, instructions, cores, banks, data movement."""

from collections.abc import Iterable, Mapping, Sequence

from nmc.cli.console import TextTable
from nmc.measurements import Counters, Profile, ProfileEntry, Traffic

HOTTEST = 20
"""Instructions shown."""
BAR = 40
"""Characters of the longest bar."""


def profile_tables(
    profile: Profile,
    cores: Mapping[str, Counters],
    bank_conflicts: Sequence[int],
    parts: Iterable[tuple[str, int, Traffic]],
) -> list[TextTable]:
    """Those that have rows; `parts`: name, cycles and traffic of the layers, or of the whole."""
    tables = (
        core_table(cores),
        bank_table(bank_conflicts),
        movement_table(parts),
        function_table(profile.functions),
        instruction_table(profile.instructions),
    )
    return [table for table in tables if table.rows]


def function_table(functions: Sequence[ProfileEntry]) -> TextTable:
    """Cycles of all cores by function, the hottest first."""
    whole = sum(entry.cycles for entry in functions)
    columns = ["function", ">core cycles", ">share", ">instructions", ">busiest core", "stalls"]
    rows = [
        [
            entry.name,
            f"{entry.cycles:,}",
            share(entry.cycles, whole),
            f"{entry.instructions:,}",
            f"{max(entry.core_cycles):,}",
            largest({kind: sum(cycles) for kind, cycles in entry.core_stalls.items()}),
        ]
        for entry in functions
    ]
    return TextTable("functions", columns, rows, optional=("busiest core", "stalls"))


def instruction_table(instructions: Sequence[ProfileEntry]) -> TextTable:
    """The instructions in which most cycles of all cores went."""
    whole = sum(entry.cycles for entry in instructions)
    hottest = sorted(instructions, key=lambda entry: (-entry.cycles, entry.address))[:HOTTEST]
    columns = [
        ">address", "instruction", ">executed", ">core cycles", ">share", "stalls", "function",
    ]  # fmt: skip
    rows = [
        [
            f"{entry.address:#x}",
            entry.name,
            f"{entry.instructions:,}",
            f"{entry.cycles:,}",
            share(entry.cycles, whole),
            largest({kind: sum(cycles) for kind, cycles in entry.core_stalls.items()}),
            entry.function,
        ]
        for entry in hottest
    ]
    title = f"instructions, {len(hottest)} of {len(instructions)}"
    return TextTable(title, columns, rows, optional=("function", "stalls"))


def core_table(cores: Mapping[str, Counters]) -> TextTable:
    """What each core, by name, did: instructions, and cycles of each kind of stall that occurred.

    Cores that did nothing are left out.
    """
    awake = {name: core for name, core in cores.items() if core.cycles}
    occurred = {kind for core in awake.values() for kind, n in core.stalls.items() if n}
    kinds = [kind for core in list(awake.values())[:1] for kind in core.stalls if kind in occurred]
    rows = [
        [name, f"{core.instructions:,}", *(f"{core.stalls[kind]:,}" for kind in kinds)]
        for name, core in awake.items()
    ]
    columns = [">core", ">instructions", *(f">{kind}" for kind in kinds)]
    least_first = sorted(kinds, key=lambda kind: sum(core.stalls[kind] for core in awake.values()))
    return TextTable("cores: instructions, stalls", columns, rows, optional=tuple(least_first))


def bank_table(conflicts: Sequence[int]) -> TextTable:
    """Core cycles of waiting for each bank of L1; no rows if no core had to."""
    whole, most = sum(conflicts), max(conflicts, default=0)
    rows = [
        [str(bank), f"{cycles:,}", share(cycles, whole), "#" * round(BAR * cycles / most)]
        for bank, cycles in enumerate(conflicts if whole else ())
    ]
    return TextTable("bank conflicts", [">bank", ">core cycles", ">share", ""], rows)


def movement_table(parts: Iterable[tuple[str, int, Traffic]]) -> TextTable:
    """How long DMA and L3 channel were busy, and how much of it a core computed besides.

    Parts in which neither was are left out.
    """
    columns = [
        "part", ">cycles", ">DMA busy", ">in", ">out", ">overlapped", ">L3 busy", ">overlapped ",
        ">polled",
    ]  # fmt: skip
    rows = [
        [
            name,
            f"{cycles:,}",
            f"{t.dma:,}",
            f"{t.dma_in:,}",
            f"{t.dma_out:,}",
            share(t.dma_overlapped, t.dma),
            f"{t.l3:,}",
            share(t.l3_overlapped, t.l3),
            f"{t.polling.cycles:,}",
        ]
        for name, cycles, t in parts
        if t.dma or t.l3
    ]
    return TextTable("data movement", columns, rows, optional=("polled", "in", "out"))


def largest(stalls: Mapping[str, int]) -> str:
    """The three largest causes."""
    causes = sorted(stalls.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {cycles:,}" for name, cycles in causes[:3] if cycles)


def share(part: int, whole: int) -> str:
    """A percentage; empty if there is nothing to have a share of."""
    return f"{100 * part / whole:.1f} %" if whole else ""
