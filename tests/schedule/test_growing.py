"""Tiles that grow: everything once, each larger than the one before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmc.backend.planning.growing import check_lead, growing_sizes, tile_sizes
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


def test_too_little_room_is_named() -> None:
    check_lead(2, 12, 6, "fc")
    with pytest.raises(NmcError, match=r"layer fc: tiles that grow by 2 records reach 6, more"):
        check_lead(2, 12, 5, "fc")
