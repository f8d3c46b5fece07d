"""Operands and states for one instruction: every aliasing of its registers, x0, any alignment."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from nmc.isa.table import Instruction

EDGES = (
    0,
    1,
    2,
    31,
    32,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFF,
    0x80_0080,
    0x8080_8080,
    0x7F7F_7F7F,
)
REGISTERS = (5, 6, 31, 28)
REACH = 1 << 14
"""Bytes behind its base that a gather is let reach."""
RANDOM_CASES = 9
"""Beside one of each aliasing."""


@dataclass(frozen=True)
class Case:
    """An instruction to execute."""

    row: Instruction
    operands: dict[str, int]
    alignment: int
    """Of a memory access: its address modulo 4."""


def aliasings(row: Instruction) -> Iterator[dict[str, int]]:
    """Every way in which the row's registers can be the same ones, and x0."""
    names = [f.name for f in row.fields if f.is_register]
    for choice in product(range(len(names) + 1), repeat=len(names)):
        # 0 is x0; each other register is met in order, so that no pattern comes twice.
        met = list(dict.fromkeys(number for number in choice if number))
        if met == sorted(met) and met == list(range(1, len(met) + 1)):
            registers = (0, *REGISTERS)
            yield {name: registers[number] for name, number in zip(names, choice, strict=True)}


def is_possible(row: Instruction, operands: dict[str, int]) -> bool:
    """Whether the instruction can be executed: an address or target cannot come from x0."""
    if row.mnemonic == "jalr":
        return operands["rs1"] != 0
    if row.access_bytes:
        offset = offset_of(row)
        if row.is_post_increment or offset is None:
            return operands["rs1"] != 0
        return operands["rs1"] != 0 or operands[offset] != 0
    return True


def offset_of(row: Instruction) -> str | None:
    """The register field that is added to a memory access's base, or to it afterwards."""
    if row.access_bytes == 0 or row.state_uses:
        return None
    name = "rs3" if row.is_store else "rs2"
    return name if name in row.field_map else None


def immediates(row: Instruction, rng: random.Random) -> dict[str, int]:
    """Values of the other fields, often at the edge; jumps stay in their neighbourhood."""
    values: dict[str, int] = {}
    for f in row.fields:
        if f.is_register:
            continue
        if f.name == "off":
            values[f.name] = 4 * rng.choice((-3, -2, -1, 1, 2, 3))
            continue
        values[f.name] = rng.randrange(f.low, f.high + 1, f.step)
        edge = rng.choice((f.low, f.high, 0, f.step))
        if rng.random() < 0.3 and f.accepts(edge):
            values[f.name] = edge
    return values


def cases(row: Instruction) -> list[Case]:
    """What is executed of a row."""
    rng = random.Random(row.key)
    patterns = [pattern for pattern in aliasings(row) if is_possible(row, pattern)]
    alignments = range(4) if row.access_bytes else [0]
    chosen = [
        Case(row, pattern | immediates(row, rng), alignment)
        for pattern in patterns
        for alignment in alignments
    ]
    for _ in range(RANDOM_CASES):
        pattern = rng.choice(patterns)
        chosen.append(Case(row, pattern | immediates(row, rng), rng.randrange(4)))
    return chosen


def random_word(rng: random.Random) -> int:
    """A register value, often one at the edge of something."""
    return rng.choice(EDGES) if rng.random() < 0.4 else rng.getrandbits(32)


def registers(case: Case, pc: int, l1: range, rng: random.Random) -> list[int]:
    """Values with which the instruction is defined: an access in `l1`, a jump next to `pc`."""
    row, operands = case.row, case.operands
    values = [0] + [random_word(rng) for _ in range(31)]
    if row.mnemonic == "jalr":
        target = pc + 4 * rng.choice((-3, -1, 1, 2)) + rng.randrange(2)
        values[operands["rs1"]] = (target - operands["imm"]) & 0xFFFF_FFFF
    if row.access_bytes:
        place_access(case, values, l1, rng)
    values[0] = 0
    return values


def place_access(case: Case, values: list[int], l1: range, rng: random.Random) -> None:
    """Sets the registers that make the address; its alignment is the case's if it can be."""
    row, operands = case.row, case.operands
    address = rng.randrange(l1.start + 4096, l1.stop - 4096 - REACH, 4) + case.alignment
    base, offset = operands["rs1"], offset_of(row)
    if offset is None:
        values[base] = address - (0 if row.is_post_increment else operands.get("imm", 0))
    elif row.is_post_increment:
        values[operands[offset]] = rng.randrange(-1000, 1000) & 0xFFFF_FFFF
        values[base] = address
    elif base == operands[offset]:
        values[base] = address // 2
    elif operands[offset] == 0 or base == 0:
        values[base or operands[offset]] = address
    else:
        distance = rng.randrange(-1000, 1000)
        values[operands[offset]] = distance & 0xFFFF_FFFF
        values[base] = address - distance
