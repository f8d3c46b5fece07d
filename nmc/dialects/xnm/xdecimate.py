"""Gathering bytes into lanes.

`xdecimate` gathers one byte of an N:M block into one byte lane of rd; which block, which lane and
which packed index follow from a counter of the core (CSR `xdc`) that every gather steps by one.
The counter is hidden state, so these operations keep their order among themselves.

    xnm.xdecimate.clr
    %w1 = xnm.xdecimate.m8 %w0, %base, %indices : (!riscv.reg, !riscv.reg, !riscv.reg) -> !riscv.reg
"""

from abc import ABC
from typing import ClassVar

from xdsl.dialects.riscv.abstract_ops import AssemblyInstructionArg
from xdsl.dialects.riscv.registers import IntRegisterType
from xdsl.irdl import irdl_op_definition, operand_def, result_def, traits_def
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect

from nmc.dialects.xnm.state import HiddenState
from nmc.dialects.xpulp.formats import UNALLOCATED, TiedInstruction, Value, text


class Gather(TiedInstruction, HiddenState, ABC):
    """`op rd, rs1, rs2`: operands (rd, base, packed indices), result rd with one lane replaced."""

    LAYOUT: ClassVar[str] = "RACC"
    rd_in = operand_def(IntRegisterType)
    rs1 = operand_def(IntRegisterType)
    rs2 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    assembly_format = "$rd_in `,` $rs1 `,` $rs2 attr-dict `:` functional-type(operands, results)"
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    def __init__(
        self,
        rd_in: Value,
        rs1: Value,
        rs2: Value,
        *,
        rd: IntRegisterType = UNALLOCATED,
        comment: str | None = None,
    ):
        super().__init__(
            operands=[rd_in, rs1, rs2],
            result_types=[rd],
            attributes={"comment": text(comment)},
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rd, self.rs1, self.rs2


@irdl_op_definition
class XdecimateM4Op(Gather):
    """Blocks of 4; 2-bit indices, each stored twice (once for each of two pixels)."""

    name = "xnm.xdecimate.m4"


@irdl_op_definition
class XdecimateM8Op(Gather):
    """Blocks of 8; 4-bit indices, each stored twice."""

    name = "xnm.xdecimate.m8"


@irdl_op_definition
class XdecimateM16Op(Gather):
    """Blocks of 16; 4-bit indices, each stored twice."""

    name = "xnm.xdecimate.m16"


@irdl_op_definition
class XdecimateSM4Op(Gather):
    """Blocks of 4; 2-bit indices, one shared by two consecutive gathers."""

    name = "xnm.xdecimate.s.m4"


@irdl_op_definition
class XdecimateSM8Op(Gather):
    """Blocks of 8; 4-bit indices, one shared by two consecutive gathers."""

    name = "xnm.xdecimate.s.m8"


@irdl_op_definition
class XdecimateSM16Op(Gather):
    """Blocks of 16; 4-bit indices, one shared by two consecutive gathers."""

    name = "xnm.xdecimate.s.m16"


@irdl_op_definition
class XdecimateClrOp(HiddenState):
    """Sets the counter to 0."""

    name = "xnm.xdecimate.clr"
    LAYOUT: ClassVar[str] = "NONE"
    assembly_format = "attr-dict"
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    def __init__(self, *, comment: str | None = None):
        super().__init__(attributes={"comment": text(comment)})

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return ()
