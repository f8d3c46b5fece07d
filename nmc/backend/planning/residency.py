"""Which weights stay in L2 and which stream from L3 at every inference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nmc.backend.planning.ring import Chunk, smallest_ring

# A transfer carries at most this part of the ring: smaller ones leave the channel idle between
# two visits of core 0, larger ones make the ring wait for room.
RING_PARTS = 8


@dataclass(frozen=True)
class LayerWeights:
    """One packed constant: its bytes, the chunks read in one inference, the layer's cycles."""

    name: str
    size: int
    chunks: tuple[tuple[int, int], ...]
    cycles: int

    @property
    def traffic(self) -> int:
        """Bytes read in one inference."""
        return sum(length for _, length in self.chunks)


@dataclass(frozen=True)
class Residency:
    """The names of the weights that stream, in order of use, and the bytes of the ring.

    stall: cycles the program is estimated to wait for L3.
    """

    streamed: tuple[str, ...]
    ring: int
    stall: float = 0.0


def choose_residency(
    weights: Sequence[LayerWeights], budget: int, bytes_per_cycle: float
) -> Residency | None:
    """The split of `budget` bytes of L2 into resident weights and a ring that stalls least.

    Weights read more than once in an inference are kept before others; the candidates keep the
    first k of that order and are compared by playing the stream against the layers' cycles; among
    equals the one that streams least wins. None where not even a ring fits.
    """
    if sum(w.size for w in weights) <= budget:
        return Residency((), 0)
    order = sorted(
        range(len(weights)), key=lambda i: (-weights[i].traffic / max(1, weights[i].size), i)
    )
    best: tuple[float, int, Residency] | None = None
    for kept in range(len(weights)):
        if sum(weights[i].size for i in order[:kept]) > budget:
            break
        resident = set(order[:kept])
        room = budget - sum(weights[i].size for i in resident)
        streamed = [w for i, w in enumerate(weights) if i not in resident and w.chunks]
        chunks = [Chunk(0, length) for w in streamed for _, length in w.chunks]
        if room < smallest_ring(chunks):
            continue
        names = {w.name for w in streamed}
        stall = _stall(weights, names, room, bytes_per_cycle)
        traffic = sum(w.traffic for w in streamed)
        candidate = (stall, traffic, Residency(tuple(w.name for w in streamed), room, stall))
        if best is None or candidate[:2] < best[:2]:
            best = candidate
    return None if best is None else best[2]


def _stall(weights: Sequence[LayerWeights], streamed: set[str], ring: int, rate: float) -> float:
    """Cycles the program waits for L3 when layers take their estimated cycles."""
    arrived, now, stall = 0.0, 0.0, 0.0
    consumed = 0.0
    for layer in weights:
        step = layer.cycles / max(1, len(layer.chunks))
        for _, length in layer.chunks if layer.name in streamed else ():
            # The channel has run since, as far as the ring had room.
            if arrived < consumed + length:
                wait = (consumed + length - arrived) / rate
                stall, now = stall + wait, now + wait
                arrived = consumed + length
            arrived = min(arrived + step * rate, consumed + ring)
            consumed += length
            now += step
        if layer.name not in streamed:
            arrived = min(arrived + layer.cycles * rate, consumed + ring)
            now += layer.cycles
    return stall
