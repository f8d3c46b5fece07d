"""When the chunks of a weight stream arrive: the L3 channel and the program, played by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nmc.backend.planning.ring import Ring, given_back
from nmc.targets import Target

# Instructions of the stream's functions beside their accesses to L2 and to peripherals: a call,
# counters in L1, comparisons.
PUMP, NEXT = 20.0, 30.0


@dataclass(frozen=True)
class Visit:
    """Core 0 looks at the channel `cycles` after the visit before; asks: for the next chunk."""

    cycles: float
    asks: bool = False


@dataclass(frozen=True)
class Channel:
    """The L3 channel in cycles.

    latency: before the first byte. rate: bytes a cycle. start: of core 0 for starting a transfer.
    ask: of core 0 for a chunk that is there. poll: between two looks while it waits for one.
    """

    latency: float
    rate: float
    start: float
    ask: float
    poll: float

    @classmethod
    def of(cls, target: Target) -> Channel:
        """The channel of a target: the accesses are those of `nmc.passes.scheduling.runtime`."""
        timing = target.timing
        l2, port = float(timing.l2_access), float(timing.peripheral_access)
        # A row of the table and the next row's need; offset, address, length and whether it is
        # busy. A chunk's address and transfer; two pumps, a look.
        return cls(
            latency=float(target.l3.latency),
            rate=target.l3.bytes_per_cycle,
            start=PUMP + 4 * l2 + 4 * port,
            ask=NEXT + 2 * PUMP + 2 * l2 + 2 * port,
            poll=PUMP + 2 * port,
        )


class Play:
    """A program that consumes the chunks of a ring: core 0's visits move the clock.

    now: cycles since the start. One transfer is under way at a time; the next one starts at a visit
    that finds the channel idle and the ring with room.
    """

    def __init__(self, ring: Ring, channel: Channel):
        self.ring, self.channel = ring, channel
        self.transfer_of = ring.transfer_of()
        self.now = 0.0
        self.started, self.chunk = 0, 0
        self.end = 0.0

    def layer(self, visits: Iterable[Visit], rest: float = 0.0) -> float:
        """Cycles of core 0 for the stream in a layer: waits for L3 and the handling of chunks.

        rest: cycles of the layer behind its last visit.
        """
        spent = 0.0
        for visit in visits:
            self.now += visit.cycles
            begin = self.now
            if visit.asks:
                self._ask()
            else:
                self._look(given_back(self.chunk - 1))
            spent += self.now - begin
        self.now += rest
        return spent

    def _look(self, given: int) -> None:
        """Start the next transfer if the channel is idle and the ring has room."""
        transfers = self.ring.transfers
        if self.started < len(transfers) and self.now >= self.end:
            transfer = transfers[self.started]
            if given >= transfer.needed:
                self.started += 1
                self.now += self.channel.start
                self.end = self.now + self.channel.latency + transfer.length / self.channel.rate

    def _ask(self) -> None:
        """Wait for the next chunk."""
        given = given_back(self.chunk)
        transfer = self.transfer_of[self.chunk]
        self.now += self.channel.ask
        while True:
            self._look(given)
            if self.started > transfer + (self.end > self.now):
                break
            # The end is seen at the look after it.
            self.now = max(self.now, self.end) + self.channel.poll / 2
        self._look(given)
        self.chunk += 1


def waits(
    ring: Ring, channel: Channel, layers: Sequence[tuple[Sequence[Visit], float]]
) -> list[float]:
    """What the stream costs each layer, of its visits and the cycles behind the last one."""
    play = Play(ring, channel)
    return [play.layer(visits, rest) for visits, rest in layers]
