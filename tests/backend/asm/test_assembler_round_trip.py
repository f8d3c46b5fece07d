"""Assembler, disassembler and other people's assemblers, on every row of the table."""

import random
from pathlib import Path

import pytest

from nmc.backend.asm.layout import lay_out
from nmc.backend.asm.linking import link
from nmc.backend.asm.parser import parse_assembly
from nmc.backend.asm.printer import print_assembly, print_stock
from nmc.backend.asm.statements import Statements
from nmc.backend.asm.stock_insn import STOCK_EXTENSIONS
from nmc.isa.disassembler import disassemble
from nmc.isa.syntax import Kind, operand_syntax
from nmc.isa.table import Instruction, encode, load_table
from tests.backend.asm.other_assemblers import INSTALLED, assemble_with

ROWS = load_table()


def random_words(row: Instruction, count: int) -> list[int]:
    rng = random.Random(row.index)
    words: list[int] = []
    for _ in range(count):
        # No assembler but ours can write a fence that orders nothing.
        lows = {f.name: 1 if row.mnemonic == "fence" else f.low for f in row.fields}
        operands = {f.name: rng.randrange(lows[f.name], f.high + 1, f.step) for f in row.fields}
        words.append(encode(row, operands))
    return words


def text_bytes(program: Statements) -> bytes:
    data = link(lay_out(program), {}).section(".text").data
    assert data is not None
    return data


def to_bytes(words: list[int]) -> bytes:
    return b"".join(word.to_bytes(4, "little") for word in words)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_every_row(row: Instruction) -> None:
    words = random_words(row, 20)
    text = "".join(f"\t{disassemble(word)}\n" for word in words)
    assert ".word" not in text
    program = parse_assembly(text)
    assert text_bytes(program) == to_bytes(words)
    assert print_assembly(program) == text


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_every_row_as_stock(row: Instruction) -> None:
    words = random_words(row, 5)
    program = parse_assembly("".join(f"{disassemble(word)}\n" for word in words))
    stock = print_stock(lay_out(program), {})
    assert (".insn" in stock) == (row.ext not in STOCK_EXTENSIONS)
    assert text_bytes(parse_assembly(stock)) == to_bytes(words)


def with_labels(rows: list[Instruction]) -> str:
    """A program of every row, branches and loops to labels, addresses of data, data."""
    lines = [".text", "la a0, table", "start: beqz a0, start"]
    for row in rows:
        kinds = [operand.kind for operand in operand_syntax(row)]
        for word in random_words(row, 3):
            text = disassemble(word)
            if Kind.LABEL in kinds:
                label = f".L{len(lines)}"
                lines += [text.rpartition(" ")[0] + f" {label}", "nop", "nop", f"{label}: nop"]
            else:
                lines.append(text)
    lines += ["j start", ".balign 16"]
    lines += ['.section .data.l2, "aw", @progbits', "table: .word 1, table + 4, -1, 0xffffffff"]
    lines += [".half 1, -2", ".byte 255", ".zero 5", ".balign 8", r'.ascii "a\"\\\n#b"', ".zero 3"]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", INSTALLED)
def test_other_assemblers_make_the_same_bytes(name: str, tmp_path: Path) -> None:
    program = parse_assembly(with_labels(list(ROWS)))
    bases = {".text": 0x1C000000, ".data.l2": 0x1C010000}
    linked = link(lay_out(program), bases)
    sections = assemble_with(name, print_stock(lay_out(program), bases), tmp_path)
    for section in linked.sections:
        assert sections[section.name] == section.data, section.name


@pytest.mark.parametrize("name", INSTALLED)
def test_base_instructions_agree(name: str, tmp_path: Path) -> None:
    """RV32IM in plain mnemonics, nothing as `.insn`."""
    rows = [row for row in ROWS if row.ext in STOCK_EXTENSIONS]
    labelled = {row for row in rows if any(o.kind is Kind.LABEL for o in operand_syntax(row))}
    words = [word for row in rows if row not in labelled for word in random_words(row, 20)]
    program = parse_assembly("".join(f"{disassemble(word)}\n" for word in words))
    text = print_stock(lay_out(program), {})
    assert ".insn" not in text
    assert assemble_with(name, text, tmp_path)[".text"] == to_bytes(words)
