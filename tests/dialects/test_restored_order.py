"""Transposes around a reshape: the pattern decides as the elements' places do."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nmc.dialects.qnn.patterns.restored_order import parts_of_axes

SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=4)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_parts_of_axes(data: st.DataObject) -> None:
    """Parts in the source's order mean that the elements are, and other way round."""
    source = data.draw(SIZES)
    first = data.draw(st.permutations(range(len(source))))
    before = [source[axis] for axis in first]
    cuts = data.draw(st.lists(st.booleans(), min_size=len(before), max_size=len(before)))
    after: list[int] = []
    for size, joined in zip(before, cuts, strict=True):
        if joined and after:
            after[-1] *= size
        else:
            after.append(size)
    second = data.draw(st.permutations(range(len(after))))
    places = np.arange(math.prod(source)).reshape(source)
    moved = places.transpose(first).reshape(after).transpose(second).reshape(-1)
    axes = parts_of_axes(before, after, first)
    assert axes is not None
    order = [part for axis in second for part in axes[axis]]
    assert (order == sorted(order)) == bool(np.array_equal(moved, np.arange(moved.size)))


def test_axes_cut_across() -> None:
    assert parts_of_axes([1, 8, 4, 3], [1, 6, 16], [0, 3, 1, 2]) is None
    assert parts_of_axes([8, 6], [4, 2, 6], [1, 0]) == [[(1, 0)], [(1, 1)], [(0, 0)]]
