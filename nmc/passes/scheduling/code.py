"""Building the code of a layer: index arithmetic that folds, loops that vanish, transfers."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeAlias

from xdsl.builder import Builder
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import IndexType, IntegerAttr
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint

from nmc.backend.planning.growing import tile_sizes
from nmc.dialects import cluster

Index: TypeAlias = int | SSAValue
"""A position or size: known now, or computed by the program."""


class Code:
    """Writes operations into a layer's block; integers become constants at the block's start."""

    def __init__(self, block: Block, outside: InsertPoint):
        self._outside = Builder(outside)
        self._top = block
        self._builder = Builder(InsertPoint.at_end(block))
        self._constants: dict[int, SSAValue] = {}
        self._last_constant: Operation | None = None

    def insert(self, op: Operation) -> Operation:
        """Add an operation at the current place."""
        return self._builder.insert(op)

    def insert_outside(self, op: Operation) -> None:
        """Add an operation before the layer: a buffer in L2."""
        self._outside.insert(op)

    def value(self, index: Index) -> SSAValue:
        """The index as an SSA value; a constant is made once."""
        if isinstance(index, SSAValue):
            return index
        if index not in self._constants:
            op = arith.ConstantOp(IntegerAttr(index, IndexType()))
            if self._last_constant is not None:
                self._top.insert_op_after(op, self._last_constant)
            elif self._top.first_op is not None:
                self._top.insert_op_before(op, self._top.first_op)
            else:
                self._top.add_op(op)
            # Operations built at the end of the top block stay after the constants.
            self._last_constant = op
            self._constants[index] = op.result
        return self._constants[index]

    def add(self, a: Index, b: Index) -> Index:
        """a + b."""
        if isinstance(a, int) and isinstance(b, int):
            return a + b
        if a == 0 or b == 0:
            return b if a == 0 else a
        return self.insert(arith.AddiOp(self.value(a), self.value(b))).results[0]

    def sub(self, a: Index, b: Index) -> Index:
        """a - b."""
        if isinstance(a, int) and isinstance(b, int):
            return a - b
        if b == 0:
            return a
        return self.insert(arith.SubiOp(self.value(a), self.value(b))).results[0]

    def mul(self, a: Index, b: Index) -> Index:
        """a * b."""
        if isinstance(a, int) and isinstance(b, int):
            return a * b
        if a == 0 or b == 0:
            return 0
        if a == 1 or b == 1:
            return b if a == 1 else a
        return self.insert(arith.MuliOp(self.value(a), self.value(b))).results[0]

    def div(self, a: Index, b: int) -> Index:
        """a / b of numbers that are not negative, rounded down."""
        if b == 1:
            return a
        if isinstance(a, int):
            return a // b
        return self.insert(arith.DivUIOp(self.value(a), self.value(b))).results[0]

    def least(self, a: Index, b: Index) -> Index:
        """min(a, b), signed."""
        if isinstance(a, int) and isinstance(b, int):
            return min(a, b)
        return self.insert(arith.MinSIOp(self.value(a), self.value(b))).results[0]

    def most(self, a: Index, b: Index) -> Index:
        """max(a, b), signed."""
        if isinstance(a, int) and isinstance(b, int):
            return max(a, b)
        return self.insert(arith.MaxSIOp(self.value(a), self.value(b))).results[0]

    @contextmanager
    def inside(self, block: Block) -> Generator[None]:
        """Build at the end of another block meanwhile."""
        outer = self._builder.insertion_point
        self._builder.insertion_point = InsertPoint.at_end(block)
        yield
        self._builder.insertion_point = outer

    def loop(self, count: Index, body: Callable[[Index], None]) -> None:
        """`body` for 0, 1, ..., count - 1: a loop, or the body alone where count is 1."""
        if count == 1:
            body(0)
            return
        block = Block(arg_types=[IndexType()])
        self.insert(scf.ForOp(self.value(0), self.value(count), self.value(1), [], Region(block)))
        with self.inside(block):
            body(block.args[0])
            self.insert(scf.YieldOp())

    def tiles(
        self,
        total: int,
        size: int,
        body: Callable[[Index, Index], None],
        *,
        ragged_first: bool = False,
    ) -> None:
        """`body(first, length)` for the pieces of `total` cut every `size`, the last one ragged.

        ragged_first: the first one is ragged instead.
        """
        count = len(tile_sizes(total, size))

        def piece(number: Index) -> None:
            if ragged_first and total % size and count > 1:
                end = self.add(self.mul(number, size), total % size)
                first = self.most(self.sub(end, size), 0)
                body(first, self.sub(end, first))
                return
            first = self.mul(number, size)
            length: Index = size if total % size == 0 else self.least(self.sub(total, first), size)
            body(first, min(total, size) if count == 1 else length)

        self.loop(count, piece)

    def groups(
        self,
        total: Index,
        size: int,
        body: Callable[[Index, Index], None],
        lead: int = 0,
        growth: int = 0,
    ) -> None:
        """`body(first, count)` for groups of at most `size` of [0, total); lead: they grow."""
        op = cluster.GroupsOp(self.value(total), size, lead, growth)
        self.insert(op)
        with self.inside(op.body.block):
            first, count = op.body.block.args
            body(first, count)

    def alloc(self, label: str, size: int) -> SSAValue:
        """A buffer in L1."""
        op = cluster.AllocOp(label, size, cluster.Space.L1)
        self.insert(op)
        return op.result

    def view(self, buffer: SSAValue, offset: Index, size: int) -> SSAValue:
        """`size` bytes of a buffer from a byte offset on."""
        op = cluster.ViewOp(buffer, self.value(offset), size)
        self.insert(op)
        return op.result

    def copy(
        self,
        source: SSAValue,
        source_offset: Index,
        destination: SSAValue,
        destination_offset: Index,
        length: Index,
        *,
        lines: Index | None = None,
        stride: int | None = None,
        pitch: int | None = None,
    ) -> None:
        """A synchronous transfer."""
        self.insert(
            cluster.CopyOp(
                source,
                self.value(source_offset),
                destination,
                self.value(destination_offset),
                self.value(length),
                lines=None if lines is None else self.value(lines),
                stride=stride,
                pitch=pitch,
            )
        )
