"""A timeline cut into equal pieces, for a picture of the whole run."""

import numpy as np

from nmc.measurements import Activity
from nmc.sim import layout as at
from nmc.sim import segments as seg
from nmc.sim import transfers as tr
from nmc.sim.jit import Ints
from nmc.sim.timeline import Timeline

MOST_BINS = 1200
_SLEEPS = [
    seg.STALLS + kind for kind in (at.STALL_BARRIER, at.STALL_DMA, at.STALL_L3, at.STALL_SLEEP)
]
"""Stalls of the event unit."""


def activity(timeline: Timeline) -> Activity:
    """At most MOST_BINS pieces; what a span did is spread evenly over it."""
    cycles = max(1, timeline.end - timeline.released)
    width = -(-cycles // MOST_BINS)
    edges = timeline.released + width * np.arange(-(-cycles // width) + 1)
    waiting: list[tuple[int, ...]] = []
    stalled: list[tuple[int, ...]] = []
    for core in range(timeline.cores):
        rows = timeline.segments[timeline.segments[:, seg.CORE] == core]
        slept = rows[:, _SLEEPS].sum(axis=1)
        polled = rows[:, seg.POLLED]
        waiting.append(_spread(rows, slept + polled, edges))
        # Stalls of polling are part of the wait.
        awake = rows[:, seg.END] - rows[:, seg.START] - slept
        stalls = rows[:, seg.STALLS :].sum(axis=1) - slept
        counted = stalls * (awake - polled) // np.maximum(awake, 1)
        stalled.append(_spread(rows, counted, edges))
    return Activity(
        bin_cycles=width,
        waiting=tuple(waiting),
        stalled=tuple(stalled),
        dma_in=_busy(timeline.transfers, at.RX, edges),
        dma_out=_busy(timeline.transfers, at.TX, edges),
        l3=_busy(timeline.transfers, at.L3_CHANNEL, edges),
    )


def _busy(transfers: Ints, engine: int, edges: Ints) -> tuple[int, ...]:
    rows = transfers[transfers[:, tr.ENGINE] == engine]
    rows = rows[np.argsort(rows[:, tr.START], kind="stable")]
    spans = np.zeros((len(rows), seg.COLUMNS), np.int64)
    spans[:, seg.START], spans[:, seg.END] = rows[:, tr.START], rows[:, tr.END]
    return _spread(spans, rows[:, tr.BUSY], edges)


def _spread(spans: Ints, amounts: Ints, edges: Ints) -> tuple[int, ...]:
    """The amount in each piece, of spans in the order of time that do not overlap."""
    if not len(spans):
        return (0,) * (len(edges) - 1)
    times = spans[:, [seg.START, seg.END]].ravel()
    sums = np.cumsum(amounts)
    totals = np.column_stack([sums - amounts, sums]).ravel()
    reached = np.rint(np.interp(edges, times, totals)).astype(np.int64)
    return tuple(int(amount) for amount in np.diff(reached))
