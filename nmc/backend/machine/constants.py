"""Values that cost one instruction to make again, wherever they are needed."""

from xdsl.dialects import rv32
from xdsl.dialects.builtin import IntegerAttr
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Operation, OpResult, SSAValue

from .registers import ZERO, number_of


def constant_of(value: SSAValue) -> int | None:
    """The known 32-bit value of a register (signed), None if unknown or a symbol's address."""
    if not isinstance(value, OpResult):
        return None
    op = value.op
    if isinstance(op, rv32.LiOp | riscv.LuiOp) and isinstance(op.immediate, IntegerAttr):
        number = op.immediate.value.data
        if isinstance(op, riscv.LuiOp):
            number <<= 12
        return ((number + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
    return 0 if is_zero_register(value) else None


def is_zero_register(value: SSAValue) -> bool:
    """Whether the value is register x0 itself."""
    return (
        isinstance(value, OpResult)
        and isinstance(value.op, rv32.GetRegisterOp)
        and number_of(value.type) == ZERO
    )


def is_constant_op(op: Operation) -> bool:
    """Whether an operation makes the same value anywhere: `li`, `lui`."""
    return isinstance(op, rv32.LiOp | riscv.LuiOp)


def instructions_of_constant(value: int) -> int:
    """Instructions `li` expands to: 1 if `addi` or `lui` alone will do, else 2."""
    low_twelve = value & 0xFFF
    return 1 if -2048 <= value < 2048 or low_twelve == 0 else 2


def is_cheap_constant(value: SSAValue) -> bool:
    """Whether a copy of the value is better made by making the constant again."""
    number = constant_of(value)
    return number is not None and instructions_of_constant(number) == 1
