"""From the protocol buffer to our graph: everything about the file's form is checked here."""

from collections.abc import Callable, Iterable

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from nmc.errors import NmcError
from nmc.frontend.graph import Array, AttributeValue, Graph, Node, Port, one_line

OPSETS = range(13, 22)
# Tensors beyond this are no network for a microcontroller but a corrupt dimension.
MAX_ELEMENTS = 1 << 28

DTYPES: dict[int, np.dtype[np.generic]] = {
    TensorProto.FLOAT: np.dtype(np.float32),
    TensorProto.INT8: np.dtype(np.int8),
    TensorProto.UINT8: np.dtype(np.uint8),
    TensorProto.INT32: np.dtype(np.int32),
    TensorProto.INT64: np.dtype(np.int64),
}

_READERS: dict[int, Callable[[onnx.AttributeProto], AttributeValue]] = {
    onnx.AttributeProto.INT: lambda a: a.i,
    onnx.AttributeProto.FLOAT: lambda a: a.f,
    onnx.AttributeProto.STRING: lambda a: a.s.decode("utf-8"),
    onnx.AttributeProto.INTS: lambda a: list(a.ints),
    onnx.AttributeProto.FLOATS: lambda a: list(a.floats),
    onnx.AttributeProto.STRINGS: lambda a: [s.decode("utf-8") for s in a.strings],
    onnx.AttributeProto.TENSOR: lambda a: read_tensor(a.t),
}


def parse_graph(model: onnx.ModelProto, where: str) -> Graph:
    """The model's graph with unique names, definitions before uses and batch 1.

    Raises NmcError for whatever is malformed, and for what no operator of ours could take:
    opsets outside 13 to 21, element types other than float, int8, uint8 (and int32, int64
    constants), dynamic dimensions beyond the batch, local functions, subgraphs.
    """
    try:
        return _parse(model, where)
    except NmcError:
        raise
    except (UnicodeDecodeError, ValueError, TypeError, KeyError, OverflowError) as error:
        # What the protocol buffer library and onnx's helpers raise on mangled content.
        raise NmcError(
            f"{where}: the file is corrupt: {one_line(error)}: export it again"
        ) from None


def _parse(model: onnx.ModelProto, where: str) -> Graph:
    if not model.HasField("graph") or not model.graph.node:
        raise NmcError(f"{where}: no graph inside: not an ONNX model, or a truncated file")
    if model.functions:
        raise NmcError(f"{where}: local functions are not supported: inline them before exporting")
    graph = model.graph
    if graph.sparse_initializer:
        raise NmcError(f"{where}: sparse initialisers are not supported: store them dense")
    constants: dict[str, Array] = {}
    for tensor in graph.initializer:
        if not tensor.name or tensor.name in constants:
            raise NmcError(f"{where}: two initialisers are called {one_line(tensor.name)!r}")
        constants[tensor.name] = read_tensor(tensor)
    inputs = [_port(info, where, "input") for info in graph.input if info.name not in constants]
    nodes: list[Node] = []
    for index, proto in enumerate(graph.node):
        node = _node(proto, index)
        if node.op == "Constant" and not node.domain:
            constants[_constant_name(node, constants)] = constant_value(node)
        else:
            nodes.append(node)
    outputs = [_port(info, where, "output") for info in graph.output]
    if not inputs or not outputs:
        missing = "outputs" if inputs else "inputs"
        raise NmcError(f"{where}: the graph has no {missing}: the file may be truncated")
    found = Graph(graph.name, _opset(model, where), inputs, outputs, nodes, constants)
    check_names(found, where)
    return found


def read_tensor(tensor: onnx.TensorProto) -> Array:
    """A constant as an array. Raises NmcError for a type we do not take, or too little data."""
    name = one_line(tensor.name)
    if tensor.data_type not in DTYPES:
        known = tensor.data_type in TensorProto.DataType.values()
        kind = TensorProto.DataType.Name(tensor.data_type) if known else str(tensor.data_type)
        raise NmcError(
            f"tensor {name!r}: element type {kind} is not supported:"
            " use float32, int8, uint8 or int32"
        )
    count = _elements(tuple(tensor.dims), f"tensor {name!r}")
    array = numpy_helper.to_array(tensor)
    if array.size != count:
        raise NmcError(f"tensor {name!r}: {array.size} elements where its shape says {count}")
    return array


def constant_value(node: Node) -> Array:
    """What a Constant node holds, whichever of its attributes it uses."""
    if len(node.attributes) != 1:
        node.refuse("it must have exactly one value attribute", "export the model again")
    ((key, value),) = node.attributes.items()
    match key, value:
        case "value", np.ndarray():
            return value
        case "value_float" | "value_floats", float() | list():
            return np.asarray(value, dtype=np.float32)
        case "value_int" | "value_ints", int() | list():
            return np.asarray(value, dtype=np.int64)
        case _:
            raise node.refusal(f"attribute {key} is not supported", "store it as a tensor")


def _constant_name(node: Node, constants: dict[str, Array]) -> str:
    if len(node.outputs) != 1 or node.inputs:
        node.refuse("a constant has one output and no inputs", "export the model again")
    if node.outputs[0] in constants:
        node.refuse(f"tensor {node.outputs[0]!r} is defined twice", "rename one of the two")
    return node.outputs[0]


def _opset(model: onnx.ModelProto, where: str) -> int:
    versions = [o.version for o in model.opset_import if o.domain in ("", "ai.onnx")]
    if len(versions) != 1:
        raise NmcError(f"{where}: states no opset (or several): the file may be truncated")
    if versions[0] not in OPSETS:
        raise NmcError(
            f"{where}: opset {versions[0]} is not supported: convert the model to opset"
            f" {OPSETS.start} to {OPSETS.stop - 1} (onnx.version_converter)"
        )
    return versions[0]


def _node(proto: onnx.NodeProto, index: int) -> Node:
    outputs = list(proto.output)
    # Protocol buffers give bytes where the file's text is not UTF-8.
    name = str(proto.name or (outputs[0] if outputs and outputs[0] else f"node{index}"))
    domain = "" if proto.domain == "ai.onnx" else proto.domain
    node = Node(name, proto.op_type, list(proto.input), outputs, {}, domain)
    if not outputs or not outputs[0]:
        node.refuse("it has no output", "the file is corrupt, export it again")
    for attribute in proto.attribute:
        if attribute.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS):
            node.refuse("control flow with subgraphs is not supported", "export a plain graph")
        if attribute.type not in _READERS or attribute.name in node.attributes:
            node.refuse(f"attribute {attribute.name!r} is malformed", "export the model again")
        node.attributes[attribute.name] = _READERS[attribute.type](attribute)
    return node


def _port(info: onnx.ValueInfoProto, where: str, role: str) -> Port:
    """Checks type and shape; a symbolic first dimension is the batch and becomes 1."""
    place = f"{where}: {role} {one_line(info.name)!r}"
    if not info.name or not info.type.HasField("tensor_type"):
        raise NmcError(f"{place}: is no tensor: only tensors are supported")
    tensor = info.type.tensor_type
    if tensor.elem_type not in DTYPES or DTYPES[tensor.elem_type].name in ("int32", "int64"):
        try:
            kind = helper.tensor_dtype_to_string(tensor.elem_type)
        except KeyError:
            kind = str(tensor.elem_type)
        raise NmcError(f"{place}: element type {kind} is not supported: use float32, int8 or uint8")
    dtype = DTYPES[tensor.elem_type]
    if not tensor.HasField("shape"):
        if role == "input":
            raise NmcError(f"{place}: its shape is missing: give it a fixed shape")
        return Port(info.name, dtype, None)
    shape: list[int] = []
    for axis, dim in enumerate(tensor.shape.dim):
        if dim.HasField("dim_value") and dim.dim_value > 0:
            shape.append(dim.dim_value)
        elif axis == 0:
            shape.append(1)
        elif role == "output":
            return Port(info.name, dtype, None)
        else:
            what = f"named {one_line(dim.dim_param)!r}" if dim.dim_param else "without a size"
            raise NmcError(
                f"{place}: dimension {axis} is dynamic ({what}): fix it, for example with"
                " onnxruntime.tools.make_dynamic_shape_fixed"
            )
    if shape and shape[0] != 1 and role == "input":
        raise NmcError(f"{place}: batch {shape[0]}: only batch 1 is supported, export it so")
    _elements(tuple(shape), place)
    return Port(info.name, dtype, tuple(shape))


def _elements(shape: tuple[int, ...], place: str) -> int:
    count = 1
    for dim in shape:
        count *= dim
        if dim < 0 or count > MAX_ELEMENTS:
            raise NmcError(f"{place}: shape {list(shape)} is negative or far too large")
    return count


def check_names(graph: Graph, where: str) -> None:
    """Every tensor is defined once and before its use, every node has its own name."""
    defined = set(graph.constants)
    for port in graph.inputs:
        if port.name in defined:
            raise NmcError(f"{where}: two inputs are called {port.name!r}: rename one")
        defined.add(port.name)
    names: set[str] = set()
    computed = {name for node in graph.nodes for name in node.outputs}
    for node in graph.nodes:
        if node.name in names:
            node.refuse("another node has the same name", "give every node its own name")
        names.add(node.name)
        for name in node.inputs:
            if name and name not in defined:
                why = "is used before it is computed" if name in computed else "is not connected"
                node.refuse(f"input {name!r} {why}", "the graph is broken, export it again")
        for name in _named(node.outputs):
            if name in defined:
                node.refuse(f"tensor {name!r} is defined twice", "rename one of the two")
            defined.add(name)
    for port in graph.outputs:
        if port.name not in defined:
            raise NmcError(f"{where}: output {port.name!r} is computed by no node")
    if len({port.name for port in graph.outputs}) != len(graph.outputs):
        raise NmcError(f"{where}: two outputs have the same name: rename one")


def _named(names: Iterable[str]) -> list[str]:
    return [name for name in names if name]
