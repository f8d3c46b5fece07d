"""The instruction table: encodings, fields, semantics and cycles of every instruction we know.

`instructions.csv` is the only place where an encoding is written down. The assembler, the
disassembler, the simulator's decoder and semantics, and `docs/isa.md` all read it through here.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import NamedTuple

from nmc.errors import NmcError
from nmc.isa.csrs import STATE_CSRS
from nmc.isa.fields import Field, parse_fields

_READ = re.compile(r"\bM(8|16|32)\(")
_WRITE = re.compile(r"\bM(8|16|32)\[")
_ALIAS = re.compile(r"^([\w.]+)(?: \(.*\))?$")

# Names in the `uses` and `defs` columns that are state of the core, not operand fields.
STATE_NAMES = frozenset(STATE_CSRS)

EXTENSIONS = ("xdecimate", "xgather", "xgmac", "xrq")
"""The parts of our extension xnm, values of the column `ext`: each is a feature of a target."""


@dataclass(frozen=True, eq=False)
class Instruction:
    """One row of the table. Rows are singletons: compare them by identity."""

    index: int
    """Row number, a dense opcode for tables."""
    mnemonic: str
    """Not unique: `p.lw` has three forms. `key` is unique."""
    syntax: str
    """The mnemonic and its operands as the assembler writes them."""
    format: str
    match: int
    mask: int
    fields: tuple[Field, ...]
    semantics: str
    """Python over unbounded integers; the notation is described in docs/isa.md."""
    cycles: str
    """Issue cycles with single-cycle memories, as text: `1`, `3..35`, ..."""
    rd_is_source: bool
    uses: tuple[str, ...]
    """Names of the register fields that are read."""
    defs: tuple[str, ...]
    """Names of the register fields that are written, in order: a later one wins."""
    state_uses: tuple[str, ...]
    """Hidden state read: names of `nmc.isa.csrs.STATE_CSRS`."""
    state_defs: tuple[str, ...]
    """Hidden state written, likewise."""
    ext: str
    notes: str
    aliases: tuple[str, ...]

    @cached_property
    def key(self) -> str:
        """A unique name: the mnemonic, with `/FORMAT` where several rows share it."""
        shared = len(_rows_by_name()[self.mnemonic.lower()]) > 1
        return f"{self.mnemonic}/{self.format}" if shared else self.mnemonic

    @cached_property
    def field_map(self) -> dict[str, Field]:
        """The fields by name."""
        return {field.name: field for field in self.fields}

    @property
    def bytes(self) -> int:
        """Of its encoding."""
        return 4

    @cached_property
    def is_load(self) -> bool:
        """Reads memory: a following user of rd stalls."""
        return bool(_READ.search(self.semantics))

    @cached_property
    def accumulates(self) -> bool:
        """Loads into the core's accumulators, which are written two stages behind the address."""
        return self.is_load and any(name != "xdc" for name in self.state_defs)

    @cached_property
    def waits_for_accumulators(self) -> bool:
        """Needs or replaces accumulators when it issues: waits for those still being written."""
        return not self.is_load and any(
            name != "xdc" for name in (*self.state_uses, *self.state_defs)
        )

    @cached_property
    def writes_late(self) -> bool:
        """rd is written a stage later than by arithmetic: a following user of it stalls."""
        return self.is_load or self.ext == "xrq"

    @cached_property
    def early_uses(self) -> tuple[str, ...]:
        """The register fields that must be there when it issues.

        Not the rd that a requantisation shifts a byte into: that happens in the stage that
        writes it, and the one before hands it over.
        """
        return tuple(name for name in self.uses if self.ext != "xrq" or name != "rd")

    @cached_property
    def is_store(self) -> bool:
        """Writes memory."""
        return bool(_WRITE.search(self.semantics))

    @cached_property
    def access_bytes(self) -> int:
        """Bytes of the memory access, 0 if there is none."""
        found = _READ.search(self.semantics) or _WRITE.search(self.semantics)
        return int(found[1]) // 8 if found else 0

    @cached_property
    def is_post_increment(self) -> bool:
        """A memory access that also writes its address register."""
        return self.access_bytes > 0 and "rs1" in self.defs

    @cached_property
    def timing_class(self) -> str:
        """The row of a target's `[timing]` table that gives its cycles.

        One of alu, mul, mulh, div, load, store, event, branch, jal, jalr, hwloop, csr, fence,
        system.
        """
        if self.mnemonic == "p.elw":
            return "event"
        if self.is_load:
            return "load"
        if self.is_store:
            return "store"
        by_name = {"mul": "mul", "jal": "jal", "jalr": "jalr"}
        if self.mnemonic in by_name:
            return by_name[self.mnemonic]
        if self.ext == "rv32m":
            return "mulh" if self.mnemonic.startswith("mulh") else "div"
        by_format = {
            "B": "branch",
            "BI": "branch",
            "CSR": "csr",
            "CSRI": "csr",
            "FENCE": "fence",
            "NONE": "system",
        }
        if self.ext == "xpulp_hwloop":
            return "hwloop"
        if self.ext in EXTENSIONS:
            return "alu"
        return by_format.get(self.format, "alu")


class Decoded(NamedTuple):
    """An instruction word taken apart."""

    instruction: Instruction
    operands: dict[str, int]
    """Value of every field by name, immediates and offsets in bytes and with their sign."""


@cache
def load_table() -> tuple[Instruction, ...]:
    """Every row of the instruction table, in file order."""
    text = files("nmc.isa").joinpath("instructions.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(_instruction(index, row) for index, row in enumerate(rows))


def by_mnemonic(name: str) -> tuple[Instruction, ...]:
    """The rows a mnemonic or alias may mean, case-insensitively, proper names first.

    Several rows are told apart by their operands. Unknown names give an empty tuple.
    """
    return _rows_by_name().get(name.lower(), ())


def instruction(name: str) -> Instruction:
    """The one row with this mnemonic or `key` (see `Instruction.key`); KeyError otherwise."""
    base, _, form = name.partition("/")
    rows = [r for r in by_mnemonic(base) if r.mnemonic.lower() == base.lower()]
    rows = [r for r in rows if not form or r.format == form]
    if len(rows) != 1:
        raise KeyError(name)
    return rows[0]


def decode(word: int) -> Decoded | None:
    """The instruction a 32-bit word encodes, None if it is illegal.

    Where two rows match (`p.muls` is `p.mulsN` with Is3 = 0) the one with more fixed bits wins.
    """
    for row in _rows_by_opcode().get(word & 0x7F, ()):
        if word & row.mask == row.match:
            return Decoded(row, {field.name: field.extract(word) for field in row.fields})
    return None


def encode(row: Instruction, operands: Mapping[str, int]) -> int:
    """The 32-bit word of an instruction; NmcError if an operand is missing or out of range."""
    return row.match | insert_fields(row.mnemonic, row.fields, operands)


def insert_fields(mnemonic: str, fields: tuple[Field, ...], operands: Mapping[str, int]) -> int:
    """The bits of all fields; NmcError if an operand is missing or out of range."""
    bits = 0
    for field in fields:
        if field.name not in operands:
            raise NmcError(f"{mnemonic}: operand {field.name} is missing")
        value = operands[field.name]
        if not field.accepts(value):
            raise NmcError(f"{mnemonic}: {_range_message(field, value)}")
        bits |= field.insert(value)
    return bits


def _range_message(field: Field, value: int) -> str:
    aligned = "" if field.step == 1 else f" in steps of {field.step}"
    return f"operand {field.name} = {value} is not in {field.low}..{field.high}{aligned}"


def _instruction(index: int, row: Mapping[str, str]) -> Instruction:
    uses, defs = row["uses"].split(), row["defs"].split()
    aliases = (_ALIAS.match(part.strip()) for part in row["aliases"].split(";"))
    return Instruction(
        index=index,
        mnemonic=row["mnemonic"],
        syntax=row["syntax"],
        format=row["format"],
        match=int(row["match"], 16),
        mask=int(row["mask"], 16),
        fields=parse_fields(row["fields"]),
        semantics=row["semantics"],
        cycles=row["cycles"],
        rd_is_source=row["rd_is_source"] == "yes",
        uses=tuple(name for name in uses if name not in STATE_NAMES),
        defs=tuple(name for name in defs if name not in STATE_NAMES),
        state_uses=tuple(name for name in uses if name in STATE_NAMES),
        state_defs=tuple(name for name in defs if name in STATE_NAMES),
        ext=row["ext"],
        notes=row["notes"],
        aliases=tuple(found[1] for found in aliases if found),
    )


@cache
def _rows_by_name() -> dict[str, tuple[Instruction, ...]]:
    proper: dict[str, list[Instruction]] = {}
    for row in load_table():
        proper.setdefault(row.mnemonic.lower(), []).append(row)
    names = {name: list(rows) for name, rows in proper.items()}
    for row in load_table():
        for alias in row.aliases:
            rows = names.setdefault(alias.lower(), [])
            if row not in rows:
                rows.append(row)
    return {name: tuple(rows) for name, rows in names.items()}


@cache
def _rows_by_opcode() -> dict[int, tuple[Instruction, ...]]:
    rows: dict[int, list[Instruction]] = {}
    for row in load_table():
        rows.setdefault(row.match & 0x7F, []).append(row)
    by_fixed_bits = {
        op: sorted(found, key=lambda r: -r.mask.bit_count()) for op, found in rows.items()
    }
    return {op: tuple(found) for op, found in by_fixed_bits.items()}
