"""The channel between external memory and L2: one transfer at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nmc.sim import layout as at
from nmc.sim.oracle.agent import NEVER, Agent, Fault
from nmc.sim.oracle.memory import CodeGuard, Memory, Port
from nmc.targets import Target

if TYPE_CHECKING:
    from nmc.sim.oracle.event_unit import EventUnit

TO_L3 = 1 << 31
CHUNK = 8
"""Bytes that pass at once."""


@dataclass
class Transfer:
    """What is under way."""

    core: int
    length: int
    near: int
    """Address in L2."""
    far: int
    """Address in L3."""
    to_l3: bool
    start: int


class L3Channel(Agent):
    """Moves eight bytes when they are due."""

    def __init__(
        self,
        target: Target,
        l2: Memory,
        l3: Memory,
        port: Port,
        code: CodeGuard,
        events: "EventUnit",
    ):
        super().__init__()
        self.target = target
        self.l2 = l2
        self.l3 = l3
        self.port = port
        self.code = code
        self.events = events
        self.registers = [0, 0, 0]
        """L3 offset, L2 address, length of the last transfer."""
        self.transfer: Transfer | None = None
        self.bytes = 0
        self.life = self.transfers()
        next(self.life)

    def start(self, core: int, value: int, now: int) -> None:
        """A core writes length and direction."""
        offset, near, _ = self.registers
        length = value & ~TO_L3
        to_l3 = bool(value & TO_L3)
        if self.transfer is not None:
            raise Fault(at.FAULT_L3_BUSY)
        far = self.l3.base + offset
        if length == 0 or not (self.l3.holds(far, length) and self.l2.holds(near, length)):
            raise Fault(at.FAULT_L3_RANGE)
        if not to_l3 and self.code.overlaps(near, length):
            raise Fault(at.FAULT_L3_CODE)
        self.registers[2] = length
        self.bytes += length
        self.transfer = Transfer(core, length, near, far, to_l3, now)
        self.time = max(self.due(self.transfer, min(CHUNK, length)), now + 1)

    def due(self, transfer: Transfer, count: int) -> int:
        """When the first `count` bytes are through.

        The time of a byte is the target's, rounded to 1/256 of a cycle.
        """
        cycles = max(1, round(256 / self.target.l3.bytes_per_cycle))
        return transfer.start + self.target.l3.latency + -(-count * cycles // 256)

    def transfers(self) -> Iterator[None]:
        """Transfer after transfer, chunk after chunk."""
        while True:
            self.time = NEVER
            yield
            transfer = self.transfer
            assert transfer is not None
            for done in range(0, transfer.length, CHUNK):
                count = min(CHUNK, transfer.length - done)
                if done > 0:
                    self.time = max(self.due(transfer, done + count), self.time + 1)
                    yield
                self.move(transfer, done, count)
                self.port.take(self.time, 1)
            self.transfer = None
            self.events.raise_event(transfer.core, self.target.event_unit.l3_event, self.time)

    def move(self, transfer: Transfer, done: int, count: int) -> None:
        """Copies bytes `done` to `done + count` of a transfer."""
        near, far = transfer.near + done, transfer.far + done
        if transfer.to_l3:
            self.l3.write(far, self.l2.read(near, count))
        else:
            self.l2.write(near, self.l3.read(far, count))
