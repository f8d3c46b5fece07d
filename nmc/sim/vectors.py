"""What operations on streams are made of: vectors of LLVM, and how one becomes a function.

As in nmc.sim.jit everything is generic LLVM code, lowered for whatever vectors the host has.
"""

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import extending, types
from numba.extending import intrinsic, models

ROWS = CORES = 8

ALL_CORES = (1 << CORES) - 1

ONE_ROW = 0x0101_0101_0101_0101
"""A number of rows, 1, for each core."""


class Block:
    """What a block is to the type checker: only the operations of this file take one."""


class _BlockType(types.Type):
    def __init__(self) -> None:
        super().__init__(name="Block")


class BankSets:
    """The same for a set of banks for each core."""


class _BankSetsType(types.Type):
    def __init__(self) -> None:
        super().__init__(name="BankSets")


BLOCK = _BlockType()
BANK_SETS = _BankSetsType()

I1, I8, I16, I32, I64 = (ir.IntType(bits) for bits in (1, 8, 16, 32, 64))

LANES = ir.VectorType(I64, ROWS)

BYTES = ir.VectorType(I8, ROWS * CORES)

BANKS = ir.VectorType(I16, CORES)
MOST_BANKS = 16
"""A bit for each bank."""

NONE = ir.Constant(LANES, None)

EACH = ir.Constant(LANES, list(range(ROWS)))


class _BlockModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, LANES)


class _BankSetsModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, BANKS)


cast(Any, extending).register_model(_BlockType)(_BlockModel)
cast(Any, extending).register_model(_BankSetsType)(_BankSetsModel)


def repeated(value: int, kind: Any = I64) -> Any:
    """A number, or a vector of them, of which each byte is `value`."""
    number = ir.Constant(I64, value * 0x0101_0101_0101_0101)
    return number if kind is I64 else ir.Constant(kind, [number] * ROWS)


def in_all(builder: Any, number: Any) -> Any:
    first = builder.insert_element(NONE, number, I32(0))
    return shuffle(builder, first, first, [0] * ROWS)


def shuffle(builder: Any, a: Any, b: Any, places: list[int]) -> Any:
    indices = ir.Constant(ir.VectorType(I32, len(places)), [I32(place) for place in places])
    return builder.shuffle_vector(a, b, indices)


def core_mask(builder: Any, cores: Any) -> Any:
    """Bits of cores as a vector of bits."""
    return builder.bitcast(builder.trunc(cores, I8), ir.VectorType(I1, CORES))


def data_of(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Where the array that is the first argument begins."""
    return context.make_array(signature.args[0])(context, builder, args[0]).data


def operation(
    emit: Callable[..., Any],
    result: Any = types.int64,
    blocks: int = 1,
    ints: int = 0,
    sets: int = 0,
) -> Any:
    """An operation of blocks, then ints, then sets of banks."""
    given = (*([BLOCK] * blocks), *([types.int64] * ints), *([BANK_SETS] * sets))

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
