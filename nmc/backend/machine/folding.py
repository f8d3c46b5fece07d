"""Local simplifications of machine instructions on virtual registers."""

from __future__ import annotations

from xdsl.dialects import rv32
from xdsl.dialects.builtin import IntegerAttr
from xdsl.dialects.riscv import ops as riscv
from xdsl.dialects.riscv.abstract_ops import RdRsImmIntegerOperation
from xdsl.dialects.riscv.attrs import si12
from xdsl.ir import Operation, SSAValue

from nmc.dialects.xpulp import loads, stores
from nmc.dialects.xpulp.bits import PExtractOp, PExtractuOp
from nmc.dialects.xpulp.memory_formats import LoadReg, StoreReg

from .constants import constant_of
from .evaluation import OF_IMMEDIATE, OF_REGISTERS, immediate_of, signed

Replacement = SSAValue | Operation | None
"""A value that already exists, a new operation with one result, or None to leave it as it is."""


def fits_immediate(value: int) -> bool:
    """Whether a number fits the signed 12-bit immediate of I and S instructions."""
    return -2048 <= value < 2048


_IMMEDIATE_FORM: dict[type[Operation], type[RdRsImmIntegerOperation]] = {
    riscv.AddOp: riscv.AddiOp,
    riscv.AndOp: riscv.AndiOp,
    riscv.OrOp: riscv.OriOp,
    riscv.XorOp: riscv.XoriOp,
    riscv.SltOp: riscv.SltiOp,
    riscv.SltuOp: riscv.SltiuOp,
}
_COMMUTATIVE = (riscv.AddOp, riscv.AndOp, riscv.OrOp, riscv.XorOp, riscv.MulOp)
_SHIFTS = {riscv.SllOp: rv32.SlliOp, riscv.SrlOp: rv32.SrliOp, riscv.SraOp: rv32.SraiOp}
_NEUTRAL_ZERO = (
    *(riscv.AddiOp, riscv.OriOp, riscv.XoriOp),
    *(rv32.SlliOp, rv32.SrliOp, rv32.SraiOp),
)


def fold(op: Operation) -> Replacement:
    """What an instruction with one result can be replaced by."""
    match op:
        case riscv.MVOp():
            return op.rs
        case _ if type(op) in OF_REGISTERS:
            return _fold_registers(op)
        case _ if type(op) in OF_IMMEDIATE:
            return _fold_immediate(op)
        case _:
            return None


def _fold_registers(op: Operation) -> Replacement:
    left, right = op.operands
    a, b = constant_of(left), constant_of(right)
    kind = type(op)
    if a is not None and b is not None:
        return _constant(signed(OF_REGISTERS[kind](a, b)))
    if b is None and a is not None and isinstance(op, _COMMUTATIVE):
        left, right, a, b = right, left, b, a
    if b is None:
        return None
    if isinstance(op, riscv.MulOp):
        return _multiply(left, b)
    if isinstance(op, riscv.SubOp):
        if b == 0:
            return left
        return riscv.AddiOp(left, -b) if fits_immediate(-b) else None
    if kind in _SHIFTS:
        return _SHIFTS[kind](left, b & 31)
    if kind in _IMMEDIATE_FORM and fits_immediate(b):
        if b == 0 and isinstance(op, riscv.AddOp | riscv.OrOp | riscv.XorOp):
            return left
        return _IMMEDIATE_FORM[kind](left, b)
    return None


def _multiply(value: SSAValue, factor: int) -> Replacement:
    if factor == 0:
        return rv32.LiOp(0)
    if factor == 1:
        return value
    if factor > 0 and factor & (factor - 1) == 0:
        return rv32.SlliOp(value, factor.bit_length() - 1)
    return None


def _fold_immediate(op: Operation) -> Replacement:
    immediate = immediate_of(op)
    if immediate is None:
        return None
    source = op.operands[0]
    known = constant_of(source)
    if known is not None:
        return _constant(signed(OF_IMMEDIATE[type(op)](known, immediate)))
    if immediate == 0 and isinstance(op, _NEUTRAL_ZERO):
        return source
    before = source.owner
    if isinstance(op, riscv.AddiOp) and isinstance(before, riscv.AddiOp):
        first = immediate_of(before)
        if first is not None and fits_immediate(first + immediate):
            return riscv.AddiOp(before.rs1, first + immediate)
    if isinstance(op, riscv.AndiOp) and isinstance(before, rv32.SrliOp):
        return _field(before, immediate)
    if isinstance(op, rv32.SraiOp) and isinstance(before, rv32.SlliOp):
        return _signed_field(before, immediate)
    return None


def _field(shifted: rv32.SrliOp, mask: int) -> Replacement:
    """A shift and a mask of the lowest bits are one extract."""
    position, width = immediate_of(shifted), mask.bit_length()
    if position is None or mask <= 0 or mask & (mask + 1) or position + width > 32:
        return None
    return PExtractuOp(shifted.rs1, width - 1, position)


def _signed_field(shifted: rv32.SlliOp, amount: int) -> Replacement:
    """A shift up and one down that copies the sign are one extract."""
    up = immediate_of(shifted)
    if up is None or not 0 < up <= amount:
        return None
    return PExtractOp(shifted.rs1, 31 - amount, amount - up)


def _constant(value: int) -> rv32.LiOp:
    return rv32.LiOp(value)


def fold_address(op: Operation) -> bool:
    """Move an addition of a constant into the offset of a load or store; whether it could."""
    offset = immediate_of(op)
    before = op.operands[0].owner if isinstance(op, LOADS_AND_STORES) else None
    if offset is None or not isinstance(before, riscv.AddiOp):
        return False
    step = immediate_of(before)
    if step is None or not fits_immediate(step + offset):
        return False
    op.operands[0] = before.rs1
    op.attributes["immediate"] = IntegerAttr(step + offset, si12)
    return True


def indexed_form(op: Operation) -> Operation | None:
    """The load or store with a register offset, where the address is a sum nobody else needs."""
    if not isinstance(op, LOADS_AND_STORES) or immediate_of(op) != 0:
        return None
    address = op.operands[0]
    before = address.owner
    if not isinstance(before, riscv.AddOp) or not address.has_one_use():
        return None
    if type(op) in _INDEXED_LOADS:
        new: Operation = _INDEXED_LOADS[type(op)](before.rs1, before.rs2)
    else:
        new = _INDEXED_STORES[type(op)](before.rs1, op.operands[1], before.rs2)
    new.attributes |= {k: v for k, v in op.attributes.items() if k != "immediate"}
    return new


LOADS = (riscv.LbOp, riscv.LbuOp, riscv.LhOp, riscv.LhuOp, riscv.LwOp)
STORES = (riscv.SbOp, riscv.ShOp, riscv.SwOp)
LOADS_AND_STORES = (*LOADS, *STORES)
_INDEXED_LOADS: dict[type[Operation], type[LoadReg]] = {
    riscv.LbOp: loads.PLbRegOp,
    riscv.LbuOp: loads.PLbuRegOp,
    riscv.LhOp: loads.PLhRegOp,
    riscv.LhuOp: loads.PLhuRegOp,
    riscv.LwOp: loads.PLwRegOp,
}
_INDEXED_STORES: dict[type[Operation], type[StoreReg]] = {
    riscv.SbOp: stores.PSbRegOp,
    riscv.ShOp: stores.PShRegOp,
    riscv.SwOp: stores.PSwRegOp,
}
