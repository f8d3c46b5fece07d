"""Transpositions, concatenations and paddings as runs over ranges, played on NumPy."""

import math
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nmc.backend.planning.movement import Cut, Lines, concat_lines, pad_lines, slice_cuts, swaps_of

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=5)


@given(SHAPES, st.randoms())
def test_swaps_permute(shape: list[int], random: Random) -> None:
    permutation = list(range(len(shape)))
    random.shuffle(permutation)
    data = np.arange(math.prod(shape))
    wanted = data.reshape(shape).transpose(permutation).reshape(-1)
    swaps = swaps_of(shape, permutation)
    for swap in swaps:
        blocks = data.reshape(swap.batch, swap.rows, swap.columns, swap.size)
        data = np.ascontiguousarray(blocks.transpose(0, 2, 1, 3)).reshape(-1)
    assert np.array_equal(data, wanted)
    assert len(swaps) < max(2, len(shape))


def test_a_permutation_that_moves_no_bytes_needs_no_swap() -> None:
    assert swaps_of([1, 1, 7, 5], [2, 0, 3, 1]) == []


def test_channels_last_is_one_swap() -> None:
    (swap,) = swaps_of([1, 3, 32, 32], [0, 2, 3, 1])
    assert (swap.batch, swap.rows, swap.columns, swap.size) == (1, 3, 1024, 1)


def play(source: np.ndarray, lines: Lines, out: np.ndarray) -> None:
    """Put the lines of a flat source into a flat output."""
    assert out.size == lines.count * lines.total
    rows = out.reshape(lines.count, lines.total)
    rows[:, lines.offset : lines.offset + lines.length] = source.reshape(lines.count, lines.length)


@given(SHAPES, st.data())
def test_concatenation(shape: list[int], data: st.DataObject) -> None:
    axis = data.draw(st.integers(0, len(shape) - 1))
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    shapes = [[*shape[:axis], size, *shape[axis + 1 :]] for size in sizes]
    parts = [np.arange(math.prod(s)).reshape(s) + 1000 * i for i, s in enumerate(shapes)]
    wanted = np.concatenate(parts, axis=axis).reshape(-1)
    out = np.zeros_like(wanted)
    for part, lines in zip(parts, concat_lines(shapes, axis), strict=True):
        play(part.reshape(-1), lines, out)
    assert np.array_equal(out, wanted)


@given(SHAPES, st.data())
def test_padding(shape: list[int], data: st.DataObject) -> None:
    pads = [data.draw(st.tuples(st.integers(0, 2), st.integers(0, 2))) for _ in shape]
    values = np.arange(math.prod(shape)).reshape(shape)
    wanted = np.pad(values, pads, constant_values=-1).reshape(-1)
    flat = values.reshape(-1)
    for lines in pad_lines(shape, [b for b, _ in pads], [a for _, a in pads]):
        out = np.full(lines.count * lines.total, -1)
        play(flat, lines, out)
        flat = out
    assert np.array_equal(flat, wanted)


def take(source: np.ndarray, cut: Cut) -> np.ndarray:
    """What a cut takes of a flat source."""
    lines = cut.lines
    starts = np.arange(cut.batch)[:, None] * cut.pitch + np.arange(lines.count) * lines.total
    return source[(starts + lines.offset)[..., None] + np.arange(lines.length)].reshape(-1)


@given(SHAPES, st.data())
def test_slices(shape: list[int], data: st.DataObject) -> None:
    values = np.arange(math.prod(shape)).reshape(shape)
    steps = [data.draw(st.integers(1, 3)) for _ in shape]
    offsets = [data.draw(st.integers(0, size - 1)) for size in shape]
    most = [-(-(n - o) // s) for n, o, s in zip(shape, offsets, steps, strict=True)]
    sizes = [data.draw(st.integers(1, size)) for size in most]
    index = tuple(
        slice(o, o + (n - 1) * s + 1, s) for o, n, s in zip(offsets, sizes, steps, strict=True)
    )
    flat = values.reshape(-1)
    for cut in slice_cuts(shape, offsets, sizes, steps):
        flat = take(flat, cut)
    assert np.array_equal(flat, values[index].reshape(-1))
