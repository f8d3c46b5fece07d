"""What a simulation measured."""

from dataclasses import astuple, dataclass, field

from nmc.sim.timeline import Timeline


@dataclass(frozen=True)
class Counters:
    """One core's instructions and the cycles in which it did not issue, by reason."""

    instructions: int
    stalls: dict[str, int]


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
    polled: int = 0
    """Core cycles, of all cores together, of asking the DMA or L3 channel whether it is done."""

    def __add__(self, other: "Traffic") -> "Traffic":
        return Traffic(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, other: "Traffic") -> "Traffic":
        return Traffic(*(a - b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class LayerResult:
    """What happened between a layer's entry on core 0 and the next layer's, or the end."""

    name: str
    cycles: int
    instructions: int
    """Of all cluster cores."""
    stalls: dict[str, int]
    """Core cycles by kind, all cluster cores together."""
    dma_bytes: int
    l3_bytes: int
    cores: tuple[Counters, ...]
    bank_conflicts: tuple[int, ...]
    """For each bank of L1: core cycles of waiting for it."""
    traffic: Traffic | None = None
    """None without profile."""


@dataclass(frozen=True)
class ProfileEntry:
    """Cycles and instructions of all cores that belong to a symbol or an instruction."""

    name: str
    """A symbol, or the disassembled instruction."""
    address: int
    cycles: int
    instructions: int
    core_cycles: tuple[int, ...]
    """Of each core of the cluster, then of the fabric controller."""
    cores: tuple[Counters, ...]
    """The same cores."""


@dataclass(frozen=True)
class SimResult:
    """A run of a program, from the release of the cluster's cores to the exit write.

    A program that never releases them is counted from its start.
    """

    exit_code: int
    cycles: int
    instructions: int
    """Retired by the cluster's cores."""
    cores: tuple[Counters, ...]
    controller: Counters
    """The fabric controller, the main core, from the start."""
    stalls: dict[str, int]
    """Core cycles by kind, all cluster cores together."""
    layers: tuple[LayerResult, ...]
    dma_bytes: int
    l3_bytes: int
    bank_conflicts: tuple[int, ...]
    """For each bank of L1: core cycles of waiting for it."""
    output: str
    """What the program wrote to the character port."""
    seconds_simulating: float
    """Host time in the engine; loading and compiling left out."""
    symbols: tuple[ProfileEntry, ...] = field(default=())
    """By falling cycles; empty without profile."""
    hot_spots: tuple[ProfileEntry, ...] = field(default=())
    """Instructions by address; empty without profile."""
    traffic: Traffic | None = None
    """None without profile."""
    timeline: Timeline | None = None
    """None without profile."""

    @property
    def all_instructions(self) -> int:
        """Retired by the cluster's cores and by the fabric controller."""
        return self.instructions + self.controller.instructions

    @property
    def mips(self) -> float:
        """Million instructions of all cores a second of host time."""
        return self.all_instructions / max(self.seconds_simulating, 1e-9) / 1e6
