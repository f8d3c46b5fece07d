"""Which weights stay in L2 and which stream from L3 at every inference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from nmc.backend.planning.ring import Chunk, plan_ring, smallest_ring, well_timed_length
from nmc.backend.planning.stream_play import Channel, Play, Visit
from nmc.numerics.packing import round_up

# A transfer carries at most this part of the ring: smaller ones leave the channel idle between
# two visits of core 0, larger ones make the ring wait for room.
RING_PARTS = 8

# Numbers of resident layers that are tried in a first round.
COARSE = 12


@dataclass(frozen=True)
class LayerWeights:
    """A layer's packed constant: its bytes, the chunks read in one inference, the layer's cycles.

    size: 0 for a layer without one.
    """

    name: str
    size: int
    chunks: tuple[tuple[int, int], ...]
    cycles: int

    @property
    def traffic(self) -> int:
        """Bytes read in one inference."""
        return sum(length for _, length in self.chunks)

    @property
    def demand(self) -> float:
        """Bytes a cycle that streaming them asks of the channel."""
        return self.traffic / max(1, self.cycles)


@dataclass(frozen=True)
class Residency:
    """The names of the weights that stream, in order of use, and the bytes of the ring.

    stall: cycles the program is estimated to spend on the stream, most of them waiting for L3.
    """

    streamed: tuple[str, ...]
    ring: int
    stall: float = 0.0


def choose_residency(
    weights: Sequence[LayerWeights], budget: int, channel: Channel
) -> Residency | None:
    """The split of `budget` bytes of L2 into resident weights and a ring that costs least.

    Candidates keep the first k layers of an order: of those read most often in an inference, or of
    those that ask most of the channel for the room they would take. They are compared by playing
    the stream against the layers' cycles; among equals the one that streams least wins. None where
    not even a ring fits. `weights` names every layer in order; one without constants has no size.
    """
    if sum(w.size for w in weights) <= budget:
        return Residency((), 0)
    sized = [i for i, w in enumerate(weights) if w.size]
    often = sorted(sized, key=lambda i: (-weights[i].traffic / weights[i].size, i))
    eager = sorted(sized, key=lambda i: -weights[i].demand / weights[i].size)
    tried = [_best_kept(weights, order, budget, channel) for order in (often, eager)]
    found = [candidate for candidate in tried if candidate is not None]
    return min(found, key=lambda candidate: candidate[:2])[2] if found else None


Candidate = tuple[float, int, Residency]
"""Cycles spent on the stream, bytes it carries, and what gives them."""


def _best_kept(
    weights: Sequence[LayerWeights], order: Sequence[int], budget: int, channel: Channel
) -> Candidate | None:
    """The best of keeping the first layers of an order, as many as fit; None where no ring does.

    Of many numbers every few are tried first, then those around the best.
    """
    sizes = accumulate((weights[i].size for i in order), initial=0)
    most = sum(size <= budget for size in sizes)
    step = max(1, most // COARSE)
    found = {kept: _kept(weights, order[:kept], budget, channel) for kept in range(0, most, step)}
    known = {kept: candidate for kept, candidate in found.items() if candidate is not None}
    if known:
        middle = min(known, key=lambda kept: known[kept][:2])
        near = range(max(0, middle - step + 1), min(most, middle + step))
    else:
        near = range(most)
    tried = (_kept(weights, order[:kept], budget, channel) for kept in near if kept not in found)
    candidates = [*known.values(), *(one for one in tried if one is not None)]
    return min(candidates, key=lambda candidate: candidate[:2], default=None)


def _kept(
    weights: Sequence[LayerWeights], kept: Sequence[int], budget: int, channel: Channel
) -> Candidate | None:
    """What keeping some layers gives, None where what they leave is too small for a ring."""
    room = budget - sum(weights[i].size for i in kept)
    resident = set(kept)
    streamed = [w for i, w in enumerate(weights) if i not in resident and w.chunks]
    if room < smallest_ring([Chunk(0, length) for w in streamed for _, length in w.chunks]):
        return None
    names = tuple(w.name for w in streamed)
    cycles = stream_cycles(weights, set(names), room, channel)
    return cycles, sum(w.traffic for w in streamed), Residency(names, room, cycles)


def stream_cycles(
    weights: Sequence[LayerWeights], streamed: set[str], ring: int, channel: Channel
) -> float:
    """Cycles the program spends on the stream when layers take their estimated cycles."""
    chunks: list[Chunk] = []
    start = 0
    for layer in weights:
        if layer.name in streamed:
            most = longest_transfer([n for _, n in layer.chunks], layer.cycles, channel, ring)
            chunks += [Chunk(start + offset, length, most) for offset, length in layer.chunks]
            start += round_up(layer.size, 4)
    play = Play(plan_ring(chunks, ring), channel)
    spent = 0.0
    for layer in weights:
        step = layer.cycles / max(1, len(layer.chunks))
        asks = layer.name in streamed
        visits = [Visit(step if number else 0.0, asks) for number in range(len(layer.chunks))]
        spent += play.layer(visits or [Visit(0.0)], step)
    return spent


def longest_transfer(chunks: Sequence[int], cycles: float, channel: Channel, ring: int) -> int:
    """Bytes of the longest transfer of a layer's chunks: core 0 looks about once for each chunk."""
    if not chunks:
        return 0
    period = max(1.0, cycles / len(chunks))
    return well_timed_length(max(chunks), period, channel.rate, channel.latency, ring // RING_PARTS)
