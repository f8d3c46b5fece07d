"""Loads, stores and what reaches the cluster's peripherals."""

from collections.abc import Callable
from typing import TypeAlias

from xdsl.dialects.builtin import IntegerAttr, UnitAttr, i8, i32
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Attribute, Operation, SSAValue

from nmc.dialects import micro
from nmc.dialects.micro.types import i16, ui8, ui16
from nmc.dialects.xpulp.loads import PElwOp
from nmc.passes.micro_to_machine.lowering import IMMEDIATE, Lowering, Rule

# Control register of the core's number, and the bits of it that count within a cluster.
MHARTID = 0xF14
CORE_BITS = 31

Load: TypeAlias = Callable[[SSAValue, int], Operation]
Store: TypeAlias = Callable[[SSAValue, SSAValue, int], Operation]

LOADS: dict[Attribute, Load] = {
    i8: riscv.LbOp,
    ui8: riscv.LbuOp,
    i16: riscv.LhOp,
    ui16: riscv.LhuOp,
    i32: riscv.LwOp,
    micro.S8X4: riscv.LwOp,
    micro.U8X4: riscv.LwOp,
}
STORES: dict[Attribute, Store] = {
    i8: riscv.SbOp,
    ui8: riscv.SbOp,
    i16: riscv.ShOp,
    ui16: riscv.ShOp,
    i32: riscv.SwOp,
    micro.S8X4: riscv.SwOp,
    micro.U8X4: riscv.SwOp,
}


def _place(low: Lowering, address: SSAValue, offset: int) -> tuple[SSAValue, int]:
    """A register and an immediate that make the address."""
    base = low.reg(address)
    if offset in IMMEDIATE:
        return base, offset
    return low.add_constant(base, offset), 0


def _mark(op: Operation, volatile: UnitAttr | None) -> Operation:
    if volatile is not None:
        op.attributes["volatile"] = volatile
    return op


def load(low: Lowering, op: micro.LoadOp) -> None:
    """lb, lbu, lh, lhu, lw."""
    place = _place(low, op.address, op.offset.value.data)
    low.define(op.result, low.emit(_mark(LOADS[op.access](*place), op.volatile)))


def store(low: Lowering, op: micro.StoreOp) -> None:
    """sb, sh, sw."""
    base, offset = _place(low, op.address, op.offset.value.data)
    low.do(_mark(STORES[op.access](base, low.reg(op.value), offset), op.volatile))


def event_wait(low: Lowering, op: micro.EventWaitOp) -> None:
    """p.elw."""
    place = _place(low, op.address, op.offset.value.data)
    low.define(op.result, low.emit(PElwOp(*place)))


def core_id(low: Lowering, op: micro.CoreIdOp) -> None:
    """The core's bits of mhartid."""
    hart = low.emit(riscv.CsrrsOp(low.zero(), IntegerAttr(MHARTID, i32), readonly=True))
    low.define(op.result, low.emit(riscv.AndiOp(hart, CORE_BITS)))


RULES: dict[type[Operation], Rule] = {
    micro.LoadOp: load,
    micro.StoreOp: store,
    micro.EventWaitOp: event_wait,
    micro.CoreIdOp: core_id,
}
