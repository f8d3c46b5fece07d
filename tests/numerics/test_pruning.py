"""N:M patterns: pruning, checking, detecting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmc.numerics.pruning import detect_nm, first_violation, prune_nm, satisfies_nm

seeds = st.integers(0, 2**32 - 1)
patterns = st.sampled_from([(1, 4), (1, 8), (1, 16), (2, 4), (2, 8), (3, 5)])


def prune_slowly(row: list[int], n: int, m: int) -> list[int]:
    """The rule, block by block: largest magnitudes, lowest index among equals."""
    kept: list[int] = []
    for start in range(0, len(row), m):
        block = row[start : start + m]
        order = sorted(range(len(block)), key=lambda i: (-abs(block[i]), i))[:n]
        kept += [value if i in order else 0 for i, value in enumerate(block)]
    return kept


@given(seeds, patterns, st.integers(1, 40))
def test_prune_follows_the_rule(seed: int, pattern: tuple[int, int], length: int) -> None:
    w = np.random.default_rng(seed).integers(-4, 5, (3, length), dtype=np.int8)
    pruned = prune_nm(w, *pattern, 1)
    assert pruned.dtype == np.int8
    assert pruned.tolist() == [prune_slowly(row, *pattern) for row in w.tolist()]
    assert satisfies_nm(pruned, *pattern, 1)
    assert prune_nm(pruned, *pattern, 1).tolist() == pruned.tolist()


@given(seeds, patterns, st.integers(0, 3))
def test_axes_are_alike(seed: int, pattern: tuple[int, int], axis: int) -> None:
    w = np.random.default_rng(seed).standard_normal((3, 9, 5, 17)).astype(np.float32)
    pruned = prune_nm(w, *pattern, axis)
    moved = prune_nm(np.moveaxis(w, axis, -1), *pattern, 3)
    assert np.array_equal(pruned, np.moveaxis(moved, -1, axis))


def test_the_smallest_integer_is_the_largest_magnitude() -> None:
    w = np.array([127, -128, 127, 0], dtype=np.int8)
    assert prune_nm(w, 1, 4, 0).tolist() == [0, -128, 0, 0]


def test_first_violation_is_the_first_in_memory_order() -> None:
    w = np.zeros((2, 3, 10), dtype=np.int8)
    assert first_violation(w, 1, 4, 2) is None
    w[1, 2, 8] = w[1, 2, 9] = 1  # in the ragged block
    assert first_violation(w, 1, 4, 2) == (1, 2, 9)
    assert first_violation(w, 2, 4, 2) is None
    w[0, 1, 3] = w[0, 1, 4] = 1  # two blocks
    assert first_violation(w, 1, 4, 2) == (1, 2, 9)
    w[0, 1, 1] = 1
    assert first_violation(w, 1, 4, 2) == (0, 1, 3)


@given(seeds, patterns)
def test_detects_what_was_pruned(seed: int, pattern: tuple[int, int]) -> None:
    w = np.random.default_rng(seed).integers(1, 100, (4, 3, 3, 32), dtype=np.int8)
    pruned = prune_nm(w, *pattern, 3)
    found = detect_nm(pruned, 3, (pattern,))
    assert found == pattern
    assert detect_nm(w, 3) is None


def test_detect_prefers_the_sparsest_and_needs_a_whole_block() -> None:
    w = np.zeros((1, 16), dtype=np.int8)
    w[0, 3] = 1
    assert detect_nm(w, 1) == (1, 16)
    w[0, 8] = 1
    assert detect_nm(w, 1) == (1, 8)
    w[0, 9] = 1
    assert detect_nm(w, 1) == (2, 8)
    assert detect_nm(w[:, :8], 1) == (1, 8)
    assert detect_nm(np.ones((1, 3), dtype=np.int8), 1) is None


def test_impossible_patterns() -> None:
    with pytest.raises(ValueError, match="0 < n <= m"):
        prune_nm(np.zeros(4), 5, 4, 0)
