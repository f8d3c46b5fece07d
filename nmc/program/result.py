"""What one run of a program gives."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from nmc.errors import NmcError
from nmc.measurements import Counters, Profile, Traffic
from nmc.program.tensors import AnyArray

if TYPE_CHECKING:
    from nmc.sim import Finding, SimResult


@dataclass(frozen=True)
class LayerResult:
    """One layer's share of a run.

    cycles: from the entry of its code to the entry of the next layer's. estimate: the planner's.
    dma_bytes, l3_bytes: moved between memories. stalls: cycles of all cores together that retired
    nothing, by cause. bank_conflicts: core cycles of waiting for each bank of L1. traffic: None
    without profile.
    """

    name: str
    op: str
    kernel: str
    cycles: int
    estimate: int
    macs: int
    instructions: int
    dma_bytes: int
    l3_bytes: int
    stalls: dict[str, int]
    cores: tuple[Counters, ...]
    bank_conflicts: tuple[int, ...]
    traffic: Traffic | None

    def to_json(self) -> dict[str, Any]:
        """The layer as it stands in the JSON of `nmc run`."""
        found = asdict(self)
        if self.traffic is None:
            del found["traffic"]
        return found


@dataclass(frozen=True)
class Difference:
    """Where a program's bits leave the reference's: the first layer whose output differs.

    layer: its name, empty where every layer agrees and only an output differs. values: how many
    of `total` differ. place: index of the first of them, with the value expected and the one got.
    """

    layer: str
    values: int
    total: int
    place: tuple[int, ...]
    expected: int
    got: int

    def __str__(self) -> str:
        where = f"layer '{self.layer}'" if self.layer else "the output"
        index = ", ".join(str(i) for i in self.place)
        return (
            f"{where} is the first to differ from the reference: {self.values} of {self.total} "
            f"values, first at [{index}]: expected {self.expected}, got {self.got}"
        )


@dataclass(frozen=True)
class Result:
    """Outputs and measurements of a run.

    integers: outputs as they lie in L2. outputs: in the model's own dtype (real numbers where the
    graph ends in a dequantiser). host_seconds: spent simulating, loading and JIT left out.
    exact: whether every bit equals the reference's; None if that was not asked.
    profile: what the profiling simulator measures besides, if that was asked. findings: what the
    sanitizers have found; None if they were off. simulated: what the simulator measured, of which
    the rest was taken; None of what was interpreted.
    """

    integers: dict[str, AnyArray]
    outputs: dict[str, AnyArray]
    cycles: int = 0
    instructions: int = 0
    host_seconds: float = 0.0
    macs: int = 0
    layers: tuple[LayerResult, ...] = ()
    exact: bool | None = None
    difference: Difference | None = None
    cores: tuple[Counters, ...] = ()
    bank_conflicts: tuple[int, ...] = ()
    profile: Profile | None = None
    findings: tuple[Finding, ...] | None = None
    simulated: SimResult | None = field(default=None, repr=False, compare=False)

    @property
    def y(self) -> AnyArray:
        """The output of a model that has one, in the model's own dtype; else `NmcError`."""
        if len(self.outputs) != 1:
            names = ", ".join(self.outputs)
            raise NmcError(f"the model has {len(self.outputs)} outputs; use outputs[...]: {names}")
        (output,) = self.outputs.values()
        return output

    @property
    def mips(self) -> float:
        """Retired instructions of all cores, in millions, per second of simulation."""
        return self.instructions / self.host_seconds / 1e6 if self.host_seconds else 0.0

    @property
    def macs_per_cycle(self) -> float:
        """Dense multiply-accumulates per cycle of the cluster."""
        return self.macs / self.cycles if self.cycles else 0.0

    def to_json(self) -> dict[str, Any]:
        """The object `nmc run --json` prints.

        `exact` is absent if it was not asked; measurements are absent of what was interpreted.
        """
        found: dict[str, Any] = {}
        if self.cycles:
            found["cycles"] = self.cycles
            found["instructions"] = self.instructions
            found["host_seconds"] = round(self.host_seconds, 6)
            found["mips"] = round(self.mips, 3)
        if self.exact is not None:
            found["exact"] = self.exact
        if self.difference is not None:
            found["difference"] = str(self.difference)
        if self.cycles:
            found["macs"] = self.macs
            found["macs_per_cycle"] = round(self.macs_per_cycle, 4)
            found["cores"] = [asdict(core) for core in self.cores]
            found["bank_conflicts"] = list(self.bank_conflicts)
            found["layers"] = [layer.to_json() for layer in self.layers]
        if self.profile is not None:
            found["profile"] = asdict(self.profile)
        if self.findings is not None:
            found["findings"] = [finding.to_json() for finding in self.findings]
        return found
