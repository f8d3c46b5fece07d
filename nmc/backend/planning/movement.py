"""Transpositions, concatenations, slices and paddings as runs over simple ranges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Swap:
    """[batch][rows][columns][size bytes] becomes [batch][columns][rows][size bytes]."""

    batch: int
    rows: int
    columns: int
    size: int


def swaps_of(shape: Sequence[int], permutation: Sequence[int]) -> list[Swap]:
    """The swaps of neighbouring blocks that permute the axes of a tensor of bytes, in order.

    Axis i of the result is axis permutation[i] of the input. Axes of size 1 do not count and axes
    that stay side by side are one; no swap is left where the bytes keep their order.
    """
    blocks = _blocks(shape, permutation)
    order = sorted(range(len(blocks)), key=lambda i: blocks[i][0])
    # `order` lists the result's positions of the blocks as they lie in memory now.
    lengths = [length for _, length in blocks]
    found: list[Swap] = []
    for place in range(len(blocks)):
        where = order.index(place)
        if where == place:
            continue
        before = math.prod(lengths[i] for i in order[:place])
        between = math.prod(lengths[i] for i in order[place:where])
        after = math.prod(lengths[i] for i in order[where + 1 :])
        found.append(Swap(before, between, lengths[place], after))
        order.insert(place, order.pop(where))
    return found


def _blocks(shape: Sequence[int], permutation: Sequence[int]) -> list[tuple[int, int]]:
    """(first input axis, size) of the runs of axes that stay together, in the result's order."""
    axes = [axis for axis in permutation if shape[axis] > 1]
    kept = sorted(axes)
    blocks: list[tuple[int, int]] = []
    previous = None
    for axis in axes:
        if previous is not None and kept.index(axis) == kept.index(previous) + 1:
            blocks[-1] = (blocks[-1][0], blocks[-1][1] * shape[axis])
        else:
            blocks.append((axis, shape[axis]))
        previous = axis
    return blocks


# Lines longer than this are moved one by one, in pieces.
LONG_LINE = 512


@dataclass(frozen=True)
class Lines:
    """`count` lines of `length` bytes into lines of `total` bytes, from byte `offset` of each."""

    count: int
    length: int
    offset: int
    total: int

    @property
    def one_by_one(self) -> bool:
        """Whether each line is a range of its own."""
        return self.count == 1 or self.length > LONG_LINE

    @property
    def unit(self) -> tuple[int, int, int]:
        """(ranges, positions in a range, bytes of a position)."""
        if self.one_by_one:
            return self.count, self.length, 1
        return 1, self.count, self.length


def concat_lines(shapes: Sequence[Sequence[int]], axis: int) -> list[Lines]:
    """Where each input of a concatenation goes: one run of lines an input."""
    inner = math.prod(shapes[0][axis + 1 :])
    outer = math.prod(shapes[0][:axis])
    total = sum(shape[axis] for shape in shapes) * inner
    found: list[Lines] = []
    offset = 0
    for shape in shapes:
        length = shape[axis] * inner
        found.append(Lines(outer, length, offset, total))
        offset += length
    return found


@dataclass(frozen=True)
class Cut:
    """What is taken of `batch` blocks of `pitch` bytes: one after the other, `lines` of each.

    Of each line of `lines.total` bytes the `lines.length` from `lines.offset` on; the offset may
    lie beyond the first line, and the last line may end with what is taken of it.
    """

    batch: int
    pitch: int
    lines: Lines


def slice_cuts(
    shape: Sequence[int], offsets: Sequence[int], sizes: Sequence[int], steps: Sequence[int]
) -> list[Cut]:
    """The cuts of single axes, outermost first, that together take a part of a tensor of bytes."""
    left = list(shape)
    found: list[Cut] = []
    for axis, (offset, size, step) in enumerate(zip(offsets, sizes, steps, strict=True)):
        if size == left[axis]:
            continue
        inner = math.prod(left[axis + 1 :])
        outer = math.prod(left[:axis])
        line = left[axis] * inner
        left[axis] = size
        if step == 1 or size == 1:
            found.append(Cut(1, outer * line, Lines(outer, size * inner, offset * inner, line)))
        else:
            found.append(Cut(outer, line, Lines(size, inner, offset * inner, step * inner)))
    return found


def pad_lines(shape: Sequence[int], before: Sequence[int], after: Sequence[int]) -> list[Lines]:
    """The paddings of single axes, innermost first, that together pad a tensor of bytes."""
    sizes = list(shape)
    found: list[Lines] = []
    for axis in reversed(range(len(sizes))):
        if before[axis] + after[axis] == 0:
            continue
        inner = math.prod(sizes[axis + 1 :])
        outer = math.prod(sizes[:axis])
        length = sizes[axis] * inner
        sizes[axis] += before[axis] + after[axis]
        found.append(Lines(outer, length, before[axis] * inner, sizes[axis] * inner))
    return found


def frame_of(lines: Lines) -> list[Lines]:
    """What a padding writes beside its lines: the bytes before them, and those after."""
    after = lines.offset + lines.length
    parts = ((0, lines.offset), (after, lines.total - after))
    return [Lines(lines.count, size, at, lines.total) for at, size in parts if size]
