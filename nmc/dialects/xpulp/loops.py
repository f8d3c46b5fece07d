"""Instructions that name a label: hardware-loop set-up and branches on a constant.

They exist only in flat code (after `flatten-control-flow`), where control flow is labels. The end
label of a hardware loop stands on the LAST instruction of the body. The loop is printed as `x0`
(the inner one) or `x1`, the spelling of GNU's assembler.
"""

from __future__ import annotations

from abc import ABC
from typing import ClassVar, Literal, TypeAlias

from xdsl.dialects.builtin import IntegerAttr, IntegerType, Signedness, StringAttr
from xdsl.dialects.riscv.abstract_ops import AssemblyInstructionArg
from xdsl.dialects.riscv.registers import IntRegisterType
from xdsl.irdl import attr_def, irdl_op_definition, operand_def, traits_def
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect

from .formats import SI5, UI12, Value, XInstruction, si5, text, ui12

UI1: TypeAlias = IntegerType[Literal[1], Literal[Signedness.UNSIGNED]]
ui1: UI1 = IntegerType(1, Signedness.UNSIGNED)


class LoopInstruction(XInstruction, ABC):
    """Writes registers of hardware loop 0 or 1; nothing may move across it."""

    loop = attr_def(IntegerAttr[UI1])
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    @property
    def loop_name(self) -> str:
        """The loop as the assembler spells it."""
        return f"x{self.loop.value.data}"


class LoopLabel(LoopInstruction, ABC):
    """`op L, label`."""

    LAYOUT: ClassVar[str] = "HLI"
    label = attr_def(StringAttr)
    assembly_format = "$loop `,` $label attr-dict"

    def __init__(self, loop: int, label: str, *, comment: str | None = None):
        super().__init__(
            attributes={
                "loop": IntegerAttr(loop, ui1),
                "label": StringAttr(label),
                "comment": text(comment),
            }
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.loop_name, self.label.data


@irdl_op_definition
class LpStartiOp(LoopLabel):
    """`lpstart[L] = label`."""

    name = "xpulp.lp.starti"


@irdl_op_definition
class LpEndiOp(LoopLabel):
    """`lpend[L] = label`, the last instruction of the body."""

    name = "xpulp.lp.endi"


@irdl_op_definition
class LpCountOp(LoopInstruction):
    """`lpcount[L] = rs1`; starts the loop."""

    name = "xpulp.lp.count"
    LAYOUT: ClassVar[str] = "HLC"
    rs1 = operand_def(IntRegisterType)
    assembly_format = "$loop `,` $rs1 attr-dict `:` type($rs1)"

    def __init__(self, loop: int, rs1: Value, *, comment: str | None = None):
        super().__init__(
            operands=[rs1],
            attributes={"loop": IntegerAttr(loop, ui1), "comment": text(comment)},
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.loop_name, self.rs1


@irdl_op_definition
class LpCountiOp(LoopInstruction):
    """`lpcount[L] = count`; starts the loop."""

    name = "xpulp.lp.counti"
    LAYOUT: ClassVar[str] = "HLCI"
    count = attr_def(IntegerAttr[UI12])
    assembly_format = "$loop `,` $count attr-dict"

    def __init__(self, loop: int, count: int, *, comment: str | None = None):
        super().__init__(
            attributes={
                "loop": IntegerAttr(loop, ui1),
                "count": IntegerAttr(count, ui12),
                "comment": text(comment),
            }
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.loop_name, self.count


@irdl_op_definition
class LpSetupOp(LoopInstruction):
    """`lpstart[L] = pc + 4; lpend[L] = label; lpcount[L] = rs1`. Reach: pc + 8190."""

    name = "xpulp.lp.setup"
    LAYOUT: ClassVar[str] = "HLS"
    rs1 = operand_def(IntRegisterType)
    label = attr_def(StringAttr)
    assembly_format = "$loop `,` $rs1 `,` $label attr-dict `:` type($rs1)"

    def __init__(self, loop: int, rs1: Value, label: str, *, comment: str | None = None):
        super().__init__(
            operands=[rs1],
            attributes={
                "loop": IntegerAttr(loop, ui1),
                "label": StringAttr(label),
                "comment": text(comment),
            },
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.loop_name, self.rs1, self.label.data


@irdl_op_definition
class LpSetupiOp(LoopInstruction):
    """`lpstart[L] = pc + 4; lpend[L] = label; lpcount[L] = count`. Reach: pc + 62."""

    name = "xpulp.lp.setupi"
    LAYOUT: ClassVar[str] = "HLSI"
    count = attr_def(IntegerAttr[UI12])
    label = attr_def(StringAttr)
    assembly_format = "$loop `,` $count `,` $label attr-dict"

    def __init__(self, loop: int, count: int, label: str, *, comment: str | None = None):
        super().__init__(
            attributes={
                "loop": IntegerAttr(loop, ui1),
                "count": IntegerAttr(count, ui12),
                "label": StringAttr(label),
                "comment": text(comment),
            }
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.loop_name, self.count, self.label.data


class BranchImmediate(XInstruction, ABC):
    """`op rs1, Imm5, label`, the constant -16..15."""

    LAYOUT: ClassVar[str] = "BI"
    rs1 = operand_def(IntRegisterType)
    immediate = attr_def(IntegerAttr[SI5])
    label = attr_def(StringAttr)
    assembly_format = "$rs1 `,` $immediate `,` $label attr-dict `:` type($rs1)"
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    def __init__(self, rs1: Value, immediate: int, label: str, *, comment: str | None = None):
        super().__init__(
            operands=[rs1],
            attributes={
                "immediate": IntegerAttr(immediate, si5),
                "label": StringAttr(label),
                "comment": text(comment),
            },
        )

    def assembly_line_args(self) -> tuple[AssemblyInstructionArg, ...]:
        return self.rs1, self.immediate, self.label.data


@irdl_op_definition
class PBeqimmOp(BranchImmediate):
    """Branches if `rs1 == Imm5`."""

    name = "xpulp.p.beqimm"


@irdl_op_definition
class PBneimmOp(BranchImmediate):
    """Branches if `rs1 != Imm5`."""

    name = "xpulp.p.bneimm"


OPERATIONS = (
    LpStartiOp,
    LpEndiOp,
    LpCountOp,
    LpCountiOp,
    LpSetupOp,
    LpSetupiOp,
    PBeqimmOp,
    PBneimmOp,
)
