"""Plots with a row for each layer: where cycles went, estimates, conflicts by bank."""

from collections.abc import Sequence

from nmc.measurements import Counters
from nmc.program.result import LayerResult
from nmc.report.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    LEGEND,
    LIGHT,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    YELLOW,
    Spec,
    axis,
    figure,
    layer_axis,
    rows_height,
)

ISSUE, POLLING = "instructions", "polling"

_COLOURS = {
    ISSUE: BLUE,
    "load_use": SKY,
    "bank": RED,
    "icache": PURPLE,
    "branch": YELLOW,
    "l2": "#7b3294",
    "misaligned": "#a6611a",
    "multicycle": GREEN,
    "peripheral": "#80cdc1",
    POLLING: ORANGE,
    "dma": "#b35806",
    "l3": "#fdb863",
    "barrier": GREY,
    "sleep": LIGHT,
}
"""In the order in which they are stacked."""


def shares(layer: LayerResult) -> dict[str, int]:
    """Core cycles of a layer by what they were spent on; together they are all there are."""
    polling = layer.traffic.polling if layer.traffic is not None else Counters(0, {})
    found = {ISSUE: layer.instructions - polling.instructions}
    for kind, cycles in layer.stalls.items():
        found[kind] = cycles - polling.stalls.get(kind, 0)
    found[POLLING] = polling.cycles
    return found


def stacked_cycles(layers: Sequence[LayerResult]) -> Spec:
    """Bars as long as a layer's cycles, divided as the mean core spent them."""
    cores = max(1, len(layers[0].cores))
    by_layer = [shares(layer) for layer in layers]
    kinds = [kind for kind in _COLOURS if any(found.get(kind) for found in by_layer)]
    kinds += sorted({kind for found in by_layer for kind in found} - _COLOURS.keys())
    names = [layer.name for layer in layers]
    traces: list[Spec] = []
    for kind in kinds:
        cycles = [found.get(kind, 0) for found in by_layer]
        percent = [
            f"{100 * own / max(1, sum(found.values())):.1f}"
            for own, found in zip(cycles, by_layer, strict=True)
        ]
        traces.append({
            "type": "bar", "orientation": "h", "name": kind,
            "y": list(range(len(layers))), "x": [own / cores for own in cycles],
            "customdata": [list(row) for row in zip(names, percent, strict=True)],
            "marker": {"color": _COLOURS.get(kind, BLACK)},
            "hovertemplate": "%{customdata[0]}<br>" + kind
            + ": %{x:,.0f} cycles of the mean core, %{customdata[1]} %<extra></extra>",
        })  # fmt: skip
    return figure(
        traces,
        rows_height(len(layers)) + 40,
        barmode="stack",
        legend=LEGEND | {"entrywidth": 84},
        bargap=0.25,
        xaxis=axis("cycles"),
        yaxis=layer_axis(names),
    )


def estimates(layers: Sequence[LayerResult]) -> Spec:
    """Measured cycles as bars, the planner's estimates as marks on them."""
    names = [layer.name for layer in layers]
    rows = list(range(len(layers)))
    off = [
        f"{100 * (layer.estimate - layer.cycles) / max(1, layer.cycles):+.1f} %" for layer in layers
    ]
    details = [[name, amount] for name, amount in zip(names, off, strict=True)]
    measured: Spec = {
        "type": "bar", "orientation": "h", "name": "measured", "y": rows,
        "x": [layer.cycles for layer in layers], "marker": {"color": SKY}, "customdata": details,
        "hovertemplate": "%{customdata[0]}<br>measured %{x:,} cycles<br>"
        "estimate off by %{customdata[1]}<extra></extra>",
    }  # fmt: skip
    estimated: Spec = {
        "type": "scatter", "mode": "markers", "name": "estimated", "y": rows,
        "x": [layer.estimate for layer in layers], "customdata": details,
        "marker": {
            "symbol": "line-ns-open", "size": 13, "color": RED, "line": {"width": 3, "color": RED}
        },
        "hovertemplate": "%{customdata[0]}<br>estimated %{x:,} cycles, off by %{customdata[1]}"
        "<extra></extra>",
    }  # fmt: skip
    return figure(
        [measured, estimated],
        rows_height(len(layers)),
        bargap=0.3,
        xaxis=axis("cycles", rangemode="tozero"),
        yaxis=layer_axis(names),
    )


def bank_heat(layers: Sequence[LayerResult]) -> Spec:
    """Waits for each bank of L1, in percent of the layer's core cycles."""
    names = [layer.name for layer in layers]
    percent = [
        [
            round(100 * cycles / max(1, layer.cycles * len(layer.cores)), 3)
            for cycles in layer.bank_conflicts
        ]
        for layer in layers
    ]
    details = [[[layer.name, cycles] for cycles in layer.bank_conflicts] for layer in layers]
    heat: Spec = {
        "type": "heatmap", "z": percent, "customdata": details,
        "colorscale": [[0, "#f4f6f8"], [0.5, "#f0a070"], [1, "#8c2d04"]],
        "colorbar": {"title": {"text": "% of core cycles", "side": "right"}, "thickness": 10},
        "xgap": 1, "ygap": 1,
        "hovertemplate": "%{customdata[0]}, bank %{x}<br>%{customdata[1]:,} core cycles, %{z} %"
        "<extra></extra>",
    }  # fmt: skip
    return figure(
        [heat],
        rows_height(len(layers)),
        xaxis=axis("bank of L1", dtick=1, showgrid=False),
        yaxis=layer_axis(names),
    )
