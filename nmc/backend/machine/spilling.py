"""Moving a joined virtual register to the stack, by rewriting the structured IR.

Every read becomes a load just before it and every write a store just after it; a carried value
disappears from its loop. Constants are made again instead. The allocator then starts over.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import riscv_func, riscv_scf
from xdsl.dialects.builtin import UnitAttr
from xdsl.ir import BlockArgument, Operation, OpResult, SSAValue

from .constants import is_constant_op
from .loops import (
    Structured,
    drop_passed,
    drop_received,
    feeders,
    for_to_while,
    incoming,
    is_function_argument,
)
from .slots import REMADE, new_slot, reload, spill_store, stack_pointer


def is_rematerialisable(values: Sequence[SSAValue]) -> bool:
    """Whether the register only ever holds one constant."""
    return len(values) == 1 and isinstance(values[0], OpResult) and is_constant_op(values[0].op)


def open_counted_loops(values: Sequence[SSAValue]) -> bool:
    """Turn the counted loops that use the values as counter or bounds into while loops.

    Those are read where no load can be put, so this comes before spilling them. Returns whether
    there were any; the function must be looked at afresh then.
    """
    loops = _counted_loops(values)
    for loop in loops:
        for_to_while(loop)
    return bool(loops)


def spill(function: riscv_func.FuncOp, values: Sequence[SSAValue]) -> None:
    """Take the values that share one virtual register out of the registers."""
    if is_rematerialisable(values):
        _rematerialise(values[0])
    else:
        _to_stack(function, values)


def _counted_loops(values: Sequence[SSAValue]) -> list[riscv_scf.ForOp]:
    found: dict[riscv_scf.ForOp, None] = {}
    for value in values:
        if isinstance(value, BlockArgument) and value.index == 0:
            parent = value.block.parent_op()
            if isinstance(parent, riscv_scf.ForOp):
                found[parent] = None
        for use in value.uses:
            op = use.operation
            bounds = isinstance(op, riscv_scf.ForOp) and incoming(op, use.index) is None
            if bounds and use.index > 0:
                assert isinstance(op, riscv_scf.ForOp)
                found[op] = None
    return list(found)


def _rematerialise(value: SSAValue) -> None:
    assert isinstance(value, OpResult)
    op = value.op
    fresh: dict[Operation, SSAValue] = {}
    for use in list(value.uses):
        if use.operation not in fresh:
            copy = op.clone()
            copy.attributes[REMADE] = UnitAttr()
            _before(use.operation, copy)
            fresh[use.operation] = copy.results[0]
        use.operation.operands[use.index] = fresh[use.operation]
    op.detach()
    op.erase()


def _before(anchor: Operation, op: Operation) -> None:
    block = anchor.parent_block()
    assert block is not None
    block.insert_op_before(op, anchor)


def _to_stack(function: riscv_func.FuncOp, values: Sequence[SSAValue]) -> None:
    pointer = stack_pointer(function)
    offset = new_slot(function)
    members = set(values)
    reloads: dict[Operation, SSAValue] = {}
    dropped: dict[Structured, None] = {}

    def reloaded(op: Operation, name: str | None) -> SSAValue:
        if op not in reloads:
            load = reload(pointer, offset, name)
            _before(op, load)
            reloads[op] = load.rd
        return reloads[op]

    for value in values:
        for use in list(value.uses):
            target = incoming(use.operation, use.index)
            if target is None or target not in members:
                name = value.name_hint
                use.operation.operands[use.index] = reloaded(use.operation, name)
    for value in values:
        if is_function_argument(value):
            pointer_op = pointer.owner
            assert isinstance(pointer_op, Operation)
            block = pointer_op.parent_block()
            assert block is not None
            block.insert_op_after(spill_store(pointer, value, offset), pointer_op)
        elif isinstance(value, BlockArgument):
            owner = value.block.parent_op()
            assert isinstance(owner, Structured)
            dropped[owner] = None
        elif isinstance(value, OpResult):
            if isinstance(value.op, Structured):
                dropped[value.op] = None
            else:
                block = value.op.parent_block()
                assert block is not None
                block.insert_op_after(spill_store(pointer, value, offset), value.op)
    # Reloads precede these stores: a terminator reads all its operands before any is written.
    for owner in dropped:
        for op, index, target in feeders(owner):
            if target in members and op.operands[index] not in members:
                _before(op, spill_store(pointer, op.operands[index], offset))
    for owner in dropped:
        drop_passed(owner, members)
    for owner in dropped:
        drop_received(owner, members)
