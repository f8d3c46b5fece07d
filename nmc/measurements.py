"""What running a program measures, as plain values: shared by the simulator and by reports."""

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Counters:
    """One core's instructions and the cycles in which it did not issue, by reason."""

    instructions: int
    stalls: dict[str, int]

    @property
    def cycles(self) -> int:
        """Both together."""
        return self.instructions + sum(self.stalls.values())

    def __add__(self, other: "Counters") -> "Counters":
        kinds = self.stalls | other.stalls
        return Counters(
            self.instructions + other.instructions,
            {kind: self.stalls.get(kind, 0) + other.stalls.get(kind, 0) for kind in kinds},
        )

    def __sub__(self, other: "Counters") -> "Counters":
        kinds = self.stalls | other.stalls
        return Counters(
            self.instructions - other.instructions,
            {kind: self.stalls.get(kind, 0) - other.stalls.get(kind, 0) for kind in kinds},
        )


def _nothing() -> Counters:
    return Counters(0, {})


@dataclass(frozen=True)
class Traffic:
    """Cycles in which data was moved, and those of them in which a core computed besides.

    A transfer of the DMA counts from when its turn comes, or its command if that is later, to its
    last byte. A core computes when it neither sleeps nor polls for the end of a transfer.
    """

    dma_in: int = 0
    """Into L1."""
    dma_out: int = 0
    dma: int = 0
    """Either way, or both at once."""
    dma_overlapped: int = 0
    l3: int = 0
    l3_overlapped: int = 0
    polling: Counters = field(default_factory=_nothing)
    """What all cores together did while they asked the DMA or L3 channel whether it is done."""

    def __add__(self, other: "Traffic") -> "Traffic":
        return Traffic(*(a + b for a, b in _pairs(self, other)))

    def __sub__(self, other: "Traffic") -> "Traffic":
        return Traffic(*(a - b for a, b in _pairs(self, other)))


def _pairs(a: Traffic, b: Traffic) -> list[tuple[Any, Any]]:
    return [(getattr(a, f.name), getattr(b, f.name)) for f in fields(Traffic)]


@dataclass(frozen=True)
class ProfileEntry:
    """Cycles and instructions of all cores that belong to a function or an instruction.

    The lists are of each core of the cluster, then of the fabric controller.
    """

    name: str
    """The function, or the disassembled instruction."""
    function: str
    address: int
    cycles: int
    instructions: int
    core_cycles: tuple[int, ...]
    core_instructions: tuple[int, ...]
    core_stalls: dict[str, tuple[int, ...]]
    """Cycles by kind of stall; kinds that no core had are left out."""


@dataclass(frozen=True)
class Activity:
    """What cores and engines did in each of some equal pieces of a run.

    bin_cycles: of a piece, the last one may be shorter. Of each core, and each piece: cycles in
    which it waited (slept, or polled for the end of a transfer), and in which it stalled
    otherwise; in the rest it issued instructions. Of the engines: cycles in which they were busy.
    The first piece begins with the release of the cores.
    """

    bin_cycles: int
    waiting: tuple[tuple[int, ...], ...]
    stalled: tuple[tuple[int, ...], ...]
    dma_in: tuple[int, ...]
    dma_out: tuple[int, ...]
    l3: tuple[int, ...]


@dataclass(frozen=True)
class Profile:
    """What the profiling simulator measures besides.

    functions: by falling cycles. instructions: every executed one, by address.
    """

    functions: tuple[ProfileEntry, ...]
    instructions: tuple[ProfileEntry, ...]
    traffic: Traffic
    activity: Activity
