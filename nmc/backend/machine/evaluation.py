"""What instructions make of known numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xdsl.dialects import rv32
from xdsl.dialects.builtin import IntegerAttr
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Operation

from nmc.dialects.xpulp.bits import PExtractOp, PExtractuOp
from nmc.dialects.xpulp.loops import BranchImmediate, PBeqimmOp, PBneimmOp
from nmc.dialects.xpulp.scalar import PMaxOp, PMinOp

Arithmetic = Callable[[int, int], int]

WORD = 0xFFFFFFFF

OF_REGISTERS: Mapping[type[Operation], Arithmetic] = {
    riscv.AddOp: lambda a, b: a + b,
    riscv.SubOp: lambda a, b: a - b,
    riscv.MulOp: lambda a, b: a * b,
    riscv.AndOp: lambda a, b: a & b,
    riscv.OrOp: lambda a, b: a | b,
    riscv.XorOp: lambda a, b: a ^ b,
    riscv.SltOp: lambda a, b: int(a < b),
    riscv.SltuOp: lambda a, b: int(a & WORD < b & WORD),
    riscv.SllOp: lambda a, b: a << (b & 31),
    riscv.SrlOp: lambda a, b: (a & WORD) >> (b & 31),
    riscv.SraOp: lambda a, b: a >> (b & 31),
    PMinOp: min,
    PMaxOp: max,
}
"""By instruction, of two registers' signed numbers; the result is yet to be cut to 32 bits."""

OF_IMMEDIATE: Mapping[type[Operation], Arithmetic] = {
    riscv.AddiOp: OF_REGISTERS[riscv.AddOp],
    riscv.AndiOp: OF_REGISTERS[riscv.AndOp],
    riscv.OriOp: OF_REGISTERS[riscv.OrOp],
    riscv.XoriOp: OF_REGISTERS[riscv.XorOp],
    riscv.SltiOp: OF_REGISTERS[riscv.SltOp],
    riscv.SltiuOp: OF_REGISTERS[riscv.SltuOp],
    rv32.SlliOp: OF_REGISTERS[riscv.SllOp],
    rv32.SrliOp: OF_REGISTERS[riscv.SrlOp],
    rv32.SraiOp: OF_REGISTERS[riscv.SraOp],
}
"""The same of a register and an immediate."""

_DIVISIONS: Mapping[type[Operation], Arithmetic] = {
    riscv.DivuOp: lambda a, b: (a & WORD) // (b & WORD) if b else -1,
    riscv.RemuOp: lambda a, b: (a & WORD) % (b & WORD) if b else a,
}
_CONDITIONS: Mapping[type[Operation], Callable[[int, int], bool]] = {
    riscv.BeqOp: lambda a, b: a == b,
    riscv.BneOp: lambda a, b: a != b,
    riscv.BltOp: lambda a, b: a < b,
    riscv.BgeOp: lambda a, b: a >= b,
    riscv.BltuOp: lambda a, b: a & WORD < b & WORD,
    riscv.BgeuOp: lambda a, b: a & WORD >= b & WORD,
    PBeqimmOp: lambda a, b: a == b,
    PBneimmOp: lambda a, b: a != b,
}


def signed(value: int) -> int:
    """The low 32 bits of a number, as a signed one."""
    return ((value + (1 << 31)) & WORD) - (1 << 31)


def immediate_of(op: Operation) -> int | None:
    """The integer immediate of an instruction, None if it has none or names a symbol."""
    attribute = op.attributes.get("immediate")
    return attribute.value.data if isinstance(attribute, IntegerAttr) else None


def evaluate(op: Operation, operands: Sequence[int | None]) -> int | None:
    """The signed number an instruction with one result gives; None where it is not known."""
    kind, immediate = type(op), immediate_of(op)
    if kind is rv32.LiOp:
        return immediate
    if kind is riscv.LuiOp:
        return None if immediate is None else signed(immediate << 12)
    if kind is riscv.MVOp:
        return operands[0]
    if any(operand is None for operand in operands):
        return None
    known = [operand for operand in operands if operand is not None]
    if isinstance(op, PExtractOp | PExtractuOp):
        return _field(known[0], op)
    if kind in OF_IMMEDIATE and immediate is not None:
        return signed(OF_IMMEDIATE[kind](known[0], immediate))
    of_two = OF_REGISTERS.get(kind) or _DIVISIONS.get(kind)
    return None if of_two is None else signed(of_two(*known))


def _field(value: int, op: PExtractOp | PExtractuOp) -> int:
    """A bit field, with its sign or without."""
    shifted = value >> op.position.value.data
    width = min(op.width_minus_one.value.data + 1, 32)
    field = shifted & (1 << width) - 1
    negative = isinstance(op, PExtractOp) and field >> width - 1
    return signed(field - (1 << width) if negative else field)


def branches(op: Operation, operands: Sequence[int | None]) -> bool | None:
    """Whether a conditional branch is taken; None where its operands are not known."""
    if isinstance(op, BranchImmediate):
        operands = [*operands, immediate_of(op)]
    condition = _CONDITIONS.get(type(op))
    if condition is None or None in operands:
        return None
    left, right = (operand for operand in operands if operand is not None)
    return condition(left, right)
