"""program.json: what a compiled program says of itself, as values and as JSON.

The JSON's shape is fixed by ``program.schema.json`` beside this file; `SCHEMA_VERSION` goes up
when a reader of the old shape could misread the new one.
"""

import json
from dataclasses import asdict, dataclass

from nmc.errors import NmcError
from nmc.program.json_records import RecordReader
from nmc.program.tensors import TensorInfo
from nmc.targets import Target, load_target, with_overrides

SCHEMA_VERSION = 2
SCHEMA_FILE = "program.schema.json"
_READER = RecordReader(SCHEMA_VERSION, "compile the model again")


@dataclass(frozen=True)
class LayerInfo:
    """One layer: what it computes, what was chosen for it, and where its output ends up.

    shape: of the output, as the layer stores it. macs: multiplications of the dense layer.
    nonzeros: weights stored. kernel, reason: what runs, and why it was chosen. tile: sizes by
    name. split: cores along pixels and channels, or
    along the one range there is. balance: work of the busiest core over the mean
    of all. l1_bytes: its buffers in L1. dma_bytes: moved between L1 and L2. cycles: the planner's
    estimate of the layer alone. stream: estimated cycles of waiting for weights from L3, and of
    handling the stream of weights, besides. timed: cycles of the layer in its place, told from its
    code; 0 where they were not.
    symbol: of the layer's code. output_address, output_bytes: its result in L2.
    """

    name: str
    op: str
    shape: tuple[int, ...]
    macs: int
    nonzeros: int
    kernel: str
    reason: str
    tile: dict[str, int | str | bool]
    split: tuple[int, ...]
    balance: float
    l1_bytes: int
    dma_bytes: int
    cycles: int
    stream: int
    timed: int
    symbol: str
    output_address: int
    output_bytes: int

    @property
    def estimate(self) -> int:
        """Estimated cycles of the layer where it stands in the network."""
        return (self.timed or self.cycles) + self.stream


@dataclass(frozen=True)
class BufferInfo:
    """A piece of memory.

    space: `l1`, `l2` or `l3`. kind: what it holds. alive: numbers of the first and last layer.
    """

    name: str
    space: str
    kind: str
    address: int
    bytes: int
    alive: tuple[int, ...]


@dataclass(frozen=True)
class MemoryInfo:
    """A memory: its size, the highest use at one time and the least any plan could do with."""

    space: str
    base: int
    size: int
    peak: int
    lower_bound: int


@dataclass(frozen=True)
class TargetInfo:
    """The machine: its description's name, cores, bytes of L1 and L3, features, a user's text."""

    name: str
    cores: int
    l1: int
    l3: int
    features: tuple[str, ...]
    text: str

    def load(self) -> Target:
        """The machine's description; raises `NmcError` for one that is not known any more."""
        target = load_target(self.text or self.name)
        return with_overrides(
            target, cores=self.cores, l1=self.l1, l3=self.l3, features=self.features
        )


@dataclass(frozen=True)
class Manifest:
    """Everything program.json holds."""

    schema_version: int
    nmc_version: str
    name: str
    target: TargetInfo
    sparsity: str
    kernels: str
    asm: str
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    memories: tuple[MemoryInfo, ...]
    buffers: tuple[BufferInfo, ...]
    layers: tuple[LayerInfo, ...]

    @property
    def macs(self) -> int:
        """Dense multiply-accumulates of one inference."""
        return sum(layer.macs for layer in self.layers)

    def to_json(self) -> str:
        """The text of program.json, the same for equal manifests."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, place: str) -> "Manifest":
        """The manifest in a text; raises `NmcError` naming `place` and the key that is wrong."""
        manifest = _READER.read(cls, text, place)
        for tensor in (*manifest.inputs, *manifest.outputs):
            if reason := tensor.inconsistency():
                raise NmcError(f"{place}: '{tensor.name}' {reason}; compile the model again")
        return manifest
