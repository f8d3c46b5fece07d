"""Integer operators of the QOperator format, rewritten as the float triples they denote.

`QLinearConv(x, ...)` means: dequantise, `Conv`, quantise. Writing that out leaves one form of
quantised graph, and one path that turns it into integer arithmetic. Operators that move int8
data without scales (MaxPool, Transpose, ...) take their parameters from the tensor they move.
"""

from collections.abc import Callable

import numpy as np

from nmc.frontend.graph import Array, AttributeValue, Graph, Node

MICROSOFT = "com.microsoft"
# (scale, zero-point) of an integer tensor, as names of constants.
Parameters = tuple[str, str]
MOVING = frozenset(
    {"MaxPool", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Pad", "Concat"}
    | {"Slice", "Split", "Gather"}
)


def expand_qoperators(graph: Graph) -> Graph:
    """The graph with every integer operator written as a dequantise, float, quantise triple."""
    return _Expansion(graph).run()


class _Expansion:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.constants = dict(graph.constants)
        self.nodes: list[Node] = []
        # Integer tensors computed by nodes (or graph inputs), with their parameters.
        self.integers: dict[str, Parameters | None] = {
            port.name: None for port in graph.inputs if port.dtype != np.float32
        }

    def run(self) -> Graph:
        for node in self.graph.nodes:
            handler = HANDLERS.get((node.domain, node.op))
            if handler is not None:
                handler(self, node)
            elif node.op in MOVING and not node.domain and node.inputs[0] in self.integers:
                self.moving(node)
            else:
                self.plain(node)
        graph = self.graph
        return Graph(
            graph.name, graph.opset, graph.inputs, graph.outputs, self.nodes, self.constants
        )

    def plain(self, node: Node) -> None:
        """A node of the QDQ format; the quantising operators also exist as contributed ones."""
        if node.op in ("QuantizeLinear", "DequantizeLinear"):
            if node.domain not in ("", MICROSOFT):
                node.refuse(f"domain {node.domain!r} is unknown", "use the standard operator")
            node = Node(node.name, node.op, node.inputs, node.outputs, node.attributes)
        if node.op == "QuantizeLinear" and len(node.inputs) >= 2:
            self.integers[node.outputs[0]] = (node.inputs[1], node.input(2))
        self.nodes.append(node)

    # Parts of triples. Names end in what they are, after the node they belong to.

    def constant(self, node: Node, what: str, array: Array) -> str:
        name = f"{node.name}.{what}"
        while name in self.constants:
            name += "'"
        self.constants[name] = array
        return name

    def dequantised(
        self, node: Node, what: str, tensor: str, parameters: Parameters, axis: int | None = None
    ) -> str:
        attributes: dict[str, AttributeValue] = {} if axis is None else {"axis": axis}
        return self._link(node, "DequantizeLinear", what, [tensor, *parameters], attributes)

    def quantised(
        self, node: Node, real: str, output: str, parameters: Parameters, index: int = 0
    ) -> None:
        name = f"{node.name}.quantize{index or ''}"
        inputs = [real, *parameters]
        self.nodes.append(Node(name, "QuantizeLinear", inputs, [output]))
        self.integers[output] = parameters

    def float_op(
        self, node: Node, op: str, inputs: list[str], attributes: dict[str, AttributeValue]
    ) -> str:
        real = f"{node.name}.real"
        self.nodes.append(Node(node.name, op, inputs, [real], attributes))
        return real

    def _link(
        self,
        node: Node,
        op: str,
        what: str,
        inputs: list[str],
        attributes: dict[str, AttributeValue],
    ) -> str:
        output = f"{node.name}.{what}.real"
        self.nodes.append(Node(f"{node.name}.{what}", op, inputs, [output], attributes))
        return output

    def inputs(self, node: Node, least: int) -> list[str]:
        """The inputs, padded with '' to `least`; all but optional ones are checked later."""
        return node.inputs + [""] * (least - len(node.inputs))

    def bias(self, node: Node, tensor: str, x_scale: str, w_scale: str) -> list[str]:
        """The dequantised int32 bias, at the scale its accumulator has."""
        if not tensor:
            return []
        scales = [self.constants.get(name) for name in (x_scale, w_scale)]
        if scales[0] is None or scales[1] is None:
            node.refuse("its scales are not constants", "quantise the model statically")
        if tensor not in self.constants or self.constants[tensor].dtype != np.int32:
            node.refuse("its bias is no int32 constant", "quantise the model statically")
        product = np.asarray(scales[0] * scales[1], dtype=np.float32)
        if product.size == 1:
            product = product.reshape(())
        scale = self.constant(node, "bias_scale", product)
        zero = self.constant(node, "bias_zero_point", np.zeros(product.shape, np.int32))
        axis = 0 if product.ndim else None
        return [self.dequantised(node, "bias", tensor, (scale, zero), axis)]

    def conv(self, node: Node) -> None:
        x, xs, xz, w, ws, wz, ys, yz, b = self.inputs(node, 9)[:9]
        operands = [
            self.dequantised(node, "x", x, (xs, xz)),
            self.dequantised(node, "w", w, (ws, wz), 0),
            *self.bias(node, b, xs, ws),
        ]
        real = self.float_op(node, "Conv", operands, node.attributes)
        self.quantised(node, real, node.outputs[0], (ys, yz))

    def matmul(self, node: Node) -> None:
        a, a_s, a_z, b, b_s, b_z, ys, yz = self.inputs(node, 8)[:8]
        operands = [
            self.dequantised(node, "a", a, (a_s, a_z)),
            self.dequantised(node, "b", b, (b_s, b_z), 1),
        ]
        real = self.float_op(node, "MatMul", operands, node.attributes)
        self.quantised(node, real, node.outputs[0], (ys, yz))

    def gemm(self, node: Node) -> None:
        a, a_s, a_z, b, b_s, b_z, c, ys, yz = self.inputs(node, 9)[:9]
        if not ys:
            node.refuse("its output is float", "quantise the output as well")
        alpha = node.attributes.get("alpha", 1.0)
        if alpha != 1.0 and c:
            # The quantised bias is at scale alpha * a_scale * b_scale: leave that to the user.
            node.refuse(f"attribute alpha = {alpha} with a bias", "fold alpha into the weights")
        axis = 0 if node.attributes.get("transB", 0) else 1
        operands = [
            self.dequantised(node, "a", a, (a_s, a_z)),
            self.dequantised(node, "b", b, (b_s, b_z), axis),
            *self.bias(node, c, a_s, b_s),
        ]
        real = self.float_op(node, "Gemm", operands, node.attributes)
        self.quantised(node, real, node.outputs[0], (ys, yz))

    def binary(self, node: Node) -> None:
        a, a_s, a_z, b, b_s, b_z, ys, yz = self.inputs(node, 8)[:8]
        operands = [
            self.dequantised(node, "a", a, (a_s, a_z)),
            self.dequantised(node, "b", b, (b_s, b_z)),
        ]
        real = self.float_op(node, node.op.removeprefix("QLinear"), operands, node.attributes)
        self.quantised(node, real, node.outputs[0], (ys, yz))

    def unary(self, node: Node) -> None:
        x, xs, xz, ys, yz = self.inputs(node, 5)[:5]
        attributes = dict(node.attributes)
        opset = attributes.pop("opset", 13) if node.op == "QLinearSoftmax" else 13
        # Before opset 13 an axis meant all the axes behind it as well.
        if not isinstance(opset, int) or opset < 13:
            node.refuse("it is of an opset before 13", "quantise the model at opset 13 or later")
        operand = self.dequantised(node, "x", x, (xs, xz))
        real = self.float_op(node, node.op.removeprefix("QLinear"), [operand], attributes)
        self.quantised(node, real, node.outputs[0], (ys, yz))

    def pool(self, node: Node) -> None:
        x, xs, xz, ys, yz = self.inputs(node, 5)[:5]
        attributes = dict(node.attributes)
        if attributes.pop("channels_last", 0):
            node.refuse("attribute channels_last = 1", "export the model in NCHW")
        operand = self.dequantised(node, "x", x, (xs, xz))
        real = self.float_op(node, node.op.removeprefix("QLinear"), [operand], attributes)
        self.quantised(node, real, node.outputs[0], (ys, yz))

    def concat(self, node: Node) -> None:
        if len(node.inputs) < 5 or len(node.inputs) % 3 != 2:
            node.refuse(f"{len(node.inputs)} inputs", "expected 2, and 3 for each tensor joined")
        ys, yz, *rest = node.inputs
        operands = [
            self.dequantised(node, f"x{i // 3}", rest[i], (rest[i + 1], rest[i + 2]))
            for i in range(0, len(rest), 3)
        ]
        real = self.float_op(node, "Concat", operands, node.attributes)
        self.quantised(node, real, node.outputs[0], (ys, yz))

    def moving(self, node: Node) -> None:
        """An operator that moves integers: any parameters will do, as long as they stay."""
        tensor = node.inputs[0]
        parameters = self.integers[tensor]
        if parameters is None:
            dtype = next(p.dtype for p in self.graph.inputs if p.name == tensor)
            parameters = (
                self.constant(node, "scale", np.ones((), np.float32)),
                self.constant(node, "zero_point", np.zeros((), dtype)),
            )
            self.integers[tensor] = parameters
        operands = [self.dequantised(node, "x", tensor, parameters)]
        for index, other in enumerate(node.inputs[1:], start=1):
            if other in self.integers:
                if self.integers[other] != parameters and not self._equal(other, parameters):
                    node.refuse("its inputs have different scales", "use QLinearConcat")
                operands.append(self.dequantised(node, f"x{index}", other, parameters))
            elif node.op == "Pad" and index == 2 and other:
                operands.append(self._real_constant(node, other, parameters))
            else:
                operands.append(other)
        if node.op != "Split" and any(node.outputs[1:]):
            node.refuse("its second output is used", "export the model without it")
        reals = [f"{node.name}.real{index or ''}" for index in range(len(node.outputs))]
        self.nodes.append(Node(node.name, node.op, operands, reals, node.attributes))
        for index, (real, output) in enumerate(zip(reals, node.outputs, strict=True)):
            self.quantised(node, real, output, parameters, index)

    def _equal(self, tensor: str, parameters: Parameters) -> bool:
        found = self.integers[tensor]
        return found is not None and all(
            self._same_constant(a, b) for a, b in zip(found, parameters, strict=True)
        )

    def _same_constant(self, a: str, b: str) -> bool:
        return a == b or (
            a in self.constants
            and b in self.constants
            and np.array_equal(self.constants[a], self.constants[b])
        )

    def _real_constant(self, node: Node, tensor: str, parameters: Parameters) -> str:
        """What an integer padding value stands for."""
        value = self.constants.get(tensor)
        scale, zero = (self.constants.get(name) for name in parameters)
        if value is None or scale is None:
            node.refuse("its padding value is not a constant", "pad with a constant")
        offset = value.astype(np.float32) - (0 if zero is None else zero.astype(np.float32))
        return self.constant(node, "value.real", np.asarray(offset * scale, dtype=np.float32))


HANDLERS: dict[tuple[str, str], Callable[[_Expansion, Node], None]] = {
    ("", "QLinearConv"): _Expansion.conv,
    ("", "QLinearMatMul"): _Expansion.matmul,
    (MICROSOFT, "QGemm"): _Expansion.gemm,
    (MICROSOFT, "QLinearAdd"): _Expansion.binary,
    (MICROSOFT, "QLinearMul"): _Expansion.binary,
    (MICROSOFT, "QLinearSigmoid"): _Expansion.unary,
    (MICROSOFT, "QLinearLeakyRelu"): _Expansion.unary,
    (MICROSOFT, "QLinearSoftmax"): _Expansion.unary,
    (MICROSOFT, "QLinearAveragePool"): _Expansion.pool,
    (MICROSOFT, "QLinearGlobalAveragePool"): _Expansion.pool,
    (MICROSOFT, "QLinearConcat"): _Expansion.concat,
}
