"""Arithmetic and memory accesses: any row of the table that goes on behind itself."""

from functools import cache

from nmc.isa.disassembler import disassemble
from nmc.isa.registers import register_number
from nmc.isa.table import Instruction, encode, load_table
from tests.sim.random_programs.writer import (
    FAR,
    FAR_BYTES,
    OWN,
    OWN_BYTES,
    POINTERS,
    SCRATCH,
    SHARED,
    SHARED_BYTES,
    Writer,
)

REGIONS = ((SHARED, SHARED_BYTES, 45), (OWN, OWN_BYTES, 35), (FAR, FAR_BYTES, 15))
HOT_BYTES = 16
"""Of the shared words those that are used most."""


def number(name: str) -> int:
    """Number of a register."""
    found = register_number(name)
    assert found is not None, name
    return found


@cache
def arithmetic_rows() -> dict[str, list[Instruction]]:
    """Rows that only compute, by extension."""
    rows: dict[str, list[Instruction]] = {}
    for row in load_table():
        plain = not row.access_bytes and "npc" not in row.semantics and "#" not in row.semantics
        if plain and row.ext not in ("zicsr", "xpulp_hwloop"):
            rows.setdefault(row.ext, []).append(row)
    return rows


@cache
def memory_rows() -> dict[str, list[Instruction]]:
    """Loads and stores by format, gathers under `gather`."""
    rows: dict[str, list[Instruction]] = {}
    for row in load_table():
        if row.access_bytes:
            gather = row.is_load and (row.rd_is_source or row.state_uses)
            rows.setdefault("gather" if gather else row.format, []).append(row)
    return rows


def text(row: Instruction, operands: dict[str, int]) -> str:
    """An instruction as assembly."""
    return disassemble(encode(row, operands))


def arithmetic(w: Writer) -> None:
    """One instruction of any extension."""
    rows = arithmetic_rows()
    row = w.rng.choice(rows[w.rng.choice(sorted(rows))])
    operands: dict[str, int] = {}
    for f in row.fields:
        if f.is_register:
            operands[f.name] = number(w.register() if f.name == "rd" else w.source())
        else:
            operands[f.name] = w.rng.randrange(f.low, f.high + 1, f.step)
    w.put(text(row, operands))


def place(w: Writer, size: int) -> tuple[str, int]:
    """A base register and a distance at which `size` bytes may be accessed."""
    [region] = w.rng.choices(REGIONS, [weight for *_, weight in REGIONS])
    base, reach, _ = region
    if base == SHARED and w.chance(0.5):
        reach = HOT_BYTES
    offset = w.rng.randrange(reach - 4)
    return base, offset - offset % size if w.chance(0.6) else offset


def plain_memory(w: Writer) -> None:
    """One load or store at an immediate distance."""
    rows = memory_rows()
    row = w.rng.choice(rows[w.rng.choice("IS")])
    base, offset = place(w, row.access_bytes)
    w.put(text(row, fields(w, row, rs1=number(base), imm=offset)))


def memory(w: Writer) -> None:
    """A load or store of any format, its pointer or offset made in front of it."""
    rows = memory_rows()
    form = w.rng.choice(sorted(rows))
    row = w.rng.choice(rows[form])
    base, offset = place(w, row.access_bytes)
    if form in ("I", "S"):
        w.put(text(row, fields(w, row, rs1=number(base), imm=offset)))
    elif form in ("LPOST", "SPOST", "LRRPOST", "SRRPOST"):
        pointer = w.rng.choice(POINTERS)
        w.put(f"addi {pointer}, {base}, {offset}")
        if form.endswith("RRPOST"):
            w.put(f"li {SCRATCH}, {w.rng.randrange(-64, 64)}")
        for _ in range(w.rng.randrange(1, 4)):
            post_increment(w, row, pointer)
            row = w.rng.choice(rows[form])
    elif form in ("LRR", "SRR"):
        w.put(f"p.extractu {SCRATCH}, {w.source()}, 5, {w.rng.randrange(20)}")
        offset_field = "rs3" if row.is_store else "rs2"
        w.put(text(row, fields(w, row, rs1=number(base), **{offset_field: number(SCRATCH)})))
    else:
        gather(w, row, base)


def post_increment(w: Writer, row: Instruction, pointer: str) -> None:
    """A post-increment access through a pointer; a register increment is in SCRATCH."""
    given = {"rs1": number(pointer)}
    if "imm" in row.field_map:
        given["imm"] = w.rng.choice((0, 1, 2, 4, 4, 4, -4, w.rng.randrange(-32, 32)))
    else:
        given["rs3" if row.is_store else "rs2"] = number(SCRATCH)
    w.put(text(row, fields(w, row, **given)))


def gather(w: Writer, row: Instruction, base: str) -> None:
    """A few gathers on end, from a counter that is set again often enough to stay small."""
    if w.chance(0.5):
        w.put(w.rng.choice(("xdecimate.clr", f"csrwi xdc, {w.rng.randrange(32)}")))
    for _ in range(w.rng.randrange(1, 5)):
        w.put(text(row, fields(w, row, rs1=number(base))))


def fields(w: Writer, row: Instruction, **given: int) -> dict[str, int]:
    """Operands: the given ones, any register for the others, a small number for what is none."""
    operands = dict(given)
    for f in row.fields:
        if f.name not in operands:
            register = w.register if f.name == "rd" else w.source
            operands[f.name] = number(register()) if f.is_register else w.rng.randrange(3)
    return operands
