"""The import of an ONNX model, from a file to IR."""

import numpy as np
import onnx
from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.exceptions import VerifyException

from nmc.errors import NmcError
from nmc.frontend.boundary import quantise_boundary
from nmc.frontend.emit import Emitter
from nmc.frontend.graph import Array, Graph, Node, one_line
from nmc.frontend.load import ModelSource, load_model
from nmc.frontend.operators import FLOAT_OPERATORS
from nmc.frontend.parse import check_names, parse_graph
from nmc.frontend.qoperator import HANDLERS, expand_qoperators
from nmc.frontend.quantisation import Quantisation, read_quantisation
from nmc.frontend.tensors import FloatOperation, Source, Tensors

QUANTISERS = frozenset({"QuantizeLinear", "DequantizeLinear"})


def import_onnx(source: ModelSource, name: str | None = None) -> ModuleOp:
    """A quantised ONNX model as a module at stage `imported`.

    The module holds one function `main` on the model's own tensors: `qnn.quantize`, `qnn.float`
    and `qnn.dequantize`, one for each node, and weights as constants. Its arguments and results
    carry `nmc.name`, `nmc.model_dtype` and, where the model's tensor is float, `nmc.scale` and
    `nmc.zero_point`. `name` replaces the path in messages.

    Raises NmcError, in one line, for everything that is not a well-formed quantised model of
    supported operators.
    """
    model, where = load_model(source, name)
    where = name or where
    return _Walk(read_graph(model, where), where).run()


def read_graph(model: onnx.ModelProto, where: str) -> Graph:
    """The model as a graph of supported operators on real numbers between quantisers.

    Integer operators are expanded, and every float input and output passes one quantiser.
    """
    graph = parse_graph(model, where)
    _check_supported(graph, where)
    _check_model(model, where)
    graph = expand_qoperators(graph)
    check_names(graph, where)
    graph = quantise_boundary(graph, where)
    check_names(graph, where)
    return graph


class _Walk:
    """Visits the nodes in order, checks each and emits it."""

    def __init__(self, graph: Graph, where: str) -> None:
        self.graph = graph
        self.where = where
        self.tensors = Tensors(graph.constants)
        shapes: dict[str, tuple[int, ...]] = {}
        for port in graph.inputs:
            # parse_graph leaves no input without a shape.
            shapes[port.name] = port.shape or ()
            self.tensors.define(port.name, shapes[port.name], port.dtype)
        self.emitter = Emitter(graph, self.tensors, shapes)
        self.boundary: dict[str, Quantisation] = {}
        self.inputs = {port.name for port in graph.inputs}
        self.outputs = {port.name for port in graph.outputs}

    def run(self) -> ModuleOp:
        for node in self.graph.nodes:
            if node.op == "QuantizeLinear":
                self.quantise(node)
            elif node.op == "DequantizeLinear":
                self.dequantise(node)
            else:
                found = FLOAT_OPERATORS[node.op](node, self.tensors)
                for operation in [found] if isinstance(found, FloatOperation) else found:
                    result = operation.result or node.outputs[0]
                    self.tensors.define(result, operation.shape, np.dtype(np.float32))
                    self.emitter.float_operation(node, operation)
        self.check_outputs()
        module = self.emitter.module(self.boundary)
        try:
            module.verify()
        except VerifyException as error:
            raise NmcError(f"{self.where}: {one_line(error)}") from error
        return module

    def quantise(self, node: Node) -> None:
        quantisation = self.parameters(node)
        x = self.tensors.real(node, 0, "its input")
        if quantisation.dtype == np.int32:
            node.refuse("its zero-point is int32", "quantise to int8 or uint8")
        if x in self.tensors.constants:
            # Weights stored as float with both operators behind them.
            array = quantisation.quantise(self.tensors.constants[x])
            self.tensors.constants[node.outputs[0]] = array
            self.tensors.define(node.outputs[0], array.shape, array.dtype)
            return
        self.refuse_per_channel(node, quantisation)
        if x in self.inputs:
            self.boundary[x] = quantisation
        self.tensors.define(node.outputs[0], self.tensors.shapes[x], quantisation.dtype)
        self.emitter.quantise(node, quantisation)

    def dequantise(self, node: Node) -> None:
        quantisation = self.parameters(node)
        x, y = node.inputs[0], node.outputs[0]
        if not x or self.tensors.dtypes[x] != quantisation.dtype:
            kind = self.tensors.dtypes[x].name if x else "absent"
            node.refuse(
                f"its input is {kind}, its zero-point {quantisation.dtype.name}",
                "export the model again",
            )
        data = self.tensors.constants.get(x)
        self.tensors.define(y, self.tensors.shapes[x], np.dtype(np.float32))
        if data is not None:
            self.tensors.sources[y] = self.constant_source(node, x, data, quantisation)
            return
        self.refuse_per_channel(node, quantisation)
        if y in self.outputs:
            self.boundary[y] = quantisation
        self.tensors.sources[y] = Source(x, quantisation, None)
        self.emitter.dequantise(node, quantisation)

    def constant_source(self, node: Node, x: str, data: Array, q: Quantisation) -> Source:
        """A dequantised constant; uint8 with zero-point 128 becomes int8 with zero-point 0."""
        if q.dtype == np.uint8 and np.all(q.zero_point == 128):
            x = f"{node.name}.shifted"
            data = (data.astype(np.int16) - 128).astype(np.int8)
            q = Quantisation(q.scale, np.zeros(q.scale.shape, np.int8), q.axis)
            self.tensors.constants[x] = data
            self.tensors.define(x, data.shape, data.dtype)
        return Source(x, q, data)

    def parameters(self, node: Node) -> Quantisation:
        if len(node.inputs) not in (2, 3):
            node.refuse(f"{len(node.inputs)} inputs", "expected tensor, scale and zero-point")
        quantisation = read_quantisation(self.graph, node)
        if quantisation.axis is None:
            return quantisation
        shape = self.tensors.shapes[node.inputs[0]] if node.inputs[0] else ()
        axis = quantisation.axis + (len(shape) if quantisation.axis < 0 else 0)
        if not 0 <= axis < len(shape) or shape[axis] != quantisation.scale.size:
            node.refuse(
                f"{quantisation.scale.size} scales along axis {quantisation.axis} of shape"
                f" {list(shape)}",
                "export the model again",
            )
        return Quantisation(quantisation.scale, quantisation.zero_point, axis)

    def refuse_per_channel(self, node: Node, quantisation: Quantisation) -> None:
        if not quantisation.per_tensor:
            node.refuse("an activation has one scale for each channel", "use one for the tensor")

    def check_outputs(self) -> None:
        """Declared and computed types and shapes agree."""
        for port in self.graph.outputs:
            shape, dtype = self.tensors.shapes[port.name], self.tensors.dtypes[port.name]
            if self.tensors.is_constant(port.name):
                raise NmcError(f"{self.where}: output {port.name!r} is a constant: remove it")
            if dtype != port.dtype or (port.shape is not None and shape != port.shape):
                stated = "" if port.shape is None else f" {list(port.shape)}"
                raise NmcError(
                    f"{self.where}: output {port.name!r} is declared {port.dtype.name}{stated}"
                    f" but computed {dtype.name} {list(shape)}: export the model again"
                )


def _check_supported(graph: Graph, where: str) -> None:
    """Refuses operators we do not have, and models that were never quantised."""
    for node in graph.nodes:
        known = (node.domain, node.op) in HANDLERS or (
            node.op in QUANTISERS
            if node.domain
            else node.op in FLOAT_OPERATORS or node.op in QUANTISERS
        )
        if not known:
            operator = f"{node.domain}.{node.op}" if node.domain else node.op
            node.refuse(
                f"operator {one_line(operator)} is not supported",
                f"supported are {', '.join(FLOAT_OPERATORS)} and their quantised forms",
            )
    if not any(node.op in QUANTISERS or (node.domain, node.op) in HANDLERS for node in graph.nodes):
        raise NmcError(
            f"{where}: the model is float-only, it has no QuantizeLinear: quantise it first, for"
            " example with onnxruntime.quantization.quantize_static"
        )


def _check_model(model: onnx.ModelProto, where: str) -> None:
    """ONNX's own checker, for what it knows of attributes and numbers of inputs."""
    try:
        onnx.checker.check_model(model)
    except (onnx.checker.ValidationError, ValueError) as error:
        raise NmcError(f"{where}: not valid ONNX: {one_line(error)}: export it again") from error
