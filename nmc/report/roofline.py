"""The roofline: how fast each layer computes, against how much it computes for each byte moved.

Ceilings are the target's: a core multiplies as many pairs of bytes in a cycle as a word has, the
DMA and the port of L2 move so many bytes a cycle, L3 its own number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10, prod

from nmc.program.manifest import LayerInfo
from nmc.program.result import LayerResult
from nmc.report.style import BLACK, BLUE, GREY, ORANGE, RED, Spec, axis, figure
from nmc.targets import Target

MACS_PER_INSTRUCTION = 4
"""Of a dot product of two 32-bit words of bytes."""


_STEPS = [digit * 10.0**power for power in range(-3, 5) for digit in (1, 2, 5)]
"""Marks of a logarithmic axis."""


@dataclass(frozen=True)
class Point:
    """A layer that multiplies. macs: those with weights that are not 0."""

    name: str
    dense_macs: int
    macs: int
    cycles: int
    dma_bytes: int
    l3_bytes: int


def points(layers: Sequence[LayerInfo], measured: Sequence[LayerResult]) -> list[Point]:
    """The layers with multiplications and traffic."""
    return [
        Point(
            info.name,
            info.macs,
            nonzero_macs(info),
            layer.cycles,
            layer.dma_bytes,
            layer.l3_bytes,
        )
        for info, layer in zip(layers, measured, strict=True)
        if info.macs and layer.cycles and layer.dma_bytes
    ]


def nonzero_macs(layer: LayerInfo) -> int:
    """Multiplications by weights that are not 0: each is used once for each output pixel."""
    pixels = prod(layer.shape[:-1])
    return min(layer.macs, layer.nonzeros * pixels) if layer.nonzeros else layer.macs


def roofline(found: Sequence[Point], target: Target) -> Spec:
    """MAC/cycle over MAC/byte, both logarithmic."""
    peak = target.cores * MACS_PER_INSTRUCTION
    moved = min(target.dma.bytes_per_cycle, target.l2.bytes_per_cycle)
    marks = [
        _marks(found, [p.macs for p in found], [p.dma_bytes for p in found], moved,
               "nonzero weights, by DMA bytes", {"color": BLUE, "size": 9}),
    ]  # fmt: skip
    sparse = [p for p in found if p.macs < 0.95 * p.dense_macs]
    if sparse:
        marks.append(
            _marks(sparse, [p.dense_macs for p in sparse], [p.dma_bytes for p in sparse], moved,
                   "all weights, by DMA bytes",
                   {"symbol": "circle-open", "color": BLUE, "size": 9, "line": {"width": 2}})
        )  # fmt: skip
    external = [p for p in found if p.l3_bytes]
    if external:
        marks.append(
            _marks(external, [p.macs for p in external], [p.l3_bytes for p in external],
                   target.l3.bytes_per_cycle, "nonzero weights, by L3 bytes",
                   {"symbol": "square", "color": ORANGE, "size": 9})
        )  # fmt: skip
    values = [x for mark in marks for x in mark["x"]] or [1.0]
    low, high = min(values) / 3, max(max(values) * 3, 3 * peak / target.l3.bytes_per_cycle)
    roofs = [
        _roof(low, high, moved, peak, f"DMA and L2: {moved:g} bytes/cycle", BLACK),
        _roof(
            low, high, target.l3.bytes_per_cycle, peak,
            f"L3: {target.l3.bytes_per_cycle:g} bytes/cycle", RED,
        ),
    ]  # fmt: skip
    return figure(
        [*roofs, *marks],
        460,
        xaxis=axis("MAC for each byte moved", type="log", dtick=1, exponentformat="none"),
        yaxis=axis("MAC/cycle", type="log", tickmode="array", tickvals=_STEPS, ticktext=_STEPS),
        annotations=[
            {
                "x": 0.01, "xref": "paper", "xanchor": "left", "yanchor": "bottom",
                "y": log10(peak), "showarrow": False, "font": {"color": GREY},
                "text": f"{target.cores} cores × {MACS_PER_INSTRUCTION} = {peak} MAC/cycle",
            }
        ],
    )  # fmt: skip


def _marks(
    found: Sequence[Point],
    macs: Sequence[int],
    moved: Sequence[int],
    ceiling: float,
    name: str,
    marker: Spec,
) -> Spec:
    details = [
        [p.name, f"{count / p.cycles:.2f}", f"{100 * count / p.cycles / ceiling:.0f}"]
        for p, count in zip(found, moved, strict=True)
    ]
    return {
        "type": "scatter", "mode": "markers", "name": name, "marker": marker,
        "x": [n / count for n, count in zip(macs, moved, strict=True)],
        "y": [n / p.cycles for n, p in zip(macs, found, strict=True)],
        "customdata": details,
        "hovertemplate": "%{customdata[0]}<br>%{y:.2f} MAC/cycle, %{x:.1f} MAC/byte<br>"
        "%{customdata[1]} bytes/cycle, %{customdata[2]} % of what the path moves"
        "<extra></extra>",
    }  # fmt: skip


def _roof(low: float, high: float, slope: float, peak: float, name: str, colour: str) -> Spec:
    ridge = peak / slope
    xs = [min(low, ridge / 10), ridge, max(high, ridge)]
    return {
        "type": "scatter", "mode": "lines", "name": name, "hoverinfo": "name",
        "x": xs, "y": [min(peak, slope * x) for x in xs], "line": {"color": colour, "width": 2},
    }  # fmt: skip
