"""The timing table of the manual: every row measured anew, and no row that is not measured."""

import pytest

from tests.sim.timing_cluster_rows import CLUSTER_ROWS
from tests.sim.timing_core_rows import CORE_ROWS
from tests.sim.timing_table import Row, manual_rows, numbers

ROWS = CORE_ROWS + CLUSTER_ROWS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_row(row: Row) -> None:
    measured = row.measure()
    assert numbers(measured) == pytest.approx(numbers(row.expected), rel=row.within, abs=0)
    assert row.line(measured) in manual_rows(), row.line(measured)


def test_the_manual_has_no_other_rows() -> None:
    assert [line.split(" | ")[0] for line in manual_rows()] == [f"| {row.what}" for row in ROWS]
