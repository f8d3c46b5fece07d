"""The instruction table: consistent encodings, decoding as the inverse of encoding."""

import random
from pathlib import Path

import pytest

from nmc.errors import NmcError
from nmc.isa.document import update
from nmc.isa.fields import parse_fields
from nmc.isa.registers import ABI_NAMES, register_number
from nmc.isa.syntax import operand_syntax
from nmc.isa.table import (
    EXTENSIONS,
    Instruction,
    by_mnemonic,
    decode,
    encode,
    instruction,
    load_table,
)

ROWS = load_table()
WORD = 0xFFFFFFFF


def random_operands(row: Instruction, rng: random.Random) -> dict[str, int]:
    """Operands anywhere in the range of their fields, the ends more often than chance has it."""
    return {
        field.name: rng.choice([field.low, field.high, rng.randrange(field.low, field.high + 1)])
        // field.step
        * field.step
        for field in row.fields
    }


def test_has_every_group() -> None:
    assert len(ROWS) == 384
    groups = [row.ext for row in ROWS]
    assert [groups.count(ext) for ext in EXTENSIONS] == [7, 3, 8, 2]
    assert sum(row.ext.startswith("xpulp") for row in ROWS) == 307


def test_keys_are_unique_and_found() -> None:
    assert len({row.key for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert instruction(row.key) is row
        assert ROWS[row.index] is row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_encoding_round_trip(row: Instruction) -> None:
    rng = random.Random(row.index)
    for _ in range(50):
        operands = random_operands(row, rng)
        word = encode(row, operands)
        assert word & row.mask == row.match
        found = decode(word)
        assert found is not None
        # p.muls is p.mulsN with Is3 = 0: decoding gives the row with more fixed bits.
        if found.instruction is row:
            assert found.operands == operands
        else:
            assert found.instruction.mask & row.mask == row.mask
            assert encode(found.instruction, found.operands) == word


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_row_is_consistent(row: Instruction) -> None:
    occupied = 0
    for field in row.fields:
        assert occupied & field.word_mask == 0, f"{field.name} overlaps another field"
        occupied |= field.word_mask
    assert occupied & row.mask == 0
    assert row.match & ~row.mask == 0
    registers = {field.name for field in row.fields if field.is_register}
    assert set(row.uses) | set(row.defs) <= registers
    assert row.rd_is_source == ("rd" in row.uses)
    written = {operand.field for operand in operand_syntax(row)}
    written |= {operand.base for operand in operand_syntax(row) if operand.base is not None}
    assert written == set(row.field_map), "the syntax shows every field"


def test_only_shorthands_overlap() -> None:
    for row in ROWS:
        for other in ROWS[row.index + 1 :]:
            both = row.mask & other.mask
            if row.match & both == other.match & both:
                assert {row.mnemonic + "N", other.mnemonic} == {other.mnemonic}


def test_illegal_words_do_not_decode() -> None:
    assert decode(0) is None
    assert decode(WORD) is None
    assert decode(0x0000706B) is None
    # Unused funct7 of the N:M gathers.
    assert decode(0x0600702B) is None


def test_fields_are_checked() -> None:
    addi = instruction("addi")
    with pytest.raises(NmcError, match=r"addi: operand imm = 2048 is not in -2048\.\.2047"):
        encode(addi, {"rd": 1, "rs1": 1, "imm": 2048})
    with pytest.raises(NmcError, match="addi: operand rs1 is missing"):
        encode(addi, {"rd": 1, "imm": 0})
    with pytest.raises(NmcError, match="in steps of 2"):
        encode(instruction("jal"), {"rd": 1, "off": 3})


def test_split_field() -> None:
    (field,) = parse_fields("off:s13=31:31@12,7:7@11,30:25@5,11:8@1")
    assert (field.low, field.high, field.step) == (-4096, 4094, 2)
    assert field.insert(-2) == 0xFE000F80
    assert field.extract(0xFE000F80) == -2
    assert field.extract(field.insert(0x7FE)) == 0x7FE


def test_names_ignore_case_and_know_aliases() -> None:
    assert by_mnemonic("P.ADDRNR") == by_mnemonic("p.addRNr") != ()
    assert [row.mnemonic for row in by_mnemonic("pv.pack")] == ["pv.pack.h"]
    assert by_mnemonic("pv.pack.h")[0].mnemonic == "pv.pack.h"
    assert {row.format for row in by_mnemonic("p.lw")} == {"LPOST", "LRRPOST", "LRR", "I"}
    assert by_mnemonic("fadd") == ()


def test_properties() -> None:
    load = instruction("p.lw/LPOST")
    assert load.is_load and load.is_post_increment and not load.is_store
    assert (load.access_bytes, load.timing_class) == (4, "load")
    assert instruction("p.sh/SRR").access_bytes == 2
    gather = instruction("xdecimate.m8")
    assert gather.is_load and gather.rd_is_source and gather.access_bytes == 1
    assert gather.state_uses == gather.state_defs == ("xdc",)
    classes = {
        name: instruction(name).timing_class for name in ("mulhu", "rem", "p.elw", "p.beqimm")
    }
    assert classes == {"mulhu": "mulh", "rem": "div", "p.elw": "event", "p.beqimm": "branch"}


def test_register_names() -> None:
    assert [register_number(name) for name in ABI_NAMES] == list(range(32))
    assert [register_number(f"x{i}") for i in range(32)] == list(range(32))
    assert register_number("fp") == 8
    assert register_number("x32") is None


def test_document_is_up_to_date() -> None:
    path = Path(__file__).parents[2] / "docs" / "isa.md"
    text = path.read_text(encoding="utf-8")
    assert update(text) == text, "run: python -m nmc.isa.document docs/isa.md"
