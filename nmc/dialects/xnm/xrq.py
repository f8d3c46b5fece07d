"""Requantising the first accumulator into the top byte of a register, the others moving down.

    %y1 = xnm.xrq %y0, %multiplier, %zero_point, 40 : (!riscv.reg, !riscv.reg, !riscv.reg) -> ..

clamp(((acc * multiplier + 2^40) >> 41) + zero_point, -128, 127): the immediate is the shift less 1.
"""

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import IntegerAttr
from xdsl.dialects.riscv.abstract_ops import AssemblyInstructionArg
from xdsl.dialects.riscv.registers import IntRegisterType
from xdsl.irdl import attr_def, irdl_op_definition, operand_def, result_def, traits_def
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect

from nmc.dialects.xnm.state import HiddenState
from nmc.dialects.xpulp.formats import UI6, UNALLOCATED, TiedInstruction, Value, text, ui6


class Requantise(TiedInstruction, HiddenState, ABC):
    """`op rd, rs1, rs2, t`: operands (rd, multiplier, zero point)."""

    LAYOUT: ClassVar[str] = "XRQ"
    rd_in = operand_def(IntRegisterType)
    rs1 = operand_def(IntRegisterType)
    rs2 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    shift_less_one = attr_def(IntegerAttr[UI6])
    assembly_format = (
        "$rd_in `,` $rs1 `,` $rs2 `,` $shift_less_one attr-dict `:`"
        " functional-type(operands, results)"
    )
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    def __init__(
        self,
        rd_in: Value,
        rs1: Value,
        rs2: Value,
        shift_less_one: int,
        *,
        rd: IntRegisterType = UNALLOCATED,
        comment: str | None = None,
    ):
        super().__init__(
            operands=[rd_in, rs1, rs2],
            result_types=[rd],
            attributes={
                "shift_less_one": IntegerAttr(shift_less_one, ui6),
                "comment": text(comment),
            },
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rd, self.rs1, self.rs2, self.shift_less_one


@irdl_op_definition
class XrqOp(Requantise):
    """To int8."""

    name = "xnm.xrq"


@irdl_op_definition
class XrquOp(Requantise):
    """To uint8."""

    name = "xnm.xrqu"
