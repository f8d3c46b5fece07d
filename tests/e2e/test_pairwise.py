"""The choice of combinations."""

from itertools import combinations

from tests.e2e.pairwise import pairwise

FACTORS = (("a", "b", "c", "d", "e"), (1, 2, 3), (True, False), ("x", "y", "z"))


def test_every_pair_occurs() -> None:
    rows = pairwise(FACTORS)
    for (i, first), (j, second) in combinations(enumerate(FACTORS), 2):
        for a in first:
            for b in second:
                assert any(row[i] == a and row[j] == b for row in rows), (a, b)


def test_few_rows_and_always_the_same() -> None:
    rows = pairwise(FACTORS)
    assert 15 <= len(rows) <= 20
    assert rows == pairwise(FACTORS)
    assert len(set(rows)) == len(rows)
