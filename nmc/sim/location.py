"""Where an instruction is, in words: address, text, function, line of its source."""

from dataclasses import dataclass

from nmc.elf import ElfImage
from nmc.sim.program import ProgramCode


@dataclass(frozen=True)
class Location:
    """An instruction of a program."""

    pc: int
    instruction: str
    symbol: str | None
    """The function that holds it."""
    source: str | None
    """`file:line`, if the program says."""

    def __str__(self) -> str:
        words = f"{self.pc:#010x} ({self.instruction})"
        if self.symbol is not None:
            words += f", in {self.symbol}"
        return words if self.source is None else f"{words}, {self.source}"


def locate(image: ElfImage, code: ProgramCode, pc: int) -> Location:
    """The location of the instruction at `pc`."""
    symbol = image.function_at(pc)
    name = None if symbol is None else symbol.name
    return Location(pc, code.text(pc), name, image.lines.at(pc))
