"""From checked operators to IR: one function `main` of `qnn` operations on real numbers."""

from collections.abc import Mapping
from typing import Any

from xdsl.builder import Builder
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DictionaryAttr,
    FloatAttr,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    TensorType,
    f32,
    i64,
)
from xdsl.ir import Attribute, Block, OpResult, Region, SSAValue
from xdsl.rewriter import InsertPoint

from nmc.dialects import qnn
from nmc.dialects.constants import dense_from_numpy, element_type_of
from nmc.frontend.graph import Graph, Node, Port
from nmc.frontend.quantisation import Quantisation
from nmc.frontend.tensors import FloatOperation, Param, Tensors


class Emitter:
    """Builds the module node by node; values are known by their tensors' names."""

    def __init__(self, graph: Graph, tensors: Tensors, shapes: Mapping[str, tuple[int, ...]]):
        self._graph = graph
        self._tensors = tensors
        types = [_tensor_type(port, shapes[port.name]) for port in graph.inputs]
        self._block = Block(arg_types=types)
        self._builder = Builder(InsertPoint.at_end(self._block))
        self._values: dict[str, SSAValue] = {}
        for port, argument in zip(graph.inputs, self._block.args, strict=True):
            argument.name_hint = _hint(port.name)
            self._values[port.name] = argument

    def value(self, name: str) -> SSAValue:
        """The value of a tensor; a constant, and what dequantises it, appears at its first use."""
        if name not in self._values:
            source = self._tensors.sources.get(name)
            if source is not None and source.data is not None:
                op = self._dequantise(source.tensor, source.tensor, source.quantisation)
                self._values[name] = op
            else:
                array = self._tensors.constants[name]
                constant = self._builder.insert(arith.ConstantOp(dense_from_numpy(array)))
                self._define(name, constant.result)
        return self._values[name]

    def quantise(self, node: Node, quantisation: Quantisation) -> None:
        value = self.value(node.inputs[0])
        element = element_type_of(quantisation.dtype)
        shape = self._tensors.shapes[node.inputs[0]]
        op = qnn.QuantizeOp(
            value, TensorType(element, shape), layer=node.name, **_parameters(quantisation)
        )
        self._define(node.outputs[0], self._builder.insert(op).result)

    def dequantise(self, node: Node, quantisation: Quantisation) -> None:
        """Of a computed tensor; constants are emitted where they are used."""
        self._values[node.outputs[0]] = self._dequantise(node.inputs[0], node.name, quantisation)

    def _dequantise(self, tensor: str, layer: str, quantisation: Quantisation) -> SSAValue:
        op = qnn.DequantizeOp(self.value(tensor), layer=layer, **_parameters(quantisation))
        return self._builder.insert(op).result

    def float_operation(self, node: Node, operation: FloatOperation) -> None:
        op = qnn.FloatOp(
            operation.op,
            [self.value(name) for name in operation.operands],
            TensorType(f32, operation.shape),
            layer=node.name + operation.suffix,
            params={name: _attribute(value) for name, value in operation.params.items()},
        )
        self._define(operation.result or node.outputs[0], self._builder.insert(op).result)

    def module(self, boundary: Mapping[str, Quantisation]) -> ModuleOp:
        """The finished module; `boundary` has the quantisation of float inputs and outputs."""
        results = [self.value(port.name) for port in self._graph.outputs]
        self._builder.insert(func.ReturnOp(*results))
        main = func.FuncOp(
            "main",
            (list(self._block.arg_types), [value.type for value in results]),
            Region(self._block),
            arg_attrs=ArrayAttr(_port_attributes(p, boundary) for p in self._graph.inputs),
            res_attrs=ArrayAttr(_port_attributes(p, boundary) for p in self._graph.outputs),
        )
        return ModuleOp([main], {"nmc.stage": StringAttr("imported")})

    def _define(self, name: str, value: OpResult[Any]) -> None:
        value.name_hint = _hint(name)
        self._values[name] = value


def _tensor_type(port: Port, shape: tuple[int, ...]) -> TensorType[Attribute]:
    return TensorType(element_type_of(port.dtype), shape)


def _port_attributes(port: Port, boundary: Mapping[str, Quantisation]) -> DictionaryAttr:
    attributes: dict[str, Attribute] = {
        "nmc.name": StringAttr(port.name),
        "nmc.model_dtype": StringAttr(port.dtype.name),
    }
    if port.name in boundary:
        quantisation = boundary[port.name]
        attributes["nmc.scale"] = FloatAttr(float(quantisation.scale), f32)
        attributes["nmc.zero_point"] = IntegerAttr(int(quantisation.zero_point), i64)
    return DictionaryAttr(attributes)


def _parameters(quantisation: Quantisation) -> dict[str, Any]:
    return {
        "scale": [float(s) for s in quantisation.scale.reshape(-1)],
        "zero_point": [int(z) for z in quantisation.zero_point.reshape(-1)],
        "axis": quantisation.axis,
    }


def _attribute(value: Param) -> Attribute:
    match value:
        case int():
            return IntegerAttr(value, i64)
        case float():
            return FloatAttr(value, f32)
        case str():
            return StringAttr(value)
        case tuple():
            return DenseArrayBase.from_list(i64, list(value))


def _hint(name: str) -> str:
    """A legal SSA name that resembles the tensor's; names need not be unique here."""
    cleaned = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
    return f"t{cleaned}" if not cleaned or cleaned[0].isdigit() else cleaned
