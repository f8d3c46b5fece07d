"""Where the cycles went: by instruction and by symbol."""

import numpy as np

from nmc.elf import ElfImage
from nmc.isa.disassembler import disassemble
from nmc.sim import layout as at
from nmc.sim.jit import Ints
from nmc.sim.program import ProgramCode
from nmc.sim.result import ProfileEntry
from nmc.sim.state import Machine


def _spent(code: ProgramCode, m: Machine) -> Ints:
    """Cycles of each instruction, those of its pseudo-operations added."""
    return m.area(int(m.s[at.AT_SPENT]), (len(code.words), 4)).sum(axis=1)


def _hits(code: ProgramCode, m: Machine) -> Ints:
    """How often each instruction was executed."""
    return m.area(int(m.s[at.AT_HITS]), (len(code.words), 4)).max(axis=1)


def hot_spots(code: ProgramCode, m: Machine) -> tuple[ProfileEntry, ...]:
    """Every executed instruction by address.

    An instruction's cycles reach to the next one of its core: they include its stalls, and waiting
    for the next one's cache line.
    """
    spent, hits = _spent(code, m), _hits(code, m)
    entries: list[ProfileEntry] = []
    for i in np.flatnonzero(hits):
        address = code.base + 4 * int(i)
        text = disassemble(int(code.words[i]), address)
        entries.append(ProfileEntry(text, address, int(spent[i]), int(hits[i])))
    return tuple(entries)


def symbol_profile(image: ElfImage, code: ProgramCode, m: Machine) -> tuple[ProfileEntry, ...]:
    """The functions by falling cycles; code outside functions is left out."""
    spent = np.concatenate([[0], np.cumsum(_spent(code, m))])
    hits = np.concatenate([[0], np.cumsum(_hits(code, m))])
    entries: list[ProfileEntry] = []
    for symbol in image.functions:
        low = (symbol.value - code.base) >> 2
        high = (symbol.value + symbol.size - code.base) >> 2
        if 0 <= low < high < len(hits) and hits[high] > hits[low]:
            taken, executed = int(spent[high] - spent[low]), int(hits[high] - hits[low])
            entries.append(ProfileEntry(symbol.name, symbol.value, taken, executed))
    return tuple(sorted(entries, key=lambda entry: (-entry.cycles, entry.address)))
