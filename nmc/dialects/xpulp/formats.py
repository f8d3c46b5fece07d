"""Operand layouts shared by the instructions of XpulpV2 and of our extension.

One abstract class for each assembly layout of the instruction table (its column `format`). A
concrete instruction is then a class with a name and a docstring. Operand order in the IR is the
order of the registers an instruction reads: a destination that is also read comes first, and is
tied to the result (`get_register_constraints().inouts`), so the allocator gives both one register.
"""

from __future__ import annotations

from abc import ABC
from typing import ClassVar, Literal, TypeAlias

from xdsl.backend.register_allocatable import RegisterConstraints
from xdsl.dialects.builtin import IntegerAttr, IntegerType, Signedness, StringAttr
from xdsl.dialects.riscv.abstract_ops import AssemblyInstructionArg, RISCVInstruction
from xdsl.dialects.riscv.attrs import UI5, ui5
from xdsl.dialects.riscv.registers import IntRegisterType, Registers
from xdsl.ir import Operation, SSAValue
from xdsl.irdl import attr_def, operand_def, result_def, traits_def
from xdsl.traits import AlwaysSpeculatable

Value: TypeAlias = SSAValue | Operation
SI5: TypeAlias = IntegerType[Literal[5], Literal[Signedness.SIGNED]]
SI6: TypeAlias = IntegerType[Literal[6], Literal[Signedness.SIGNED]]
UI6: TypeAlias = IntegerType[Literal[6], Literal[Signedness.UNSIGNED]]
UI12: TypeAlias = IntegerType[Literal[12], Literal[Signedness.UNSIGNED]]
si5: SI5 = IntegerType(5, Signedness.SIGNED)
si6: SI6 = IntegerType(6, Signedness.SIGNED)
ui6: UI6 = IntegerType(6, Signedness.UNSIGNED)
ui12: UI12 = IntegerType(12, Signedness.UNSIGNED)

UNALLOCATED = Registers.UNALLOCATED_INT


def text(comment: str | None) -> StringAttr | None:
    """The comment attribute of an instruction."""
    return None if comment is None else StringAttr(comment)


class XInstruction(RISCVInstruction, ABC):
    """An instruction of the table: prints as `mnemonic operands` in the table's operand order.

    The mnemonic is the operation's name without the dialect and without `SUFFIX` (several operand
    layouts of one mnemonic are several operations).
    """

    SUFFIX: ClassVar[str] = ""
    LAYOUT: ClassVar[str]
    """Value of the table's column `format`."""

    def assembly_instruction_name(self) -> str:
        return self.name.split(".", 1)[1].removesuffix(self.SUFFIX)


class TiedInstruction(XInstruction, ABC):
    """An instruction whose first operand is overwritten by the result at `TIED_RESULT`."""

    TIED_RESULT: ClassVar[int] = 0

    def get_register_constraints(self) -> RegisterConstraints:
        tied = self.results[self.TIED_RESULT]
        return RegisterConstraints(
            self.operands[1:],
            [result for result in self.results if result is not tied],
            [(self.operands[0], tied)],
        )


class RdRs(XInstruction, ABC):
    """`op rd, rs1`."""

    LAYOUT: ClassVar[str] = "R1"
    rs1 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    assembly_format = "$rs1 attr-dict `:` functional-type(operands, results)"
    traits = traits_def(AlwaysSpeculatable())

    def __init__(
        self, rs1: Value, *, rd: IntRegisterType = UNALLOCATED, comment: str | None = None
    ):
        super().__init__(operands=[rs1], result_types=[rd], attributes={"comment": text(comment)})

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rd, self.rs1


class RdRsRs(XInstruction, ABC):
    """`op rd, rs1, rs2`."""

    LAYOUT: ClassVar[str] = "R"
    rs1 = operand_def(IntRegisterType)
    rs2 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    assembly_format = "$rs1 `,` $rs2 attr-dict `:` functional-type(operands, results)"
    traits = traits_def(AlwaysSpeculatable())

    def __init__(
        self,
        rs1: Value,
        rs2: Value,
        *,
        rd: IntRegisterType = UNALLOCATED,
        comment: str | None = None,
    ):
        super().__init__(
            operands=[rs1, rs2], result_types=[rd], attributes={"comment": text(comment)}
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rd, self.rs1, self.rs2


class RdRsRsAcc(TiedInstruction, ABC):
    """`op rd, rs1, rs2` that reads the old rd: operands (rd, rs1, rs2)."""

    LAYOUT: ClassVar[str] = "RACC"
    rd_in = operand_def(IntRegisterType)
    rs1 = operand_def(IntRegisterType)
    rs2 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    assembly_format = "$rd_in `,` $rs1 `,` $rs2 attr-dict `:` functional-type(operands, results)"
    traits = traits_def(AlwaysSpeculatable())

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


class RdRsRsShift(XInstruction, ABC):
    """`op rd, rs1, rs2, Is3` with a final right shift by Is3 (0..31)."""

    LAYOUT: ClassVar[str] = "RN"
    rs1 = operand_def(IntRegisterType)
    rs2 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    shift = attr_def(IntegerAttr[UI5])
    assembly_format = "$rs1 `,` $rs2 `,` $shift attr-dict `:` functional-type(operands, results)"
    traits = traits_def(AlwaysSpeculatable())

    def __init__(
        self,
        rs1: Value,
        rs2: Value,
        shift: int,
        *,
        rd: IntRegisterType = UNALLOCATED,
        comment: str | None = None,
    ):
        super().__init__(
            operands=[rs1, rs2],
            result_types=[rd],
            attributes={"shift": IntegerAttr(shift, ui5), "comment": text(comment)},
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rd, self.rs1, self.rs2, self.shift


class RdRsRsShiftAcc(TiedInstruction, ABC):
    """`op rd, rs1, rs2, Is3` that adds to the old rd before the shift."""

    LAYOUT: ClassVar[str] = "RNACC"
    rd_in = operand_def(IntRegisterType)
    rs1 = operand_def(IntRegisterType)
    rs2 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    shift = attr_def(IntegerAttr[UI5])
    assembly_format = (
        "$rd_in `,` $rs1 `,` $rs2 `,` $shift attr-dict `:` functional-type(operands, results)"
    )
    traits = traits_def(AlwaysSpeculatable())

    def __init__(
        self,
        rd_in: Value,
        rs1: Value,
        rs2: Value,
        shift: int,
        *,
        rd: IntRegisterType = UNALLOCATED,
        comment: str | None = None,
    ):
        super().__init__(
            operands=[rd_in, rs1, rs2],
            result_types=[rd],
            attributes={"shift": IntegerAttr(shift, ui5), "comment": text(comment)},
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rd, self.rs1, self.rs2, self.shift


class RdRsField(XInstruction, ABC):
    """`op rd, rs1, Is3, Is2`: the bit field of Is3 + 1 bits that starts at bit Is2."""

    LAYOUT: ClassVar[str] = "BITI"
    rs1 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    width_minus_one = attr_def(IntegerAttr[UI5])
    position = attr_def(IntegerAttr[UI5])
    assembly_format = (
        "$rs1 `,` $width_minus_one `,` $position attr-dict `:` functional-type(operands, results)"
    )
    traits = traits_def(AlwaysSpeculatable())

    def __init__(
        self,
        rs1: Value,
        width_minus_one: int,
        position: int,
        *,
        rd: IntRegisterType = UNALLOCATED,
        comment: str | None = None,
    ):
        super().__init__(
            operands=[rs1],
            result_types=[rd],
            attributes={
                "width_minus_one": IntegerAttr(width_minus_one, ui5),
                "position": IntegerAttr(position, ui5),
                "comment": text(comment),
            },
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rd, self.rs1, self.width_minus_one, self.position


class RdRsFieldAcc(TiedInstruction, ABC):
    """`op rd, rs1, Is3, Is2` that writes a bit field of the old rd."""

    LAYOUT: ClassVar[str] = "BITIACC"
    rd_in = operand_def(IntRegisterType)
    rs1 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    width_minus_one = attr_def(IntegerAttr[UI5])
    position = attr_def(IntegerAttr[UI5])
    assembly_format = (
        "$rd_in `,` $rs1 `,` $width_minus_one `,` $position attr-dict `:`"
        " functional-type(operands, results)"
    )
    traits = traits_def(AlwaysSpeculatable())

    def __init__(
        self,
        rd_in: Value,
        rs1: Value,
        width_minus_one: int,
        position: int,
        *,
        rd: IntRegisterType = UNALLOCATED,
        comment: str | None = None,
    ):
        super().__init__(
            operands=[rd_in, rs1],
            result_types=[rd],
            attributes={
                "width_minus_one": IntegerAttr(width_minus_one, ui5),
                "position": IntegerAttr(position, ui5),
                "comment": text(comment),
            },
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rd, self.rs1, self.width_minus_one, self.position


class RdRsClip(XInstruction, ABC):
    """`op rd, rs1, Is2`: clips to Is2 bits."""

    LAYOUT: ClassVar[str] = "CLIPI"
    rs1 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    bits = attr_def(IntegerAttr[UI5])
    assembly_format = "$rs1 `,` $bits attr-dict `:` functional-type(operands, results)"
    traits = traits_def(AlwaysSpeculatable())

    def __init__(
        self,
        rs1: Value,
        bits: int,
        *,
        rd: IntRegisterType = UNALLOCATED,
        comment: str | None = None,
    ):
        super().__init__(
            operands=[rs1],
            result_types=[rd],
            attributes={"bits": IntegerAttr(bits, ui5), "comment": text(comment)},
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rd, self.rs1, self.bits


class RdRsSigned6(XInstruction, ABC):
    """`op rd, rs1, imm6`, immediate -32..31."""

    LAYOUT: ClassVar[str] = "VS"
    rs1 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    immediate = attr_def(IntegerAttr[SI6])
    assembly_format = "$rs1 `,` $immediate attr-dict `:` functional-type(operands, results)"
    traits = traits_def(AlwaysSpeculatable())

    def __init__(
        self,
        rs1: Value,
        immediate: int,
        *,
        rd: IntRegisterType = UNALLOCATED,
        comment: str | None = None,
    ):
        super().__init__(
            operands=[rs1],
            result_types=[rd],
            attributes={"immediate": IntegerAttr(immediate, si6), "comment": text(comment)},
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rd, self.rs1, self.immediate


class RdRsUnsigned6(XInstruction, ABC):
    """`op rd, rs1, imm6`, immediate 0..63."""

    LAYOUT: ClassVar[str] = "VU"
    rs1 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    immediate = attr_def(IntegerAttr[UI6])
    assembly_format = "$rs1 `,` $immediate attr-dict `:` functional-type(operands, results)"
    traits = traits_def(AlwaysSpeculatable())

    def __init__(
        self,
        rs1: Value,
        immediate: int,
        *,
        rd: IntRegisterType = UNALLOCATED,
        comment: str | None = None,
    ):
        super().__init__(
            operands=[rs1],
            result_types=[rd],
            attributes={"immediate": IntegerAttr(immediate, ui6), "comment": text(comment)},
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rd, self.rs1, self.immediate


class RdRsUnsigned6Acc(TiedInstruction, ABC):
    """`op rd, rs1, imm6` that reads the old rd, immediate 0..63."""

    LAYOUT: ClassVar[str] = "VUACC"
    rd_in = operand_def(IntRegisterType)
    rs1 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    immediate = attr_def(IntegerAttr[UI6])
    assembly_format = (
        "$rd_in `,` $rs1 `,` $immediate attr-dict `:` functional-type(operands, results)"
    )
    traits = traits_def(AlwaysSpeculatable())

    def __init__(
        self,
        rd_in: Value,
        rs1: Value,
        immediate: int,
        *,
        rd: IntRegisterType = UNALLOCATED,
        comment: str | None = None,
    ):
        super().__init__(
            operands=[rd_in, rs1],
            result_types=[rd],
            attributes={"immediate": IntegerAttr(immediate, ui6), "comment": text(comment)},
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rd, self.rs1, self.immediate
