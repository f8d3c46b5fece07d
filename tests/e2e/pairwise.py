"""A small set of combinations in which every pair of values of two factors occurs."""

from collections.abc import Sequence
from itertools import combinations, product

Row = tuple[object, ...]


def pairwise(factors: Sequence[Sequence[object]]) -> list[Row]:
    """Rows with one value of each factor, such that every two values of two factors meet in one.

    Greedy and without chance: of all rows, always the first that brings most pairs not seen yet.
    """
    rows = list(product(*factors))
    missing = {pair for row in rows for pair in _pairs(row)}
    chosen: list[Row] = []
    # A row's gain can only fall, so rows are looked at again only down to the best gain so far.
    gains = [(len(_pairs(row)), row) for row in rows]
    while missing:
        best_gain, best_row = 0, rows[0]
        for index, (bound, row) in enumerate(gains):
            if bound <= best_gain:
                continue
            gain = len(missing & _pairs(row))
            gains[index] = (gain, row)
            if gain > best_gain:
                best_gain, best_row = gain, row
        chosen.append(best_row)
        missing -= _pairs(best_row)
    return chosen


def _pairs(row: Row) -> set[tuple[int, object, int, object]]:
    """The pairs of values of two factors that a row holds."""
    return {(i, a, j, b) for (i, a), (j, b) in combinations(enumerate(row), 2)}
