"""Cycles and efficiency over the number of cores, a curve for each machine."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import plotly.graph_objects as graphs
import plotly.subplots

make_subplots = cast("Any", plotly.subplots).make_subplots
"""plotly has no complete types."""

CORES = (1, 2, 4, 8, 16)

Curve = tuple[str, str, Sequence[tuple[int, int, float | None]]]
"""(network, machine, points of cores, cycles and efficiency)."""


def plots(curves: Iterable[Curve]) -> list[Any]:
    """A figure for each network."""
    figures: dict[str, Any] = {}
    for network, machine, points in curves:
        if network not in figures:
            titles = ("cycles", "efficiency against one core")
            figures[network] = make_subplots(1, 2, subplot_titles=titles)
            figures[network].update_layout(title=f"ResNet18, {network}", template="plotly_white")
            figures[network].update_xaxes(title="cores", type="log", tickvals=CORES)
            figures[network].update_yaxes(type="log", col=1)
            figures[network].update_yaxes(tickformat=".0%", rangemode="tozero", col=2)
        cores = [point[0] for point in points]
        for column, values in ((1, [p[1] for p in points]), (2, [p[2] for p in points])):
            line = graphs.Scatter(
                x=cores, y=values, name=machine, legendgroup=machine, showlegend=column == 1
            )
            figures[network].add_trace(line, 1, column)
    return list(figures.values())
