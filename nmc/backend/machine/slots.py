"""Stack slots of spilled values: the loads and stores that reach them.

Slot k lies at sp + 4 k, below the saved registers. The instructions carry an attribute, `spill` or
`reload`, that numbers the value kept in the slot: the allocator and its verifier know them by it.
"""

from xdsl.dialects import riscv_func, rv32
from xdsl.dialects.builtin import IntegerAttr, i32
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Operation, OpResult, SSAValue

from nmc.errors import NmcError

from .registers import SP, TYPES, UNALLOCATED

SPILL = "spill"
RELOAD = "reload"
REMADE = "remade"
"""Unit attribute of a constant that is made where it is used instead of being kept."""
SAVE = "save"
"""Unit attribute of the store of a callee-saved register."""
RESTORE = "restore"
"""Unit attribute of the load that brings it back."""
FRAME = "frame"
"""Unit attribute of the instructions that move sp."""
FRAME_BYTES = "frame_bytes"
"""Function attribute: bytes the function takes from the stack."""
SPILL_BYTES = "spill_bytes"
"""Function attribute: bytes of stack slots in use."""


def is_reload(value: SSAValue) -> bool:
    """Whether a value was loaded from its slot."""
    return isinstance(value, OpResult) and RELOAD in value.op.attributes


def is_short_lived(value: SSAValue) -> bool:
    """Whether a value lives for one instruction only: spilling it would not help.

    A reload, a constant made again, or a value that goes straight to its slot.
    """
    if isinstance(value, OpResult) and not {RELOAD, REMADE}.isdisjoint(value.op.attributes):
        return True
    return value.first_use is not None and all(
        SPILL in use.operation.attributes for use in value.uses
    )


def stack_pointer(function: riscv_func.FuncOp) -> SSAValue:
    """The value that is sp, made at the function's entry on first use."""
    block = function.body.block
    first = block.first_op
    if isinstance(first, rv32.GetRegisterOp) and first.res.type == TYPES[SP]:
        return first.res
    op = rv32.GetRegisterOp(TYPES[SP])
    if first is None:
        block.add_op(op)
    else:
        block.insert_op_before(op, first)
    return op.res


def new_slot(function: riscv_func.FuncOp) -> int:
    """Reserve a slot; returns its offset from sp in bytes."""
    used = function.attributes.get(SPILL_BYTES)
    offset = used.value.data if isinstance(used, IntegerAttr) else 0
    if offset + 4 > 1024:
        raise NmcError(
            f"function '{function.sym_name.data}' needs more than 256 spill slots: split it into"
            " smaller functions"
        )
    function.attributes[SPILL_BYTES] = IntegerAttr(offset + 4, i32)
    return offset


def spill_store(pointer: SSAValue, value: SSAValue, offset: int) -> Operation:
    """The store of `value` to its slot."""
    op = riscv.SwOp(pointer, value, offset)
    op.attributes[SPILL] = IntegerAttr(offset // 4, i32)
    return op


def reload(pointer: SSAValue, offset: int, name: str | None) -> riscv.LwOp:
    """The load from a slot."""
    op = riscv.LwOp(pointer, offset, rd=UNALLOCATED)
    op.attributes[RELOAD] = IntegerAttr(offset // 4, i32)
    op.rd.name_hint = name
    return op
