"""The plots: that Plotly takes them, and that they show the numbers they were given."""

import json
from dataclasses import replace
from math import log10
from typing import Any

import plotly.graph_objects
import pytest

from nmc.report.layers import POLLING, bank_heat, estimates, shares, stacked_cycles
from nmc.report.memory_map import memory_map
from nmc.report.roofline import nonzero_macs, points, roofline
from nmc.report.style import LONGEST_NAME, Spec, layer_axis, shortened
from nmc.report.timeline import timeline
from nmc.targets import load_target
from tests.report.a_run import CORES, L1, L2, MANIFEST, TRAFFIC, a_run, layer_info

RUN = a_run()
TARGET = load_target("vega")


def traces(plot: Spec | None) -> list[dict[str, Any]]:
    """The traces of a plot, which Plotly's own schema accepts as they are and as JSON."""
    assert plot is not None
    plotly.graph_objects.Figure(json.loads(json.dumps(plot)))  # raises for what it does not know
    return plot["data"]


def test_plotly_refuses_a_wrong_plot() -> None:
    with pytest.raises(ValueError, match="Invalid property"):
        traces({"data": [{"type": "bar", "colour": "red"}], "layout": {}})


def test_the_timeline_has_a_row_for_every_core_and_engine() -> None:
    layers, *rows = traces(timeline(RUN))
    assert layers["base"] == [100, 1100]
    assert layers["x"] == [1000, 500]
    assert [row["y"] for row in rows] == [[i] for i in range(1, 1 + CORES + 3)]
    first, second, dma_in, dma_out, l3 = (row["z"][0] for row in rows)
    # The last of the pieces is 100 cycles long.
    assert first == [60, 100, 50, 50]
    assert second == [100, 90, 100, 0]
    assert rows[0]["customdata"][0][0] == [20, 20]
    assert (dma_in, dma_out, l3) == ([40, 0, 0, 0], [0, 0, 0, 100], [0, 100, 0, 0])
    assert [row["showscale"] for row in rows] == [True, False, True, False, False]
    assert {row["x0"] for row in rows} == {250}
    assert {row["dx"] for row in rows} == {500}


def test_without_a_profile_there_is_no_timeline() -> None:
    assert timeline(a_run(profile=False)) is None


def test_shares_add_up_to_all_core_cycles() -> None:
    for layer in RUN.layers:
        found = shares(layer)
        assert sum(found.values()) == CORES * layer.cycles
        assert found[POLLING] == TRAFFIC.polling.cycles == 28
        assert found["bank"] == 80 - 8
    (plain, _) = a_run(profile=False).layers
    assert shares(plain)[POLLING] == 0
    assert sum(shares(plain).values()) == CORES * plain.cycles


def test_bars_are_as_long_as_the_layers() -> None:
    found = traces(stacked_cycles(RUN.layers))
    assert [trace["name"] for trace in found] == ["instructions", "bank", "polling", "barrier"]
    for row, layer in enumerate(RUN.layers):
        assert sum(trace["x"][row] for trace in found) == layer.cycles


def test_a_new_kind_of_stall_is_shown() -> None:
    layer = RUN.layers[0]
    other = replace(layer, stalls=layer.stalls | {"novel": 5})
    assert traces(stacked_cycles([other]))[-1]["name"] == "novel"


def test_estimates_beside_measured_cycles() -> None:
    measured, estimated = traces(estimates(RUN.layers))
    assert measured["x"] == [1000, 500]
    assert estimated["x"] == [900, 400]
    assert measured["customdata"] == [["first", "-10.0 %"], ["second", "-20.0 %"]]


def test_conflicts_by_bank() -> None:
    (heat,) = traces(bank_heat(RUN.layers))
    assert heat["z"] == [[3.0, 1.0], [6.0, 2.0]]
    assert heat["customdata"][1] == [["second", 60], ["second", 20]]


def test_points_of_the_roofline() -> None:
    (point,) = points(MANIFEST.layers, RUN.layers)
    assert (point.name, point.dense_macs, point.macs) == ("first", 18432, 144 * 16)
    found = {trace["name"]: trace for trace in traces(roofline([point], TARGET))}
    assert found["nonzero weights, by DMA bytes"]["x"] == [144 * 16 / 512]
    assert found["nonzero weights, by DMA bytes"]["y"] == [144 * 16 / 1000]
    assert found["all weights, by DMA bytes"]["y"] == [18.432]
    assert found["nonzero weights, by L3 bytes"]["x"] == [9]
    assert found["all weights, by DMA bytes"]["customdata"] == [["first", "0.51", "6"]]


def test_roofs_are_the_targets() -> None:
    plot = roofline(points(MANIFEST.layers, RUN.layers), TARGET)
    roofs = [trace for trace in traces(plot) if trace["mode"] == "lines"]
    peak = 4 * TARGET.cores
    for roof, bandwidth in zip(roofs, (8, 1), strict=True):
        low, ridge, high = roof["x"]
        assert roof["y"] == [bandwidth * low, peak, peak]
        assert ridge == peak / bandwidth
        assert low < ridge < high
    (label,) = plot["layout"]["annotations"]
    assert label["y"] == log10(peak)
    assert label["text"].endswith("= 32 MAC/cycle")
    assert len(traces(roofline([], TARGET))) == 3


def test_macs_with_nonzero_weights() -> None:
    assert nonzero_macs(layer_info("dense", 16 * 1152, 1152, 1)) == 16 * 1152
    assert nonzero_macs(layer_info("padded", 16 * 1152, 1200, 1)) == 16 * 1152
    assert nonzero_macs(layer_info("no weights", 5000, 0, 1)) == 5000


def test_the_memory_map_of_l1_tells_operands_apart() -> None:
    found = {trace["name"]: trace for trace in traces(memory_map(MANIFEST, "l1"))}
    assert set(found) == {"x", "out"}
    assert found["x"]["base"] == [64, 64]
    assert found["x"]["y"] == [512, 128]
    assert found["x"]["x"] == [0, 1]
    assert found["x"]["width"] == [1, 1]
    assert f"address: {L1 + 64:#x}" in found["x"]["hovertext"][0]


def test_the_memory_map_of_l2_shows_how_long_buffers_live() -> None:
    found = {trace["name"]: trace for trace in traces(memory_map(MANIFEST, "l2", 0x1_0000))}
    assert found["activation"]["x"] == [0.5]
    assert found["activation"]["width"] == [2]
    assert found["weights"]["width"] == [2]
    assert "layers: all" in found["weights"]["hovertext"][0]
    assert (found["code"]["base"], found["code"]["y"]) == ([0], [0x1_0000])
    assert f"address: {L2:#x}" in found["code"]["hovertext"][0]


def test_a_memory_without_buffers_has_no_map() -> None:
    assert memory_map(MANIFEST, "l3") is None


def test_long_names_are_shortened_in_the_middle() -> None:
    name = "layer3.0.downsample.channels_first"
    assert len(shortened(name)) == LONGEST_NAME - 1
    assert shortened(name).startswith("layer3.0.dow")
    assert shortened(name).endswith("nels_first")
    assert layer_axis(["a", name])["ticktext"] == ["a", shortened(name)]
