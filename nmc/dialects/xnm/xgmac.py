"""Gather and accumulate: a word of four pixels times one weight, into the core's accumulators.

xnm.xgmac.start %bias : !riscv.reg
xnm.xgmac.m8 %base, %indices, %weights, 2 : !riscv.reg, !riscv.reg, !riscv.reg
%sum0 = xnm.xgmac.pop : !riscv.reg
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


class GatherMac(HiddenState, ABC):
    """`op rs1, rs2, rs3, p`: operands (base, packed indices, packed weights)."""

    LAYOUT: ClassVar[str] = "XGMAC"
    rs1 = operand_def(IntRegisterType)
    rs2 = operand_def(IntRegisterType)
    rs3 = operand_def(IntRegisterType)
    words_log2 = attr_def(IntegerAttr[UI3])
    assembly_format = (
        "$rs1 `,` $rs2 `,` $rs3 `,` $words_log2 attr-dict `:`"
        " type($rs1) `,` type($rs2) `,` type($rs3)"
    )
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    def __init__(
        self, rs1: Value, rs2: Value, rs3: Value, words_log2: int, *, comment: str | None = None
    ):
        super().__init__(
            operands=[rs1, rs2, rs3],
            attributes={"words_log2": IntegerAttr(words_log2, ui3), "comment": text(comment)},
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rs1, self.rs2, self.rs3, self.words_log2


@irdl_op_definition
class XgmacM4Op(GatherMac):
    """Signed pixels, blocks of 4."""

    name = "xnm.xgmac.m4"


@irdl_op_definition
class XgmacM8Op(GatherMac):
    """Signed pixels, blocks of 8."""

    name = "xnm.xgmac.m8"


@irdl_op_definition
class XgmacM16Op(GatherMac):
    """Signed pixels, blocks of 16."""

    name = "xnm.xgmac.m16"


@irdl_op_definition
class XgmacuM4Op(GatherMac):
    """Unsigned pixels, blocks of 4."""

    name = "xnm.xgmacu.m4"


@irdl_op_definition
class XgmacuM8Op(GatherMac):
    """Unsigned pixels, blocks of 8."""

    name = "xnm.xgmacu.m8"


@irdl_op_definition
class XgmacuM16Op(GatherMac):
    """Unsigned pixels, blocks of 16."""

    name = "xnm.xgmacu.m16"


@irdl_op_definition
class XgmacStartOp(HiddenState):
    """Sets the four accumulators to a register and the counter to 0."""

    name = "xnm.xgmac.start"
    LAYOUT: ClassVar[str] = "XSTART"
    rs1 = operand_def(IntRegisterType)
    assembly_format = "$rs1 attr-dict `:` type($rs1)"
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    def __init__(self, rs1: Value, *, comment: str | None = None):
        super().__init__(operands=[rs1], attributes={"comment": text(comment)})

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return (self.rs1,)


@irdl_op_definition
class XgmacPopOp(HiddenState):
    """The first accumulator; the others move up, the last becomes 0."""

    name = "xnm.xgmac.pop"
    LAYOUT: ClassVar[str] = "XPOP"
    rd = result_def(IntRegisterType)
    assembly_format = "attr-dict `:` type($rd)"
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    def __init__(self, *, rd: IntRegisterType = UNALLOCATED, comment: str | None = None):
        super().__init__(result_types=[rd], attributes={"comment": text(comment)})

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return (self.rd,)
