"""Operations on a *row* of streams: what eight cores ask for in one cycle, see nmc.sim.block.

A row by itself is an int64, and so are *flags*, of which bit 7 of a core's byte says yes or no.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any, cast

from llvmlite import ir

from nmc.sim.ahead_layout import BANK_MASK, WRITES
from nmc.sim.vectors import (
    BLOCK,
    CORES,
    I8,
    I64,
    LANES,
    Block,
    core_mask,
    operation,
    repeated,
)


def _row_of(builder: Any, block: Any, row: Any) -> Any:
    return builder.extract_element(block, row)


row_of = cast(Callable[[Block, int], int], operation(_row_of, ints=1))
"""`row_of(block, row)`."""


def _nonzero(builder: Any, number: Any) -> Any:
    """Flags, among other bits, of the bytes of a number that are not 0, none above 63."""
    return builder.add(number, repeated(0x7F))


def _turned(builder: Any, row: Any, cores: int) -> Any:
    """The row with the bytes of all cores moved up by so many."""
    left, right = (ir.Constant(I64, 8 * n) for n in (cores, CORES - cores))
    return builder.or_(builder.shl(row, left), builder.lshr(row, right))


def _clashing(builder: Any, row: Any) -> Any:
    banks = builder.and_(row, repeated(BANK_MASK))
    found = _nonzero(builder, banks)
    unequal: list[Any] = []
    for distance in range(1, CORES // 2 + 1):
        others = _nonzero(builder, builder.xor(banks, _turned(builder, banks, distance)))
        unequal.append(others)
        # The other one of two at half the number of cores is found from both.
        if 2 * distance < CORES:
            unequal.append(_turned(builder, others, CORES - distance))
    equal = builder.xor(reduce(builder.and_, unequal), repeated(0xFF))
    return builder.and_(builder.and_(found, equal), repeated(0x80))


clashing = cast(Callable[[int], int], operation(_clashing, blocks=0, ints=1))
"""`clashing(row)`: flags of the cores that ask for a bank that another one asks for too."""


def _asking(builder: Any, row: Any, asked: Any) -> Any:
    banks = builder.and_(row, repeated(BANK_MASK))
    wanted = builder.mul(asked, repeated(1))
    equal = builder.xor(_nonzero(builder, builder.xor(banks, wanted)), repeated(0xFF))
    return builder.and_(equal, repeated(0x80))


asking = cast(Callable[[int, int], int], operation(_asking, blocks=0, ints=2))
"""`asking(row, asked)`: flags of the cores whose byte says `asked`, apart from its flags."""


def _bits(builder: Any, flags: Any) -> Any:
    """Flags as bits of cores."""
    ones = builder.lshr(flags, ir.Constant(I64, 7))
    gathered = builder.mul(ones, ir.Constant(I64, 0x0102_0408_1020_4080))
    return builder.lshr(gathered, ir.Constant(I64, 56))


def _accessing(builder: Any, row: Any) -> Any:
    low = _nonzero(builder, builder.and_(row, repeated(0x7F)))
    return _bits(builder, builder.and_(builder.or_(low, row), repeated(0x80)))


accessing = cast(Callable[[int], int], operation(_accessing, blocks=0, ints=1))
"""`accessing(row)`: the cores whose byte is not 0."""


def _writing(builder: Any, row: Any) -> Any:
    return _bits(builder, builder.and_(row, repeated(WRITES)))


writing = cast(Callable[[int], int], operation(_writing, blocks=0, ints=1))
"""`writing(row)`: the cores whose byte says WRITES."""


def _fetching(builder: Any, row: Any) -> Any:
    both = builder.and_(row, builder.shl(row, ir.Constant(I64, 1)))
    return builder.and_(both, repeated(0x80))


fetching = cast(Callable[[int], int], operation(_fetching, blocks=0, ints=1))
"""`fetching(row)`: flags of the cores whose byte says FETCH."""


def _wanted(builder: Any, others: Any, row: Any, cores: Any) -> Any:
    banks = builder.bitcast(builder.and_(row, repeated(BANK_MASK)), ir.VectorType(I8, CORES))
    numbers = builder.sub(builder.zext(banks, LANES), ir.Constant(LANES, [1] * CORES))
    return builder.select(core_mask(builder, cores), numbers, others)


wanted = cast(Callable[[Block, int, int], Block], operation(_wanted, BLOCK, ints=2))
"""`wanted(others, row, cores)`: for each of `cores` the bank it asks for in this row, or -1."""


def _row_for(builder: Any, banks: Any, cores: Any) -> Any:
    numbers = builder.trunc(banks, ir.VectorType(I8, CORES))
    numbers = builder.add(numbers, ir.Constant(ir.VectorType(I8, CORES), [1] * CORES))
    none = ir.Constant(ir.VectorType(I8, CORES), None)
    return builder.bitcast(builder.select(core_mask(builder, cores), numbers, none), I64)


row_for = cast(Callable[[Block, int], int], operation(_row_for, ints=1))
"""`row_for(banks, cores)`: the row in which each of `cores` asks for its number of `banks`."""


def _whole_bytes(builder: Any, flags: Any) -> Any:
    above = builder.shl(flags, ir.Constant(I64, 1))
    return builder.sub(above, builder.lshr(flags, ir.Constant(I64, 7)))


whole_bytes = cast(Callable[[int], int], operation(_whole_bytes, blocks=0, ints=1))
"""`whole_bytes(flags)`: 0xFF for yes."""
