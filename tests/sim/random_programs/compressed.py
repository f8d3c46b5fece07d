"""Compressed instructions, among them jumps."""

from functools import cache

from nmc.isa.compressed import (
    CompressedInstruction,
    compressed_by_mnemonic,
    encode_compressed,
    load_compressed,
)
from nmc.isa.disassembler import disassemble_parcels
from nmc.isa.registers import register_number
from tests.sim.random_programs import straight
from tests.sim.random_programs.writer import OWN, POOL, SCRATCH, SHARED, Writer

SHORT = tuple(name for name in POOL if 8 <= (register_number(name) or 0) < 16)
"""Registers that three bits can name."""


@cache
def straight_rows() -> list[CompressedInstruction]:
    """Those that go on behind themselves and do not use the stack pointer."""
    return [
        row
        for row in load_compressed()
        if row.expands.timing_class in ("alu", "load", "store") and "sp" not in row.field_map
    ]


def text(name: str, operands: dict[str, int]) -> str:
    """A compressed instruction as assembly."""
    return disassemble_parcels(encode_compressed(compressed_by_mnemonic()[name], operands))


def instruction(w: Writer) -> None:
    """One that goes on behind itself."""
    row = w.rng.choice(straight_rows())
    operands: dict[str, int] = {}
    for f in row.fields:
        if f.name == "rs1" and row.expands.access_bytes:
            operands[f.name] = straight.number(w.rng.choice((SHARED, OWN)))
        elif f.is_register:
            operands[f.name] = straight.number(w.rng.choice(POOL if f.bits == 5 else SHORT))
        else:
            operands[f.name] = w.rng.randrange(f.low, f.high + 1, f.step) or f.step
    w.put(text(row.mnemonic, operands))


def skip(w: Writer) -> None:
    """A jump or branch over a few instructions."""
    label = w.label("skip")
    kind = w.rng.choice(("c.beqz", "c.bnez", "c.j", "c.jal", "c.jr", "c.jalr"))
    if kind in ("c.jr", "c.jalr"):
        w.put(f"la {SCRATCH}, {label}", f"{kind} {SCRATCH}")
    elif kind in ("c.j", "c.jal"):
        w.put(f"{kind} {label}")
    else:
        w.put(f"{kind} {w.rng.choice(SHORT)}, {label}")
    for _ in range(w.rng.randrange(4)):
        w.rng.choice((straight.arithmetic, instruction))(w)
    w.put(f"{label}:")
