"""What the simulators have in common: a program runs as a whole, or from layer to layer."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from nmc.sim.result import SimResult


@dataclass(frozen=True)
class Stop:
    """Core 0 is about to execute a layer's first instruction."""

    index: int
    """Which layer, counted from 0 in the order of execution."""
    name: str
    cycles: int
    """Since the release of the cores."""


class SteppedSimulator(ABC):
    """One program on one machine.

    `run` simulates an inference from the fabric controller's first instruction to the exit write;
    it can be called again: cores restart, caches are cold, L1 holds its pattern, L2 and L3 keep
    what they hold. `start`, `advance` and `result` do the same in steps, with stops at layers.
    """

    @abstractmethod
    def write(self, address: int, data: bytes) -> None:
        """Puts bytes into L1, L2 or L3; NmcError if they do not lie in one memory."""

    @abstractmethod
    def read(self, address: int, count: int) -> bytes:
        """`count` bytes of L1, L2 or L3; NmcError if they do not lie in one memory."""

    @abstractmethod
    def register(self, core: int, number: int) -> int:
        """A core's register x`number`, 0..2^32-1. The fabric controller is core `cores`."""

    @abstractmethod
    def start(self) -> None:
        """Resets the machine; the fabric controller is about to begin."""

    @abstractmethod
    def advance(self, max_cycles: int | None = None) -> Stop | None:
        """Runs to core 0's next layer entry; None when the program has exited.

        `max_cycles` counts from the release of the cores (from reset before that); a program that
        needs more is a ProgramFault.
        """

    @abstractmethod
    def result(self) -> SimResult:
        """What was measured from `start` to now, or to the exit."""

    @property
    @abstractmethod
    def cycles(self) -> int:
        """Cycles since the release of the cluster's cores, or since the start before that."""

    def run(self, max_cycles: int | None = None) -> SimResult:
        """Simulates one inference; ProgramFault for anything the machine does not allow."""
        self.start()
        while self.advance(max_cycles) is not None:
            pass
        return self.result()

    def stop_at(self, layer: int | str, max_cycles: int | None = None) -> Stop | None:
        """Runs to a layer, by number in order of execution or by name; None if it never starts."""
        while (stop := self.advance(max_cycles)) is not None:
            if layer in (stop.index, stop.name):
                return stop
        return None
