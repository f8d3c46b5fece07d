"""onnxruntime on a quantised model: every integer tensor of a run, and single layers of it."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from nmc.frontend.graph import Array, Graph, Node
from nmc.frontend.quantisation import Quantisation, read_quantisation
from nmc.onnxruntime_session import Session

# Half a step within float32's noise: exact arithmetic cannot be told from a tie.
TIE = 2.0**-14

_make_node = cast(Any, helper.make_node)


class WholeModel:
    """Runs the model as it is in the file, and gives its integer tensors by name.

    `graph` is the model as the frontend sees it; its names of integer tensors are those of the
    file, except for the few that the frontend puts at the boundary.
    """

    def __init__(self, model: onnx.ModelProto, graph: Graph) -> None:
        self.graph = graph
        self.quantisers = {
            node.outputs[0]: node
            for node in graph.nodes
            if node.op == "QuantizeLinear" and node.inputs[0] not in graph.constants
        }
        computed = {name for node in model.graph.node for name in node.output}
        wanted = [name for name in self.quantisers if name in computed]
        extended = onnx.ModelProto()
        extended.CopyFrom(model)
        known = {output.name for output in model.graph.output}
        for name in wanted:
            if name not in known:
                kind = helper.np_dtype_to_tensor_dtype(self.quantisation(name).dtype)
                extended.graph.output.append(helper.make_tensor_value_info(name, kind, None))
        self.session = Session(extended)
        self.ports = [port.name for port in graph.outputs]

    def quantisation(self, tensor: str) -> Quantisation:
        """Scale and zero-point of a computed integer tensor."""
        return read_quantisation(self.graph, self.quantisers[tensor])

    def output_tensor(self, port: str) -> str:
        """The integer tensor behind an output of the model."""
        node = self.graph.producers()[port]
        return node.inputs[0] if node.op == "DequantizeLinear" else port

    def random_inputs(self, seed: int) -> dict[str, Array]:
        """Standard normal for float inputs, uniform for integer ones."""
        rng = np.random.default_rng(seed)
        found: dict[str, Array] = {}
        for port in self.graph.inputs:
            shape = port.shape or ()
            if port.dtype == np.float32:
                found[port.name] = rng.standard_normal(shape).astype(np.float32)
            else:
                info = np.iinfo(port.dtype)
                found[port.name] = rng.integers(
                    info.min, info.max, shape, dtype=port.dtype, endpoint=True
                )
        return found

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Every integer tensor, the boundary's included, for one set of inputs."""
        found = self.session.run(inputs)
        for name, node in self.quantisers.items():
            if name not in found and node.inputs[0] in inputs:
                found[name] = self.quantisation(name).quantise(inputs[node.inputs[0]])
        for port in self.ports:
            tensor = self.output_tensor(port)
            if tensor not in found:
                found[tensor] = self.quantisation(tensor).quantise(found[port])
        for name, array in inputs.items():
            found.setdefault(name, array)
        return found


class LayerModel:
    """What lies between integer tensors: the operators behind one QuantizeLinear, run alone."""

    def __init__(self, graph: Graph, tensor: str, shapes: Mapping[str, tuple[int, ...]]) -> None:
        producers = graph.producers()
        quantiser = producers[tensor]
        self.tensor, self.real = tensor, quantiser.inputs[0]
        self.quantisation = read_quantisation(graph, quantiser)
        nodes: list[Node] = []
        inputs: dict[str, tuple[int, ...]] = {}
        constants: dict[str, Array] = {}

        def visit(name: str) -> None:
            if not name or name in constants or name in inputs:
                return
            if name in graph.constants:
                constants[name] = graph.constants[name]
                return
            node = producers.get(name)
            if node is None or (
                node.op == "QuantizeLinear"
                and node is not quantiser
                and node.inputs[0] not in graph.constants
            ):
                inputs[name] = shapes[name]
                return
            if node not in nodes:
                for each in node.inputs:
                    visit(each)
                nodes.append(node)

        visit(tensor)
        self.inputs = tuple(inputs)
        ports = {port.name: port.dtype for port in graph.inputs}
        described = [
            helper.make_tensor_value_info(
                name,
                helper.np_dtype_to_tensor_dtype(
                    ports[name]
                    if name in ports
                    else read_quantisation(graph, producers[name]).dtype
                ),
                list(shape),
            )
            for name, shape in inputs.items()
        ]
        outputs = [
            helper.make_tensor_value_info(name, kind, None)
            for name, kind in (
                (self.real, onnx.TensorProto.FLOAT),
                (tensor, helper.np_dtype_to_tensor_dtype(self.quantisation.dtype)),
            )
        ]
        model = helper.make_model(
            helper.make_graph(
                [_make_node(n.op, n.inputs, n.outputs, n.name, **n.attributes) for n in nodes],
                "layer",
                described,
                outputs,
                [numpy_helper.from_array(array, name) for name, array in constants.items()],
            ),
            opset_imports=[helper.make_opsetid("", graph.opset)],
            ir_version=8,
        )
        self.session = Session(model)

    def run(self, inputs: Mapping[str, Array]) -> tuple[Array, npt.NDArray[np.bool_]]:
        """The layer's integers, and where exact arithmetic lies half-way between two of them."""
        found = self.session.run({name: inputs[name] for name in self.inputs})
        steps = found[self.real].astype(np.float64) / float(self.quantisation.scale)
        return found[self.tensor], np.abs(steps - np.floor(steps) - 0.5) < TIE


def resample(rng: np.random.Generator, seen: Array) -> Array:
    """A tensor whose every element is that of one of the tensors seen, at the same place.

    seen: [count, ...]; the result has the shape of one of them.
    """
    flat = seen.reshape(seen.shape[0], -1)
    chosen = rng.integers(0, flat.shape[0], flat.shape[1])
    return flat[chosen, np.arange(flat.shape[1])].reshape(seen.shape[1:])
