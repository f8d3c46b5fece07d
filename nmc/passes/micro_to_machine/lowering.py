"""The state of lowering one function: a cursor, and the register of every value."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from xdsl.builder import Builder
from xdsl.dialects import arith, rv32
from xdsl.dialects.builtin import IntegerAttr
from xdsl.dialects.riscv import Registers
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Block, Operation, OpResult, SSAValue
from xdsl.rewriter import InsertPoint
from xdsl.utils.exceptions import DiagnosticException

from nmc.dialects.micro import SUMS
from nmc.passes.micro_to_machine.accumulators import Sums

REGISTER = Registers.UNALLOCATED_INT

# Immediates of 12 bits, signed.
IMMEDIATE = range(-2048, 2048)

Rule = Callable[["Lowering", Any], None]


def signed(value: int) -> int:
    """The low 32 bits as a signed number."""
    return ((value + (1 << 31)) % (1 << 32)) - (1 << 31)


class Lowering:
    """Lowers a function's operations in order; `rules` maps their types to what is emitted.

    Registers are new values: `reg(value)` is that of a lowered value. Constants become `li`
    where they stand and are mostly folded into their users; the unused ones are removed at the
    end.
    """

    def __init__(self, rules: dict[type[Operation], Rule], features: Iterable[str]):
        self.rules = rules
        self.features = frozenset(features)
        self.builder: Builder
        self.sums = Sums(held="xgmac" in self.features)
        self._registers: dict[SSAValue, SSAValue] = {}
        self._local: dict[tuple[Block, int], SSAValue] = {}
        self._entry: Block | None = None
        self._outer: dict[tuple[Block, int], SSAValue] = {}
        self._derived: dict[tuple[SSAValue, int], SSAValue] = {}

    # Values

    def reg(self, value: SSAValue) -> SSAValue:
        """The register that holds a value; x0 for the constant 0."""
        return self.zero() if self.known(value) == 0 else self._registers[value]

    def own_reg(self, value: SSAValue) -> SSAValue:
        """The register of a value where it must be an ordinary one: carried values, arguments."""
        return self._registers[value]

    def define(self, value: SSAValue, register: SSAValue) -> None:
        """Says which register holds a value."""
        if register.name_hint is None:
            register.name_hint = value.name_hint
        self._registers[value] = register

    def known(self, value: SSAValue) -> int | None:
        """The constant a value is, signed; None if it is computed."""
        owner = value.owner
        if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
            return signed(owner.value.value.data)
        return None

    def immediate(self, value: SSAValue) -> int | None:
        """The constant a value is where it fits an instruction."""
        number = self.known(value)
        return number if number in IMMEDIATE else None

    # Instructions

    def emit(self, op: Operation) -> SSAValue:
        """Appends an instruction; its first result."""
        self.builder.insert(op)
        return op.results[0]

    def do(self, op: Operation) -> None:
        """Appends an instruction without a result."""
        self.builder.insert(op)

    def zero(self) -> SSAValue:
        """Register x0."""
        return self.emit(rv32.GetRegisterOp(Registers.ZERO))

    def const(self, value: int) -> SSAValue:
        """A register with a constant, loaded once in the current block; x0 for 0."""
        value = signed(value)
        if value == 0:
            return self.zero()
        block = self.builder.insertion_point.block
        if (block, value) not in self._local:
            self._local[block, value] = self.emit(rv32.LiOp(value))
        return self._local[block, value]

    def outer_const(self, value: int) -> SSAValue:
        """A register with a constant, loaded once at the start of the function; x0 for 0."""
        if value == 0 or self._entry is None:
            return self.const(value)
        saved, self.builder = self.builder, Builder(InsertPoint.at_start(self._entry))
        key = (self._entry, signed(value))
        if key not in self._outer:
            self._outer[key] = self.emit(rv32.LiOp(signed(value)))
        self.builder = saved
        return self._outer[key]

    def add_constant(self, register: SSAValue, value: int) -> SSAValue:
        """register + value."""
        if value == 0:
            return register
        if value in IMMEDIATE:
            return self.emit(riscv.AddiOp(register, value))
        return self.emit(riscv.AddOp(register, self.const(value)))

    def derived(self, register: SSAValue, offset: int) -> SSAValue:
        """register + offset, computed where the register is defined: outside of later loops."""
        if offset == 0:
            return register
        if (register, offset) not in self._derived:
            owner = register.owner
            saved = self.builder.insertion_point
            if isinstance(owner, Block):
                self.builder.insertion_point = InsertPoint.at_start(owner)
            else:
                self.builder.insertion_point = InsertPoint.after(owner)
            self._derived[register, offset] = self.emit(riscv.AddiOp(register, offset))
            self.builder.insertion_point = saved
        return self._derived[register, offset]

    # Values that flow in and out of loops and conditions

    def carried(self, values: Sequence[SSAValue]) -> list[SSAValue]:
        """The registers of values that are handed on; sums of pixels have four or none."""
        return [
            register
            for value in values
            for register in (self.sums.take(value) if value.type == SUMS else [self.own_reg(value)])
        ]

    def count(self, values: Sequence[SSAValue]) -> int:
        """How many registers values have."""
        return sum(self.sums.registers if value.type == SUMS else 1 for value in values)

    def arrive(self, values: Sequence[SSAValue], registers: Sequence[SSAValue]) -> None:
        """Says which registers hold values that were handed on."""
        rest = list(registers)
        for value in values:
            size = self.count([value])
            mine, rest = rest[:size], rest[size:]
            if value.type == SUMS:
                self.sums.give(value, mine)
            else:
                self.define(value, mine[0])
        assert not rest

    # Structure

    def block(self, old: Block, new: Block) -> None:
        """Lowers the operations of a block into another, whose arguments are mapped."""
        self.arrive(old.args, new.args)
        saved = getattr(self, "builder", None)
        self._entry = self._entry or new
        self.builder = Builder(InsertPoint.at_end(new))
        for op in old.ops:
            self.operation(op)
        if saved is not None:
            self.builder = saved

    def operation(self, op: Operation) -> None:
        """Lowers one operation."""
        rule = self.rules.get(type(op))
        if rule is None:
            raise DiagnosticException(
                f"convert-micro-to-machine: {op.name} has no machine form here; "
                "run the passes that lower it first"
            )
        rule(self, op)

    def results(self, op: Operation, registers: Iterable[SSAValue]) -> None:
        """Says which registers hold an operation's results."""
        self.arrive(op.results, list(registers))


def first(op: Operation) -> OpResult:
    """The first result of an operation."""
    return op.results[0]
