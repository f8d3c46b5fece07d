"""Tiles that grow: everything once, each larger than the one before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmc.backend.planning.growing import check_lead, finish, growing_sizes, tile_sizes
from nmc.errors import NmcError


@given(st.integers(1, 3000), st.integers(1, 64))
def test_tiles_cover_everything_and_begin_where_the_program_says(total: int, lead: int) -> None:
    sizes = growing_sizes(total, lead)
    assert sum(sizes) == total
    assert sizes[:-1] == [lead * (i + 1) for i in range(len(sizes) - 1)]
    assert 0 < sizes[-1] <= lead * len(sizes)
    assert sum(sizes[:-1]) == lead * (len(sizes) * (len(sizes) - 1) // 2)


def test_without_a_lead_tiles_are_alike() -> None:
    assert tile_sizes(10, 4, 0) == [4, 4, 2]
    assert tile_sizes(10, 16, 0) == [10]
    assert tile_sizes(10, 4, ragged_first=True) == [2, 4, 4]
    assert tile_sizes(8, 4, ragged_first=True) == [4, 4]


def test_loads_beside_computing() -> None:
    # Computing takes longer: only the first load is seen.
    assert finish([10, 10, 10], [20, 20, 20], 1, ahead=False) == 11 + 60
    # Loading does: each is asked for when the one before has come, and the last tile is computed.
    assert finish([10, 10, 10], [4, 4, 4], 1, ahead=False) == 33 + 4
    # Ahead it was asked for long before.
    assert finish([10, 10, 10], [4, 4, 4], 1, ahead=True) == 31 + 4
    # Two buffers: the third load waits until the first tile is computed.
    assert finish([1, 1, 1], [20, 20, 5], 1, ahead=True) == 2 + 45
    assert finish([1, 1, 30], [20, 20, 5], 1, ahead=True) == 2 + 20 + 1 + 30 + 5


def test_too_little_room_is_named() -> None:
    check_lead(2, 12, 6, "fc")
    with pytest.raises(NmcError, match=r"layer fc: tiles that grow by 2 records reach 6, more"):
        check_lead(2, 12, 5, "fc")
