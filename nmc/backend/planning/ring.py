"""The ring in L2 through which weights stream from L3: where chunks land, and when they may."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Part by which a transfer is taken to last longer than the channel's rate says: a look right at
# the estimated end may come before the real one.
MARGIN = 1.02


@dataclass(frozen=True)
class Chunk:
    """A run of streamed bytes that is consumed at once.

    l3: its address in L3. most: bytes of the longest transfer that begins with it.
    """

    l3: int
    length: int
    most: int = 0


@dataclass(frozen=True)
class Transfer:
    """One command of the L3 channel: chunks [first, last] to `offset` of the ring.

    needed: chunks that must have been given back before it starts.
    """

    l3: int
    offset: int
    length: int
    needed: int
    first: int
    last: int


@dataclass(frozen=True)
class Ring:
    """The transfers of a stream and the offset in the ring of each chunk."""

    transfers: tuple[Transfer, ...]
    offsets: tuple[int, ...]

    def transfer_of(self) -> list[int]:
        """The transfer that brings each chunk."""
        return [
            index
            for index, transfer in enumerate(self.transfers)
            for _ in range(transfer.first, transfer.last + 1)
        ]


def given_back(chunk: int) -> int:
    """Chunks given back when the program waits for `chunk`: all but the one before it."""
    return max(0, chunk - 1)


def smallest_ring(chunks: Sequence[Chunk]) -> int:
    """Bytes of ring that always suffice: two neighbouring chunks beside what a wrap wastes."""
    pairs = pairwise(chunks)
    most = max((chunk.length for chunk in chunks), default=0)
    return max([most, *(a.length + b.length for a, b in pairs)], default=0) + most


def well_timed_length(chunk: int, period: float, rate: float, latency: float, most: int) -> int:
    """Bytes of the transfer of whole chunks, up to `most`, that leaves the channel idle least.

    Core 0 looks at the channel every `period` cycles, so a transfer occupies it until the look
    after its end: best is one that ends just before. `rate` in bytes a cycle, `latency` in cycles.
    """

    def busy(count: int) -> float:
        cycles = count * chunk / rate
        looks = math.ceil((latency + cycles) * MARGIN / period)
        return cycles / (looks * period)

    return chunk * max(range(1, max(1, most // chunk) + 1), key=busy)


def plan_ring(chunks: Sequence[Chunk], size: int) -> Ring:
    """Places chunks one behind the other, from the start again where one does not fit the end.

    Neighbours in L3 and in the ring become one transfer of up to the first's `most` bytes, of no
    more than came before it (the program waits for the first ones: they are short) and of no more
    than come behind it (nothing runs beside what is computed of the last one), as long as the chunk
    the program will wait for does not wait for itself. Raises ValueError where `size` is less than
    the stream needs.
    """
    offsets, needs = _place(chunks, size)
    transfers: list[Transfer] = []
    before, behind = 0, sum(chunk.length for chunk in chunks)
    for index, chunk in enumerate(chunks):
        if needs[index] > given_back(index):
            raise ValueError(f"a ring of {size} bytes is too small for chunk {index}")
        last = transfers[-1] if transfers else None
        behind -= chunk.length
        if (
            last is not None
            and last.l3 + last.length == chunk.l3
            and last.offset + last.length == offsets[index]
            and last.length + chunk.length <= min(chunks[last.first].most, before, behind)
            and needs[index] <= given_back(last.first)
        ):
            transfers[-1] = Transfer(
                last.l3,
                last.offset,
                last.length + chunk.length,
                max(last.needed, needs[index]),
                last.first,
                index,
            )
        else:
            before += 0 if last is None else last.length
            transfers.append(
                Transfer(chunk.l3, offsets[index], chunk.length, needs[index], index, index)
            )
    return Ring(tuple(transfers), tuple(offsets))


def _place(chunks: Sequence[Chunk], size: int) -> tuple[list[int], list[int]]:
    """(offset, chunks to be given back first) of each chunk."""
    offsets: list[int] = []
    needs: list[int] = []
    alive: deque[tuple[int, int, int]] = deque()
    position, needed = 0, 0
    for index, chunk in enumerate(chunks):
        if chunk.length > size:
            raise ValueError(f"a ring of {size} bytes is too small for chunk {index}")
        wraps = position + chunk.length > size
        start = 0 if wraps else position
        if wraps:
            # What lies behind the position is from the round before and is skipped.
            while alive and alive[0][0] >= position:
                needed = max(needed, alive.popleft()[2] + 1)
        while alive and alive[0][0] < start + chunk.length and alive[0][1] > start:
            needed = max(needed, alive.popleft()[2] + 1)
        offsets.append(start)
        needs.append(needed)
        alive.append((start, start + chunk.length, index))
        position = start + chunk.length
    return offsets, needs
