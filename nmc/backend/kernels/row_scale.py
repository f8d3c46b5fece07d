"""A row's scale and offset in a layer normalisation, from the sums over its elements.

The formulas are those of `nmc.numerics.layer_norm`, on the words of a 32-bit machine.
"""

from xdsl.dialects import arith
from xdsl.ir import SSAValue

from nmc.backend.kernels.emitter import Emitter
from nmc.numerics.layer_norm import RowNorm

# A pair of words (low, high).
Wide = tuple[SSAValue, SSAValue]


def row_scale(
    e: Emitter, rows: RowNorm, least: int, total: SSAValue, squares: SSAValue
) -> tuple[SSAValue, SSAValue]:
    """(A, C) of a row of elements from `least` (0 or -128) on with these sums."""
    low, high = _power(e, rows, total, squares)
    # Where the high word is 0, the low one takes its place.
    empty = e.compare("eq", high, 0)
    top, following = e.select(empty, low, high), e.select(empty, e.const(0), low)
    # A bit that is always set stands in for a row without variance; its scale becomes 0 below.
    whole = top if rows.epsilon else _or(e, top, e.const(1))
    # The even shift that brings `top` to its last two places.
    even = e.mask(_xor(e, e.top_bit(whole), 31), 30)
    below = _shift_right(e, e.shru(following, 1), _xor(e, even, 31))
    mantissa = _or(e, e.shift_left(top, even), below)
    half = e.sub(e.sub(e.const(16), e.mul(e.extend(empty), 16)), e.shru(even, 1))
    root = _square_root(e, mantissa)
    numerator = e.const(rows.length << rows.numerator_bits)
    quotient = e.divu(e.add(e.shru(root, 1), numerator), root)
    scale = _scaled(e, rows, quotient, half)
    if not rows.epsilon:
        scale = e.select(e.compare("eq", top, 0), e.const(0), scale)
    return scale, _offset(e, rows, least, total, scale)


def _power(e: Emitter, rows: RowNorm, total: SSAValue, squares: SSAValue) -> Wide:
    """((n S2 - S1^2) << f) + epsilon."""
    low, high = e.mul_wide(squares, e.const(rows.length))
    less_low, less_high = e.mul_wide(total, total, signed=True)
    borrow = e.extend(e.compare("ult", low, less_low))
    high = e.sub(e.sub(high, less_high), borrow)
    low = e.sub(low, less_low)
    bits = rows.epsilon_bits
    if bits:
        high = _or(e, e.shift_left(high, bits), e.shru(low, 32 - bits))
        low = e.shift_left(low, bits)
    if rows.epsilon:
        addend = e.const(rows.epsilon & 0xFFFFFFFF)
        low = e.add(low, addend)
        carry = e.extend(e.compare("ult", low, addend))
        high = e.add(e.add(high, carry), rows.epsilon >> 32)
    return low, high


def _square_root(e: Emitter, value: SSAValue) -> SSAValue:
    """floor(sqrt(value)) of a word of 2^30 or more, a bit at a time; 2^15 of any other."""

    def bit(_: SSAValue, state: list[SSAValue]) -> list[SSAValue]:
        root, less = state
        trial = e.sub(root, less)
        beyond = e.extend(e.compare("ult", value, e.mul(trial, trial)))
        return [e.mac(trial, beyond, less), e.insert(arith.ShRSIOp(less, e.const(1)))]

    return e.loop(15, [e.const(1 << 15), e.const(-(1 << 14))], lambda i, s: bit(i, list(s)))[0]


def _scaled(e: Emitter, rows: RowNorm, quotient: SSAValue, half: SSAValue) -> SSAValue:
    """The quotient at `row_bits`: shifted left by F - k + f / 2 - half."""
    # `half` lies between -15 and 15: N is from 1 to 2^62.
    middle = rows.row_bits - rows.numerator_bits + rows.epsilon_bits // 2
    scale = quotient
    if middle + 15 > 0:
        shift = e.sub(e.const(middle), half)
        left = shift if middle >= 15 else e.insert(arith.MaxSIOp(shift, e.const(0)))
        scale = e.shift_left(scale, left)
    if middle - 15 < 0:
        shift = e.add(half, -middle)
        right = shift if middle <= -15 else e.insert(arith.MaxSIOp(shift, e.const(0)))
        if middle - 15 < -31:
            right = e.insert(arith.MinSIOp(right, e.const(31)))
        scale = _shift_right(e, scale, right)
    return scale


def _offset(e: Emitter, rows: RowNorm, least: int, total: SSAValue, scale: SSAValue) -> SSAValue:
    """-mean A: of the mean's whole part q, and of the rest over n."""
    n = rows.length
    if n == 1:
        return e.sub(e.const(0), e.mul(total, scale))
    # The sum from 0 on is below 2^20, and a reciprocal that is too large by less than 2^-32 is
    # wrong by less than 2^-12 then, not more than the 1 / n between two quotients.
    positive = e.add(total, -least * n)
    whole = e.mul_wide(positive, e.const(-(-(1 << 32) // n)))[1]
    rest = e.sub(positive, e.mul(whole, n))
    part = e.mul(rest, (1 << 32) // n)
    high = e.mul_wide(scale, part)[1]
    product = e.mac(high, e.add(whole, least), scale)
    return e.sub(e.const(0), product)


def _or(e: Emitter, a: SSAValue, b: SSAValue) -> SSAValue:
    return e.insert(arith.OrIOp(a, b))


def _xor(e: Emitter, a: SSAValue, bits: int) -> SSAValue:
    return e.insert(arith.XOrIOp(a, e.const(bits)))


def _shift_right(e: Emitter, a: SSAValue, bits: SSAValue) -> SSAValue:
    return e.insert(arith.ShRUIOp(a, bits))
