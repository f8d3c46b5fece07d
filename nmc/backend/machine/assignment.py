"""Writing an allocation into the IR: register types on values, and the copies that remain."""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects.builtin import FunctionType
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Block, Operation, OpResult, SSAValue
from xdsl.rewriter import Rewriter

from .constants import is_constant_op
from .linear import Copy, LinearFunction
from .parallel_moves import sequence_moves
from .registers import RESULTS, TYPES


def assign_registers(linear: LinearFunction, machine: Callable[[int], int]) -> None:
    """Give every value of the function its register; `machine` maps virtual to machine registers.

    Must be the last step: `linear` describes the function before it.
    """
    types = {value: machine(register) for value, register in linear.register_of.items()}
    for block in linear.blocks:
        for node in block.nodes:
            if not node.copies:
                continue
            if node.copies[0].operand is None:
                _copies_out(linear, node.copies, types, machine)
            else:
                _copies_in(node.copies, types, machine)
    for value, number in types.items():
        Rewriter.replace_value_with_new_type(value, TYPES[number])
    function = linear.function
    last = function.body.block.last_op
    assert last is not None
    function.attributes["function_type"] = FunctionType.from_lists(
        list(function.body.block.arg_types),
        [TYPES[RESULTS[index]] for index in range(len(last.operands))],
    )


def _copies_in(
    copies: tuple[Copy, ...], types: dict[SSAValue, int], machine: Callable[[int], int]
) -> None:
    """The copies before an operation that feed its operands."""
    op = copies[0].op
    assert op is not None
    block = op.parent_block()
    assert block is not None
    moves: dict[int, tuple[int, SSAValue]] = {}
    operand_of: dict[int, int] = {}
    constants: list[tuple[int, SSAValue, int]] = []
    for copy in copies:
        assert copy.operand is not None
        target = machine(copy.target)
        # Not `copy.value`: that may have been replaced by a copy since.
        value = op.operands[copy.operand]
        if copy.source is None:
            constants.append((target, value, copy.operand))
            continue
        operand_of[target] = copy.operand
        moves[target] = (machine(copy.source), value)
    sequenced = sequence_moves(moves)
    block.insert_ops_before(sequenced.operations, op)
    for target, operand in operand_of.items():
        op.operands[operand] = sequenced.values[target]
    for target, value, operand in constants:
        fresh = _constant_in(value, target)
        block.insert_op_before(fresh, op)
        op.operands[operand] = fresh.results[0]
        assert isinstance(value, OpResult)
        if value.first_use is None and is_constant_op(value.op):
            types.pop(value, None)
            value.op.detach()
            value.op.erase()


def _constant_in(value: SSAValue, target: int) -> Operation:
    assert isinstance(value, OpResult)
    if not is_constant_op(value.op):
        return riscv.MVOp(value, rd=TYPES[target])
    copy = value.op.clone()
    Rewriter.replace_value_with_new_type(copy.results[0], TYPES[target])
    return copy


def _copies_out(
    linear: LinearFunction,
    copies: tuple[Copy, ...],
    types: dict[SSAValue, int],
    machine: Callable[[int], int],
) -> None:
    """The copies after a call, or at a function's entry, from the registers the ABI names."""
    moves: dict[int, tuple[int, SSAValue]] = {}
    values: dict[int, SSAValue] = {}
    for copy in copies:
        assert copy.source is not None
        types[copy.value] = copy.source
        if copy.value.first_use is not None:
            moves[machine(copy.target)] = (copy.source, copy.value)
            values[machine(copy.target)] = copy.value
    users = {target: list(value.uses) for target, value in values.items()}
    sequenced = sequence_moves(moves)
    for target, uses in users.items():
        for use in uses:
            use.operation.operands[use.index] = sequenced.values[target]
    call = copies[0].op
    if call is not None:
        block = call.parent_block()
        assert block is not None
        block.insert_ops_after(sequenced.operations, call)
    else:
        _at_start(linear.function.body.block, sequenced.operations)


def _at_start(block: Block, operations: list[Operation]) -> None:
    first = block.first_op
    assert first is not None
    block.insert_ops_before(operations, first)
