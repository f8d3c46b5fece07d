"""Who is served in a row whose cores ask for the same banks: all of a row at once.

Each core is a lane with one bit a bank. Of those that ask for a bank, the ones that its turn has
not passed come first, in the order of their numbers, then the others (see nmc.sim.turns). No step
depends on which banks they are, or on how many: what is hard to foresee is no branch.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any, NamedTuple, cast

from llvmlite import ir

from nmc.sim.ahead_layout import BANK_MASK
from nmc.sim.vectors import (
    BANK_SETS,
    BANKS,
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
    BankSets,
    Block,
    in_all,
    operation,
    repeated,
    shuffle,
)

_NONE = ir.Constant(BANKS, None)
_ONE, _LAST_BANK = (ir.Constant(BANKS, [n] * CORES) for n in (1, BANKS.element.width - 1))
_BYTES = ir.VectorType(I8, CORES)


def _as_sets(builder: Any, block: Any) -> Any:
    return builder.trunc(block, BANKS)


as_sets = cast(Callable[[Block], BankSets], operation(_as_sets, BANK_SETS))
"""`as_sets(block)`: its eight numbers, as far as they have bits for banks."""


def _as_numbers(builder: Any, sets: Any) -> Any:
    return builder.zext(sets, LANES)


as_numbers = cast(Callable[[BankSets], Block], operation(_as_numbers, BLOCK, blocks=0, sets=1))
"""`as_numbers(sets)`: the block of them."""


def _no_banks(builder: Any, unused: Any) -> Any:
    del builder, unused
    return _NONE


no_banks = cast(Callable[[int], BankSets], operation(_no_banks, BANK_SETS, blocks=0, ints=1))
"""`no_banks(0)`: none for any core."""


def _wanted_of(builder: Any, row: Any) -> Any:
    return _banks_in(builder, builder.bitcast(row, _BYTES))


wanted_of = cast(Callable[[int], BankSets], operation(_wanted_of, BANK_SETS, blocks=0, ints=1))
"""`wanted_of(row)`: for each core the bank it asks for, none or one."""


def _wanted_behind(builder: Any, block: Any) -> Any:
    row = shuffle(
        builder,
        builder.bitcast(block, BYTES),
        ir.Constant(BYTES, None),
        list(range(CORES, 2 * CORES)),
    )
    return _banks_in(builder, row)


wanted_behind = cast(Callable[[Block], BankSets], operation(_wanted_behind, BANK_SETS))
"""`wanted_behind(block)`: the same of its second row."""


def _banks_in(builder: Any, row: Any) -> Any:
    banks = builder.and_(row, ir.Constant(_BYTES, [BANK_MASK] * CORES))
    numbers = builder.and_(builder.sub(builder.zext(banks, BANKS), _ONE), _LAST_BANK)
    some = builder.icmp_unsigned("!=", banks, ir.Constant(_BYTES, None))
    return builder.select(some, builder.shl(_ONE, numbers), _NONE)


def _lost(builder: Any, wanted: Any, turns: Any) -> Any:
    return _contest(builder, wanted, turns).lost


lost = cast(Callable[[BankSets, BankSets], BankSets], operation(_lost, BANK_SETS, blocks=0, sets=2))
"""`lost(wanted, turns)`: for each core the bank that does not serve it."""


def _turned(builder: Any, wanted: Any, turns: Any) -> Any:
    contest = _contest(builder, wanted, turns)
    contested = _any(builder, contest.lost)
    passed = builder.and_(contested, builder.not_(contest.behind))
    return builder.or_(builder.and_(turns, builder.not_(contested)), passed)


turned = cast(
    Callable[[BankSets, BankSets], BankSets], operation(_turned, BANK_SETS, blocks=0, sets=2)
)
"""`turned(wanted, turns)`: whose turn it is behind this row."""


def _late_of(builder: Any, sets: Any) -> Any:
    some = builder.icmp_unsigned("!=", sets, _NONE)
    return builder.bitcast(builder.sext(some, _BYTES), I64)


late_of = cast(Callable[[BankSets], int], operation(_late_of, blocks=0, sets=1))
"""`late_of(sets)`: 0xFF for each core that has a bank."""


def _or_next(builder: Any, sets: Any, following: Any) -> Any:
    none = builder.icmp_unsigned("==", sets, _NONE)
    return builder.or_(sets, builder.select(none, following, _NONE))


or_next = cast(
    Callable[[BankSets, BankSets], BankSets], operation(_or_next, BANK_SETS, blocks=0, sets=2)
)
"""`or_next(sets, following)`: for a core that has none, what it has in the following."""


def _changed(builder: Any, sets: Any, others: Any) -> Any:
    return builder.xor(sets, others)


changed = cast(
    Callable[[BankSets, BankSets], BankSets], operation(_changed, BANK_SETS, blocks=0, sets=2)
)
"""`changed(sets, others)`: the banks of one and not the other."""


def _with_rows(builder: Any, block: Any, rows: Any, sets: Any) -> Any:
    first = builder.icmp_signed(">", in_all(builder, rows), EACH)
    banks = builder.and_(builder.select(first, block, NONE), repeated(BANK_MASK, LANES))
    one, mask = (ir.Constant(LANES, [n] * ROWS) for n in (1, 0xFF))
    found: list[Any] = []
    for core in range(CORES):
        number = builder.lshr(banks, ir.Constant(LANES, [8 * core] * ROWS))
        found.append(builder.shl(one, builder.and_(number, mask)))
    # Bit 0 is for no access.
    odd = builder.lshr(reduce(builder.xor, found), one)
    return builder.xor(sets, builder.trunc(odd, BANKS))


with_rows = cast(
    Callable[[Block, int, BankSets], BankSets], operation(_with_rows, BANK_SETS, ints=1, sets=1)
)
"""`with_rows(block, rows, sets)`: changed by the accesses of the first rows of a block."""


def _banks_of(builder: Any, sets: Any) -> Any:
    for distance in (4, 2, 1):
        sets = builder.xor(sets, _round(builder, sets, distance))
    return builder.zext(builder.extract_element(sets, I32(0)), I64)


banks_of = cast(Callable[[BankSets], int], operation(_banks_of, blocks=0, sets=1))
"""`banks_of(sets)`: those that an odd number of cores have."""


class _Contest(NamedTuple):
    lost: Any
    behind: Any
    """For each core the banks that serve a core of a lower number, of those that are contested."""


def _contest(builder: Any, wanted: Any, turns: Any) -> _Contest:
    second = builder.and_(wanted, turns)
    first = builder.xor(wanted, second)
    before_first, before_second = _before(builder, first), _before(builder, second)
    any_first = _last(builder, builder.or_(first, before_first))
    lost_second = builder.and_(second, builder.or_(any_first, before_second))
    lost = builder.or_(builder.and_(first, before_first), lost_second)
    only_second = builder.and_(before_second, builder.not_(any_first))
    return _Contest(lost, builder.or_(before_first, only_second))


# Three at a time: one instruction of many machines, and half as many steps.


def _before(builder: Any, sets: Any) -> Any:
    """For each core the banks of all cores of lower numbers."""
    three = _all_of(builder, sets, _up(builder, sets, 1), _up(builder, sets, 2))
    return _all_of(builder, _up(builder, three, 1), _up(builder, three, 4), _up(builder, sets, 7))


def _any(builder: Any, sets: Any) -> Any:
    """For each core the banks of all cores."""
    three = _all_of(builder, sets, _round(builder, sets, 1), _round(builder, sets, 2))
    return _all_of(builder, three, _round(builder, three, 3), _round(builder, three, 6))


def _all_of(builder: Any, a: Any, b: Any, c: Any) -> Any:
    return builder.or_(builder.or_(a, b), c)


def _up(builder: Any, sets: Any, cores: int) -> Any:
    """What each core has goes to the one so many numbers above."""
    places = [*range(CORES, CORES + cores), *range(CORES - cores)]
    return shuffle(builder, sets, _NONE, places)


def _round(builder: Any, sets: Any, cores: int) -> Any:
    """What each core has goes to the one so many numbers below, round and round."""
    return shuffle(builder, sets, sets, [(core + cores) % CORES for core in range(CORES)])


def _last(builder: Any, sets: Any) -> Any:
    """What the last core has, for each."""
    return shuffle(builder, sets, sets, [CORES - 1] * CORES)
