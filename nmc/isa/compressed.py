"""The compressed instructions (RV32C): 16 bits that stand for one 32-bit instruction each.

`compressed.csv` is the only place where their encodings are written down: those of the integer
instructions in the RISC-V unprivileged specification, chapter on the "C" extension, table of the
RVC instruction listing. A row's `expands` names the instruction it stands for and where each field
of that comes from: `rd` the field of the same name, `rs1=sp` another one, `imm=0` a number.
`nonzero` names fields that must not be zero: with zero the code is reserved. What has no row
(floating point, 64-bit operations, reserved codes) is illegal. Hints decode as the instruction they
look like.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import NamedTuple

from nmc.errors import NmcError
from nmc.isa.fields import Field, parse_fields
from nmc.isa.table import Instruction, encode, insert_fields, instruction


@dataclass(frozen=True, eq=False)
class CompressedInstruction:
    """One row of the table of compressed instructions."""

    mnemonic: str
    syntax: str
    match: int
    mask: int
    """Of 16 bits."""
    fields: tuple[Field, ...]
    expands: Instruction
    """The instruction it stands for."""
    sources: Mapping[str, str | int]
    """For each field of that instruction: a field's name, or a number."""
    nonzero: tuple[str, ...]
    """Fields that must not be zero."""

    @cached_property
    def field_map(self) -> dict[str, Field]:
        """The fields by name."""
        return {field.name: field for field in self.fields}

    @property
    def bytes(self) -> int:
        """Of its encoding."""
        return 2

    def expand(self, operands: Mapping[str, int]) -> int:
        """The 32-bit word with the same effect (but for pc + 2 where that has pc + 4)."""
        values: dict[str, int] = {}
        for field in self.expands.fields:
            source = self.sources[field.name]
            value = operands[source] if isinstance(source, str) else source
            # A sign-extended upper immediate stands in an unsigned field.
            values[field.name] = value % (1 << field.bits) if field.kind == "unsigned" else value
        return encode(self.expands, values)


class DecodedCompressed(NamedTuple):
    """A compressed instruction taken apart."""

    instruction: CompressedInstruction
    operands: dict[str, int]
    """Value of every field by name."""


def is_compressed(parcel: int) -> bool:
    """Whether the 16 bits `parcel` are a whole instruction, not the first half of a 32-bit one."""
    return parcel & 3 != 3


@cache
def load_compressed() -> tuple[CompressedInstruction, ...]:
    """Every row of the table of compressed instructions, in file order."""
    text = files("nmc.isa").joinpath("compressed.csv").read_text(encoding="utf-8")
    return tuple(_row(row) for row in csv.DictReader(text.splitlines()))


def decode_compressed(parcel: int) -> DecodedCompressed | None:
    """The instruction that 16 bits encode, None if they are illegal.

    Where two rows match (`c.jr` is `c.mv` with rs2 = 0) the one with more fixed bits decides.
    """
    for row in _by_fixed_bits():
        if parcel & row.mask == row.match:
            operands = {field.name: field.extract(parcel) for field in row.fields}
            if any(operands[name] == 0 for name in row.nonzero):
                return None
            return DecodedCompressed(row, operands)
    return None


def encode_compressed(row: CompressedInstruction, operands: Mapping[str, int]) -> int:
    """The 16 bits of an instruction; NmcError if an operand is missing or out of range."""
    signed = {
        # The upper half of the addresses may be written without a sign.
        name: value - (1 << 32) if value >> 31 == 1 else value
        for name, value in operands.items()
    }
    for name in row.nonzero:
        if operands.get(name) == 0:
            raise NmcError(f"{row.mnemonic}: operand {name} must not be 0")
    return row.match | insert_fields(row.mnemonic, row.fields, signed)


@cache
def compressed_by_mnemonic() -> Mapping[str, CompressedInstruction]:
    """The rows by mnemonic, in lower case."""
    return {row.mnemonic: row for row in load_compressed()}


def expand(parcel: int) -> int | None:
    """The 32-bit word that a compressed instruction stands for, None if it is illegal."""
    found = decode_compressed(parcel)
    return None if found is None else found.instruction.expand(found.operands)


def _row(row: Mapping[str, str]) -> CompressedInstruction:
    name, *parts = row["expands"].split()
    return CompressedInstruction(
        mnemonic=row["mnemonic"],
        syntax=row["syntax"],
        match=int(row["match"], 16),
        mask=int(row["mask"], 16),
        fields=parse_fields(row["fields"]),
        expands=instruction(name),
        sources=dict(_source(part) for part in parts),
        nonzero=tuple(row["nonzero"].split()),
    )


def _source(text: str) -> tuple[str, str | int]:
    name, _, value = text.partition("=")
    return name, int(value) if value.isdecimal() else value or name


@cache
def _by_fixed_bits() -> tuple[CompressedInstruction, ...]:
    return tuple(sorted(load_compressed(), key=lambda row: -row.mask.bit_count()))
