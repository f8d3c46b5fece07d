"""The functions of the instruction table's notation (docs/isa.md), over unbounded integers."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any


def zx(x: int, n: int) -> int:
    """The low `n` bits of `x`, unsigned."""
    return x & ((1 << n) - 1)


def sx(x: int, n: int) -> int:
    """The low `n` bits of `x`, signed."""
    return zx(x, n) - ((zx(x, n) >> (n - 1)) << n)


def clamp(x: int, lo: int, hi: int) -> int:
    """`x` held between `lo` and `hi`."""
    return max(lo, min(x, hi))


def clz(x: int) -> int:
    """Leading zeros of the word `x`, 32 for 0."""
    return 32 - x.bit_length()


def ctz(x: int) -> int:
    """Trailing zeros of `x`, which is not 0."""
    return (x & -x).bit_length() - 1


def popcount(x: int) -> int:
    """Number of ones of `x`."""
    return x.bit_count()


def quot(a: int, b: int) -> int:
    """a / b rounded towards zero."""
    return (abs(a) // abs(b)) * (1 if (a < 0) == (b < 0) else -1)


def remd(a: int, b: int) -> int:
    """The remainder of `quot`."""
    return a - b * quot(a, b)


def pack(bits: int, lanes: Iterable[int]) -> int:
    """A word of lanes of `bits` each, lane 0 lowest."""
    return sum(zx(lane, bits) << (bits * i) for i, lane in enumerate(lanes))


def bitrev_groups(x: int, g: int) -> int:
    """The word `x` in groups of `g` bits from the top, the first becoming the lowest."""
    return pack(g, [zx(x >> (32 - g * (i + 1)), g) for i in range(32 // g)])


def lane(bits: int, signed: bool) -> Callable[[int, int], int]:
    """The function that reads a lane of a word."""

    def read(x: int, i: int) -> int:
        return sx(x >> bits * i, bits) if signed else zx(x >> bits * i, bits)

    return read


def packer(bits: int) -> Callable[[Iterable[int]], int]:
    """The function that makes a word of lanes."""

    def make(lanes: Iterable[int]) -> int:
        return pack(bits, lanes)

    return make


FUNCTIONS: Mapping[str, Any] = {
    f.__name__: f for f in (zx, sx, clamp, clz, ctz, popcount, quot, remd, bitrev_groups)
} | {
    "B": lane(8, signed=False),
    "H": lane(16, signed=False),
    "Bs": lane(8, signed=True),
    "Hs": lane(16, signed=True),
    "v8": packer(8),
    "v16": packer(16),
}
"""By name."""
