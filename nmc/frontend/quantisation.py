"""Scales and zero-points: reading them from QuantizeLinear and DequantizeLinear, and checking."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from nmc.frontend.graph import Array, AttributeValue, Graph, Node

SYMMETRIC = "quantise it with one of int8 or uint8 activations, int8 weights and int32 biases"


@dataclass(frozen=True)
class Quantisation:
    """How integers stand for numbers: `real = (q - zero_point) * scale`.

    `scale` is float32 and `zero_point` of the integers' dtype, both of shape [] or, along
    `axis`, [channels].
    """

    scale: Array
    zero_point: Array
    axis: int | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.zero_point.dtype

    @property
    def per_tensor(self) -> bool:
        return self.axis is None

    def limits(self) -> tuple[int, int]:
        """Smallest and largest integer."""
        info = np.iinfo(self.dtype)
        return int(info.min), int(info.max)

    def same_as(self, other: "Quantisation") -> bool:
        return (
            self.dtype == other.dtype
            and self.axis == other.axis
            and np.array_equal(self.scale, other.scale)
            and np.array_equal(self.zero_point, other.zero_point)
        )

    def quantise(self, real: Array) -> Array:
        """As QuantizeLinear does: float32 division, round half to even, saturate."""
        low, high = self.limits()
        along = [1] * real.ndim
        if self.axis is not None:
            along[self.axis] = -1
        scale = self.scale.reshape(along)
        steps = np.rint(real.astype(np.float32) / scale).astype(np.float64)
        return np.clip(steps + self.zero_point.reshape(along), low, high).astype(self.dtype)


def read_quantisation(graph: Graph, node: Node) -> Quantisation:
    """The parameters of a QuantizeLinear or DequantizeLinear node whose scale is constant.

    Raises NmcError for what no integer kernel of ours can represent.
    """
    _check_attributes(node)
    scale = _constant(graph, node, 1, "scale")
    if scale.dtype != np.float32 or not np.all(np.isfinite(scale)) or not np.all(scale > 0):
        node.refuse("its scale must be float32, positive and finite", "calibrate the model again")
    if node.input(2):
        zero_point = _constant(graph, node, 2, "zero-point")
    else:
        zero_point = np.zeros(scale.shape, _default_dtype(graph, node))
    if zero_point.dtype.name not in ("int8", "uint8", "int32"):
        node.refuse(f"{zero_point.dtype.name} integers are not supported", SYMMETRIC)
    if zero_point.dtype == np.int32 and np.any(zero_point != 0):
        node.refuse("an int32 tensor must have zero-point 0", SYMMETRIC)
    wanted = node.attributes.get("output_dtype", 0)
    if wanted and node.op == "QuantizeLinear" and wanted != _ONNX_TYPE[zero_point.dtype.name]:
        node.refuse("its output_dtype is not its zero-point's", "export the model again")
    if scale.size == 1 and zero_point.size == 1:
        return Quantisation(scale.reshape(()), zero_point.reshape(()))
    if scale.ndim != 1 or scale.shape != zero_point.shape:
        node.refuse(
            f"scale of shape {list(scale.shape)} and zero-point of shape {list(zero_point.shape)}",
            "use one scale per tensor or per channel, blocked scales are not supported",
        )
    axis = node.attributes.get("axis", 1)
    return Quantisation(scale, zero_point, axis if isinstance(axis, int) else 1)


_ONNX_TYPE = {"uint8": 2, "int8": 3, "int32": 6}
_KNOWN: dict[str, type] = {
    "axis": int,
    "saturate": int,
    "block_size": int,
    "output_dtype": int,
}


def _check_attributes(node: Node) -> None:
    for name, value in node.attributes.items():
        if name not in _KNOWN or not isinstance(value, _KNOWN[name]):
            node.refuse(f"attribute {name} is unknown or malformed", "export the model again")
    block: AttributeValue = node.attributes.get("block_size", 0)
    if block != 0:
        node.refuse("blocked scales are not supported", "use one scale per tensor or per channel")


def _constant(graph: Graph, node: Node, index: int, what: str) -> Array:
    name = node.input(index)
    if name not in graph.constants:
        node.refuse(f"its {what} is not a constant", "quantise the model statically")
    return graph.constants[name]


def _default_dtype(graph: Graph, node: Node) -> np.dtype[Any]:
    """Without a zero-point: uint8 when quantising, what is there when dequantising."""
    if node.op == "DequantizeLinear" and node.input(0) in graph.constants:
        return graph.constants[node.input(0)].dtype
    types: dict[AttributeValue, np.dtype[Any]] = {3: np.dtype(np.int8)}
    wanted = node.attributes.get("output_dtype", 0)
    return types.get(wanted, np.dtype(np.uint8)) if isinstance(wanted, int) else np.dtype(np.uint8)
