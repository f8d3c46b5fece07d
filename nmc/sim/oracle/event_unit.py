"""The event unit: each core's mask and buffer of events, waits, software events, barriers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nmc.sim.oracle.agent import NEVER
from nmc.targets import Target

if TYPE_CHECKING:
    from nmc.sim.oracle.core import Core


@dataclass
class View:
    """What the unit holds for one core."""

    mask: int = 0
    buffer: int = 0
    waiting: bool = False
    clears: bool = False
    """The wait takes the events out of the buffer."""
    since: int = 0
    """When the wait began."""
    events: int = 0
    """What ended the last wait."""


@dataclass
class Barrier:
    """Masks of cores."""

    expected: int = 0
    arrived: int = 0
    targets: int = 0


class EventUnit:
    """All cores' events."""

    def __init__(self, target: Target, cores: Sequence["Core"]):
        """`cores`: those of the cluster, and behind them the fabric controller."""
        self.unit = target.event_unit
        self.latency = target.timing.barrier
        self.cores = cores
        self.views = [View() for _ in cores]
        self.barriers = [Barrier() for _ in range(self.unit.barriers)]

    def raise_event(self, number: int, event: int, time: int) -> None:
        """Core `number` gets an event that can be seen from `time` on."""
        self.views[number].buffer |= 1 << event
        self.end_wait(number, time)

    def wait(self, core: "Core", clear: bool) -> Iterator[None]:
        """Sleeps until an event of the core's mask is in its buffer, and the latency has passed."""
        view = self.views[core.number]
        view.waiting, view.clears, view.since = True, clear, core.time
        now = core.time
        core.time = NEVER
        self.end_wait(core.number, now)
        yield

    def end_wait(self, number: int, time: int) -> None:
        """Wakes a core that waits if what it waits for is there."""
        view, core = self.views[number], self.cores[number]
        events = view.buffer & view.mask
        if not view.waiting or not events:
            return
        view.waiting = False
        view.events = events
        if view.clears:
            view.buffer &= ~events
        core.time = time + self.latency
        core.stalls[self.reason(events)] += core.time - view.since - 1

    def reason(self, events: int) -> str:
        """What kind of stall a wait was."""
        for event, kind in (
            (self.unit.barrier_event, "barrier"),
            (self.unit.dma_event, "dma"),
            (self.unit.l3_event, "l3"),
        ):
            if events >> event & 1:
                return kind
        return "sleep"

    def trigger_software(self, event: int, cores: int, now: int) -> None:
        """Raises a software event in cores of a mask, in which 0 stands for all."""
        for number in range(len(self.cores) - 1):
            if cores == 0 or cores >> number & 1:
                self.raise_event(number, event, now)

    def trigger_barrier(self, barrier: Barrier, cores: int, now: int) -> None:
        """Cores of a mask arrive; with the last one the targets get the event."""
        barrier.arrived |= cores & barrier.expected
        if barrier.arrived != barrier.expected or barrier.expected == 0:
            return
        barrier.arrived = 0
        for number in range(len(self.cores) - 1):
            if barrier.targets >> number & 1:
                self.raise_event(number, self.unit.barrier_event, now)
