"""Operand layouts of the loads and stores of XpulpV2.

A load's results are (value, new pointer), a store's result is the new pointer; the pointer operand
is tied to it. The address is always the OLD pointer.
"""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.backend.assembly_printer import AssemblyPrinter
from xdsl.dialects.builtin import IntegerAttr
from xdsl.dialects.riscv.abstract_ops import AssemblyInstructionArg, assembly_arg_str
from xdsl.dialects.riscv.attrs import SI12, si12
from xdsl.dialects.riscv.registers import IntRegisterType
from xdsl.ir import SSAValue
from xdsl.irdl import attr_def, operand_def, result_def, traits_def
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect

from .formats import UNALLOCATED, TiedInstruction, Value, XInstruction, text


def memory_line(
    op: XInstruction, register: SSAValue, offset: AssemblyInstructionArg, base: str
) -> str:
    """`mnemonic register, offset(base)`."""
    arguments = f"{assembly_arg_str(register)}, {assembly_arg_str(offset)}({base})"
    return AssemblyPrinter.assembly_line(op.assembly_instruction_name(), arguments, op.comment)


class LoadPost(TiedInstruction, ABC):
    """`op rd, imm(rs1!)`: loads from rs1, then rs1 += imm. Results (value, new pointer)."""

    LAYOUT: ClassVar[str] = "LPOST"
    SUFFIX: ClassVar[str] = ".post"
    TIED_RESULT: ClassVar[int] = 1
    rs1 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    rs1_out = result_def(IntRegisterType)
    immediate = attr_def(IntegerAttr[SI12])
    assembly_format = "$rs1 `,` $immediate attr-dict `:` functional-type(operands, results)"
    traits = traits_def(MemoryReadEffect())

    def __init__(
        self,
        rs1: Value,
        immediate: int,
        *,
        rd: IntRegisterType = UNALLOCATED,
        rs1_out: IntRegisterType = UNALLOCATED,
        comment: str | None = None,
    ):
        super().__init__(
            operands=[rs1],
            result_types=[rd, rs1_out],
            attributes={"immediate": IntegerAttr(immediate, si12), "comment": text(comment)},
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rd, self.immediate, self.rs1

    def assembly_line(self) -> str:
        return memory_line(self, self.rd, self.immediate, assembly_arg_str(self.rs1) + "!")


class LoadPostReg(TiedInstruction, ABC):
    """`op rd, rs2(rs1!)`: loads from rs1, then rs1 += rs2. Results (value, new pointer)."""

    LAYOUT: ClassVar[str] = "LRRPOST"
    SUFFIX: ClassVar[str] = ".post_reg"
    TIED_RESULT: ClassVar[int] = 1
    rs1 = operand_def(IntRegisterType)
    rs2 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    rs1_out = result_def(IntRegisterType)
    assembly_format = "$rs1 `,` $rs2 attr-dict `:` functional-type(operands, results)"
    traits = traits_def(MemoryReadEffect())

    def __init__(
        self,
        rs1: Value,
        rs2: Value,
        *,
        rd: IntRegisterType = UNALLOCATED,
        rs1_out: IntRegisterType = UNALLOCATED,
        comment: str | None = None,
    ):
        super().__init__(
            operands=[rs1, rs2],
            result_types=[rd, rs1_out],
            attributes={"comment": text(comment)},
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rd, self.rs2, self.rs1

    def assembly_line(self) -> str:
        return memory_line(self, self.rd, self.rs2, assembly_arg_str(self.rs1) + "!")


class LoadReg(XInstruction, ABC):
    """`op rd, rs2(rs1)`: loads from rs1 + rs2."""

    LAYOUT: ClassVar[str] = "LRR"
    SUFFIX: ClassVar[str] = ".reg"
    rs1 = operand_def(IntRegisterType)
    rs2 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    assembly_format = "$rs1 `,` $rs2 attr-dict `:` functional-type(operands, results)"
    traits = traits_def(MemoryReadEffect())

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
        return self.rd, self.rs2, self.rs1

    def assembly_line(self) -> str:
        return memory_line(self, self.rd, self.rs2, assembly_arg_str(self.rs1))


class StorePost(TiedInstruction, ABC):
    """`op rs2, imm(rs1!)`: stores rs2 to rs1, then rs1 += imm. Result: the new pointer."""

    LAYOUT: ClassVar[str] = "SPOST"
    SUFFIX: ClassVar[str] = ".post"
    rs1 = operand_def(IntRegisterType)
    rs2 = operand_def(IntRegisterType)
    rs1_out = result_def(IntRegisterType)
    immediate = attr_def(IntegerAttr[SI12])
    assembly_format = (
        "$rs1 `,` $rs2 `,` $immediate attr-dict `:` functional-type(operands, results)"
    )
    traits = traits_def(MemoryWriteEffect())

    def __init__(
        self,
        rs1: Value,
        rs2: Value,
        immediate: int,
        *,
        rs1_out: IntRegisterType = UNALLOCATED,
        comment: str | None = None,
    ):
        super().__init__(
            operands=[rs1, rs2],
            result_types=[rs1_out],
            attributes={"immediate": IntegerAttr(immediate, si12), "comment": text(comment)},
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rs2, self.immediate, self.rs1

    def assembly_line(self) -> str:
        return memory_line(self, self.rs2, self.immediate, assembly_arg_str(self.rs1) + "!")


class StorePostReg(TiedInstruction, ABC):
    """`op rs2, rs3(rs1!)`: stores rs2 to rs1, then rs1 += rs3. Result: the new pointer."""

    LAYOUT: ClassVar[str] = "SRRPOST"
    SUFFIX: ClassVar[str] = ".post_reg"
    rs1 = operand_def(IntRegisterType)
    rs2 = operand_def(IntRegisterType)
    rs3 = operand_def(IntRegisterType)
    rs1_out = result_def(IntRegisterType)
    assembly_format = "$rs1 `,` $rs2 `,` $rs3 attr-dict `:` functional-type(operands, results)"
    traits = traits_def(MemoryWriteEffect())

    def __init__(
        self,
        rs1: Value,
        rs2: Value,
        rs3: Value,
        *,
        rs1_out: IntRegisterType = UNALLOCATED,
        comment: str | None = None,
    ):
        super().__init__(
            operands=[rs1, rs2, rs3],
            result_types=[rs1_out],
            attributes={"comment": text(comment)},
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rs2, self.rs3, self.rs1

    def assembly_line(self) -> str:
        return memory_line(self, self.rs2, self.rs3, assembly_arg_str(self.rs1) + "!")


class StoreReg(XInstruction, ABC):
    """`op rs2, rs3(rs1)`: stores rs2 to rs1 + rs3."""

    LAYOUT: ClassVar[str] = "SRR"
    SUFFIX: ClassVar[str] = ".reg"
    rs1 = operand_def(IntRegisterType)
    rs2 = operand_def(IntRegisterType)
    rs3 = operand_def(IntRegisterType)
    assembly_format = "$rs1 `,` $rs2 `,` $rs3 attr-dict `:` `(` type(operands) `)` `->` `(` `)`"
    traits = traits_def(MemoryWriteEffect())

    def __init__(self, rs1: Value, rs2: Value, rs3: Value, *, comment: str | None = None):
        super().__init__(operands=[rs1, rs2, rs3], attributes={"comment": text(comment)})

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rs2, self.rs3, self.rs1

    def assembly_line(self) -> str:
        return memory_line(self, self.rs2, self.rs3, assembly_arg_str(self.rs1))


class LoadImm(XInstruction, ABC):
    """`op rd, imm(rs1)`: a load with side effects (it may sleep until an event)."""

    LAYOUT: ClassVar[str] = "I"
    rs1 = operand_def(IntRegisterType)
    rd = result_def(IntRegisterType)
    immediate = attr_def(IntegerAttr[SI12])
    assembly_format = "$rs1 `,` $immediate attr-dict `:` functional-type(operands, results)"
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

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
            attributes={"immediate": IntegerAttr(immediate, si12), "comment": text(comment)},
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rd, self.immediate, self.rs1

    def assembly_line(self) -> str:
        return memory_line(self, self.rd, self.immediate, assembly_arg_str(self.rs1))
