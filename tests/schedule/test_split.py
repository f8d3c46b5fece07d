"""Dealing work to cores: everything once, balanced, for any number of cores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmc.backend.kernels import kernel_by_name
from nmc.backend.planning.split import best_split, busiest, byte_step, candidate_splits
from nmc.backend.planning.work import KernelEngine
from nmc.dialects.cluster import share_of

CORES = st.integers(1, 16)


def engine(
    name: str = "dense-4x2", outputs: int = 64, taps: int = 9, cin: int = 16
) -> KernelEngine:
    """The engine of a convolution."""
    kernel = kernel_by_name(name)
    return KernelEngine(
        name,
        kernel.records(outputs),
        kernel.channels,
        kernel.record_bytes(taps, cin),
        kernel.pixels,
        taps,
        kernel.tap_pitch(cin),
        kernel.row_pitch(taps, cin),
        True,
        kernel,
        cin,
    )


@given(st.integers(0, 300), CORES, st.integers(1, 9))
def test_shares_cover_a_range_exactly_once(total: int, parts: int, step: int) -> None:
    shares = [share_of(total, part, parts, step) for part in range(parts)]
    covered = [i for low, high in shares for i in range(low, high)]
    assert covered == list(range(total))
    units = [-(-(high - low) // step) for low, high in shares]
    assert max(units) - min(units) <= 1


@given(st.integers(0, 300), CORES, st.integers(0, 5))
def test_a_part_beyond_the_last_is_empty(total: int, parts: int, beyond: int) -> None:
    low, high = share_of(total, parts + beyond, parts, 4)
    assert low == high


@given(st.integers(1, 200), st.integers(1, 64), CORES)
def test_every_split_gives_all_the_work_to_the_cores(rows: int, units: int, cores: int) -> None:
    for split in candidate_splits(engine(), rows, units, cores):
        assert split.parts <= cores
        work = split.work(engine(), rows, units, cores)
        assert len(work) == cores
        assert sum(1 for w in work if w > 0) <= split.parts


@pytest.mark.parametrize("cores", [1, 2, 3, 4, 5, 8, 16])
@pytest.mark.parametrize(("rows", "units"), [(1024, 16), (256, 32), (64, 64), (16, 128)])
def test_the_shapes_of_resnet18_are_balanced(rows: int, units: int, cores: int) -> None:
    found = best_split(engine(), rows, units, cores)
    assert busiest(found.work(engine(), rows, units, cores)) <= 1100


def test_busiest_is_in_thousandths_of_the_mean() -> None:
    assert busiest([1.0, 1.0]) == 1000
    assert busiest([2.0, 0.0]) == 2000
    assert busiest([]) == busiest([0.0]) == 1000


@pytest.mark.parametrize(
    ("total", "parts", "banks", "step"),
    [(512, 8, 16, 72), (512, 8, 32, 4), (1024, 8, 32, 136), (512, 1, 16, 4), (None, 8, 16, 8)],
)
def test_shares_of_whole_rows_of_banks_are_staggered(
    total: int | None, parts: int, banks: int, step: int
) -> None:
    assert byte_step(total, parts, banks) == step
