"""The table of compressed instructions: what its rows mean, what is illegal, what GNU says."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nmc.isa.compressed import (
    CompressedInstruction,
    decode_compressed,
    expand,
    is_compressed,
    load_compressed,
)
from nmc.isa.disassembler import disassemble, disassemble_parcels
from nmc.isa.syntax import operand_syntax

ROWS = load_compressed()
PARCELS = [parcel for parcel in range(1 << 16) if is_compressed(parcel)]

# Code, text and the instruction it stands for, from GNU as 2.40 (which gives each of the texts the
# code in front).
KNOWN = """
02c8: c.addi4spn a0, sp, 324 = addi a0, sp, 324
1790: c.addi4spn a2, sp, 992 = addi a2, sp, 992
4e64: c.lw s1, 92(a2) = lw s1, 92(a2)
5f80: c.lw s0, 56(a5) = lw s0, 56(a5)
d9f4: c.sw a3, 116(a1) = sw a3, 116(a1)
0001: c.nop = addi zero, zero, 0
1819: c.addi a6, -26 = addi a6, a6, -26
272d: c.jal 1834 = jal ra, 1834
30d9: c.jal -1850 = jal ra, -1850
50f9: c.li ra, -2 = addi ra, zero, -2
6111: c.addi16sp sp, 256 = addi sp, sp, 256
7115: c.addi16sp sp, -224 = addi sp, sp, -224
6a89: c.lui s5, 0x2 = lui s5, 0x2
7709: c.lui a4, 0xfffe2 = lui a4, 0xfffe2
81bd: c.srli a1, 15 = srli a1, a1, 15
8729: c.srai a4, 10 = srai a4, a4, 10
9a09: c.andi a2, -30 = andi a2, a2, -30
8d1d: c.sub a0, a5 = sub a0, a0, a5
8ca1: c.xor s1, s0 = xor s1, s1, s0
8cc9: c.or s1, a0 = or s1, s1, a0
8de5: c.and a1, s1 = and a1, a1, s1
a759: c.j 1926 = jal zero, 1926
bfd9: c.j -42 = jal zero, -42
cacd: c.beqz a3, 178 = beq a3, zero, 178
ff35: c.bnez a4, -132 = bne a4, zero, -132
03b2: c.slli t2, 12 = slli t2, t2, 12
5c2a: c.lwsp s8, 168(sp) = lw s8, 168(sp)
8b02: c.jr s6 = jalr zero, 0(s6)
83d6: c.mv t2, s5 = add t2, zero, s5
9002: c.ebreak = ebreak
9902: c.jalr s2 = jalr ra, 0(s2)
9a42: c.add s4, a6 = add s4, s4, a6
d3ba: c.swsp a4, 228(sp) = sw a4, 228(sp)
"""
ENTRIES = re.findall(r"^(\w{4}): (.*) = (.*)$", KNOWN, re.MULTILINE)

ILLEGAL = {
    "all zeros": 0x0000,
    "c.addi4spn of 0": 0x0004,
    "c.fld": 0x2000,
    "c.flw": 0x6000,
    "reserved in quadrant 0": 0x8000,
    "c.fsd": 0xA000,
    "c.fsw": 0xE000,
    "c.addi16sp of 0": 0x6101,
    "c.lui of 0": 0x6081,
    "c.srli by 32": 0x9001,
    "c.srai by 32": 0x9401,
    "c.subw": 0x9C01,
    "c.addw": 0x9C21,
    "reserved in quadrant 1": 0x9C41,
    "c.slli by 32": 0x1002,
    "c.fldsp": 0x2002,
    "c.flwsp": 0x6002,
    "c.lwsp to x0": 0x4002,
    "c.jr x0": 0x8002,
    "c.fsdsp": 0xA002,
    "c.fswsp": 0xE002,
}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry[1])
def test_known_codes(entry: tuple[str, str, str]) -> None:
    code, text, meaning = entry
    assert disassemble_parcels(int(code, 16)) == text
    word = expand(int(code, 16))
    assert word is not None
    assert disassemble(word) == meaning


def test_every_row_has_a_known_code() -> None:
    assert {text.split()[0] for _, text, _ in ENTRIES} == {row.mnemonic for row in ROWS}


@pytest.mark.parametrize("name", ILLEGAL)
def test_illegal_codes(name: str) -> None:
    assert expand(ILLEGAL[name]) is None
    assert disassemble_parcels(ILLEGAL[name]) == f".half {ILLEGAL[name]:#06x}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.mnemonic)
def test_row_is_consistent(row: CompressedInstruction) -> None:
    occupied = 0
    for field in row.fields:
        assert occupied & field.word_mask == 0, f"{field.name} overlaps another field"
        occupied |= field.word_mask
    assert occupied & row.mask == 0
    assert (row.match & ~row.mask, (occupied | row.mask) >> 16) == (0, 0)
    written = {operand.field for operand in operand_syntax(row)}
    written |= {operand.base for operand in operand_syntax(row) if operand.base is not None}
    assert written == set(row.field_map), "the syntax shows every field"
    assert set(row.sources) == set(row.expands.field_map)
    used = {source for source in row.sources.values() if isinstance(source, str)}
    assert used == set(row.field_map), "the expansion uses every field"


def test_decoding_is_the_inverse_of_encoding() -> None:
    legal = 0
    for parcel in PARCELS:
        found = decode_compressed(parcel)
        if found is not None:
            row, operands = found
            fields = sum(field.insert(operands[field.name]) for field in row.fields)
            assert row.match | fields == parcel
            legal += 1
    assert legal == 28823


def test_longer_instructions_are_not_compressed() -> None:
    assert not is_compressed(0x0013)
    assert disassemble_parcels(0x00000013) == "addi zero, zero, 0"
    assert disassemble_parcels(0xFFFF0001) == "c.nop"


def gnu_texts(directory: Path) -> Iterator[tuple[int, int, str]]:
    """Address, code and GNU's text of every compressed code there is."""
    source, result = directory / "all.s", directory / "all.o"
    source.write_text("\n".join(f".2byte {parcel}" for parcel in PARCELS) + "\n")
    tool = "riscv64-unknown-elf-{}"
    command = [tool.format("as"), "-march=rv32imc", "-mabi=ilp32", "-o", result, source]
    subprocess.run(command, check=True)
    # Without symbols the codes are not taken for data.
    subprocess.run([tool.format("objcopy"), "--strip-all", result], check=True)
    command = [tool.format("objdump"), "-d", "-M", "no-aliases", result]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in re.findall(r"^ *(\w+):\t(\w{4}) +\t(.*)$", text, re.MULTILINE):
        yield int(line[0], 16), int(line[1], 16), re.sub(r" <.*>| #.*", "", line[2])


def normal(text: str) -> str:
    """Without differences of spelling: white space, and the base of numbers."""
    text = re.sub(r"\s+|,\s*", " ", text).strip()
    return re.sub(r"0x[0-9a-f]+", lambda number: str(int(number[0], 16)), text)


@pytest.mark.skipif(
    shutil.which("riscv64-unknown-elf-objdump") is None,
    reason="riscv64-unknown-elf-objdump (package gcc-riscv64-unknown-elf) is not installed",
)
def test_gnu_agrees_on_all_codes(tmp_path: Path) -> None:
    count = 0
    for address, parcel, theirs in gnu_texts(tmp_path):
        ours = disassemble_parcels(parcel, address)
        count += 1
        if ours.startswith(".half"):
            # GNU also prints what RV32 reserves: shifts by more than 31, and c.addi16sp of 0.
            reserved = parcel & 0x1000 and re.match(r"c\.s(ll|rl|ra)i(64)?\t", theirs)
            assert theirs.startswith((".2byte", "c.unimp")) or reserved or parcel == 0x6101
        elif normal(ours) != normal(theirs):
            # Its own names for shifts by 0, and for one of the ways to do nothing.
            shift = re.fullmatch(r"c\.(s..i)64\t(\w+)", theirs)
            assert shift is None or normal(ours) == f"c.{shift[1]} {shift[2]} 0"
            assert shift is not None or (ours, theirs) == ("c.nop", "c.addi\tzero,0")
    assert count == len(PARCELS)
