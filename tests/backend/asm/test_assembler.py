"""The assembler's text: directives, expressions, pseudo-instructions, errors."""

from collections.abc import Mapping

import pytest

from nmc.backend.asm.data_words import format_words, parse_words
from nmc.backend.asm.expressions import Expression, parse_expression
from nmc.backend.asm.layout import lay_out
from nmc.backend.asm.linking import Linked, link
from nmc.backend.asm.parser import parse_assembly
from nmc.backend.asm.printer import print_assembly
from nmc.errors import NmcError
from nmc.isa.disassembler import disassemble


def assemble(text: str, bases: Mapping[str, int] | None = None) -> Linked:
    return link(lay_out(parse_assembly(text, "t.s")), bases or {})


def listing(text: str, base: int = 0) -> list[str]:
    data = assemble(text, {".text": base}).section(".text").data
    assert data is not None
    words = [int.from_bytes(data[i : i + 4], "little") for i in range(0, len(data), 4)]
    return [disassemble(word) for word in words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("li a0, 5", ["addi a0, zero, 5"]),
        ("li a0, -2048", ["addi a0, zero, -2048"]),
        ("li a0, 2048", ["lui a0, 0x1", "addi a0, a0, -2048"]),
        ("li a0, 0x80000000", ["lui a0, 0x80000"]),
        ("li a0, -0x80000000", ["lui a0, 0x80000"]),
        ("li a0, 0xffffffff", ["addi a0, zero, -1"]),
        ("li a0, 0x7fffffff", ["lui a0, 0x80000", "addi a0, a0, -1"]),
        ("li a0, 0x12345fff", ["lui a0, 0x12346", "addi a0, a0, -1"]),
        ("la a0, x\nx:", ["lui a0, 0x1c000", "addi a0, a0, 8"]),
        ("x: li a0, x+0x7fc", ["lui a0, 0x1c000", "addi a0, a0, 2044"]),
        ("x: li a0, x + 0x800", ["lui a0, 0x1c001", "addi a0, a0, -2048"]),
        ("mv a0, a1", ["addi a0, a1, 0"]),
        ("neg a0, a1\nnot a0, a1", ["sub a0, zero, a1", "xori a0, a1, -1"]),
        ("seqz a0, a1\nsnez a0, a1", ["sltiu a0, a1, 1", "sltu a0, zero, a1"]),
        ("x: j x\njal x\ncall x", ["jal zero, 0", "jal ra, -4", "jal ra, -8"]),
        ("ret\njr a0\njalr a0", ["jalr zero, 0(ra)", "jalr zero, 0(a0)", "jalr ra, 0(a0)"]),
        ("x: beqz a0, x\nbgt a0, a1, x", ["beq a0, zero, 0", "blt a1, a0, -4"]),
        ("x: blez a0, x\nble a0, a1, x", ["bge zero, a0, 0", "bge a1, a0, -4"]),
        ("csrr a0, mcycle\ncsrw xdc, a0", ["csrrs a0, mcycle, zero", "csrrw zero, xdc, a0"]),
        ("nop\nfence", ["addi zero, zero, 0", "fence"]),
        ("lw a0, (a1)", ["lw a0, 0(a1)"]),
        ("P.LW x10, 4( x11! )", ["p.lw a0, 4(a1!)"]),
        ("p.lw a0, a2(a1!)\np.lw a0, a2(a1)", ["p.lw a0, a2(a1!)", "p.lw a0, a2(a1)"]),
        ("p.lw a0, 4(a1)", ["lw a0, 4(a1)"]),
        ("p.addn a0, a1, a2, 3", ["p.addN a0, a1, a2, 3"]),
        ("a: b: nop # c: x", ["addi zero, zero, 0"]),
        (
            "lp.setup x1, a0, .Le\nnop\nnop\n.Le: nop",
            ["lp.setup x1, a0, 12"] + 3 * ["addi zero, zero, 0"],
        ),
        (".insn sb 0x63, 2, a1, x29, x\nx:", ["p.beqimm a1, -3, 4"]),
        (".insn i 0x0b, 2, a1, a0, -4", ["p.lw a1, -4(a0!)"]),
        (".insn s 0x2b, 2, a1, -4(a0)", ["p.sw a1, -4(a0!)"]),
        (".insn r 0x2b, 7, 1, a1, a0, a2", ["xdecimate.m8 a1, a0, a2"]),
    ],
)
def test_instructions(text: str, expected: list[str]) -> None:
    assert listing(text, 0x1C000000) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nop\nfoo a0", "t.s:2: unknown instruction 'foo'"),
        ("addi a0, a1", "t.s:1: operands 'a0, a1' do not fit 'addi rd, rs1, imm'"),
        ("addi a0, a1, a2", "t.s:1: operands 'a0, a1, a2' do not fit"),
        ("p.lw a0, 4(a1", "t.s:1: operands 'a0, 4(a1' do not fit 'p.lw rd, imm(rs1!)' or"),
        ("addi a0, a1, 4096", "t.s:1: addi: operand imm = 4096 is not in -2048..2047"),
        ("\n\nj nowhere", "t.s:3: undefined symbol 'nowhere'"),
        ("x: nop\nx: nop", "t.s:2: symbol 'x' is already defined at t.s:1"),
        (
            "x: .zero 5000\nbeq a0, a1, x",
            "t.s:2: beq: x is -5000 bytes away, the reach is -4096..4094 in steps of 2",
        ),
        ("x: nop\nlp.setupi x0, 4, x", "t.s:2: lp.setupi: x is -4 bytes away, the reach is 0..62"),
        (".foo 3", "t.s:1: unknown directive .foo"),
        (".balign 3", "t.s:1: 3 is not a power of two"),
        (".byte 256", "t.s:1: 256 needs over 1 bytes"),
        (".word", "t.s:1: .word takes values"),
        (".half x\n.equ x, 70000", "t.s:1: 70000 needs over 2 bytes"),
        (".word 1 2", "t.s:1: '1 2' is not an expression"),
        (".equ x, x + 1\n.word x", "t.s:1: symbol 'x' is defined by itself"),
        ('.section .b, "aw", @nobits\n.word 1', "t.s:2: section .b holds no bytes"),
        ('.section .b, "aq"', 't.s:1: section flags "aq" are not'),
        (".byte 1\nnop", "t.s:2: instruction at the odd offset 1"),
        (".ascii 3", "t.s:1: .ascii takes one string"),
        ("li a0, 0x100000000", "t.s:1: li: 4294967296 does not fit 32 bits"),
        (".insn r 0x2b, 7, 3, a0, a0, a0", "t.s:1: .insn: 0x06a5752b is no instruction"),
        (".insn q 1", "t.s:1: .insn: unknown form 'q 1'"),
        ('.section .text, "aw"', "t.s:1: section .text changes its flags or type"),
    ],
)
def test_errors(text: str, message: str) -> None:
    with pytest.raises(NmcError) as error:
        assemble(text)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_sections_and_symbols() -> None:
    linked = assemble(
        """
        .globl start
        .type start, @function
        start: nop
        ret
        .size start, .-start
        .section .data.l2, "aw", @progbits
        .byte 1
        .balign 4
        table: .word start, table - start, start + 4
        .size table, 12
        .type table, @object
        .section .bss.l1, "aw", @nobits
        .balign 16
        buffer: .zero 100
        .equ size, 3 + 4
        """,
        {".text": 0x1000, ".data.l2": 0x2000, ".bss.l1": 0x3000},
    )
    assert linked.section(".data.l2").data == bytes.fromhex("01000000 00100000 04100000 04100000")
    bss = linked.section(".bss.l1")
    assert (bss.address, bss.size, bss.data, bss.alignment) == (0x3000, 100, None, 16)
    symbols = {s.name: (s.value, s.size, s.kind, s.is_global) for s in linked.symbols.values()}
    assert symbols == {
        "start": (0x1000, 8, "function", True),
        "table": (0x2004, 12, "object", False),
        "buffer": (0x3000, 0, "none", False),
        "size": (7, 0, "none", False),
    }


def test_padding_of_code_is_nops() -> None:
    assert listing("ret\n.balign 16\nret") == [
        "jalr zero, 0(ra)",
        *3 * ["addi zero, zero, 0"],
        "jalr zero, 0(ra)",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0x10", 16),
        (" -3 ", -3),
        ("1 + 2 - 5", -2),
        ("%hi(0x12345fff)", 0x12346000),
        ("%lo(0x12345fff)", -1),
        ("a", Expression("a")),
        ("a - b + 4", Expression("a", "b", 4)),
        ("4+a", Expression("a", None, 4)),
        ("--4", 4),
        ("%lo(a-1)", Expression("a", None, -1, "lo")),
        ("a b", None),
        ("a + b", None),
        ("a -", None),
        ("", None),
        ("%up(a)", None),
    ],
)
def test_expressions(text: str, value: int | Expression | None) -> None:
    assert parse_expression(text) == value
    if isinstance(value, Expression):
        assert parse_expression(str(value)) == value


@pytest.mark.parametrize("size", [0, 1, 3, 4, 31, 32, 33, 64, 1000, 4099])
def test_data_lines(size: int) -> None:
    data = bytes((i * 7 + i // 256) & 255 for i in range(size))
    program = parse_assembly(f".data\n{format_words(data)}\n.byte 9\n")
    assert link(lay_out(program), {}).section(".data").data == data + b"\t"
    # However long it is, the run is one statement.
    assert len(program.items) <= 4
    assert parse_assembly(print_assembly(program)).items == program.items


def test_data_lines_in_other_shapes() -> None:
    assert parse_words("\t.word 0x04030201, 0x08070605\n") == bytes(range(1, 9))
    text = "\t.word 0x00000001\n\t.word 0x00000002 # two\n .word 3,0x4\n\t.word 0x00000005\n"
    program = parse_assembly(".data\n" + text)
    data = link(lay_out(program), {}).section(".data").data
    assert data == b"".join(i.to_bytes(4, "little") for i in (1, 2, 3, 4, 5))


def test_line_numbers_behind_data() -> None:
    text = ".data\n" + format_words(bytes(4096)) + "oops\n"
    with pytest.raises(NmcError, match=f"^t.s:{text.count(chr(10))}: unknown instruction"):
        parse_assembly(text, "t.s")
