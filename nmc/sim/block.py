"""Eight cycles of eight cores' streams at once: operations on a *block*, and on a row of it.

A block is one vector of eight 64-bit numbers. Row r is what the streams say for the r-th cycle, a
byte for each core, core 0's the lowest. A row by itself is an int64, and so are *flags*, of which
bit 7 of a core's byte says yes or no. As in nmc.sim.jit everything is generic LLVM code, lowered
for whatever vectors the host has.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any, cast

from llvmlite import ir
from numba import extending, types
from numba.extending import intrinsic, models

from nmc.sim.ahead_layout import BANK_MASK, OFF_MASK, WRITES
from nmc.sim.jit import Words

ROWS = CORES = 8
ALL_CORES = (1 << CORES) - 1


class Block:
    """What a block is to the type checker: only the operations of this file take one."""


class _BlockType(types.Type):
    def __init__(self) -> None:
        super().__init__(name="Block")


_BLOCK = _BlockType()
_I1, _I8, _I32, _I64 = (ir.IntType(bits) for bits in (1, 8, 32, 64))
_LANES = ir.VectorType(_I64, ROWS)
_BYTES = ir.VectorType(_I8, ROWS * CORES)
_NONE = ir.Constant(_LANES, None)
_EACH = ir.Constant(_LANES, list(range(ROWS)))


class _BlockModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _LANES)


cast(Any, extending).register_model(_BlockType)(_BlockModel)


def _bytes(value: int, kind: Any = _I64) -> Any:
    """A number, or a vector of them, of which each byte is `value`."""
    number = ir.Constant(_I64, value * 0x0101_0101_0101_0101)
    return number if kind is _I64 else ir.Constant(kind, [number] * ROWS)


def _in_all(builder: Any, number: Any) -> Any:
    first = builder.insert_element(_NONE, number, _I32(0))
    return _shuffle(builder, first, first, [0] * ROWS)


def _shuffle(builder: Any, a: Any, b: Any, places: list[int]) -> Any:
    indices = ir.Constant(ir.VectorType(_I32, len(places)), [_I32(place) for place in places])
    return builder.shuffle_vector(a, b, indices)


def _core_mask(builder: Any, cores: Any) -> Any:
    """Bits of cores as a vector of bits."""
    return builder.bitcast(builder.trunc(cores, _I8), ir.VectorType(_I1, CORES))


def _data(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Where the array that is the first argument begins."""
    return context.make_array(signature.args[0])(context, builder, args[0]).data


def _take(typingctx: Any, s: Any, place: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = builder.gep(_data(context, builder, signature, args), [args[1]])
        return builder.load(builder.bitcast(pointer, _LANES.as_pointer()), align=8)

    del typingctx, place
    return _BLOCK(s, types.int64), codegen


take = cast(Callable[[Words, int], Block], intrinsic(_take))
"""`take(s, place)`: eight numbers of `s`."""


def _put(typingctx: Any, s: Any, place: Any, block: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = builder.gep(_data(context, builder, signature, args), [args[1]])
        builder.store(args[2], builder.bitcast(pointer, _LANES.as_pointer()), align=8)
        return context.get_dummy_value()

    del typingctx, place
    return types.void(s, types.int64, block), codegen


put = cast(Callable[[Words, int, Block], None], intrinsic(_put))
"""`put(s, place, block)`: eight numbers become those of the block."""


def _noted(typingctx: Any, mem8: Any, feeds: Any, cores: Any, now: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        base = builder.ptrtoint(_data(context, builder, signature, args), _I64)
        places = builder.add(args[1], _in_all(builder, builder.add(base, args[3])))
        pointers = builder.inttoptr(places, ir.VectorType(_I8.as_pointer(), CORES))
        mask = _core_mask(builder, args[2])
        kind = ir.FunctionType(_LANES, [pointers.type, mask.type, _LANES])
        name = "llvm.masked.gather.v8i64.v8p0"
        gather = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        streams = builder.call(gather, [pointers, mask, _NONE])
        turned = [CORES * (i % CORES) + i // CORES for i in range(ROWS * CORES)]
        columns = builder.bitcast(streams, _BYTES)
        return builder.bitcast(_shuffle(builder, columns, columns, turned), _LANES)

    del typingctx, cores, now
    return _BLOCK(mem8, feeds, types.int64, types.int64), codegen


noted = cast(Callable[[Words, Block, int, int], Block], intrinsic(_noted))
"""`noted(mem8, feeds, cores, now)`: the block of the cycles from `now` on, 0 but for `cores`."""


def _operation(
    emit: Callable[..., Any], result: Any = types.int64, blocks: int = 1, ints: int = 0
) -> Any:
    """An operation of blocks and then ints."""
    given = (*([_BLOCK] * blocks), *([types.int64] * ints))

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del context, signature
        return emit(builder, *args)

    def of_one(typingctx: Any, a: Any) -> Any:
        del typingctx, a
        return result(*given), codegen

    def of_two(typingctx: Any, a: Any, b: Any) -> Any:
        del typingctx, a, b
        return result(*given), codegen

    def of_four(typingctx: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
        del typingctx, a, b, c, d
        return result(*given), codegen

    def of_three(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
        del typingctx, a, b, c
        return result(*given), codegen

    return intrinsic((of_one, of_two, of_three, of_four)[len(given) - 1])


def _special(builder: Any, block: Any) -> Any:
    banks = builder.and_(block, _bytes(BANK_MASK, _LANES))
    differences: list[Any] = []
    for distance in range(1, CORES // 2 + 1):
        left, right = (ir.Constant(_LANES, [8 * n] * ROWS) for n in (distance, CORES - distance))
        turned = builder.or_(builder.shl(banks, left), builder.lshr(banks, right))
        differences.append(builder.bitcast(builder.xor(banks, turned), _BYTES))

    def least(a: Any, b: Any) -> Any:
        return builder.select(builder.icmp_unsigned("<", a, b), a, b)

    none = ir.Constant(_BYTES, None)
    equal = builder.icmp_unsigned("==", reduce(least, differences), none)
    used = builder.icmp_unsigned("!=", builder.bitcast(banks, _BYTES), none)
    other = builder.and_(block, _bytes(0xFF & ~BANK_MASK, _LANES))
    other = builder.icmp_unsigned("!=", builder.bitcast(other, _BYTES), none)
    return builder.bitcast(builder.or_(builder.and_(equal, used), other), _I64)


special = cast(Callable[[Block], int], _operation(_special))
"""Bit 8 * row + core of the rows in which two cores ask for one bank, or one stops or writes: for
at least one of the cores in question."""


def _row_of(builder: Any, block: Any, row: Any) -> Any:
    return builder.extract_element(block, row)


row_of = cast(Callable[[Block, int], int], _operation(_row_of, ints=1))
"""`row_of(block, row)`."""


def _present(builder: Any, block: Any) -> Any:
    found = builder.icmp_unsigned("!=", block, _NONE)
    return builder.zext(builder.bitcast(found, _I8), _I64)


present = cast(Callable[[Block], int], _operation(_present))
"""`present(block)`: bits of the rows that are not 0."""


def _put_off(builder: Any, block: Any, late: Any, row: Any) -> Any:
    rows = _in_all(builder, row)
    late = _in_all(builder, late)
    moved = _shuffle(builder, block, _NONE, [ROWS, *range(ROWS - 1)])
    from_here = builder.icmp_unsigned("<=", rows, _EACH)
    behind = builder.icmp_unsigned("<", rows, _EACH)
    removed = builder.select(from_here, late, _NONE)
    added = builder.select(behind, late, _NONE)
    kept = builder.and_(block, builder.xor(removed, _bytes(0xFF, _LANES)))
    return builder.or_(kept, builder.and_(moved, added))


put_off = cast(Callable[[Block, int, int], Block], _operation(_put_off, _BLOCK, ints=2))
"""`put_off(block, late, row)`: the bytes `late` ask one row later from `row` on, and in it not."""


def _held_back(builder: Any, feeds: Any, late: Any) -> Any:
    bytes_ = builder.bitcast(late, ir.VectorType(_I8, CORES))
    return builder.add(feeds, builder.sext(bytes_, _LANES))


held_back = cast(Callable[[Block, int], Block], _operation(_held_back, _BLOCK, ints=1))
"""`held_back(feeds, late)`: one less for the cores of the bytes `late`."""


def _folded(builder: Any, combine: Callable[..., Any], block: Any) -> Any:
    """The numbers of a block combined to one."""
    lanes = ROWS
    while lanes > 1:
        lanes //= 2
        halves = [list(range(k, k + lanes)) for k in (0, lanes)]
        block = combine(*(_shuffle(builder, block, block, half) for half in halves))
    return builder.extract_element(block, _I32(0))


def _count_served(builder: Any, odd: Any, block: Any, start: Any, end: Any) -> Any:
    inside = builder.and_(
        builder.icmp_signed("<=", _in_all(builder, start), _EACH),
        builder.icmp_signed(">", _in_all(builder, end), _EACH),
    )
    one, mask = (ir.Constant(_LANES, [n] * ROWS) for n in (1, BANK_MASK))
    found: list[Any] = []
    for core in range(CORES):
        distance = ir.Constant(_LANES, [8 * core] * ROWS)
        found.append(builder.shl(one, builder.and_(builder.lshr(block, distance), mask)))
    return builder.xor(odd, builder.select(inside, reduce(builder.xor, found), _NONE))


count_served = cast(
    Callable[[Block, Block, int, int], Block],
    _operation(_count_served, _BLOCK, blocks=2, ints=2),
)
"""`count_served(odd, block, start, end)`: `odd` with the accesses of the rows from `start` to `end`
added, for `odd_banks`."""


def _odd_banks(builder: Any, odd: Any) -> Any:
    return builder.lshr(_folded(builder, builder.xor, odd), ir.Constant(_I64, 1))


odd_banks = cast(Callable[[Block], int], _operation(_odd_banks))
"""`odd_banks(odd)`: the banks that were asked for an odd number of times."""


def _nothing(builder: Any, unused: Any) -> Any:
    del builder, unused
    return _NONE


nothing = cast(Callable[[int], Block], _operation(_nothing, _BLOCK, blocks=0, ints=1))
"""`nothing(0)`: a block of zeros."""


def _waited(builder: Any, waits: Any, before: Any, feeds: Any) -> Any:
    return builder.add(waits, builder.sub(before, feeds))


waited = cast(Callable[[Block, Block, Block], Block], _operation(_waited, _BLOCK, blocks=3))
"""`waited(waits, before, feeds)`: with what feeds have become less added to the waits."""


def _nonzero(builder: Any, number: Any) -> Any:
    """Flags, among other bits, of the bytes of a number that are not 0, none above 63."""
    return builder.add(number, _bytes(0x7F))


def _clashing(builder: Any, row: Any) -> Any:
    banks = builder.and_(row, _bytes(BANK_MASK))
    found = _nonzero(builder, banks)
    unequal: list[Any] = []
    for distance in range(1, CORES // 2 + 1):
        left, right = (ir.Constant(_I64, 8 * n) for n in (distance, CORES - distance))
        turned = builder.or_(builder.shl(banks, left), builder.lshr(banks, right))
        unequal.append(_nonzero(builder, builder.xor(banks, turned)))
    equal = builder.xor(reduce(builder.and_, unequal), _bytes(0xFF))
    return builder.and_(builder.and_(found, equal), _bytes(0x80))


clashing = cast(Callable[[int], int], _operation(_clashing, blocks=0, ints=1))
"""`clashing(row)`: flags of cores that ask for one bank, not 0 if there are any."""


def _asking(builder: Any, row: Any, asked: Any) -> Any:
    banks = builder.and_(row, _bytes(BANK_MASK))
    wanted = builder.mul(asked, _bytes(1))
    equal = builder.xor(_nonzero(builder, builder.xor(banks, wanted)), _bytes(0xFF))
    return builder.and_(equal, _bytes(0x80))


asking = cast(Callable[[int, int], int], _operation(_asking, blocks=0, ints=2))
"""`asking(row, asked)`: flags of the cores whose byte says `asked`, apart from its flags."""


def _bits(builder: Any, flags: Any) -> Any:
    """Flags as bits of cores."""
    ones = builder.lshr(flags, ir.Constant(_I64, 7))
    gathered = builder.mul(ones, ir.Constant(_I64, 0x0102_0408_1020_4080))
    return builder.lshr(gathered, ir.Constant(_I64, 56))


def _accessing(builder: Any, row: Any) -> Any:
    low = _nonzero(builder, builder.and_(row, _bytes(0x7F)))
    return _bits(builder, builder.and_(builder.or_(low, row), _bytes(0x80)))


accessing = cast(Callable[[int], int], _operation(_accessing, blocks=0, ints=1))
"""`accessing(row)`: the cores whose byte is not 0."""


def _writing(builder: Any, row: Any) -> Any:
    return _bits(builder, builder.and_(row, _bytes(WRITES)))


writing = cast(Callable[[int], int], _operation(_writing, blocks=0, ints=1))
"""`writing(row)`: the cores whose byte says WRITES."""


def _wanted(builder: Any, others: Any, row: Any, cores: Any) -> Any:
    banks = builder.bitcast(builder.and_(row, _bytes(BANK_MASK)), ir.VectorType(_I8, CORES))
    numbers = builder.sub(builder.zext(banks, _LANES), ir.Constant(_LANES, [1] * CORES))
    return builder.select(_core_mask(builder, cores), numbers, others)


wanted = cast(Callable[[Block, int, int], Block], _operation(_wanted, _BLOCK, ints=2))
"""`wanted(others, row, cores)`: for each of `cores` the bank it asks for in this row, or -1."""


def _row_for(builder: Any, banks: Any, cores: Any) -> Any:
    numbers = builder.trunc(banks, ir.VectorType(_I8, CORES))
    numbers = builder.add(numbers, ir.Constant(ir.VectorType(_I8, CORES), [1] * CORES))
    none = ir.Constant(ir.VectorType(_I8, CORES), None)
    return builder.bitcast(builder.select(_core_mask(builder, cores), numbers, none), _I64)


row_for = cast(Callable[[Block, int], int], _operation(_row_for, ints=1))
"""`row_for(banks, cores)`: the row in which each of `cores` asks for its number of `banks`."""


def _as_block(builder: Any, row: Any) -> Any:
    return builder.insert_element(_NONE, row, _I32(0))


as_block = cast(Callable[[int], Block], _operation(_as_block, _BLOCK, blocks=0, ints=1))
"""`as_block(row)`: a block of this row and empty ones."""


def _touched(builder: Any, notes: Any, count: Any, shift: Any) -> Any:
    offsets = builder.and_(notes, ir.Constant(_LANES, [OFF_MASK] * ROWS))
    pages = builder.lshr(offsets, _in_all(builder, shift))
    pages = builder.and_(pages, ir.Constant(_LANES, [63] * ROWS))
    bits = builder.shl(ir.Constant(_LANES, [1] * ROWS), pages)
    valid = builder.icmp_signed(">", _in_all(builder, count), _EACH)
    return builder.select(valid, bits, _NONE)


touched = cast(Callable[[Block, int, int], Block], _operation(_touched, _BLOCK, ints=2))
"""`touched(notes, count, shift)`: a bit each for the page of 2^shift bytes that a note is about, of
the first `count` of eight notes."""


def _either(builder: Any, a: Any, b: Any) -> Any:
    return builder.or_(a, b)


either = cast(Callable[[Block, Block], Block], _operation(_either, _BLOCK, blocks=2))


def _any_of(builder: Any, block: Any) -> Any:
    return _folded(builder, builder.or_, block)


any_of = cast(Callable[[Block], int], _operation(_any_of))
"""`any_of(block)`: the bits that any of its numbers has."""


def _whole_bytes(builder: Any, flags: Any) -> Any:
    ones = builder.lshr(flags, ir.Constant(_I64, 7))
    return builder.sub(builder.shl(ones, ir.Constant(_I64, 8)), ones)


whole_bytes = cast(Callable[[int], int], _operation(_whole_bytes, blocks=0, ints=1))
"""`whole_bytes(flags)`: 0xFF for yes."""
