"""A timeline as a trace for Perfetto (ui.perfetto.dev) or chrome://tracing.

The format is the JSON of "Trace Event Format": complete events (`ph` X) on one track for each core,
for each direction of the DMA and for L3, and one for the layers as core 0 enters them. One
microsecond of the trace is one cycle. A core's track nests layers, iterations of tile loops, and
segments: functions it runs, and waits.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nmc.sim import layout as at
from nmc.sim import segments as seg
from nmc.sim import transfers as tr
from nmc.sim.result import SimResult
from nmc.sim.timeline import Span, Timeline

Event = dict[str, Any]

LAYERS, CORES, MOVES = 1, 2, 3
"""Process ids: groups of tracks, in the order in which they are shown."""
_MOVERS = {at.RX: "DMA into L1", at.TX: "DMA out of L1", at.L3_CHANNEL: "L3"}
_TRACKS = 100
"""Track n of group g has the thread id g * _TRACKS + n: Perfetto takes equal ids in two groups for
one thread, and 0 for the idle thread."""


def trace_bytes(result: SimResult, compress: bool) -> bytes:
    """The file of a run made with profile; `compress` by gzip, which the viewers read as well."""
    timeline = result.timeline
    assert timeline is not None, "the run was made without profile"
    head = {
        "displayTimeUnit": "ms",
        "otherData": {
            "time unit": "1 us is 1 cycle since reset",
            "cycles": timeline.end,
            "merged below": f"{timeline.grain} cycles",
        },
    }
    events = ",\n".join(
        json.dumps(event, separators=(",", ":")) for event in trace_events(result, timeline)
    )
    text = f'{json.dumps(head)[:-1]}, "traceEvents": [\n{events}\n]}}\n'
    # Equal runs give equal files.
    return gzip.compress(text.encode(), 6, mtime=0) if compress else text.encode()


def trace_events(result: SimResult, timeline: Timeline) -> Iterator[Event]:
    """The events, outer ones before those inside them."""
    yield from _names(timeline)
    time = timeline.released + result.cycles - sum(layer.cycles for layer in result.layers)
    for layer in result.layers:
        yield _slice(LAYERS, 0, layer.name, "layer", time, time + layer.cycles)
        time += layer.cycles
    for depth in range(seg.MAX_DEPTH + 1):
        for span in timeline.spans(depth):
            yield _span(timeline, span)
    for row in timeline.segments:
        yield _segment(timeline, row)
    for row in timeline.transfers[np.argsort(timeline.transfers[:, tr.START], kind="stable")]:
        yield _transfer(row)


def _names(timeline: Timeline) -> Iterator[Event]:
    for group, name in ((LAYERS, "layers"), (CORES, "cores"), (MOVES, "data movement")):
        yield _meta(group, 0, "process_name", name=name)
        yield _meta(group, 0, "process_sort_index", sort_index=group)
    yield _meta(LAYERS, 0, "thread_name", name="layers")
    for core in range(timeline.cores + 1):
        name = f"core {core}" if core < timeline.cores else "fabric controller"
        yield _meta(CORES, core, "thread_name", name=name)
        yield _meta(CORES, core, "thread_sort_index", sort_index=core)
    for mover, name in _MOVERS.items():
        yield _meta(MOVES, mover, "thread_name", name=name)
        yield _meta(MOVES, mover, "thread_sort_index", sort_index=mover)


def _span(timeline: Timeline, span: Span) -> Event:
    layer = timeline.layers[span.layer]
    name, kind = (layer, "layer") if span.depth == 0 else (f"tile {span.number}", "tile")
    return _slice(CORES, span.core, name, kind, span.start, span.end)


def _segment(timeline: Timeline, row: Sequence[int]) -> Event:
    wait = int(row[seg.WAIT])
    function = timeline.functions[row[seg.FUNCTION]] or "code outside functions"
    stalls = {
        kind: int(row[seg.STALLS + i])
        for i, kind in enumerate(at.STALL_KINDS)
        if row[seg.STALLS + i]
    }
    details: dict[str, Any] = {"instructions": int(row[seg.EXECUTED]), **stalls}
    if row[seg.POLLED]:
        details["polling"] = int(row[seg.POLLED])
    if wait >= 0:
        details["in"] = function
    if wait < 0 and row[seg.MERGED] > 1:
        details["segments"] = int(row[seg.MERGED])
    name, kind = (f"wait: {at.STALL_KINDS[wait]}", "wait") if wait >= 0 else (function, "run")
    return _slice(
        CORES, int(row[seg.CORE]), name, kind, int(row[seg.START]), int(row[seg.END]), details
    )


def _transfer(row: Sequence[int]) -> Event:
    mover, count = int(row[tr.ENGINE]), int(row[tr.BYTES])
    outer, inner = ("L3", "L2") if mover == at.L3_CHANNEL else ("L2", "L1")
    outwards = mover == at.TX or count < 0
    start, end = int(row[tr.START]), int(row[tr.END])
    details: dict[str, Any] = {
        "bytes": abs(count),
        "from": inner if outwards else outer,
        "to": outer if outwards else inner,
        inner: hex(row[tr.L1]),
        outer: hex(row[tr.EXT]),
        "asked by core": int(row[tr.CORE]),
        "asked at": int(row[tr.ASKED]),
    }
    if row[tr.MERGED] > 1:
        details |= {"transfers": int(row[tr.MERGED]), "busy": int(row[tr.BUSY])}
    return _slice(MOVES, mover, f"{abs(count):,} bytes", "transfer", start, end, details)


def _slice(
    group: int, track: int, name: str, kind: str, start: int, end: int, details: Event | None = None
) -> Event:
    event: Event = {
        "ph": "X", "name": name, "cat": kind, "pid": group, "tid": _TRACKS * group + track,
        "ts": start, "dur": end - start,
    }  # fmt: skip
    return event | {"args": details} if details else event


def _meta(group: int, track: int, what: str, **details: str | int) -> Event:
    return {"ph": "M", "name": what, "pid": group, "tid": _TRACKS * group + track, "args": details}
