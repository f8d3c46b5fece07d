"""Offsets for buffers by lifetimes: buffers alive at the same time never overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from nmc.numerics.packing import round_up


@dataclass(frozen=True)
class Lifetime:
    """A buffer of `size` bytes, alive from step `first` to step `last`, both included."""

    size: int
    first: int
    last: int

    def meets(self, other: Lifetime) -> bool:
        """Whether the two are alive at the same time."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Placement:
    """Offsets in the order of the buffers, the bytes they reach, and the least any could reach."""

    offsets: tuple[int, ...]
    peak: int
    lower_bound: int


def lower_bound(buffers: Sequence[Lifetime]) -> int:
    """The most bytes alive at any step: no placement can need less."""
    steps = {buffer.first for buffer in buffers}
    return max(
        (sum(b.size for b in buffers if b.first <= step <= b.last) for step in steps), default=0
    )


_ORDERS: tuple[Callable[[tuple[int, Lifetime]], tuple[int, ...]], ...] = (
    lambda item: (-item[1].size, item[1].first, item[0]),
    lambda item: (item[1].first, -item[1].size, item[0]),
    lambda item: (-item[1].size * (item[1].last - item[1].first + 1), item[0]),
    lambda item: (item[1].first - item[1].last, -item[1].size, item[0]),
    lambda item: (-item[1].last, -item[1].size, item[0]),
)


def place(buffers: Sequence[Lifetime], align: int) -> Placement:
    """Offsets by greedy placement at the lowest gap, the best of several orders.

    `align` divides every offset. Sizes are rounded up to it, in the lower bound too.
    """
    rounded = [Lifetime(round_up(b.size, align), b.first, b.last) for b in buffers]
    bound = lower_bound(rounded)
    best: Placement | None = None
    for order in _ORDERS:
        indices = [i for i, _ in sorted(enumerate(rounded), key=order)]
        offsets = _greedy(rounded, indices)
        ends = (offset + b.size for offset, b in zip(offsets, rounded, strict=True))
        peak = max(ends, default=0)
        if best is None or peak < best.peak:
            best = Placement(tuple(offsets), peak, bound)
        if peak == bound:
            break
    assert best is not None
    return best


def _greedy(buffers: Sequence[Lifetime], order: Iterable[int]) -> list[int]:
    """Each buffer in turn at the lowest offset that no placed buffer alive with it covers."""
    offsets = [0] * len(buffers)
    placed: list[int] = []
    for index in order:
        buffer = buffers[index]
        taken = sorted(
            (offsets[i], offsets[i] + buffers[i].size) for i in placed if buffers[i].meets(buffer)
        )
        offset = 0
        for start, end in taken:
            if offset + buffer.size <= start:
                break
            offset = max(offset, end)
        offsets[index] = offset
        placed.append(index)
    return offsets
