"""program.json: what a compiled program says of itself, as values and as JSON.

The JSON's shape is fixed by ``program.schema.json`` beside this file; `SCHEMA_VERSION` goes up
when a reader of the old shape could misread the new one.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from nmc.errors import NmcError
from nmc.program.tensors import TensorInfo

SCHEMA_VERSION = 2
SCHEMA_FILE = "program.schema.json"

T = TypeVar("T")


@dataclass(frozen=True)
class LayerInfo:
    """One layer: what it computes, what was chosen for it, and where its output ends up.

    shape: of the output, as the layer stores it. macs: multiplications of the dense layer.
    nonzeros: weights stored. kernel, reason: what runs, and why it was chosen. tile: sizes by
    name. split: cores along pixels and channels, or
    along the one range there is. balance: work of the busiest core over the mean
    of all. l1_bytes: its buffers in L1. dma_bytes: moved between L1 and L2. cycles: the planner's
    estimate.
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
    symbol: str
    output_address: int
    output_bytes: int


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
        try:
            raw: Any = json.loads(text)
        except ValueError as error:
            raise NmcError(f"{place}: is not JSON ({error}); compile the model again") from error
        version: Any = (
            cast("Mapping[str, Any]", raw).get("schema_version") if isinstance(raw, dict) else None
        )
        if version != SCHEMA_VERSION:
            raise NmcError(
                f"{place}: schema version {version}, this nmc reads {SCHEMA_VERSION}; "
                "compile the model again"
            )
        manifest = _read(cls, raw, place)
        for tensor in (*manifest.inputs, *manifest.outputs):
            if reason := tensor.inconsistency():
                raise NmcError(f"{place}: '{tensor.name}' {reason}; compile the model again")
        return manifest


def _read(cls: type[T], raw: Any, place: str) -> T:
    """A dataclass from the JSON object of its fields."""
    if not isinstance(raw, dict):
        raise NmcError(f"{place}: must be an object; compile the model again")
    table = cast("dict[str, Any]", raw)
    hints = get_type_hints(cls)
    names = [field.name for field in fields(cast(Any, cls))]
    for name in names:
        if name not in table:
            raise NmcError(f"{place}: '{name}' is missing; compile the model again")
    return cls(**{name: _convert(hints[name], table[name], f"{place}: {name}") for name in names})


def _convert(hint: Any, value: Any, place: str) -> Any:
    """A JSON value as the type a field is declared with."""
    origin, arguments = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return _read(cast("type[Any]", hint), value, place)
    if origin is tuple and isinstance(value, list):
        items = cast("list[Any]", value)
        return tuple(_convert(arguments[0], item, f"{place}[{i}]") for i, item in enumerate(items))
    if origin is dict and isinstance(value, dict):
        pairs = cast("dict[str, Any]", value)
        return {key: _convert(arguments[1], item, f"{place}.{key}") for key, item in pairs.items()}
    if origin in (Union, UnionType):
        for argument in arguments:
            if argument is NoneType and value is None:
                return None
            if isinstance(argument, type) and _is(value, argument):
                return value
    elif isinstance(hint, type) and _is(value, hint):
        return float(value) if hint is float else value
    raise NmcError(f"{place}: {value!r} has the wrong type; compile the model again")


def _is(value: Any, kind: type[Any]) -> bool:
    """Whether a JSON value is of a plain type: an int passes for a float, a bool not for an int."""
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)
