"""An independent check of register allocation.

Executes a function symbolically: the state says which SSA value each machine register holds, and
which spilled value each stack slot. Every operand must be the value its register holds at that
point. At joins only what both sides agree on survives; loops are repeated until the state at
their head is stable. Shares no analysis with the allocator (its liveness or interference).

Also checked: tied operands have their result's register, one instruction writes distinct
registers, calls and returns use the ABI's registers, nothing expects a caller-saved register to
survive a call, a function writes no other registers than are recorded on it (`nmc.overwrites`), sp
moves only in prologue and epilogue, and once a frame exists
(`frame_bytes`) a return finds every callee-saved register as it was at entry, unless the function
is marked to overwrite all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xdsl.backend.register_allocatable import HasRegisterConstraints
from xdsl.dialects import riscv_func, riscv_scf, rv32
from xdsl.dialects.builtin import IntegerAttr
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.utils.exceptions import DiagnosticException

from nmc.dialects.xpulp.control import HwLoopOp, IfOp, YieldOp

from .calls import overwrites_all, overwritten_by, recorded_on
from .registers import (
    ARGUMENTS,
    CALLEE_SAVED,
    CALLER_SAVED,
    RA,
    RESULTS,
    SP,
    ZERO,
    name_of,
    number_of,
)
from .slots import FRAME, FRAME_BYTES, RELOAD, RESTORE, SAVE, SPILL


@dataclass(frozen=True)
class AtEntry:
    """The content a register had when the function was entered."""

    register: int


Content = SSAValue | AtEntry


@dataclass
class State:
    """What registers and slots hold; absent means unknown.

    A register may hold several values, where one was handed on under another name.
    """

    registers: dict[int, frozenset[Content]] = field(
        default_factory=dict[int, "frozenset[Content]"]
    )
    slots: dict[int, frozenset[Content] | Attribute] = field(
        default_factory=dict[int, "frozenset[Content] | Attribute"]
    )

    def copy(self) -> State:
        """An independent copy."""
        return State(dict(self.registers), dict(self.slots))

    def meet(self, other: State) -> State:
        """What both states agree on."""
        registers = {
            number: held & other.registers.get(number, frozenset())
            for number, held in self.registers.items()
        }
        return State(
            {number: held for number, held in registers.items() if held},
            {slot: held for slot, held in self.slots.items() if other.slots.get(slot) == held},
        )


def verify_allocation(function: riscv_func.FuncOp) -> None:
    """Raise DiagnosticException, naming operation and register, if an assignment is wrong."""
    _Verifier(function).run()


class _Verifier:
    def __init__(self, function: riscv_func.FuncOp):
        self.function = function
        self.name = function.sym_name.data
        self.state = State()
        self.recorded = recorded_on(function)

    def run(self) -> None:
        registers = self.state.registers
        for number in (*CALLEE_SAVED, RA):
            registers[number] = frozenset([AtEntry(number)])
        for index, argument in enumerate(self.function.body.block.args):
            self._expect_register(self.function, argument, ARGUMENTS[index], "argument")
            registers[ARGUMENTS[index]] = frozenset([argument])
        self._block(self.function.body.block)

    # region checks

    def _error(self, op: Operation, message: str) -> DiagnosticException:
        return DiagnosticException(
            f"verify-allocation: function '{self.name}': {op.name}: {message}"
        )

    def _number(self, op: Operation, value: SSAValue) -> int:
        number = number_of(value.type)
        if number is None:
            raise self._error(op, f"value {_label(value)} has no register")
        return number

    def _expect_register(self, op: Operation, value: SSAValue, register: int, what: str) -> None:
        number = self._number(op, value)
        if number != register:
            raise self._error(
                op,
                f"{what} {_label(value)} is in {name_of(number)}, not in {name_of(register)}",
            )

    def _read(self, op: Operation, value: SSAValue) -> int:
        """Check that the register of `value` holds it; returns the register."""
        number = self._number(op, value)
        if number in (ZERO, SP):
            return number
        held = self.state.registers.get(number, frozenset())
        if value not in held:
            others = " and ".join(sorted(map(_label, held))) or "an unknown value"
            raise self._error(
                op,
                f"register {name_of(number)} does not hold {_label(value)} here but {others}",
            )
        return number

    def _write(self, op: Operation, values: Sequence[SSAValue]) -> None:
        written: set[int] = set()
        for value in values:
            number = self._number(op, value)
            if number == ZERO and value.first_use is not None:
                raise self._error(op, f"{_label(value)} is used but register zero drops it")
            if number == SP and FRAME not in op.attributes:
                raise self._error(op, "writes sp outside prologue and epilogue")
            if number in written and number != ZERO:
                raise self._error(op, f"writes register {name_of(number)} twice")
            written.add(number)
            if number in CALLER_SAVED and self.recorded is not None and number not in self.recorded:
                raise self._error(op, f"writes {name_of(number)}, which is not recorded")
            if number not in (ZERO, SP):
                self.state.registers[number] = frozenset([value])

    # endregion
    # region operations

    def _block(self, block: Block) -> None:
        for op in block.ops:
            match op:
                case riscv_func.CallOp():
                    self._call(op)
                case riscv_func.ReturnOp():
                    self._return(op)
                case HwLoopOp():
                    self._hwloop(op)
                case riscv_scf.ForOp():
                    self._for(op)
                case riscv_scf.WhileOp():
                    self._while(op)
                case IfOp():
                    self._if(op)
                case rv32.GetRegisterOp():
                    # Names a register; its content does not change.
                    self._number(op, op.res)
                case YieldOp() | riscv_scf.YieldOp() | riscv_scf.ConditionOp():
                    for value in op.operands:
                        self._read(op, value)
                case HasRegisterConstraints():
                    self._instruction(op)
                case _:
                    raise self._error(op, "is no machine instruction")

    def _instruction(self, op: HasRegisterConstraints) -> None:
        if SAVE in op.attributes or RESTORE in op.attributes:
            self._save_or_restore(op)
            return
        for value in op.operands:
            self._read(op, value)
        for old, new in op.get_register_constraints().inouts:
            if self._number(op, old) != self._number(op, new):
                raise self._error(
                    op,
                    f"operand {_label(old)} is in {name_of(self._number(op, old))} but is tied"
                    f" to a result in {name_of(self._number(op, new))}",
                )
        if SPILL in op.attributes:
            self.state.slots[_offset(op)] = op.attributes[SPILL]
        if RELOAD in op.attributes:
            held = self.state.slots.get(_offset(op))
            if held != op.attributes[RELOAD]:
                raise self._error(
                    op, f"slot at {_offset(op)}(sp) does not hold {op.attributes[RELOAD]}"
                )
        self._write(op, op.results)

    def _save_or_restore(self, op: HasRegisterConstraints) -> None:
        registers, slots = self.state.registers, self.state.slots
        if SAVE in op.attributes:
            number = self._number(op, op.operands[1])
            content = registers.get(number)
            if content is not None:
                slots[_offset(op)] = content
            return
        content = slots.get(_offset(op))
        self._write(op, op.results)
        number = self._number(op, op.results[0])
        if isinstance(content, frozenset):
            registers[number] = content

    def _call(self, op: riscv_func.CallOp) -> None:
        for index, value in enumerate(op.args):
            self._expect_register(op, value, ARGUMENTS[index], "argument")
            self._read(op, value)
        for number in overwritten_by(op):
            self.state.registers.pop(number, None)
        for index, value in enumerate(op.ress):
            self._expect_register(op, value, RESULTS[index], "result")
        self._write(op, op.ress)

    def _return(self, op: riscv_func.ReturnOp) -> None:
        for index, value in enumerate(op.values):
            self._expect_register(op, value, RESULTS[index], "result")
            self._read(op, value)
        if FRAME_BYTES in self.function.attributes:
            kept = () if overwrites_all(self.function) else CALLEE_SAVED
            for number in (*kept, RA):
                if AtEntry(number) not in self.state.registers.get(number, ()):
                    raise self._error(op, f"register {name_of(number)} is not restored")

    def _enter(
        self, op: Operation, sources: Sequence[SSAValue], targets: Sequence[SSAValue]
    ) -> None:
        """Control passes to a place where `targets` stand for `sources`."""
        numbers: set[int] = set()
        for source, target in zip(sources, targets, strict=True):
            number = self._read(op, source)
            if self._number(op, target) != number:
                raise self._error(
                    op,
                    f"{_label(source)} is in {name_of(number)} but {_label(target)}, which"
                    f" stands for it, in {name_of(self._number(op, target))}",
                )
            if number in numbers:
                raise self._error(op, f"hands on two values in register {name_of(number)}")
            numbers.add(number)
        self._rename(op, targets)

    def _rename(self, op: Operation, values: Sequence[SSAValue]) -> None:
        """What the registers hold is known by these names, too."""
        for value in values:
            number = self._number(op, value)
            held = self.state.registers.get(number, frozenset())
            self.state.registers[number] = held | {value}

    def _hwloop(self, op: HwLoopOp) -> None:
        if op.count is not None:
            self._read(op, op.count)
        arguments, results = op.body.block.args, op.res
        last = op.body.block.last_op
        assert last is not None
        self._enter(op, op.iter_args, arguments)
        head = self.state.copy()
        skipped = self.state.copy()
        while True:
            self.state = head.copy()
            self._block(op.body.block)
            self._enter(last, last.operands, arguments)
            new = head.meet(self.state)
            if new == head:
                break
            head = new
        if not op.never_empty:
            self.state = self.state.meet(skipped)
        self._expect_same(op, arguments, results)
        self._rename(op, results)

    def _for(self, op: riscv_scf.ForOp) -> None:
        counter, *arguments = op.body.block.args
        last = op.body.block.last_op
        assert last is not None
        self._enter(op, [op.start, *op.iter_args], [counter, *arguments])
        bounds = [op.stop] if op.step_val is None else [op.stop, op.step_val]
        for value in bounds:
            self._read(op, value)
        head = self.state.copy()
        skipped = self.state.copy()
        while True:
            self.state = head.copy()
            self._block(op.body.block)
            for value in (counter, *bounds):
                self._read(op, value)
            self._enter(last, last.operands, arguments)
            self._read(op, counter)
            new = head.meet(self.state)
            if new == head:
                break
            head = new
        self.state = self.state.meet(skipped)
        self.state.registers.pop(self._number(op, counter), None)
        self._expect_same(op, arguments, op.res)
        self._rename(op, op.res)

    def _while(self, op: riscv_scf.WhileOp) -> None:
        before, after = op.before_region.block, op.after_region.block
        condition, last = before.last_op, after.last_op
        assert isinstance(condition, riscv_scf.ConditionOp) and last is not None
        self._enter(op, op.arguments, before.args)
        head = self.state.copy()
        while True:
            self.state = head.copy()
            self._block(before)
            self._enter(condition, condition.arguments, after.args)
            self._read(condition, condition.cond)
            leaving = self.state.copy()
            self._block(after)
            self._enter(last, last.operands, before.args)
            new = head.meet(self.state)
            if new == head:
                break
            head = new
        self.state = leaving
        self._expect_same(op, after.args, op.res)
        self._rename(op, op.res)

    def _if(self, op: IfOp) -> None:
        for value in op.operands:
            self._read(op, value)
        entry = self.state.copy()
        ends: list[State] = []
        for region in (op.then_region, op.else_region):
            self.state = entry.copy()
            self._block(region.block)
            last = region.block.last_op
            assert last is not None
            self._enter(last, last.operands, op.res)
            ends.append(self.state)
        self.state = ends[0].meet(ends[1])

    def _expect_same(
        self, op: Operation, arguments: Sequence[SSAValue], results: Sequence[SSAValue]
    ) -> None:
        for argument, result in zip(arguments, results, strict=True):
            self._expect_register(op, result, self._number(op, argument), "result")

    # endregion


def _offset(op: Operation) -> int:
    assert isinstance(op, riscv.LwOp | riscv.SwOp) and isinstance(op.immediate, IntegerAttr)
    return op.immediate.value.data


def _label(value: object) -> str:
    match value:
        case AtEntry():
            return "the caller's value"
        case SSAValue():
            if value.name_hint is not None:
                return f"%{value.name_hint}"
            owner = value.owner
            return f"the result of {owner.name}" if isinstance(owner, Operation) else "a value"
        case _:
            return str(value)
