"""Functions and tile loops found in code, and layers and iterations found in segments."""

from itertools import pairwise

import numpy as np
import pytest

from nmc.sim import segments as seg
from nmc.sim.program import layer_entries, program_code
from nmc.sim.recorder import Recorder
from nmc.sim.regions import Region, RegionMap, region_map
from nmc.sim.timeline import Span, Timeline
from tests.sim.bare import run_bare
from tests.sim.tiled import TILES, run_tiled, tiled_program


def regions() -> RegionMap:
    image, target = tiled_program()
    code = program_code(image, target)
    return region_map(image, code, layer_entries(image, code))


def test_functions_layers_and_loops() -> None:
    image, target = tiled_program()
    code = program_code(image, target)
    found = regions()
    at = image.symbol_values

    def region(address: int) -> Region:
        return found.regions[int(found.numbers[code.slot(address) >> 2])]

    assert found.layers == ("one", "two")
    assert region(at["first"]) == Region("first", 0)
    head = region(at["first"] + 8)
    assert head == Region("first", 0, loops=(at["first"] + 8,), head=True)
    assert region(at["first"] + 12) == Region("first", 0, loops=(at["first"] + 8,))
    # The loop that polls calls nothing: it is no tile loop.
    assert {len(r.loops) for r in found.regions} == {0, 1}
    assert region(at["second"]) == Region("second", 1)
    assert region(at["kernel"]) == Region("kernel")
    assert region(at["main"]) == Region("main", between=True)


def test_a_layer_lasts_until_its_caller_goes_on() -> None:
    line = run_tiled().timeline
    assert line is not None
    layers = list(line.spans(0))
    assert [(s.core, line.layers[s.layer]) for s in layers] == [
        (core, name) for core in range(2) for name in ("one", "two")
    ]
    assert all(a.end < b.start for a, b in zip(layers[::2], layers[1::2], strict=True))


def test_each_iteration_is_a_tile() -> None:
    line = run_tiled().timeline
    assert line is not None
    layers, tiles = list(line.spans(0)), list(line.spans(1))
    for core in range(2):
        own = [s for s in tiles if s.core == core]
        assert [s.number for s in own] == list(range(TILES))
        assert all(a.end == b.start for a, b in pairwise(own))
        (layer,) = [s for s in layers if s.core == core and s.layer == 0]
        assert layer.start < own[0].start < own[-1].end < layer.end
    assert list(line.spans(2)) == []


NESTED = """
.text
.type layer, @function
layer:
    mv s10, ra
    li s0, 2
.Louter:
    li s1, 3
.Linner:
    beqz s1, .Lleave
    call leaf
    addi s1, s1, -1
    j .Linner
.Lleave:
    addi s0, s0, -1
    bnez s0, .Louter
    mv ra, s10
    ret
.size layer, .-layer
.type leaf, @function
leaf:
    nop
    ret
.size leaf, .-leaf
.section .nmc.meta, ""
.ascii "{\\"layers\\": [{\\"name\\": \\"deep\\", \\"symbol\\": \\"layer\\"}]}"
"""


def test_loops_within_loops_and_the_test_that_ends_one() -> None:
    body = "mv s11, ra\ncall layer\nmv ra, s11"
    line = run_bare(body, cores=1, data=NESTED, profile=True).result.timeline
    assert line is not None
    assert [s.number for s in line.spans(1)] == [0, 1]
    # The inner loop's last test begins no iteration.
    assert [s.number for s in line.spans(2)] == [0, 1, 2, 0, 1, 2]
    for inner in line.spans(2):
        assert any(s.start <= inner.start and inner.end <= s.end for s in line.spans(1))


def spans_of(rows: list[tuple[int, int, int, int]], depth: int) -> list[Span]:
    """Spans of rows (start, end, layer, tile) of one core."""
    table = np.full((len(rows), seg.COLUMNS), -1)
    table[:, seg.CORE] = 0
    for row, (start, end, layer, tile) in zip(table, rows, strict=True):
        row[[seg.START, seg.END, seg.LAYER, seg.TILES]] = start, end, layer, tile
    line = Timeline(table, np.empty((0, 10)), (), ("a", "b"), 1, 1, 0, 100)
    return list(line.spans(depth))


def test_leaving_a_loop_ends_the_count() -> None:
    rows = [(0, 5, 0, 0), (5, 9, 0, 1), (9, 12, 0, -1), (12, 20, 0, 2), (20, 30, 1, 3)]
    assert [(s.start, s.end, s.number) for s in spans_of(rows, 1)] == [
        (0, 5, 0), (5, 9, 1), (12, 20, 0), (20, 30, 0),
    ]  # fmt: skip
    assert [(s.start, s.end, s.layer) for s in spans_of(rows, 0)] == [(0, 20, 0), (20, 30, 1)]


@pytest.mark.parametrize("grain", [1, 4, 16, 64])
def test_merging_keeps_sums_and_bounds(grain: int) -> None:
    line = run_tiled().timeline
    assert line is not None
    merged = seg.join(line.segments, seg.segment_groups(line.segments, grain))
    assert len(merged) <= len(line.segments)
    for rows in (merged, line.segments):
        assert (rows[:, seg.END] > rows[:, seg.START]).all()
    counted = [seg.EXECUTED, seg.POLLED, seg.MERGED, *range(seg.STALLS, seg.COLUMNS)]
    assert (merged[:, counted].sum(axis=0) == line.segments[:, counted].sum(axis=0)).all()
    same = merged[1:, seg.CORE] == merged[:-1, seg.CORE]
    assert (merged[1:, seg.START][same] == merged[:-1, seg.END][same]).all()
    untouched = line.segments[:, seg.END] - line.segments[:, seg.START] >= grain
    for row in line.segments[untouched]:
        assert (merged == row).all(axis=1).any()


def test_an_empty_timeline() -> None:
    nothing = seg.empty_table()
    assert len(seg.join(nothing, seg.segment_groups(nothing, 8))) == 0
    assert Recorder(regions()).traffic.dma == 0
