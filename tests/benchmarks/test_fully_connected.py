"""Fully connected layers beside their bounds."""

import pytest

from benchmarks.fully_connected import bounds, measure


@pytest.mark.parametrize(
    ("sparsity", "loop"),
    [
        # Eight non-zeros take 25 instructions; a row of 96 has twelve, filled up to sixteen, and
        # there are 40 channels.
        ("1:8", 25 * 16 / 8 * 40 / 8),
        # Four bytes of four channels take 9, single channels 3.
        ("dense", None),
    ],
)
def test_bounds_of_a_layer(sparsity: str, loop: float | None) -> None:
    found = measure(96, 40, sparsity, "none", "vega")
    assert found.exact
    assert loop in (None, found.inner)
    assert found.inner > 0 and found.port > 0
    assert found.ratio == found.cycles / max(found.port, found.inner) > 1
    # The parts are the whole run of one core, which is little longer than the layer.
    assert found.cycles < sum(found.parts.values()) < found.cycles + 400
    assert bounds("fc", [found]).rows[0][1] == sparsity
