"""The one door to numba: a typed decorator for machine code, and bit operations it can inline.

numba has no type information, so its names stay in this file. A function under `@compiled` is
ordinary typed Python to the type checker and machine code when called from the engine.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., Any])

# Elements of these are numpy scalars; `Any` lets them pass for Python's integers.
Ints = NDArray[Any]


class Words(Protocol):
    """What an array of numbers is to compiled code: elements are machine integers."""

    def __getitem__(self, index: int, /) -> int: ...
    def __setitem__(self, index: int, value: int, /) -> None: ...


u64 = cast(Callable[[int], int], np.uint64)
"""Casts an index: numba's wrap-around test for negative indices costs a quarter of the speed."""


def compiled(function: Function) -> Function:
    """`function`, compiled by numba when it is first called from compiled code."""
    # Arrays are only borrowed: without numba's runtime no reference is ever counted.
    options: dict[str, Any] = {"error_model": "numpy", "boundscheck": False, "_nrt": False}
    return cast(Function, numba.njit(**options)(function))


def inlined(function: Function) -> Function:
    """The same for one that is part of all that call it, however long it is."""
    options: dict[str, Any] = {"error_model": "numpy", "boundscheck": False, "_nrt": False}
    return cast(Function, numba.njit(forceinline=True, **options)(function))


def _bit_operation(emit: Callable[[Any, Any], Any]) -> Callable[[int], int]:
    def typed(typingctx: Any, x: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            del context, signature
            return emit(builder, args[0])

        del typingctx, x
        return types.int64(types.int64), codegen

    return cast(Callable[[int], int], intrinsic(typed))


_I32 = ir.IntType(32)
_ONE_BIT = ir.Constant(ir.IntType(1), 1)

trailing_zeros = _bit_operation(lambda builder, x: builder.cttz(x, _ONE_BIT))
"""Index of the lowest set bit of a positive int64; undefined for 0."""

leading_zeros_64 = _bit_operation(lambda builder, x: builder.ctlz(x, ir.Constant(ir.IntType(1), 0)))
"""Leading zeros of an int64 taken as 64 bits."""

popcount = _bit_operation(lambda builder, x: builder.ctpop(x))
"""Number of set bits of an int64."""

lowest_bit = _bit_operation(lambda builder, x: builder.and_(x, builder.neg(x)))
"""The lowest set bit of an int64, also if it is the sign, and 0 of 0."""


Dot = tuple[int, bool, bool]
"""A kind of dot product: bits of a lane, and whether each operand is signed."""


def emit_dot(builder: Any, dot: Dot, a: Any, b: Any) -> Any:
    """LLVM's instructions for the sum of products of the lanes of two words (int64), an int64."""
    bits, *signed = dot
    lanes = 32 // bits
    narrow = ir.VectorType(ir.IntType(bits), lanes)
    wide = ir.VectorType(_I32, lanes)
    words = [builder.bitcast(builder.trunc(word, _I32), narrow) for word in (a, b)]
    extends = [builder.sext if s else builder.zext for s in signed]
    products = builder.mul(*(f(w, wide) for f, w in zip(extends, words, strict=True)))
    return builder.sext(_sum_lanes(builder, products, lanes), ir.IntType(64))


def _dot(dot: Dot) -> Callable[[int, int], int]:
    def typed(typingctx: Any, a: Any, b: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            del context, signature
            return emit_dot(builder, dot, *args)

        del typingctx, a, b
        return types.int64(types.int64, types.int64), codegen

    return cast(Callable[[int, int], int], intrinsic(typed))


def _sum_lanes(builder: Any, vector: Any, lanes: int) -> Any:
    while lanes > 1:
        lanes //= 2
        indices = [[ir.Constant(_I32, k + i) for i in range(lanes)] for k in (0, lanes)]
        masks = [ir.Constant(ir.VectorType(_I32, lanes), index) for index in indices]
        vector = builder.add(*(builder.shuffle_vector(vector, vector, mask) for mask in masks))
    return builder.extract_element(vector, ir.Constant(_I32, 0))


DOT_NAMES: dict[str, Dot] = {
    f"dot_{'s' if signed_a else 'u'}{'s' if signed_b else 'u'}{bits}": (bits, signed_a, signed_b)
    for bits in (8, 16)
    for signed_a, signed_b in ((True, True), (False, True), (False, False))
}
"""What the engine calls the dot products of two words, int32. With 16 bits they wrap around."""

dot_ss8, dot_us8, dot_uu8, dot_ss16, dot_us16, dot_uu16 = map(_dot, DOT_NAMES.values())


def _copies(item_bytes: int) -> Callable[[Words, int, int, int], None]:
    """`(array, to, start, count)` copies elements of an array with items of that size."""

    def typed(typingctx: Any, array: Any, to: Any, start: Any, count: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, args[0]).data
            to, start = (builder.gep(data, [args[i]]) for i in (1, 2))
            copy = cast(Any, cgutils).raw_memcpy
            copy(builder, to, start, args[3], item_bytes, align=item_bytes)
            return context.get_dummy_value()

        del typingctx, to, start, count
        return types.void(array, types.int64, types.int64, types.int64), codegen

    return cast(Callable[[Words, int, int, int], None], intrinsic(typed))


copy_words = _copies(8)
"""`copy_words(s, to, start, count)` copies numbers of `s`; the two places do not overlap."""

copy_bytes = _copies(1)
"""`copy_bytes(mem8, to, start, count)`: the same of bytes of the memories."""


def _clear_bytes(typingctx: Any, array: Any, start: Any, count: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        cast(Any, cgutils).memset(builder, builder.gep(data, [args[1]]), args[2], 0)
        return context.get_dummy_value()

    del typingctx, start, count
    return types.void(array, types.int64, types.int64), codegen


clear_bytes = cast(Callable[[Words, int, int], None], intrinsic(_clear_bytes))
"""`clear_bytes(mem8, start, count)` makes bytes 0."""


def _which_are(typingctx: Any, array: Any, start: Any, mask: Any, value: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lanes = ir.VectorType(ir.IntType(64), 32)
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        place = builder.bitcast(builder.gep(data, [args[1]]), lanes.as_pointer())
        zeros = ir.Constant(ir.VectorType(_I32, 32), [0] * 32)

        def in_all(number: Any) -> Any:
            first = builder.insert_element(ir.Constant(lanes, None), number, _I32(0))
            return builder.shuffle_vector(first, first, zeros)

        numbers = builder.and_(builder.load(place, align=8), in_all(args[2]))
        equal = builder.icmp_signed("==", numbers, in_all(args[3]))
        return builder.zext(builder.bitcast(equal, _I32), ir.IntType(64))

    del typingctx, start, mask, value
    return types.int64(array, types.int64, types.int64, types.int64), codegen


which_are = cast(Callable[[Words, int, int, int], int], intrinsic(_which_are))
"""`which_are(s, start, mask, value)`: those of 32 numbers of `s` that are `value` under the mask,
one bit each."""


def _call_body(typingctx: Any, address: Any, s: Any, mem8: Any, numbers: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        where, *arrays, numbers = args
        data = [
            context.make_array(kind)(context, builder, array).data
            for kind, array in zip(signature.args[1:3], arrays, strict=True)
        ]
        values = [*data, *cast(Any, cgutils).unpack_tuple(builder, numbers)]
        kind = ir.FunctionType(ir.IntType(64), [value.type for value in values])
        return builder.call(builder.inttoptr(where, kind.as_pointer()), values)

    del typingctx, address
    return types.int64(types.int64, s, mem8, numbers), codegen


call_body = cast(Callable[[int, Words, Words, tuple[int, ...]], int], intrinsic(_call_body))
"""`call_body(address, s, mem8, numbers)` calls the machine code at an address with the data
of the arrays and the numbers (int64) as arguments; it returns an int64."""


@compiled
def clz(x: int) -> int:
    """Leading zeros of `x` in 0..2^32-1 as a 32-bit word."""
    return leading_zeros_64(x) - 32


@compiled
def ctz(x: int) -> int:
    """Trailing zeros of `x` in 1..2^32-1."""
    return trailing_zeros(x)


@compiled
def quot(a: int, b: int) -> int:
    """a / b rounded towards zero; b is not 0."""
    q = abs(a) // abs(b)
    return -q if (a < 0) != (b < 0) else q


@compiled
def remd(a: int, b: int) -> int:
    """Remainder of `quot`, with the sign of a."""
    r = abs(a) % abs(b)
    return -r if a < 0 else r


@compiled
def bitrev_groups(x: int, g: int) -> int:
    """The 32-bit word `x` in groups of g bits from the top, the first becoming the lowest."""
    result = 0
    for i in range(32 // g):
        result |= ((x >> (32 - g * (i + 1))) & ((1 << g) - 1)) << (g * i)
    return result
