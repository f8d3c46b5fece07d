"""Writing micro IR: a cursor in a block with one short method an operation."""

from collections.abc import Callable, Sequence
from typing import cast

from xdsl.builder import Builder
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import FunctionType, IntegerAttr, StringAttr, i32
from xdsl.ir import Attribute, Block, Operation, OpResult, Region, SSAValue
from xdsl.rewriter import InsertPoint

from nmc.dialects import micro
from nmc.dialects.micro.types import word_attr
from nmc.dialects.tile import RequantAttr

Values = Sequence[SSAValue]
Body = Callable[[SSAValue, Values], Values]


def known(value: SSAValue | int) -> int | None:
    """The number that a value is, None if it is computed."""
    if isinstance(value, int):
        return value
    owner = value.owner
    if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
        return owner.value.value.data
    return None


class Emitter:
    """Appends operations to a block; loops and conditions move the cursor into their bodies.

    With `hoist` constants stand once, at the start of the block that the emitter began with;
    otherwise each stands where it is used.
    """

    def __init__(self, place: Block | InsertPoint, *, hoist: bool = False):
        point = InsertPoint.at_end(place) if isinstance(place, Block) else place
        self._builder = Builder(point)
        self._entry = point.block if hoist else None
        self._constants: dict[tuple[int, Attribute], SSAValue] = {}

    def insert(self, op: Operation) -> SSAValue:
        """Appends an operation and returns its first result."""
        self._builder.insert(op)
        return op.results[0]

    def do(self, op: Operation) -> None:
        """Appends an operation that has no result."""
        self._builder.insert(op)

    # Words

    def const(self, value: int) -> SSAValue:
        """A constant, wrapped to 32 bits."""
        return self._constant(value, i32)

    def _constant(self, value: int, kind: Attribute) -> SSAValue:
        attribute = word_attr(value)
        key = (attribute.value.data, kind)
        if self._entry is not None and key in self._constants:
            return self._constants[key]
        vector = micro.is_vector(kind)
        op = micro.LanesOp(value, kind) if vector else arith.ConstantOp(attribute)
        if self._entry is None:
            return self.insert(op)
        first = self._entry.first_op
        if first is None:
            self._entry.add_op(op)
        else:
            self._entry.insert_op_before(op, first)
        self._constants[key] = op.results[0]
        return op.results[0]

    def value(self, operand: SSAValue | int) -> SSAValue:
        """An operand that may be given as a number."""
        return self.const(operand) if isinstance(operand, int) else operand

    def add(self, a: SSAValue, b: SSAValue | int) -> SSAValue:
        """a + b, folded where both are known or one is 0."""
        x, y = known(a), known(b)
        if y == 0:
            return a
        if x == 0:
            return self.value(b)
        if x is not None and y is not None:
            return self.const(x + y)
        return self.insert(arith.AddiOp(a, self.value(b)))

    def sub(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """a - b, folded where b is known."""
        y = known(b)
        return self.insert(arith.SubiOp(a, b)) if y is None else self.add(a, -y)

    def mul(self, a: SSAValue, b: SSAValue | int) -> SSAValue:
        """a * b, folded where both are known or b is 1."""
        x, y = known(a), known(b)
        if y == 1:
            return a
        if x is not None and y is not None:
            return self.const(x * y)
        return self.insert(arith.MuliOp(a, self.value(b)))

    def mul_wide(
        self, a: SSAValue, b: SSAValue, *, signed: bool = False
    ) -> tuple[SSAValue, SSAValue]:
        """The low and the high word of a * b."""
        op = (arith.MulSIExtendedOp if signed else arith.MulUIExtendedOp)(a, b)
        self._builder.insert(op)
        return op.low, op.high

    def divu(self, a: SSAValue, b: SSAValue | int) -> SSAValue:
        """a / b, unsigned, folded where both are known or b is 1."""
        x, y = known(a), known(b)
        if y == 1:
            return a
        if x is not None and y is not None and x >= 0 and y > 0:
            return self.const(x // y)
        return self.insert(arith.DivUIOp(a, self.value(b)))

    def shru(self, a: SSAValue, bits: int) -> SSAValue:
        """a >> bits, unsigned."""
        return a if bits == 0 else self.insert(arith.ShRUIOp(a, self.const(bits)))

    def byte(self, a: SSAValue, lane: int) -> SSAValue:
        """Byte `lane` of a word, sign-extended."""
        high = a if lane == 3 else self.shift_left(a, 24 - 8 * lane)
        return self.insert(arith.ShRSIOp(high, self.const(24)))

    def shift_left(self, a: SSAValue, bits: SSAValue | int) -> SSAValue:
        """a << bits."""
        return self.insert(arith.ShLIOp(a, self.value(bits)))

    def mask(self, a: SSAValue, bits: int) -> SSAValue:
        """a & bits."""
        return self.insert(arith.AndIOp(a, self.const(bits)))

    def xor(self, a: SSAValue, bits: int) -> SSAValue:
        """a ^ bits."""
        return self.insert(arith.XOrIOp(a, self.const(bits)))

    def compare(self, predicate: str, a: SSAValue, b: SSAValue | int) -> SSAValue:
        """An i1; predicates of arith.cmpi."""
        return self.insert(arith.CmpiOp(a, self.value(b), predicate))

    def both(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """The conjunction of two i1."""
        return self.insert(arith.AndIOp(a, b))

    def extend(self, flag: SSAValue) -> SSAValue:
        """An i1 as 0 or 1."""
        return self.insert(arith.ExtUIOp(flag, i32))

    def select(self, condition: SSAValue, a: SSAValue, b: SSAValue) -> SSAValue:
        """a where the i1 holds, b elsewhere."""
        return self.insert(arith.SelectOp(condition, a, b))

    # Memory

    def load(self, pointer: SSAValue, access: Attribute, offset: int = 0) -> SSAValue:
        """The value at pointer + offset."""
        return self.insert(micro.LoadOp(pointer, offset, access))

    def store(self, value: SSAValue, pointer: SSAValue, access: Attribute, offset: int = 0) -> None:
        """Stores at pointer + offset."""
        self.do(micro.StoreOp(value, pointer, offset, access))

    def load_next(
        self, pointer: SSAValue, access: Attribute, step: int
    ) -> tuple[SSAValue, SSAValue]:
        """The value at a pointer, and the pointer moved on."""
        value = self.load(pointer, access)
        return value, self.add(pointer, step)

    # Vectors

    def lanes(self, word: int, kind: Attribute) -> SSAValue:
        """A constant vector."""
        return self._constant(word, kind)

    def splat(self, value: int, kind: Attribute) -> SSAValue:
        """A byte in every lane."""
        return self.lanes((value & 0xFF) * 0x01010101, kind)

    def dot(self, acc: SSAValue, a: SSAValue, w: SSAValue) -> SSAValue:
        """acc + a . w."""
        return self.insert(micro.DotOp(acc, a, w))

    def mac(self, acc: SSAValue, a: SSAValue, b: SSAValue) -> SSAValue:
        """acc + a * b."""
        return self.insert(micro.MacOp(acc, a, b))

    def shuffle(self, a: SSAValue, b: SSAValue, selector: SSAValue) -> SSAValue:
        """Lanes of a and b."""
        return self.insert(micro.ShuffleOp(a, b, selector))

    def bytes_of(self, word: SSAValue, kind: Attribute) -> SSAValue:
        """A word as a vector."""
        return self.insert(micro.BytesOp(word, kind))

    def word_of(self, vector: SSAValue) -> SSAValue:
        """A vector as a word."""
        return self.insert(micro.WordOp(vector))

    def add_lanes(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """Lane-wise sum, modulo 256."""
        return self.insert(micro.AddOp(a, b))

    def sub_lanes(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """Lane-wise difference, modulo 256."""
        return self.insert(micro.SubOp(a, b))

    def pack(self, lanes: Values, kind: Attribute) -> SSAValue:
        """Four words' low bytes."""
        a, b, c, d = lanes
        return self.insert(micro.PackOp((a, b, c, d), kind))

    def maximum(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """Lane-wise maximum."""
        return self.insert(micro.MaxOp(a, b))

    def minimum(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """Lane-wise minimum."""
        return self.insert(micro.MinOp(a, b))

    # Fixed point

    def requantize(self, acc: SSAValue, multiplier: SSAValue, constants: RequantAttr) -> SSAValue:
        """The accumulator in the output's scale."""
        return self.insert(micro.RequantizeOp(acc, multiplier, constants))

    def requantize_pack(
        self,
        accs: Values,
        multipliers: Values,
        constants: RequantAttr,
        kind: Attribute,
    ) -> SSAValue:
        """Four accumulators in the output's scale as lanes."""
        return self.insert(micro.RequantizePackOp(accs, multipliers, constants, kind))

    def add_round_shift(self, a: SSAValue, b: SSAValue, shift: int) -> SSAValue:
        """(a + b + 2^(shift-1)) >> shift."""
        return self.insert(micro.AddRoundShiftOp(a, b, shift))

    def round_shift(self, a: SSAValue, shift: SSAValue) -> SSAValue:
        """(a + 2^(shift-1)) >> shift, unsigned."""
        return self.insert(micro.RoundShiftOp(a, shift))

    def top_bit(self, a: SSAValue) -> SSAValue:
        """The position of the highest set bit of a word that is not 0."""
        return self.insert(micro.TopBitOp(a))

    def clamp(self, a: SSAValue, lo: int, hi: int) -> SSAValue:
        """a between two constants."""
        return self.insert(micro.ClampOp(a, lo, hi))

    def clip(self, a: SSAValue, bound: SSAValue) -> SSAValue:
        """a between -bound - 1 and bound."""
        return self.insert(micro.ClipOp(a, bound))

    # Control

    def loop(
        self,
        hi: SSAValue | int,
        inits: Values,
        body: Body,
        *,
        lo: SSAValue | int = 0,
        step: int = 1,
    ) -> list[SSAValue]:
        """`body(index, carried)` returns the next carried values; the last are the results.

        The body runs for index = lo, lo + step, ... below hi (signed), perhaps not at all.
        """
        start, stop, stride = self.value(lo), self.value(hi), self.value(step)
        block = Block(arg_types=[i32, *(value.type for value in inits)])
        saved, self._builder = self._builder, Builder(InsertPoint.at_end(block))
        try:
            index, *state = block.args
            carried = body(index, state)
            self._builder.insert(scf.YieldOp(*carried))
        finally:
            self._builder = saved
        op = scf.ForOp(start, stop, stride, list(inits), Region(block))
        self._builder.insert(op)
        return list(op.results)

    def when(
        self,
        condition: SSAValue,
        then: Callable[[], Values],
        otherwise: Callable[[], Values] | None = None,
    ) -> list[SSAValue]:
        """One of two branches; both return values of the same types."""
        regions: list[Region] = []
        types: list[Attribute] = []
        for branch in (then, otherwise or (lambda: ())):
            block = Block()
            saved, self._builder = self._builder, Builder(InsertPoint.at_end(block))
            try:
                values = branch()
                self._builder.insert(scf.YieldOp(*values))
            finally:
                self._builder = saved
            types = [value.type for value in values]
            regions.append(Region(block))
        op = scf.IfOp(condition, types, regions[0], regions[1])
        self._builder.insert(op)
        return list(cast(Sequence[OpResult], op.results))


def kernel_function(
    name: str, parameters: Sequence[str], body: Callable[..., None], *, hoist: bool = True
) -> func.FuncOp:
    """A function of i32 parameters without results.

    `body(emitter, *arguments)` writes it; there are at most 8 parameters (the ABI's registers).
    `hoist`: constants at the function's start rather than where they are used.
    """
    if len(parameters) > 8:
        raise ValueError(f"{name}: a kernel takes at most 8 arguments")
    block = Block(arg_types=[i32] * len(parameters))
    for argument, hint in zip(block.args, parameters, strict=True):
        argument.name_hint = hint
    emitter = Emitter(block, hoist=hoist)
    body(emitter, *block.args)
    emitter.do(func.ReturnOp())
    function = func.FuncOp(
        name, FunctionType.from_lists([i32] * len(parameters), []), Region(block)
    )
    function.attributes["nmc.kernel"] = StringAttr(name)
    return function
