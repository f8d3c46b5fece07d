"""Tiles that grow: everything once, each larger than the one before."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmc.backend.planning.growing import (
    check_lead,
    finish,
    growing_sizes,
    own_sizes,
    pieces,
    tile_sizes,
)
from nmc.dialects.cluster import share_of
from nmc.errors import NmcError


@given(st.integers(1, 3000), st.integers(1, 64), st.integers(0, 4))
def test_tiles_cover_everything_and_grow(total: int, lead: int, growth: int) -> None:
    sizes = growing_sizes(total, lead, growth)
    assert sum(sizes) == total
    whole, last = sizes[:-1], sizes[-1]
    assert whole[:1] == [lead] * bool(whole)
    assert all(b == a + -(-a // (lead << growth)) * lead for a, b in pairwise(whole))
    assert 0 < last <= (whole[-1] + -(-whole[-1] // (lead << growth)) * lead if whole else lead)
    assert pieces(total, 0, lead, growth) == [
        (sum(sizes[:i]), size) for i, size in enumerate(sizes)
    ]


def test_how_fast_tiles_grow() -> None:
    assert growing_sizes(100, 2, 0) == [2, 4, 8, 16, 32, 38]
    assert growing_sizes(100, 2, 1) == [2, 4, 6, 10, 16, 24, 36, 2]
    assert growing_sizes(10, 1, 30) == [1, 2, 3, 4]


@given(st.integers(1, 2000), st.integers(1, 16), st.integers(1, 8), st.integers(0, 4))
def test_all_shares_have_as_many_tiles(total: int, parts: int, own: int, growth: int) -> None:
    sizes = own_sizes(total, parts, own * parts, growth)
    shares = [high - low for low, high in (share_of(total, p, parts, 1) for p in range(parts))]
    tiles = [growing_sizes(share, own, growth) for share in shares]
    assert (sizes is not None) == (min(shares) > 0 and len({len(t) for t in tiles}) == 1)
    if sizes is not None:
        assert sizes in tiles and sum(sizes) == max(shares)
    assert parts == 1 or own_sizes(total, parts, own * parts + 1, growth) is None


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
    check_lead(2, 30, 12, 6, "fc")
    with pytest.raises(NmcError, match=r"layer fc: tiles that grow from 2 records reach 6, more"):
        check_lead(2, 30, 12, 5, "fc")
