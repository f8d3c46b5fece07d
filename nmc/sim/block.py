"""Eight cycles of eight cores' streams at once: operations on a *block*.

A block is one vector of eight 64-bit numbers. Row r is what the streams say for the r-th cycle, a
byte for each core, core 0's the lowest. See nmc.sim.rows for single ones.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from nmc.sim.ahead_layout import BANK_MASK, OFF_MASK
from nmc.sim.jit import Words
from nmc.sim.vectors import (
    BLOCK,
    BYTES,
    CORES,
    EACH,
    I8,
    I32,
    I64,
    LANES,
    NONE,
    ROWS,
    Block,
    core_mask,
    data_of,
    in_all,
    operation,
    repeated,
    shuffle,
)


def _take(typingctx: Any, s: Any, place: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = builder.gep(data_of(context, builder, signature, args), [args[1]])
        return builder.load(builder.bitcast(pointer, LANES.as_pointer()), align=8)

    del typingctx, place
    return BLOCK(s, types.int64), codegen


take = cast(Callable[[Words, int], Block], intrinsic(_take))
"""`take(s, place)`: eight numbers of `s`."""


def _put(typingctx: Any, s: Any, place: Any, block: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = builder.gep(data_of(context, builder, signature, args), [args[1]])
        builder.store(args[2], builder.bitcast(pointer, LANES.as_pointer()), align=8)
        return context.get_dummy_value()

    del typingctx, place
    return types.void(s, types.int64, block), codegen


put = cast(Callable[[Words, int, Block], None], intrinsic(_put))
"""`put(s, place, block)`: eight numbers become those of the block."""


def _noted(first: int) -> Any:
    """The operation that takes eight cycles from the `first` on."""

    def typed(typingctx: Any, mem8: Any, feeds: Any, cores: Any, now: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            bytes_ = data_of(context, builder, signature, args)
            mask = core_mask(builder, args[2])
            # Eight loads are faster than a gather; those of the other cores read anything.
            places = builder.select(mask, builder.add(args[1], in_all(builder, args[3])), NONE)
            streams = NONE
            for core in range(CORES):
                place = builder.gep(bytes_, [builder.extract_element(places, I32(core))])
                place = builder.gep(place, [I32(first)])
                stream = builder.load(builder.bitcast(place, I64.as_pointer()), align=1)
                streams = builder.insert_element(streams, stream, I32(core))
            streams = builder.select(mask, streams, NONE)
            turned = [CORES * (i % CORES) + i // CORES for i in range(ROWS * CORES)]
            columns = builder.bitcast(streams, BYTES)
            return builder.bitcast(shuffle(builder, columns, columns, turned), LANES)

        del typingctx, cores, now
        return BLOCK(mem8, feeds, types.int64, types.int64), codegen

    return intrinsic(typed)


noted = cast(Callable[[Words, Block, int, int], Block], _noted(0))
"""`noted(mem8, feeds, cores, now)`: the block of the cycles from `now` on, 0 but for `cores`."""

noted_behind = cast(Callable[[Words, Block, int, int], Block], _noted(ROWS))
"""`noted_behind(mem8, feeds, cores, now)`: the block behind that one."""


def _special(builder: Any, block: Any) -> Any:
    banks = builder.and_(block, repeated(BANK_MASK, LANES))
    differences: list[Any] = []
    for distance in range(1, CORES // 2 + 1):
        left, right = (ir.Constant(LANES, [8 * n] * ROWS) for n in (distance, CORES - distance))
        turned = builder.or_(builder.shl(banks, left), builder.lshr(banks, right))
        differences.append(builder.bitcast(builder.xor(banks, turned), BYTES))

    def least(a: Any, b: Any) -> Any:
        return builder.select(builder.icmp_unsigned("<", a, b), a, b)

    none = ir.Constant(BYTES, None)
    equal = builder.icmp_unsigned("==", reduce(least, differences), none)
    used = builder.icmp_unsigned("!=", builder.bitcast(banks, BYTES), none)
    other = builder.and_(block, repeated(0xFF & ~BANK_MASK, LANES))
    other = builder.icmp_unsigned("!=", builder.bitcast(other, BYTES), none)
    return builder.bitcast(builder.or_(builder.and_(equal, used), other), I64)


special = cast(Callable[[Block], int], operation(_special))
"""Bit 8 * row + core of the rows in which two cores ask for one bank, or one stops or writes: for
at least one of the cores in question."""


def _present(builder: Any, block: Any) -> Any:
    found = builder.icmp_unsigned("!=", block, NONE)
    return builder.zext(builder.bitcast(found, I8), I64)


present = cast(Callable[[Block], int], operation(_present))
"""`present(block)`: bits of the rows that are not 0."""


def _skipped(builder: Any, block: Any, behind: Any, rows: Any) -> Any:
    # There is no general shuffle whose places are known only now: by 4, 2 and 1.
    for distance in (4, 2, 1):
        chosen = builder.and_(rows, ir.Constant(I64, distance))
        chosen = builder.icmp_unsigned("!=", chosen, ir.Constant(I64, 0))
        both = (
            _moved_up(builder, block, behind, distance),
            _moved_up(builder, behind, NONE, distance),
        )
        block = builder.select(chosen, both[0], block)
        behind = builder.select(chosen, both[1], behind)
    return block


def _moved_up(builder: Any, block: Any, behind: Any, rows: int) -> Any:
    return shuffle(builder, block, behind, list(range(rows, ROWS + rows)))


skipped = cast(Callable[[Block, Block, int], Block], operation(_skipped, BLOCK, blocks=2, ints=1))
"""`skipped(block, behind, rows)`: the block from that row on, 0 to 7, and as many of the rows
behind it."""


def _passed_by_some(builder: Any, block: Any, behind: Any, late: Any) -> Any:
    late = in_all(builder, late)
    on_time = builder.and_(_moved_up(builder, block, behind, 1), builder.not_(late))
    return builder.or_(on_time, builder.and_(block, late))


passed_by_some = cast(
    Callable[[Block, Block, int], Block], operation(_passed_by_some, BLOCK, blocks=2, ints=1)
)
"""`passed_by_some(block, behind, late)`: from its second row on and with the first one behind it,
but for the bytes `late`, which stay."""


def _held_back(builder: Any, feeds: Any, rows: Any) -> Any:
    bytes_ = builder.bitcast(rows, ir.VectorType(I8, CORES))
    return builder.sub(feeds, builder.zext(bytes_, LANES))


held_back = cast(Callable[[Block, int], Block], operation(_held_back, BLOCK, ints=1))
"""`held_back(feeds, rows)`: less by each core's byte of `rows`."""


def _folded(builder: Any, combine: Callable[..., Any], block: Any) -> Any:
    """The numbers of a block combined to one."""
    lanes = ROWS
    while lanes > 1:
        lanes //= 2
        halves = [list(range(k, k + lanes)) for k in (0, lanes)]
        block = combine(*(shuffle(builder, block, block, half) for half in halves))
    return builder.extract_element(block, I32(0))


def _odd_banks(builder: Any, odd: Any) -> Any:
    return builder.lshr(_folded(builder, builder.xor, odd), ir.Constant(I64, 1))


odd_banks = cast(Callable[[Block], int], operation(_odd_banks))
"""`odd_banks(odd)`: the banks that were asked for an odd number of times."""


def _count_row(builder: Any, odd: Any, row: Any) -> Any:
    banks = builder.bitcast(builder.and_(row, repeated(BANK_MASK)), ir.VectorType(I8, CORES))
    one = ir.Constant(LANES, [1] * CORES)
    return builder.xor(odd, builder.shl(one, builder.zext(banks, LANES)))


count_row = cast(Callable[[Block, int], Block], operation(_count_row, BLOCK, ints=1))
"""`count_row(odd, row)`: `odd` with the accesses of the row added, for `odd_banks`."""


def _nothing(builder: Any, unused: Any) -> Any:
    del builder, unused
    return NONE


nothing = cast(Callable[[int], Block], operation(_nothing, BLOCK, blocks=0, ints=1))
"""`nothing(0)`: a block of zeros."""


def _waited(builder: Any, waits: Any, before: Any, feeds: Any) -> Any:
    return builder.add(waits, builder.sub(before, feeds))


waited = cast(Callable[[Block, Block, Block], Block], operation(_waited, BLOCK, blocks=3))
"""`waited(waits, before, feeds)`: with what feeds have become less added to the waits."""


def _touched(builder: Any, notes: Any, count: Any, shift: Any) -> Any:
    offsets = builder.and_(notes, ir.Constant(LANES, [OFF_MASK] * ROWS))
    pages = builder.lshr(offsets, in_all(builder, shift))
    pages = builder.and_(pages, ir.Constant(LANES, [63] * ROWS))
    bits = builder.shl(ir.Constant(LANES, [1] * ROWS), pages)
    valid = builder.icmp_signed(">", in_all(builder, count), EACH)
    return builder.select(valid, bits, NONE)


touched = cast(Callable[[Block, int, int], Block], operation(_touched, BLOCK, ints=2))
"""`touched(notes, count, shift)`: a bit each for the page of 2^shift bytes that a note is about, of
the first `count` of eight notes."""


def _either(builder: Any, a: Any, b: Any) -> Any:
    return builder.or_(a, b)


either = cast(Callable[[Block, Block], Block], operation(_either, BLOCK, blocks=2))


def _any_of(builder: Any, block: Any) -> Any:
    return _folded(builder, builder.or_, block)


any_of = cast(Callable[[Block], int], operation(_any_of))
"""`any_of(block)`: the bits that any of its numbers has."""


def _asked_for(builder: Any, block: Any, asked: Any) -> Any:
    banks = builder.bitcast(builder.and_(block, repeated(BANK_MASK, LANES)), BYTES)
    wanted = builder.bitcast(in_all(builder, builder.mul(asked, repeated(1))), BYTES)
    return builder.bitcast(builder.icmp_unsigned("==", banks, wanted), I64)


asked_for = cast(Callable[[Block, int], int], operation(_asked_for, ints=1))
"""`asked_for(block, asked)`: bits of the bytes that say `asked`, apart from their flags."""


def _with_bit(builder: Any, block: Any, bit: Any, chosen: Any) -> Any:
    mask = in_all(builder, builder.shl(ir.Constant(I64, 1), bit))
    without = builder.and_(block, builder.not_(mask))
    return builder.select(core_mask(builder, chosen), builder.or_(block, mask), without)


with_bit = cast(Callable[[Block, int, int], Block], operation(_with_bit, BLOCK, ints=2))
"""`with_bit(block, bit, chosen)`: with this bit of its numbers, of those that are `chosen` only."""
