"""Makes every float input and output of the graph pass through one quantiser.

Operators that only move or choose data (Transpose, Reshape, Flatten, MaxPool, Pad, and Relu, as 0
is a value of every integer type) commute with quantisation. Where a file has some of them between
an input and its QuantizeLinear, or between the last DequantizeLinear and an output, a pair with
the same parameters is put at the boundary: the values do not change, and the program's inputs and
outputs are integers.
"""

import numpy as np

from nmc.errors import NmcError
from nmc.frontend.graph import Graph, Node, Port
from nmc.frontend.quantisation import read_quantisation

MOVING = frozenset(
    {"Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Slice", "Gather"}
    | {"MaxPool", "Pad", "Relu"}
)
REMEDY = "add QuantizeLinear and DequantizeLinear there, or let the quantiser do it"
# Names of scale and zero-point constants, the zero-point '' when implicit.
Parameters = tuple[str, str]


def quantise_boundary(graph: Graph, where: str) -> Graph:
    """The graph with one QuantizeLinear behind each float input, one DequantizeLinear before
    each float output. Raises NmcError where nothing says how to quantise one of them."""
    for node in graph.nodes:
        if node.op in ("QuantizeLinear", "DequantizeLinear"):
            # Refuses scales that are computed, which would look like inputs below.
            read_quantisation(graph, node)
    for port in graph.inputs:
        if port.dtype == np.float32:
            _input(graph, port, where)
    for port in graph.outputs:
        _output(graph, port, where)
    return graph


def _input(graph: Graph, port: Port, where: str) -> None:
    readers = graph.consumers().get(port.name, [])
    if not readers:
        raise NmcError(f"{where}: input {port.name!r} is used by no node: remove it")
    found = _parameters_behind(graph, port.name, where)
    direct = [node for node in readers if node.op == "QuantizeLinear"]
    if direct:
        integers = direct[0].outputs[0]
        for duplicate in direct[1:]:
            graph.nodes.remove(duplicate)
            _rename(graph, duplicate.outputs[0], integers)
        # At the front, so that it is defined before whoever reads it now.
        graph.nodes.remove(direct[0])
        graph.nodes.insert(0, direct[0])
    else:
        integers = f"{port.name}.quantized"
        name = f"{port.name}.quantize"
        graph.nodes.insert(0, _link("QuantizeLinear", name, port.name, integers, found))
    others = [node for node in readers if node.op != "QuantizeLinear"]
    if others:
        real = f"{port.name}.dequantized"
        for node in others:
            node.inputs = [real if name == port.name else name for name in node.inputs]
        name = f"{port.name}.dequantize"
        graph.nodes.insert(1, _link("DequantizeLinear", name, integers, real, found))


def _parameters_behind(graph: Graph, name: str, where: str) -> Parameters:
    """The parameters of the quantisers that `name` reaches through moving operators alone."""
    consumers = graph.consumers()
    found: dict[Parameters, Node] = {}
    pending = [name]
    while pending:
        tensor = pending.pop()
        for node in consumers.get(tensor, []):
            if node.op == "QuantizeLinear":
                found.setdefault((node.input(1), node.input(2)), node)
            elif node.op in MOVING and node.inputs[0] == tensor:
                pending.append(node.outputs[0])
            else:
                node.refuse(f"it reads the float input {name!r} unquantised", REMEDY)
    if not found:
        raise NmcError(f"{where}: nothing quantises input {name!r}: {REMEDY}")
    first, *others = found
    for other in others:
        if not _equal(graph, first, other):
            found[other].refuse(
                f"input {name!r} is quantised in two ways", "use one scale and zero-point"
            )
    return first


def _output(graph: Graph, port: Port, where: str) -> None:
    producers = graph.producers()
    node = producers.get(port.name)
    if node is None:
        raise NmcError(f"{where}: output {port.name!r} is an input or a constant: remove it")
    if node.op in ("QuantizeLinear", "DequantizeLinear"):
        return
    source: Node | None = node
    while source is not None and source.op in MOVING and not _pads_with_number(graph, source):
        source = producers.get(source.inputs[0])
    if source is None or source.op != "DequantizeLinear":
        node.refuse(f"output {port.name!r} is float and nothing quantises it", REMEDY)
    parameters = (source.input(1), source.input(2))
    real, integers = f"{port.name}.computed", f"{port.name}.quantized"
    _rename(graph, port.name, real)
    node.outputs = [real if name == port.name else name for name in node.outputs]
    graph.nodes.append(_link("QuantizeLinear", f"{port.name}.quantize", real, integers, parameters))
    graph.nodes.append(
        _link("DequantizeLinear", f"{port.name}.dequantize", integers, port.name, parameters)
    )


def _pads_with_number(graph: Graph, node: Node) -> bool:
    """Whether a Pad fills with something else than 0, the one number every integer type has."""
    value = graph.constants.get(node.input(2))
    return node.op == "Pad" and bool(node.input(2)) and (value is None or bool(np.any(value != 0)))


def _link(op: str, name: str, source: str, target: str, parameters: Parameters) -> Node:
    inputs = [source, *(each for each in parameters if each)]
    return Node(name, op, inputs, [target])


def _rename(graph: Graph, old: str, new: str) -> None:
    for node in graph.nodes:
        node.inputs = [new if name == old else name for name in node.inputs]


def _equal(graph: Graph, a: Parameters, b: Parameters) -> bool:
    def same(x: str, y: str) -> bool:
        if x == y:
            return True
        left, right = graph.constants.get(x), graph.constants.get(y)
        return (
            left is not None
            and right is not None
            and left.dtype == right.dtype
            and np.array_equal(left, right)
        )

    return same(a[0], b[0]) and same(a[1], b[1])
