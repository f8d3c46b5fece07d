"""Where the cycles went: by instruction and by symbol."""

import numpy as np

from nmc.elf import ElfImage
from nmc.isa.disassembler import disassemble
from nmc.sim.jit import Ints
from nmc.sim.result import ProfileEntry
from nmc.sim.state import Machine


def _by_word(counts: Ints, words: int) -> Ints:
    """Counts of slots added up by instruction."""
    return counts[: 4 * words].reshape(words, 4).sum(axis=1)


def hot_spots(words: Ints, base: int, m: Machine) -> tuple[ProfileEntry, ...]:
    """Every executed instruction by address.

    An instruction's cycles reach to the next one of its core: they include its stalls, and waiting
    for the next one's cache line.
    """
    spent = _by_word(m.spent, len(words))
    hits = m.hits[: 4 * len(words)].reshape(len(words), 4).max(axis=1)
    return tuple(
        ProfileEntry(
            disassemble(int(words[i]), base + 4 * int(i)),
            base + 4 * int(i),
            int(spent[i]),
            int(hits[i]),
        )
        for i in np.flatnonzero(hits)
    )


def symbol_profile(image: ElfImage, base: int, m: Machine) -> tuple[ProfileEntry, ...]:
    """The functions by falling cycles; code outside functions is left out."""
    words = len(m.spent) // 4
    spent = np.concatenate([[0], np.cumsum(_by_word(m.spent, words))])
    hits = np.concatenate([[0], np.cumsum(m.hits[: 4 * words].reshape(words, 4).max(axis=1))])
    entries: list[ProfileEntry] = []
    for symbol in image.functions:
        low = (symbol.value - base) >> 2
        high = (symbol.value + symbol.size - base) >> 2
        if 0 <= low < high <= words:
            cycles, instructions = int(spent[high] - spent[low]), int(hits[high] - hits[low])
            if instructions:
                entries.append(ProfileEntry(symbol.name, symbol.value, cycles, instructions))
    return tuple(sorted(entries, key=lambda entry: (-entry.cycles, entry.address)))
