"""Building the micro level: words, memory-mapped registers, conditions and loops on i32."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

from xdsl.builder import Builder
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import IntegerAttr, i32
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.rewriter import InsertPoint

from nmc.dialects import micro

Body = Callable[[], Sequence[SSAValue]]


class Words:
    """Writes micro operations on 32-bit words at a place."""

    def __init__(self, place: InsertPoint):
        self.build = Builder(place)

    @contextmanager
    def inside(self, block: Block) -> Generator[None]:
        """Build at the end of another block meanwhile."""
        outer = self.build.insertion_point
        self.build.insertion_point = InsertPoint.at_end(block)
        yield
        self.build.insertion_point = outer

    def const(self, value: int) -> SSAValue:
        """A constant word; addresses above 2^31 wrap."""
        wrapped = (value + (1 << 31)) % (1 << 32) - (1 << 31)
        return self.build.insert(arith.ConstantOp(IntegerAttr(wrapped, i32))).result

    def add(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """a + b."""
        return self.build.insert(arith.AddiOp(a, b)).result

    def sub(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """a - b."""
        return self.build.insert(arith.SubiOp(a, b)).result

    def mul(self, a: SSAValue, value: int) -> SSAValue:
        """a * value, a shift where it can be one."""
        if value == 1:
            return a
        if value & (value - 1) == 0:
            return self.build.insert(arith.ShLIOp(a, self.const(value.bit_length() - 1))).result
        return self.build.insert(arith.MuliOp(a, self.const(value))).result

    def div(self, a: SSAValue, value: int) -> SSAValue:
        """a // value of an unsigned a, a shift where it can be one."""
        if value == 1:
            return a
        if value & (value - 1) == 0:
            return self.build.insert(arith.ShRUIOp(a, self.const(value.bit_length() - 1))).result
        return self.build.insert(arith.DivUIOp(a, self.const(value))).result

    def quotient(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """a // b, unsigned."""
        return self.build.insert(arith.DivUIOp(a, b)).result

    def most(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """max(a, b), signed."""
        return self.build.insert(arith.MaxSIOp(a, b)).result

    def least(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """min(a, b), signed."""
        return self.build.insert(arith.MinSIOp(a, b)).result

    def bit_or(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """a | b."""
        return self.build.insert(arith.OrIOp(a, b)).result

    def bit_and(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """a & b."""
        return self.build.insert(arith.AndIOp(a, b)).result

    def shift_left(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """a << b."""
        return self.build.insert(arith.ShLIOp(a, b)).result

    def word(self, index: SSAValue) -> SSAValue:
        """An index as an i32."""
        return self.build.insert(arith.IndexCastOp(index, i32)).result

    def compare(self, predicate: str, a: SSAValue, b: SSAValue) -> SSAValue:
        """An i1: `eq`, `ne`, `slt`, `sle`, `sgt` or `sge`."""
        return self.build.insert(arith.CmpiOp(a, b, predicate)).result

    def load(self, address: SSAValue, offset: int = 0, *, volatile: bool = False) -> SSAValue:
        """A word from memory."""
        return self.build.insert(micro.LoadOp(address, offset, i32, volatile=volatile)).result

    def store(
        self, value: SSAValue, address: SSAValue, offset: int = 0, *, volatile: bool = False
    ) -> None:
        """A word to memory."""
        self.build.insert(micro.StoreOp(value, address, offset, i32, volatile=volatile))

    def when(
        self,
        condition: SSAValue,
        then: Body,
        otherwise: Body | None = None,
        types: Sequence[Attribute] = (),
    ) -> tuple[SSAValue, ...]:
        """`scf.if`; the values the bodies return are its results."""
        with self.inside(first := Block()):
            self.build.insert(scf.YieldOp(*then()))
        second: list[Block] = []
        if otherwise is not None:
            second.append(Block())
            with self.inside(second[0]):
                self.build.insert(scf.YieldOp(*otherwise()))
        op = scf.IfOp(condition, types, Region(first), Region(second))
        self.build.insert(op)
        return tuple(op.results)

    def until(self, body: Callable[[], SSAValue]) -> None:
        """Run `body` again and again until the i1 it returns is 0."""
        before, after = Block(), Block()
        with self.inside(before):
            self.build.insert(scf.ConditionOp(body()))
        with self.inside(after):
            self.build.insert(scf.YieldOp())
        self.build.insert(scf.WhileOp([], [], Region(before), Region(after)))

    def repeat(
        self,
        count: SSAValue,
        state: Sequence[SSAValue],
        body: Callable[[Sequence[SSAValue]], Sequence[SSAValue]],
    ) -> tuple[SSAValue, ...]:
        """Run `body` `count` times on a state of words; the state after the last time."""
        block = Block(arg_types=[i32] * (1 + len(state)))
        zero, one = self.const(0), self.const(1)
        with self.inside(block):
            self.build.insert(scf.YieldOp(*body(block.args[1:])))
        op = scf.ForOp(zero, count, one, list(state), Region(block))
        self.build.insert(op)
        return tuple(op.results)

    def call(
        self, name: str, arguments: Sequence[SSAValue], results: Sequence[Attribute] = ()
    ) -> tuple[SSAValue, ...]:
        """A call of a function of the module."""
        op = func.CallOp(name, list(arguments), list(results))
        self.build.insert(op)
        return tuple(op.results)


def function(
    name: str,
    arguments: int,
    results: int,
    body: Callable[[Words, Sequence[SSAValue]], Body | None],
) -> func.FuncOp:
    """A function on words; `body` writes it and returns what it returns (None: nothing)."""
    block = Block(arg_types=[i32] * arguments)
    words = Words(InsertPoint.at_end(block))
    returned = body(words, block.args)
    values = () if returned is None else returned()
    words.build.insert(func.ReturnOp(*values))
    return func.FuncOp(
        name, ([i32] * arguments, [i32] * results), Region(block), visibility="private"
    )
