"""Known numbers through instructions, against the instruction table's semantics."""

from random import Random

import pytest
from xdsl.dialects import rv32, test
from xdsl.dialects.builtin import IntegerAttr, i32
from xdsl.dialects.riscv import ops as riscv
from xdsl.dialects.riscv.registers import IntRegisterType
from xdsl.ir import Operation

from nmc.backend.machine.evaluation import (
    OF_IMMEDIATE,
    OF_REGISTERS,
    WORD,
    branches,
    evaluate,
    signed,
)
from nmc.dialects.xpulp.bits import PExtractOp, PExtractuOp
from nmc.dialects.xpulp.loops import PBeqimmOp, PBneimmOp
from nmc.isa.table import instruction

from .semantics import Memory, execute

A, B = test.TestOp(result_types=[IntRegisterType.from_name(name) for name in ("a0", "a1")]).results
EDGES = (0, 1, -1, 5, 31, 32, -(1 << 31), (1 << 31) - 1)
PAIRS = (
    *((a, b) for a in EDGES for b in EDGES),
    *((Random(n).getrandbits(32), Random(n + 100).getrandbits(32)) for n in range(20)),
)


def meant(op: Operation, name: str, **fields: int) -> int:
    """What the table says that an instruction makes of fields, as a signed number."""
    row = instruction(op.name.split(".", 1)[1])
    words = {key: value & WORD for key, value in fields.items()}
    return signed(execute(row, words, Memory())[name])


@pytest.mark.parametrize("kind", [*OF_REGISTERS, riscv.DivuOp, riscv.RemuOp])
def test_of_registers(kind: type[Operation]) -> None:
    op = kind.create(operands=[A, B], result_types=[A.type])
    for a, b in PAIRS:
        assert evaluate(op, [signed(a), signed(b)]) == meant(op, "rd", rs1=a, rs2=b)
    assert evaluate(op, [1, None]) is None


@pytest.mark.parametrize("kind", OF_IMMEDIATE)
def test_of_an_immediate(kind: type[Operation]) -> None:
    shifts = kind in (rv32.SlliOp, rv32.SrliOp, rv32.SraiOp)
    row = instruction(kind.name.split(".", 1)[1])
    for a, immediate in [(a, n) for a in EDGES for n in ((0, 7, 31) if shifts else (-2048, -1, 9))]:
        attributes = {"immediate": IntegerAttr(immediate, i32)}
        op = kind.create(operands=[A], result_types=[A.type], attributes=attributes)
        fields = {"rs1": a & WORD, ("shamt" if shifts else "imm"): immediate}
        assert evaluate(op, [a]) == signed(execute(row, fields, Memory())["rd"])


@pytest.mark.parametrize("kind", [PExtractOp, PExtractuOp])
def test_a_field(kind: type[PExtractOp | PExtractuOp]) -> None:
    for width, position in [(0, 0), (3, 4), (31, 0), (7, 24), (15, 8)]:
        op = kind(A, width, position)
        for a, _ in PAIRS:
            assert evaluate(op, [signed(a)]) == meant(op, "rd", rs1=a, Is3=width, Is2=position)


BRANCHES = [
    riscv.BeqOp, riscv.BneOp, riscv.BltOp, riscv.BgeOp, riscv.BltuOp, riscv.BgeuOp,
]  # fmt: skip


@pytest.mark.parametrize("kind", BRANCHES)
def test_branches(kind: type[Operation]) -> None:
    op = kind.create(operands=[A, B])
    for a, b in PAIRS:
        target = meant(op, "npc", rs1=a, rs2=b, pc=64, off=16)
        assert branches(op, [signed(a), signed(b)]) == (target == 80)
    assert branches(op, [None, 0]) is None


def test_branches_on_an_immediate() -> None:
    assert branches(PBeqimmOp(A, -3, ".L"), [-3]) is True
    assert branches(PBneimmOp(A, -3, ".L"), [-3]) is False
    assert branches(PBeqimmOp(A, -3, ".L"), [None]) is None
