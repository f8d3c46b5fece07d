"""What is known about every tensor while a graph is walked from its inputs to its outputs."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nmc.frontend.graph import Array, Node
from nmc.frontend.quantisation import Quantisation

Param = int | float | str | tuple[int, ...]


@dataclass(frozen=True)
class FloatOperation:
    """A checked operator: what becomes one `qnn.float`.

    `operands` are tensors of real numbers, `params` its attributes with nothing implicit
    (automatic padding resolved, defaults filled in), `shape` the result's. `result` names the
    tensor where it is not the node's first output, and `suffix` is then what tells the layer from
    the others the node becomes.
    """

    op: str
    operands: tuple[str, ...]
    params: dict[str, Param]
    shape: tuple[int, ...]
    result: str = ""
    suffix: str = ""


@dataclass(frozen=True)
class Source:
    """The integers behind a dequantised tensor; `data` when they are constant."""

    tensor: str
    quantisation: Quantisation
    data: Array | None


@dataclass
class Tensors:
    """Shapes and types by name; constants; the sources of dequantised tensors."""

    constants: dict[str, Array]
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    dtypes: dict[str, "np.dtype[Any]"] = field(default_factory=dict[str, "np.dtype[Any]"])
    sources: dict[str, Source] = field(default_factory=dict[str, Source])

    def __post_init__(self) -> None:
        for name, array in self.constants.items():
            self.define(name, array.shape, array.dtype)

    def define(self, name: str, shape: tuple[int, ...], dtype: "np.dtype[Any]") -> None:
        self.shapes[name] = shape
        self.dtypes[name] = dtype

    def real(self, node: Node, index: int, what: str) -> str:
        """The name of a data input; refuses an absent one and one that is not float32."""
        name = node.input(index)
        if not name:
            node.refuse(f"{what} is not connected", "the graph is broken, export it again")
        if self.dtypes[name] != np.float32:
            node.refuse(
                f"{what} is {self.dtypes[name].name}, not a dequantised tensor",
                "put DequantizeLinear before it or use the operator's QLinear form",
            )
        return name

    def constant(self, node: Node, index: int, what: str) -> Array:
        """A constant input that is no data, such as a shape."""
        name = node.input(index)
        if name not in self.constants:
            node.refuse(f"{what} is not a constant", "export the model with static shapes")
        return self.constants[name]

    def vector(self, node: Node, index: int, what: str) -> tuple[int, ...]:
        """A constant list of integers."""
        array = self.constant(node, index, what)
        if array.ndim != 1 or array.dtype != np.int64:
            node.refuse(f"{what} is no list of int64", "export the model again")
        return tuple(int(value) for value in array)

    def is_constant(self, name: str) -> bool:
        """Whether a float tensor is a constant, stored as such or as integers."""
        source = self.sources.get(name)
        return name in self.constants or (source is not None and source.data is not None)
