"""Stack frames of allocated functions."""

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import riscv_func, rv32
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, UnitAttr, i32
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass

from nmc.backend.machine.calls import overwrites_all, overwritten_by
from nmc.backend.machine.registers import CALLEE_SAVED, RA, SP, TYPES, number_of
from nmc.backend.machine.slots import FRAME, FRAME_BYTES, RESTORE, SAVE, SPILL_BYTES

ALIGNMENT = 16
"""The ABI keeps sp a multiple of 16 bytes."""


@dataclass(frozen=True)
class InsertPrologueEpiloguePass(ModulePass):
    """Save the callee-saved registers a function writes, and move sp over its frame.

        riscv_func.func @f() { ... writes s0, calls ...  riscv_func.return }

    becomes

        riscv_func.func @f() attributes {frame_bytes = 16 : i32} {
          %sp = rv32.get_register : !riscv.reg<sp>
          %0 = riscv.addi %sp, -16 {frame} : (!riscv.reg<sp>) -> !riscv.reg<sp>
          %s0 = rv32.get_register : !riscv.reg<s0>
          riscv.sw %0, %s0, 0 {save} : (!riscv.reg<sp>, !riscv.reg<s0>) -> ()
          ...

    and the reverse before the return, the return address first (a jump to a register loaded just
    before stalls). Spill slots lie at the bottom of the frame. `frame_bytes` is set on every
    function.
    """

    name = "insert-prologue-epilogue"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in op.ops:
            if isinstance(function, riscv_func.FuncOp) and function.body.blocks:
                insert_frame(function)


def registers_to_save(function: riscv_func.FuncOp) -> list[int]:
    """The return address and the callee-saved registers the function overwrites, in that order.

    Of a function that is marked to overwrite all, the return address.
    """
    written: set[int | None] = set()
    for op in function.walk():
        if isinstance(op, riscv_func.CallOp):
            written |= {RA, *overwritten_by(op)}
        if not isinstance(op, rv32.GetRegisterOp):
            written.update(number_of(result.type) for result in op.results)
        for region in op.regions:
            written.update(number_of(argument.type) for argument in region.block.args)
    kept = () if overwrites_all(function) else CALLEE_SAVED
    return [number for number in (RA, *kept) if number in written]


def insert_frame(function: riscv_func.FuncOp) -> None:
    """Add prologue and epilogue to one allocated function."""
    spilled = function.attributes.get(SPILL_BYTES)
    slots = spilled.value.data if isinstance(spilled, IntegerAttr) else 0
    saved = registers_to_save(function)
    size = -(-(slots + 4 * len(saved)) // ALIGNMENT) * ALIGNMENT
    function.attributes[FRAME_BYTES] = IntegerAttr(size, i32)
    block = function.body.block
    first, last = block.first_op, block.last_op
    assert first is not None and last is not None
    if not size:
        return
    offsets = {number: slots + 4 * index for index, number in enumerate(saved)}
    block.insert_ops_before(_prologue(size, offsets), first)
    block.insert_ops_before(_epilogue(size, offsets), last)


def _move_sp(pointer: SSAValue, distance: int) -> riscv.AddiOp:
    op = riscv.AddiOp(pointer, distance, rd=TYPES[SP])
    op.attributes[FRAME] = UnitAttr()
    return op


def _prologue(size: int, offsets: dict[int, int]) -> list[Operation]:
    pointer = rv32.GetRegisterOp(TYPES[SP])
    move = _move_sp(pointer.res, -size)
    operations: list[Operation] = [pointer, move]
    for number, offset in offsets.items():
        register = rv32.GetRegisterOp(TYPES[number])
        store = riscv.SwOp(move.rd, register.res, offset)
        store.attributes[SAVE] = UnitAttr()
        operations += [register, store]
    return operations


def _epilogue(size: int, offsets: dict[int, int]) -> list[Operation]:
    pointer = rv32.GetRegisterOp(TYPES[SP])
    operations: list[Operation] = [pointer]
    for number, offset in offsets.items():
        load = riscv.LwOp(pointer.res, offset, rd=TYPES[number])
        load.attributes[RESTORE] = UnitAttr()
        operations.append(load)
    operations.append(_move_sp(pointer.res, size))
    return operations
