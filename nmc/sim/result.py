"""What a simulation measured."""

from dataclasses import dataclass, field

from nmc.measurements import Counters, Profile, ProfileEntry, Traffic
from nmc.sim.activity import activity
from nmc.sim.sanitize.findings import Finding
from nmc.sim.timeline import Timeline


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

    findings: tuple[Finding, ...] = field(default=())
    """What the sanitizers have found, in the order of time; empty without them."""

    @property
    def profile(self) -> Profile | None:
        """What profiling adds, None without."""
        if self.timeline is None or self.traffic is None:
            return None
        return Profile(self.symbols, self.hot_spots, self.traffic, activity(self.timeline))

    @property
    def mips(self) -> float:
        """Million instructions of all cores a second of host time."""
        return self.all_instructions / max(self.seconds_simulating, 1e-9) / 1e6
