"""Gathering words: four pixels of the position that an N:M index names.

The activations of 4 * 2^p pixels lie byte by byte beside each other: position k of pixel q at
k * (4 << p) + q. The gathers of one non-zero follow each other, word after word.

    %x0 = xnm.xgather.m8 %base, %indices, 2 : (!riscv.reg, !riscv.reg) -> !riscv.reg
"""

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import IntegerAttr
from xdsl.dialects.riscv.abstract_ops import AssemblyInstructionArg
from xdsl.dialects.riscv.registers import IntRegisterType
from xdsl.irdl import attr_def, irdl_op_definition, operand_def, result_def, traits_def
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect

from nmc.dialects.xnm.state import UI3, HiddenState, ui3
from nmc.dialects.xpulp.formats import UNALLOCATED, Value, text


class WordGather(HiddenState, ABC):
    """`op rd, rs1, rs2, p`: operands (base, packed indices), result the word."""

    LAYOUT: ClassVar[str] = "XGATHER"
    rs1 = operand_def(IntRegisterType)
    rs2 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    words_log2 = attr_def(IntegerAttr[UI3])
    assembly_format = (
        "$rs1 `,` $rs2 `,` $words_log2 attr-dict `:` functional-type(operands, results)"
    )
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    def __init__(
        self,
        rs1: Value,
        rs2: Value,
        words_log2: int,
        *,
        rd: IntRegisterType = UNALLOCATED,
        comment: str | None = None,
    ):
        super().__init__(
            operands=[rs1, rs2],
            result_types=[rd],
            attributes={"words_log2": IntegerAttr(words_log2, ui3), "comment": text(comment)},
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rd, self.rs1, self.rs2, self.words_log2


@irdl_op_definition
class XgatherM4Op(WordGather):
    """Blocks of 4, 2-bit indices."""

    name = "xnm.xgather.m4"


@irdl_op_definition
class XgatherM8Op(WordGather):
    """Blocks of 8, 4-bit indices."""

    name = "xnm.xgather.m8"


@irdl_op_definition
class XgatherM16Op(WordGather):
    """Blocks of 16, 4-bit indices."""

    name = "xnm.xgather.m16"
