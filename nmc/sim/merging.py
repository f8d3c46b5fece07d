"""Which neighbouring rows of a table of spans of time are put together to make it smaller."""

from collections.abc import Iterable

import numpy as np

from nmc.sim.jit import Ints


def changes(keys: Iterable[Ints]) -> Ints:
    """The first row of each run of rows in which all the keys stay the same."""
    first, *others = keys
    begins = np.ones(len(first), bool)
    begins[1:] = first[1:] != first[:-1]
    for key in others:
        begins[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(begins)


def groups(start: Ints, end: Ints, keys: Iterable[Ints], grain: int) -> Ints:
    """The first row of each group; a group reaches to the next one's first row.

    A group is one row, or neighbours that are all shorter than `grain` cycles, start in the same
    `grain` cycles and have the same `keys`.
    """
    # A long row has a number of its own.
    long = end - start >= grain
    return changes((*keys, start // grain, np.cumsum(long) * 2 - long))
