"""Placement by lifetimes: buffers alive together never overlap, and the peak is near the bound."""

from hypothesis import given
from hypothesis import strategies as st

from nmc.backend.planning.memory import Lifetime, lower_bound, place


def lifetime(size: int, first: int, length: int) -> Lifetime:
    """A buffer alive for `length` steps after its first."""
    return Lifetime(size, first, first + length)


LIFETIMES = st.lists(
    st.builds(lifetime, st.integers(1, 5000), st.integers(0, 12), st.integers(0, 6)),
    min_size=1,
    max_size=20,
)


@given(LIFETIMES, st.sampled_from([1, 4, 8, 64]))
def test_live_buffers_never_overlap(buffers: list[Lifetime], align: int) -> None:
    placement = place(buffers, align)
    for i, (a, at) in enumerate(zip(buffers, placement.offsets, strict=True)):
        assert at % align == 0
        assert 0 <= at <= at + a.size <= placement.peak
        for b, other in list(zip(buffers, placement.offsets, strict=True))[:i]:
            apart = at + a.size <= other or other + b.size <= at
            assert apart or not a.meets(b)


@given(LIFETIMES)
def test_the_peak_is_between_the_bound_and_the_sum(buffers: list[Lifetime]) -> None:
    placement = place(buffers, 1)
    assert lower_bound(buffers) == placement.lower_bound <= placement.peak
    assert placement.peak <= sum(b.size for b in buffers)


def test_a_chain_needs_no_more_than_two_neighbours() -> None:
    sizes = [100, 400, 200, 300, 50]
    chain = [Lifetime(size, i, i + 1) for i, size in enumerate(sizes)]
    placement = place(chain, 1)
    assert placement.peak == placement.lower_bound == 600


def test_lifetimes_include_both_ends() -> None:
    assert Lifetime(1, 0, 2).meets(Lifetime(1, 2, 3))
    assert not Lifetime(1, 0, 1).meets(Lifetime(1, 2, 3))


def test_nothing_to_place() -> None:
    assert place([], 8).peak == 0
