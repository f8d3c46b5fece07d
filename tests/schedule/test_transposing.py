"""Cycles of transpositions: counted, with cores that wait for each other, against the simulator."""

import pytest

import nmc
from nmc.backend.kernels.estimates import transposed_element
from nmc.backend.planning.transposing import transposing
from nmc.dialects.cluster import share_of
from nmc.models.builder import GraphBuilder
from nmc.models.quantise import quantise
from nmc.program import LayerResult


def _measured(rows: int, columns: int) -> LayerResult:
    graph = GraphBuilder("transposition", 0)
    x = graph.input("x", (1, rows, columns))
    model = quantise(graph, {"y": graph.transpose("y", x, (0, 2, 1))})
    (layer,) = nmc.compile(model).run_random(7).layers
    return layer


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (3, 1024),  # lines whole rows of banks apart
        (512, 98),  # tiles that divide the columns
        (2, 20011),  # a prime number of columns: lines of a ragged last tile one by one
    ],
)
def test_estimates_of_transpositions_are_near(rows: int, columns: int) -> None:
    layer = _measured(rows, columns)
    assert layer.estimate == pytest.approx(layer.cycles, rel=0.1)


def test_cores_that_read_from_different_banks_do_not_wait() -> None:
    element = transposed_element(4, 64)
    shares = tuple((core, core + 1) for core in range(8))
    # One row: core c loads from bank c and stores to it.
    alone = element.column + element.cycles
    assert [*transposing(shares, 1, 4, 64, 16)] == [alone + 2 * core for core in range(8)]


def test_cores_of_one_bank_wait_more_the_more_they_are() -> None:
    def slowest(cores: int) -> float:
        shares = tuple(share_of(128 * cores, core, cores, 1) for core in range(cores))
        return max(transposing(shares, 16, 1, 128 * cores, 16))

    alone, two, eight = slowest(1), slowest(2), slowest(8)
    assert alone == 128 * (4 + 16 * 4)
    assert alone < two < 1.2 * alone
    assert 1.7 * alone < eight <= 2.2 * alone


def test_a_long_way_to_the_next_line_fills_the_wait_for_a_load() -> None:
    assert transposed_element(1, 2047).cycles == 4
    assert transposed_element(1, 2048).cycles == 3
