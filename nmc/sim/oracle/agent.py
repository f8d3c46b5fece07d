"""What takes steps on the simulated machine."""

from collections.abc import Iterator

NEVER = 1 << 62
"""The time of an agent that others have to wake."""


class Agent:
    """Something that takes steps in the order of time.

    `life` is what the agent does: it runs until it yields, and goes on when the machine's time is
    `time`. If it has named a bank in `asking` it goes on when that bank serves it.
    """

    def __init__(self) -> None:
        self.time = NEVER
        self.asking: int | None = None
        self.life: Iterator[None] = iter(())


class Fault(Exception):
    """The program did what the machine does not allow."""

    def __init__(self, kind: int, address: int = 0):
        """`kind` is a FAULT_* number of nmc.sim.layout."""
        super().__init__(kind, address)
        self.kind = kind
        self.address = address
