"""What the simulator needs of a program: its code as words, and the entries of its layers."""

from dataclasses import dataclass

import numpy as np

from nmc.elf import ElfImage
from nmc.errors import NmcError
from nmc.sim.jit import Ints
from nmc.targets import Target

_ALIGNMENT = 16


@dataclass(frozen=True)
class ProgramCode:
    """The executable segments as one run of words."""

    base: int
    words: Ints
    """uint32 values as int64; holes are 0, which is no instruction."""

    @property
    def bytes(self) -> int:
        return 4 * len(self.words)

    def contains(self, address: int) -> bool:
        """Whether an instruction can be at `address`."""
        return 0 <= address - self.base < self.bytes and address & 3 == 0


def program_code(image: ElfImage, target: Target) -> ProgramCode:
    """The code of a program; NmcError if there is none or it is not in L2."""
    segments = [s for s in image.segments if s.executable and s.memory_size]
    if not segments:
        raise NmcError("the program has no executable segment")
    base = min(s.address for s in segments) // _ALIGNMENT * _ALIGNMENT
    end = -(-max(s.address + len(s.data) for s in segments) // _ALIGNMENT) * _ALIGNMENT
    if base < target.l2.base or end > target.l2.end:
        raise NmcError(f"the code at {base:#010x} is not in L2 of target {target.name}")
    content = np.zeros(end - base, np.uint8)
    for s in segments:
        content[s.address - base :][: len(s.data)] = np.frombuffer(s.data, np.uint8)
    code = ProgramCode(base, content.view("<u4").astype(np.int64))
    if not code.contains(image.entry):
        raise NmcError(f"the program's entry {image.entry:#010x} is not in its code")
    return code


def layer_entries(image: ElfImage) -> dict[int, str]:
    """Layer name by entry address, from the program's notes (`.nmc.meta`)."""
    symbols = image.symbol_values
    entries: dict[int, str] = {}
    for layer in image.meta.get("layers", ()):
        symbol = layer.get("symbol")
        if symbol in symbols:
            entries[symbols[symbol]] = layer["name"]
    return entries
