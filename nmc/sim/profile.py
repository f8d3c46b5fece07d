"""Where the cycles went: by instruction and by symbol, on each core."""

import numpy as np

from nmc.elf import ElfImage
from nmc.measurements import ProfileEntry
from nmc.sim import layout as at
from nmc.sim.jit import Ints
from nmc.sim.measuring import counters, pend
from nmc.sim.program import ProgramCode
from nmc.sim.state import Machine


def profile_table(code: ProgramCode, m: Machine) -> Ints:
    """int64 (cores + 1, places in the code, 2 + kinds of stalls): EXECUTED, SPENT, STALLED.

    An instruction's cycles reach to the next one of its core: they include its stalls, and waiting
    for the next one's cache line. The last instruction of each core reaches to now. So for each
    core instructions and stalls add up to its counters, and cycles to its time since release.
    """
    cores = int(m.s[at.CFG_CORES]) + 1
    places = int(m.s[at.AT_LINES] - m.s[at.AT_REGIONS])
    area = m.area(int(m.s[at.AT_PROFILE]), (cores, places, 1 << at.PROFILE_SHIFT))
    table = area[:, : code.slots // 4, : at.STALLED + at.STALL_COUNT].copy()
    for core, total in enumerate(counters(m)):
        last = int(pend(m, core)[at.PROFILE_IDX]) >> 2
        of_core = table[core]
        # The last one may be unfinished, and then it is not counted as executed.
        of_core[last, at.EXECUTED] += total.instructions - of_core[:, at.EXECUTED].sum()
        stalls = np.array([total.stalls[kind] for kind in at.STALL_KINDS])
        of_core[last, at.STALLED :] += stalls - of_core[:, at.STALLED :].sum(axis=0)
        # The fabric controller's last instruction puts it to sleep for good, uncharged.
        if core < cores - 1:
            elapsed = total.instructions + int(stalls.sum())
            of_core[last, at.SPENT] += elapsed - of_core[:, at.SPENT].sum()
    return table


def hot_spots(image: ElfImage, code: ProgramCode, table: Ints) -> tuple[ProfileEntry, ...]:
    """Every executed instruction, by address."""
    entries: list[ProfileEntry] = []
    for place in np.flatnonzero(table[:, :, : at.STALLED].any(axis=(0, 2))):
        address = code.address(4 * int(place))
        function = image.function_at(address)
        name = function.name if function else ""
        entries.append(_entry(code.text(address), name, address, table[:, place]))
    return tuple(entries)


def symbol_profile(image: ElfImage, code: ProgramCode, table: Ints) -> tuple[ProfileEntry, ...]:
    """The functions by falling cycles; code outside functions is left out."""
    entries: list[ProfileEntry] = []
    for symbol in image.functions:
        low = code.slot(symbol.value) >> 2
        high = code.slot(symbol.value + symbol.size) >> 2
        part = table[:, max(low, 0) : max(high, 0)].sum(axis=1)
        if part[:, at.SPENT].any():
            entries.append(_entry(symbol.name, symbol.name, symbol.value, part))
    return tuple(sorted(entries, key=lambda entry: (-entry.cycles, entry.address)))


def _entry(name: str, function: str, address: int, rows: Ints) -> ProfileEntry:
    """`rows`: (cores + 1, columns)."""
    return ProfileEntry(
        name=name,
        function=function,
        address=address,
        cycles=int(rows[:, at.SPENT].sum()),
        instructions=int(rows[:, at.EXECUTED].sum()),
        core_cycles=_plain(rows[:, at.SPENT]),
        core_instructions=_plain(rows[:, at.EXECUTED]),
        core_stalls={
            kind: _plain(rows[:, at.STALLED + i])
            for i, kind in enumerate(at.STALL_KINDS)
            if rows[:, at.STALLED + i].any()
        },
    )


def _plain(values: Ints) -> tuple[int, ...]:
    return tuple(int(value) for value in values)
