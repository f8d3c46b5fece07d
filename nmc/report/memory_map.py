"""The memory map over time: which buffer lies where while a layer runs."""

from collections.abc import Sequence

from nmc.program.manifest import BufferInfo, Manifest, MemoryInfo
from nmc.report.style import (
    BLUE,
    GREEN,
    GREY,
    LIGHT,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    YELLOW,
    Spec,
    axis,
    figure,
    lines,
    shortened,
)

_PALETTE = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED, YELLOW, "#7b3294", "#a6611a", GREY)


def memory_map(manifest: Manifest, space: str, code_bytes: int = 0) -> Spec | None:
    """A block for each buffer of a memory: layers to the right, addresses up. None if unused.

    `code_bytes`: reserved for code at the memory's base.
    """
    (memory,) = [found for found in manifest.memories if found.space == space] or [None]
    buffers = [buffer for buffer in manifest.buffers if buffer.space == space]
    if memory is None or not buffers:
        return None
    if code_bytes:
        buffers.append(BufferInfo("code", space, "code", memory.base, code_bytes, ()))
    names = [layer.name for layer in manifest.layers]
    roles = list(dict.fromkeys(_role(buffer) for buffer in buffers))
    traces = [
        _blocks([b for b in buffers if _role(b) == role], role, colour, memory, names)
        for role, colour in zip(roles, _colours(len(roles)), strict=True)
    ]
    top = max(memory.peak, *(b.address + b.bytes - memory.base for b in buffers))
    return figure(
        traces,
        400,
        barmode="overlay",
        showlegend=True,
        xaxis=axis(
            tickmode="array", tickvals=list(range(len(names))),
            ticktext=[shortened(name) for name in names], tickangle=-60, showgrid=False,
            range=[-0.5, len(names) - 0.5],
        ),
        yaxis=axis(
            f"bytes above {memory.base:#x}",
            range=[0, 1.05 * min(memory.size, max(top, 1))],
            tickformat=",",
        ),
        shapes=[
            {
                "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": memory.size,
                "y1": memory.size, "line": {"color": RED, "dash": "dot", "width": 1},
            }
        ],
    )  # fmt: skip


def _role(buffer: BufferInfo) -> str:
    """What tells buffers apart: of tiles, which operand of their layer they hold."""
    return buffer.name.rpartition(".")[2] if buffer.kind == "tile" else buffer.kind


def _colours(count: int) -> list[str]:
    return [_PALETTE[i % len(_PALETTE)] for i in range(count)]


def _blocks(
    buffers: Sequence[BufferInfo], role: str, colour: str, memory: MemoryInfo, names: Sequence[str]
) -> Spec:
    spans = [_span(buffer, len(names)) for buffer in buffers]
    return {
        "type": "bar",
        "name": role,
        "x": [(first + last) / 2 for first, last in spans],
        "width": [last - first + 1 for first, last in spans],
        "base": [buffer.address - memory.base for buffer in buffers],
        "y": [buffer.bytes for buffer in buffers],
        "marker": {"color": colour, "line": {"color": LIGHT, "width": 1}},
        "hovertext": [
            lines({
                buffer.name: buffer.kind,
                "bytes": f"{buffer.bytes:,}",
                "address": f"{buffer.address:#x}",
                "layers": f"{names[first]} to {names[last]}" if buffer.alive else "all",
            })
            for buffer, (first, last) in zip(buffers, spans, strict=True)
        ],
        "hoverinfo": "text",
    }  # fmt: skip


def _span(buffer: BufferInfo, layers: int) -> tuple[int, int]:
    """First and last layer that need the buffer."""
    if not buffer.alive:
        return 0, layers - 1
    first, last = buffer.alive
    return max(0, first), min(last, layers - 1)
