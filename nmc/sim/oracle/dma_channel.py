"""One direction of the DMA: its commands in order, cut into lines, bursts and beats."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nmc.sim.oracle.agent import NEVER, Agent
from nmc.sim.oracle.memory import Memory, Port
from nmc.targets import Target

PLACES = 64
"""Commands a channel holds, the one under way included."""

# Of the description's start-up time, what allocation to command and completion to its being seen
# take; the rest passes between the command and the first beat.
_AFTER_LAST_BEAT_IN = 8
_AFTER_LAST_BEAT_OUT = 10


@dataclass(frozen=True)
class Command:
    """A transfer, as the core that wrote it asked for it; addresses are absolute."""

    transfer: int
    """Its id."""
    core: int
    into_l1: bool
    length: int
    l1: int
    l2: int
    line: int
    """Bytes of a line, `length` where there are no lines."""
    stride: int
    """From a line's start in L2 to the next one's."""
    event: bool
    broadcast: bool
    time: int
    """Of its last word."""


class Channel(Agent):
    """An agent whose time is that of the beat it is at."""

    def __init__(
        self,
        target: Target,
        into_l1: bool,
        l1: Memory,
        l2: Memory,
        port: Port,
        finished: Callable[[Command, int], None],
    ):
        """`finished` is told of each command that is done, and when that can be seen."""
        super().__init__()
        dma = target.dma
        completion = _AFTER_LAST_BEAT_IN if into_l1 else _AFTER_LAST_BEAT_OUT
        self.dma = dma
        self.into_l1 = into_l1
        self.latency = max(1, dma.startup - dma.setup - completion)
        self.burst_cost = 0 if into_l1 else dma.burst_out
        self.beat_cycles = dma.bytes_per_cycle // target.l2.bytes_per_cycle
        self.banks = target.l1.banks
        self.l1 = l1
        self.l2 = l2
        self.port = port
        self.finished = finished
        self.queue: deque[Command] = deque()
        self.words: dict[int, tuple[int, int, int]] = {}
        """What of the beat has still to move, by bank: address in L1, address in L2, bytes."""
        self.fresh = False
        """The beat has not had L2's port yet."""
        self.burst_ends: deque[int] = deque(maxlen=dma.outstanding)
        self.now = 0
        self.life = self.transfers()

    @property
    def full(self) -> bool:
        """Whether there is no room for a command."""
        return len(self.queue) == PLACES

    def enqueue(self, command: Command, now: int) -> None:
        """Takes a command; an idle channel turns to it."""
        self.queue.append(command)
        if len(self.queue) == 1:
            self.now = now
            next(self.life)

    def transfers(self) -> Iterator[None]:
        """Command after command; `now` is when the channel comes to the next one."""
        while True:
            if not self.queue:
                self.time = NEVER
                yield
            command = self.queue[0]
            yield from self.transfer(command)
            self.finished(command, self.now + 1)
            self.queue.popleft()

    def transfer(self, command: Command) -> Iterator[None]:
        """Line after line of a command, burst after burst of a line, beat after beat of a burst."""
        line_time = max(self.now + 1, command.time + self.latency)
        for start in range(0, command.length, command.line):
            if start > 0:
                line_time = max(self.now + 1, line_time + self.dma.line)
            end = min(start + command.line, command.length)
            far = command.l2 + start // command.line * command.stride
            time = line_time
            for burst in range(start, end, self.dma.burst_bytes):
                time = self.burst_start(time)
                burst_end = min(burst + self.dma.burst_bytes, end)
                at = burst
                while at < burst_end:
                    count = self.beat_bytes(command.l1 + at, burst_end - at)
                    self.words = self.beat_words(command.l1 + at, far + at - start, count)
                    self.fresh = True
                    self.time = time
                    yield
                    self.now = self.time
                    time = self.now + 1
                    at += count
                self.burst_ends.append(self.now)

    def burst_start(self, time: int) -> int:
        """When the first beat of a burst that could begin at `time` moves.

        No more than `outstanding` bursts are on their way.
        """
        if len(self.burst_ends) == self.dma.outstanding:
            time = max(time, self.burst_ends[0] + self.latency)
        return time + self.burst_cost

    def beat_bytes(self, address: int, left: int) -> int:
        """Bytes of the beat at an address of L1: up to the end of its aligned window."""
        width = self.dma.bytes_per_cycle
        offset = address - self.l1.base
        return min(width - offset % width, left)

    def beat_words(self, near: int, far: int, count: int) -> dict[int, tuple[int, int, int]]:
        """A beat as words of L1, by bank."""
        words: dict[int, tuple[int, int, int]] = {}
        done = 0
        while done < count:
            offset = near + done - self.l1.base
            part = min(4 - offset % 4, count - done)
            words[offset // 4 % self.banks] = (near + done, far + done, part)
            done += part
        return words

    def has_port(self, now: int) -> bool:
        """Whether the beat has L2's port, or had it; if not it asks again when the port is free."""
        if self.fresh:
            if self.port.free > now:
                self.time = self.port.free
                return False
            self.port.take(now, self.beat_cycles)
            self.fresh = False
        return True

    def move(self, bank: int) -> None:
        """Copies the beat's word in `bank`."""
        near, far, count = self.words.pop(bank)
        if self.into_l1:
            self.l1.write(near, self.l2.read(far, count))
        else:
            self.l2.write(far, self.l1.read(near, count))
