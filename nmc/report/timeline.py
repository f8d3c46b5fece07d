"""The timeline: which layer ran when, how far the cores computed, when data moved."""

from collections.abc import Sequence

from nmc.program.saved_run import SavedRun
from nmc.report.style import GREY, LIGHT, ORANGE, Spec, axis, figure, lines, shortened

# Most of the time most cores are busy: differences up there have to be seen.
_BLUES: list[list[float | str]] = [
    [0, "#f7f9fb"], [0.5, "#c6dcef"], [0.75, "#6aaed6"], [1, "#08519c"],
]  # fmt: skip
_ORANGES: list[list[float | str]] = [[0, "#f7f9fb"], [1, ORANGE]]

_NAMED = 0.12
"""Part of the run that a layer has to last to be named in it."""
_ENGINES = ("DMA in", "DMA out", "L3")


def timeline(run: SavedRun) -> Spec | None:
    """None for a run without profile."""
    if run.profile is None:
        return None
    activity = run.profile.activity
    width = activity.bin_cycles
    # The last piece may be shorter.
    lengths = [min(width, run.cycles - width * i) or 1 for i in range(len(activity.dma_in))]
    cores = [f"core {core}" for core in range(len(activity.waiting))]
    traces = [_layers(run)]
    for name, waiting, stalled in zip(cores, activity.waiting, activity.stalled, strict=True):
        issuing = [n - w - s for w, s, n in zip(waiting, stalled, lengths, strict=True)]
        others = [_shares(stalled, lengths), _shares(waiting, lengths)]
        text = "issuing %{z} %<br>stalled %{customdata[0]} %<br>waiting %{customdata[1]} %"
        row = _row(len(traces), name, width, _shares(issuing, lengths), text)
        traces.append(
            row
            | {"customdata": [[list(pair) for pair in zip(*others, strict=True)]]}
            | _colours(_BLUES, "issuing", 1.0 if len(traces) == 1 else None)
        )
    for name, busy in zip(_ENGINES, (activity.dma_in, activity.dma_out, activity.l3), strict=True):
        row = _row(len(traces), name, width, _shares(busy, lengths), "busy %{z} %")
        traces.append(row | _colours(_ORANGES, "busy", 0.45 if name == _ENGINES[0] else None))
    rows = ["layers", *cores, *_ENGINES]
    return figure(
        traces,
        height=90 + 26 * len(rows),
        xaxis=axis("cycles", range=[0, run.cycles], showgrid=False),
        yaxis=axis(
            tickmode="array",
            tickvals=list(range(len(rows))),
            ticktext=rows,
            range=[len(rows) - 0.5, -0.5],
            showgrid=False,
            fixedrange=True,
        ),
        barmode="overlay",
    )


def _layers(run: SavedRun) -> Spec:
    start = run.cycles - sum(layer.cycles for layer in run.layers)
    starts: list[int] = []
    for layer in run.layers:
        starts.append(start)
        start += layer.cycles
    return {
        "type": "bar",
        "orientation": "h",
        "y": [0] * len(run.layers),
        "base": starts,
        "x": [layer.cycles for layer in run.layers],
        # Where there is room for it; the rest have hover texts.
        "text": [
            shortened(layer.name) if layer.cycles > _NAMED * run.cycles else ""
            for layer in run.layers
        ],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "none",
        "marker": {
            "color": [GREY if i % 2 else LIGHT for i in range(len(run.layers))],
            "line": {"color": "#ffffff", "width": 1},
        },
        "hovertext": [
            lines({
                layer.name: f"{layer.op} {layer.kernel}",
                "cycles": f"{layer.cycles:,}",
                "from": f"{start:,}",
            })
            for layer, start in zip(run.layers, starts, strict=True)
        ],
        "hoverinfo": "text",
        "showlegend": False,
    }  # fmt: skip


def _row(place: int, name: str, width: int, shares: list[float], text: str) -> Spec:
    """One line of colours, for pieces of `width` cycles."""
    return {
        "type": "heatmap", "y": [place], "z": [shares], "zmin": 0, "zmax": 100,
        "x0": width / 2, "dx": width,
        "hovertemplate": f"{name}, cycle %{{x:,.0f}}<br>{text}<extra></extra>",
    }  # fmt: skip


def _colours(scale: list[list[float | str]], title: str, top: float | None) -> Spec:
    """From nearly white to a colour; the scale is shown below `top`, if that is given."""
    found: Spec = {"colorscale": scale, "showscale": top is not None}
    if top is not None:
        found["colorbar"] = {
            "title": {"text": f"{title}, %", "side": "right"},
            "len": 0.5, "y": top, "yanchor": "top", "thickness": 10,
        }  # fmt: skip
    return found


def _shares(parts: Sequence[int], wholes: Sequence[int]) -> list[float]:
    """In percent."""
    return [round(100 * part / whole, 1) for part, whole in zip(parts, wholes, strict=True)]
