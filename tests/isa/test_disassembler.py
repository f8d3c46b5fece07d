"""Disassembly in the table's syntax."""

import pytest

from nmc.isa.disassembler import disassemble


@pytest.mark.parametrize(
    ("word", "text"),
    [
        (0x00300513, "addi a0, zero, 3"),
        (0x0045258B, "p.lw a1, 4(a0!)"),
        (0x0065407B, "lp.setup x0, a0, 12"),
        (0xFFD5A0E3, "p.beqimm a1, -3, -32"),
        (0xF1402573, "csrrs a0, mhartid, zero"),
        (0x8C001073, "csrrw zero, xdc, zero"),
        (0x12345037, "lui zero, 0x12345"),
        (0x0FF0000F, "fence"),
        (0x0330000F, "fence rw, rw"),
        (0x1000702B, "xdecimate.clr"),
        (0x00000000, ".word 0x00000000"),
        # fence with bits set that only the disassembler's text could not give back.
        (0x0FF0800F, ".word 0x0ff0800f"),
    ],
)
def test_text(word: int, text: str) -> None:
    assert disassemble(word) == text


def test_targets_as_addresses() -> None:
    assert disassemble(0xFFD5A0E3, 0x1C0000F0) == "p.beqimm a1, -3, 0x1c0000d0"
    symbols = {0x1C0000D0: "main"}
    assert disassemble(0xFFD5A0E3, 0x1C0000F0, symbols) == "p.beqimm a1, -3, 0x1c0000d0 <main>"
    assert disassemble(0x0045258B, 0x1C0000F0) == "p.lw a1, 4(a0!)"
