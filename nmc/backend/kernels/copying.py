"""Runs of bytes of known length: copying and filling, at any alignment.

A misaligned word costs a cycle more than an aligned one and still moves four bytes, so words
are used throughout.
"""

from collections.abc import Callable, Sequence

from xdsl.dialects.builtin import i8, i32
from xdsl.ir import Attribute, SSAValue

from nmc.backend.kernels.emitter import Emitter
from nmc.dialects.micro.types import i16, ui8, ui16

# Words moved by one iteration of a hardware loop: loads first, so none is waited for.
UNROLL = 4

Pointers = tuple[SSAValue, SSAValue]


def copy(e: Emitter, src: SSAValue, dst: SSAValue, length: int) -> Pointers:
    """Copies `length` bytes; returns the pointers past them."""

    def words(count: int, src: SSAValue, dst: SSAValue) -> Pointers:
        values: list[SSAValue] = []
        for _ in range(count):
            value, src = e.load_next(src, i32, 4)
            values.append(value)
        for value in values:
            e.store(value, dst, i32)
            dst = e.add(dst, 4)
        return src, dst

    rounds, rest = divmod(length // 4, UNROLL)
    if rounds > 1:
        src, dst = e.loop(rounds, [src, dst], lambda _, s: words(UNROLL, *s))
    elif rounds:
        src, dst = words(UNROLL, src, dst)
    src, dst = words(rest, src, dst)
    for size, load, store in ((2, ui16, i16), (1, ui8, i8)):
        if length & size:
            value, src = e.load_next(src, load, size)
            e.store(value, dst, store)
            dst = e.add(dst, size)
    return src, dst


def fill(e: Emitter, value: SSAValue, dst: SSAValue, length: int) -> SSAValue:
    """Fills `length` bytes with the bytes of a word of four equal ones; returns the end."""

    def some(access: Attribute, count: int, size: int, dst: SSAValue) -> SSAValue:
        for _ in range(count):
            e.store(value, dst, access)
            dst = e.add(dst, size)
        return dst

    rounds, rest = divmod(length // 4, UNROLL)
    if rounds > 1:
        (dst,) = e.loop(rounds, [dst], lambda _, s: [some(i32, UNROLL, 4, *s)])
    else:
        rest += rounds * UNROLL
    dst = some(i32, rest, 4, dst)
    dst = some(i16, int(length & 2 > 0), 2, dst)
    return some(i8, length & 1, 1, dst)


def scatter(e: Emitter, src: SSAValue, dst: SSAValue, length: int, stride: int) -> Pointers:
    """Copies `length` bytes to every `stride`-th byte; returns the pointers past them."""

    def some(count: int, src: SSAValue, dst: SSAValue) -> Pointers:
        values = [e.load(src, ui8, at) for at in range(count)]
        for at, value in enumerate(values):
            e.store(value, dst, i8, at * stride)
        return e.add(src, count), e.add(dst, count * stride)

    rounds, rest = divmod(length, 2 * UNROLL)
    src, dst = e.loop(rounds, [src, dst], lambda _, s: some(2 * UNROLL, *s))
    return some(rest, src, dst)


def scatter_fill(e: Emitter, value: SSAValue, dst: SSAValue, length: int, stride: int) -> SSAValue:
    """Writes the low byte of `value` to `length` places `stride` bytes apart; returns the end."""

    def one(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
        e.store(value, state[0], i8)
        return [e.add(state[0], stride)]

    return e.loop(length, [dst], one)[0]


def each_word(
    e: Emitter,
    count: SSAValue,
    pointers: Sequence[SSAValue],
    word: Callable[..., None],
    byte: Callable[..., None],
) -> None:
    """Runs `word(*pointers)` on whole words of `count` bytes, `byte(*pointers)` on the rest."""
    ended = e.loop(e.shru(count, 2), pointers, lambda _, p: _advance(e, word, p, 4))
    e.loop(e.mask(count, 3), ended, lambda _, p: _advance(e, byte, p, 1))


def _advance(
    e: Emitter, work: Callable[..., None], pointers: Sequence[SSAValue], step: int
) -> list[SSAValue]:
    work(*pointers)
    return [e.add(pointer, step) for pointer in pointers]
