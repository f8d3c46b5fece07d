"""ELF files: the writer is ours, the reader stands on pyelftools. A leaf."""

from nmc.elf.line_sections import LineRow, line_sections
from nmc.elf.lines import LineTable
from nmc.elf.model import EF_RISCV_RVC, META_SECTION, ElfImage, Section, Segment, Symbol
from nmc.elf.reader import read_elf
from nmc.elf.writer import write_elf

__all__ = [
    "EF_RISCV_RVC",
    "META_SECTION",
    "ElfImage",
    "LineRow",
    "LineTable",
    "Section",
    "Segment",
    "Symbol",
    "line_sections",
    "read_elf",
    "write_elf",
]
