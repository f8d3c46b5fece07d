"""What all plots of the page have in common."""

from collections.abc import Mapping, Sequence
from typing import Any

Spec = dict[str, Any]
"""A part of a plot as Plotly's JSON has it."""

# Okabe and Ito's colours, which people with colour vision deficiencies tell apart, and greys.
BLUE, SKY, GREEN, YELLOW = "#0072B2", "#56B4E9", "#009E73", "#F0E442"
ORANGE, RED, PURPLE, BLACK = "#E69F00", "#D55E00", "#CC79A7", "#222222"
GREY, LIGHT = "#8a8f98", "#d9dce1"

LEGEND: Spec = {
    "orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal",
}  # fmt: skip
"""Above the plot."""

LONGEST_NAME = 26
ROW_HEIGHT = 19
"""Pixels of a layer's row."""


def figure(traces: Sequence[Spec], height: int, **layout: Any) -> Spec:
    """A plot of `height` pixels, as wide as the page."""
    common: Spec = {
        "height": height,
        "margin": {"l": 8, "r": 16, "t": 16, "b": 40},
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": BLACK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "#ffffff",
        "hoverlabel": {"align": "left", "namelength": -1},
        "legend": LEGEND,
    }
    return {"data": list(traces), "layout": common | layout}


def axis(title: str = "", **more: Any) -> Spec:
    """An axis with room for its labels."""
    found: Spec = {"automargin": True, "gridcolor": LIGHT, "zeroline": False}
    return found | ({"title": {"text": title}} if title else {}) | more


def layer_axis(names: Sequence[str]) -> Spec:
    """The vertical axis of plots with a row for each layer, the first at the top."""
    return axis(
        range=[len(names) - 0.4, -0.6],
        tickmode="array",
        tickvals=list(range(len(names))),
        ticktext=[shortened(name) for name in names],
        showgrid=False,
    )


def rows_height(count: int) -> int:
    """Pixels of a plot with a row for each of `count` layers."""
    return 110 + ROW_HEIGHT * count


def shortened(name: str) -> str:
    """A name with its middle left out if it is long."""
    if len(name) <= LONGEST_NAME:
        return name
    half = (LONGEST_NAME - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def lines(items: Mapping[str, str]) -> str:
    """Lines of a hover text."""
    return "<br>".join(f"{key}: {value}" for key, value in items.items())
