"""What the simulator needs of a program: its code as words, and the entries of its layers."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nmc.elf import ElfImage
from nmc.errors import NmcError
from nmc.isa.compressed import expand
from nmc.isa.disassembler import disassemble, disassemble_parcels
from nmc.sim.jit import Ints
from nmc.targets import Target

_ALIGNMENT = 16


@dataclass(frozen=True)
class ProgramCode:
    """Everything that is executed, as one run of bytes.

    An instruction may begin at each of its *places*: every word, or every halfword if the program
    may hold compressed instructions. The engine has four slots for a place (nmc.sim.decoder).
    """

    base: int
    raw: Ints
    """The 32 bits at each place, as int64; between code they are 0, which is no instruction."""
    marks: Ints
    """Which places are code; the others are no concern of the simulator's."""
    compressed: bool = False
    """Whether places are halfwords."""

    @cached_property
    def place_bytes(self) -> int:
        """Distance of places."""
        return 2 if self.compressed else 4

    @property
    def bytes(self) -> int:
        return self.place_bytes * len(self.raw)

    @property
    def slots(self) -> int:
        """Slots of the engine."""
        return 4 * len(self.raw)

    @property
    def slot_shift(self) -> int:
        """Slots for a byte of code, as a power of two."""
        return int(self.compressed)

    @cached_property
    def short(self) -> Ints:
        """Which places begin with a compressed instruction."""
        return np.logical_and(self.compressed, self.raw & 3 != 3)

    @cached_property
    def words(self) -> Ints:
        """The 32-bit instruction at each place, that of a compressed one; 0 for illegal ones."""
        found, where = np.unique(self.raw[self.short] & 0xFFFF, return_inverse=True)
        expanded = np.array([expand(int(parcel)) or 0 for parcel in found], np.int64)
        words = self.raw.copy()
        words[self.short] = expanded[where]
        return words

    def address(self, slot: int) -> int:
        """The address of the place with a slot of the engine."""
        return self.base + (slot >> 2) * self.place_bytes

    def slot(self, address: int) -> int:
        """The first slot of the place at an address."""
        return (address - self.base) // self.place_bytes << 2

    def contains(self, address: int) -> bool:
        """Whether an instruction can be at `address`."""
        return 0 <= address - self.base < self.bytes and address % self.place_bytes == 0

    def word(self, address: int) -> int:
        """The 32-bit instruction at an address, that of a compressed one."""
        return int(self.words[self.slot(address) >> 2])

    def size(self, address: int) -> int:
        """Bytes of the instruction at an address."""
        return 2 if self.short[self.slot(address) >> 2] else 4

    def is_whole_word(self, address: int) -> bool:
        """Whether an instruction at the address would be a word of code, which loops need."""
        return address % 4 == 0 and self.contains(address) and self.size(address) == 4

    def text(self, address: int) -> str:
        """The instruction at an address, disassembled."""
        word = int(self.raw[self.slot(address) >> 2]) if self.contains(address) else 0
        return (disassemble_parcels if self.compressed else disassemble)(word, address)


def program_code(image: ElfImage, target: Target) -> ProgramCode:
    """The code of a program; NmcError if there is none, or the program does not fit the target."""
    _check_segments(image, target)
    ranges = _code_ranges(image)
    if not ranges:
        raise NmcError("the program has no executable segment; link code into one")
    base = min(low for low, _ in ranges) // _ALIGNMENT * _ALIGNMENT
    end = -(-max(high for _, high in ranges) // _ALIGNMENT) * _ALIGNMENT
    if base < target.l2.base or end > target.l2.end:
        raise NmcError(
            f"the code at {base:#010x} is not in L2 of target {target.name}; link it for "
            f"{target.l2.base:#010x} to {target.l2.end:#010x}"
        )
    content = np.zeros(end - base, np.uint8)
    for s in image.segments:
        if base <= s.address < end:
            part = np.frombuffer(s.data, np.uint8)[: end - s.address]
            content[s.address - base :][: len(part)] = part
    step = 2 if image.compressed else 4
    marks = np.zeros((end - base) // step, bool)
    for low, high in ranges:
        marks[(low - base) // step : -((base - high) // step)] = True
    content[~np.repeat(marks, step)] = 0
    code = ProgramCode(base, _at_places(content, step), marks, image.compressed)
    if not code.contains(image.entry):
        raise NmcError(
            f"the program's entry {image.entry:#010x} is not in its code; name a function in it"
        )
    return code


def _check_segments(image: ElfImage, target: Target) -> None:
    """NmcError if a segment does not lie in one of the target's memories."""
    memories = {"L1": target.l1, "L2": target.l2, "L3": target.l3}
    for s in image.segments:
        end = s.address + s.memory_size
        if not any(m.base <= s.address and end <= m.end for m in memories.values()):
            places = ", ".join(f"{n} {m.base:#010x} to {m.end:#010x}" for n, m in memories.items())
            raise NmcError(
                f"the segment of {s.memory_size} bytes at {s.address:#010x} does not lie in a "
                f"memory of target {target.name}; link it for {places}"
            )


def _code_ranges(image: ElfImage) -> list[tuple[int, int]]:
    """First and last address (exclusive) of everything that is executed.

    Those of the sections with code, so that data in the same segment can be written; or of the
    whole segment where the file has no sections there.
    """
    ranges: list[tuple[int, int]] = []
    for s in (s for s in image.segments if s.executable and s.data):
        if s.virtual_address != s.address:
            raise NmcError(
                f"the code at {s.address:#010x} is linked for {s.virtual_address:#010x}; code that "
                "a program moves itself is not simulated, so link it for where it is loaded"
            )
        end = s.address + len(s.data)
        inside = [
            (section.address, section.end)
            for section in image.sections
            if "x" in section.flags
            and section.size
            and s.address <= section.address
            and section.end <= end
        ]
        ranges += inside or [(s.address, end)]
    return ranges


def _at_places(content: Ints, step: int) -> Ints:
    """The 32 bits that begin at every `step` bytes."""
    if step == 4:
        return content.view("<u4").astype(np.int64)
    parcels = np.append(content.view("<u2").astype(np.int64), 0)
    return parcels[:-1] | (parcels[1:] << 16)


def layer_entries(image: ElfImage, code: ProgramCode) -> dict[int, str]:
    """Layer name by entry address, from the program's notes (`.nmc.meta`)."""
    symbols = image.symbol_values
    entries: dict[int, str] = {}
    for layer in image.meta.get("layers", ()):
        entry = symbols.get(layer["symbol"])
        if entry is not None and code.contains(entry):
            entries[entry] = layer["name"]
    return entries
