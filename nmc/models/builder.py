"""A small typed builder of float ONNX graphs that computes while it builds.

Every value carries what it is for a few calibration inputs. That gives shapes for free, and it
lets a layer with random weights be normalised by what it really computes, as training with batch
normalisation would have done: without it a deep random network maps every input to one output.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from nmc.errors import NmcError
from nmc.models.evaluate import IR_VERSION, FloatArray, evaluate_node
from nmc.models.sparsity import Sparsity
from nmc.numerics.pruning import prune_nm
from nmc.onnxruntime_session import AnyArray

CALIBRATION_INPUTS = 32

DoubleArray = npt.NDArray[np.float64]
Scalar = int | float | str | list[int]

# The signature's keyword parameters (domain, doc string) would claim the attributes' types.
_make_node = cast(Any, helper.make_node)


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor of the graph: its name and its value for each calibration input (batch 1)."""

    name: str
    samples: tuple[FloatArray, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.samples[0].shape

    @property
    def channels(self) -> int:
        return self.shape[1]


@dataclass(frozen=True)
class Window:
    """Geometry of a sliding window in ONNX's terms: pads are (top, left, bottom, right)."""

    kernel: tuple[int, int] = (3, 3)
    strides: tuple[int, int] = (1, 1)
    pads: tuple[int, int, int, int] = (1, 1, 1, 1)
    dilations: tuple[int, int] = (1, 1)

    @staticmethod
    def square(kernel: int, stride: int = 1, pad: int | None = None) -> "Window":
        """A k x k window, padded to keep the size at stride 1 when `pad` is not given."""
        p = kernel // 2 if pad is None else pad
        return Window((kernel, kernel), (stride, stride), (p, p, p, p))

    def attributes(self, dilated: bool = True) -> dict[str, Scalar]:
        found: dict[str, Scalar] = {
            "kernel_shape": list(self.kernel),
            "strides": list(self.strides),
            "pads": list(self.pads),
        }
        if dilated:
            found["dilations"] = list(self.dilations)
        return found


Draw = Callable[[np.random.Generator, tuple[int, ...]], FloatArray]


def standard_normal(generator: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    """Independent numbers of mean 0 and variance 1."""
    return generator.standard_normal(shape, dtype=np.float32)


class GraphBuilder:
    """Collects nodes and initialisers of one float model.

    Weights are drawn from one generator in the order of the calls, calibration inputs from
    another, so that a network's inputs do not depend on its layers. `real_nodes` are the names of
    operators a quantiser is to leave on real numbers. `samples` is the number of calibration
    inputs.
    """

    def __init__(
        self, name: str, seed: int, opset: int = 17, samples: int = CALIBRATION_INPUTS
    ) -> None:
        self.name = name
        self.opset = opset
        self.samples = samples
        self.weights = np.random.default_rng((seed, 1))
        self._calibration = np.random.default_rng((seed, 2))
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, AnyArray] = {}
        self._inputs: list[Value] = []
        self._names: set[str] = set()
        self.real_nodes: list[str] = []

    def input(self, name: str, shape: Sequence[int], draw: Draw = standard_normal) -> Value:
        """A float graph input whose calibration samples `draw` makes."""
        samples = tuple(draw(self._calibration, tuple(shape)) for _ in range(self.samples))
        value = Value(self._claim(name), samples)
        self._inputs.append(value)
        return value

    def constant(self, name: str, array: AnyArray) -> str:
        """An initialiser; returns its name."""
        self._constants[self._claim(name)] = array
        return name

    def node(
        self,
        op: str,
        name: str,
        inputs: Sequence[Value | str],
        attributes: dict[str, Scalar] | None = None,
        *,
        real: bool = False,
    ) -> Value:
        """Appends an operator and evaluates it; strings among the inputs name constants.

        A `real` one is kept from the quantiser.
        """
        node, samples = self._evaluate(op, name, inputs, attributes or {})
        self._claim(name)
        self._nodes.append(node)
        if real:
            self.real_nodes.append(name)
        return Value(node.output[0], samples)

    def _evaluate(
        self, op: str, name: str, inputs: Sequence[Value | str], attributes: dict[str, Scalar]
    ) -> tuple[onnx.NodeProto, tuple[FloatArray, ...]]:
        names = [each if isinstance(each, str) else each.name for each in inputs]
        node = _make_node(op, names, [f"{name}.out"], name, **attributes)
        constants = {
            each: self._constants[each] for each in inputs if isinstance(each, str) and each
        }
        values = [each for each in inputs if isinstance(each, Value)]
        samples = [{value.name: value.samples[i] for value in values} for i in range(self.samples)]
        return node, evaluate_node(node, constants, samples, self.opset)

    def conv(
        self,
        name: str,
        x: Value,
        channels: int,
        window: Window,
        *,
        groups: int = 1,
        sparsity: Sparsity | None = None,
        bias: bool = True,
        gain: float = 1.0,
    ) -> Value:
        """A convolution with random weights, pruned, then normalised per output channel.

        `gain` is the spread it is normalised to, 1 being that of the inputs.
        """
        shape = (channels, x.channels // groups, *window.kernel)
        weight = self.weights.standard_normal(shape, dtype=np.float32)
        if sparsity is not None:
            weight = prune_nm(weight, sparsity.n, sparsity.m, 1)
        attributes: dict[str, Scalar] = {**window.attributes(), "group": groups}
        return self._normalised("Conv", name, x, weight, attributes, bias=bias, axis=0, scale=gain)

    def gemm(
        self,
        name: str,
        x: Value,
        channels: int,
        *,
        transposed: bool = True,
        sparsity: Sparsity | None = None,
        head: bool = False,
        favour: bool = True,
    ) -> Value:
        """A fully connected layer of a [1, K] value; weights [channels, K] when `transposed`.

        A `head` gives every class the same spread and mean 0 over the calibration inputs, so
        that no class wins by its weights alone. Its weights lie in the directions in which its
        input varies between inputs, as a trained head's do: in any others it would classify
        rounding errors. With `favour` the directions of largest variation weigh most.
        """
        weight = self.weights.standard_normal((channels, x.shape[1]), dtype=np.float32)
        if head:
            weight = self._along_variation(x, channels, favour)
        if sparsity is not None:
            weight = prune_nm(weight, sparsity.n, sparsity.m, 1)
        stored = weight if transposed else np.ascontiguousarray(weight.T)
        attributes: dict[str, Scalar] = {"transB": int(transposed)}
        axis = 0 if transposed else 1
        return self._normalised(
            "Gemm", name, x, stored, attributes, bias=True, axis=axis, head=head
        )

    def _along_variation(self, x: Value, rows: int, favour: bool) -> FloatArray:
        """[rows, K]: random mixtures of what sets the calibration samples apart from their mean.

        One multiplication with their covariance favours the directions of largest variation.
        """
        seen = np.concatenate(x.samples).astype(np.float64)
        seen -= seen.mean(axis=0)
        mixture = self.weights.standard_normal((rows, seen.shape[0]))
        if not favour:
            return (mixture @ seen).astype(np.float32)
        similar = seen @ seen.T
        return (mixture @ (similar / np.abs(similar).max()) @ seen).astype(np.float32)

    def _normalised(
        self,
        op: str,
        name: str,
        x: Value,
        weight: FloatArray,
        attributes: dict[str, Scalar],
        *,
        bias: bool,
        axis: int,
        head: bool = False,
        scale: float = 1.0,
    ) -> Value:
        """Folds a batch normalisation, with statistics of the calibration inputs, into a layer."""
        raw = f"{name}.raw"
        self._constants[raw] = weight
        _, samples = self._evaluate(op, name, [x, raw], attributes)
        del self._constants[raw]
        stacked = np.concatenate(samples).astype(np.float64)
        others = tuple(i for i in range(stacked.ndim) if i != 1)
        mean: DoubleArray = stacked.mean(axis=others)
        spread: DoubleArray = stacked.std(axis=others)
        channels = int(stacked.shape[1])
        gain: DoubleArray = np.ones(channels)
        offset: DoubleArray = np.zeros(channels)
        if not head:
            gain = scale * self.weights.uniform(0.7, 1.3, channels)
            offset = scale * self.weights.normal(0.0, 0.3, channels)
        gain = gain / np.where(spread > 1e-6, spread, 1.0)
        along = [1] * weight.ndim
        along[axis] = channels
        scaled: FloatArray = (weight * gain.reshape(along)).astype(np.float32)
        inputs: list[Value | str] = [x, self.constant(f"{name}.weight", scaled)]
        if bias:
            shift: FloatArray = (offset - mean * gain).astype(np.float32)
            inputs.append(self.constant(f"{name}.bias", shift))
        return self.node(op, name, inputs, attributes)

    def matmul(self, name: str, x: Value, columns: int, sparsity: Sparsity | None = None) -> Value:
        """[.., M, K] times a constant [K, columns]."""
        inner = x.shape[-1]
        weight = self.weights.standard_normal((columns, inner), dtype=np.float32) / np.sqrt(inner)
        if sparsity is not None:
            weight = prune_nm(weight, sparsity.n, sparsity.m, 1)
        stored = np.ascontiguousarray(weight.T).astype(np.float32)
        return self.node("MatMul", name, [x, self.constant(f"{name}.weight", stored)])

    def relu(self, name: str, x: Value) -> Value:
        return self.node("Relu", name, [x])

    def add(self, name: str, a: Value, b: Value) -> Value:
        return self.node("Add", name, [a, b])

    def clip(self, name: str, x: Value, low: float, high: float) -> Value:
        bounds: list[Value | str] = [
            self.constant(f"{name}.{end}", np.array(value, dtype=np.float32))
            for end, value in (("min", low), ("max", high))
        ]
        return self.node("Clip", name, [x, *bounds])

    def pool(
        self,
        name: str,
        x: Value,
        kind: Literal["max", "average"],
        window: Window,
        *,
        ceil_mode: bool = False,
        count_include_pad: bool = False,
    ) -> Value:
        attributes: dict[str, Scalar] = {
            **window.attributes(dilated=kind == "max"),
            "ceil_mode": int(ceil_mode),
        }
        if kind == "average":
            attributes["count_include_pad"] = int(count_include_pad)
        return self.node("MaxPool" if kind == "max" else "AveragePool", name, [x], attributes)

    def global_average(self, name: str, x: Value) -> Value:
        return self.node("GlobalAveragePool", name, [x])

    def flatten(self, name: str, x: Value) -> Value:
        return self.node("Flatten", name, [x], {"axis": 1})

    def reshape(self, name: str, x: Value, shape: Sequence[int]) -> Value:
        target = self.constant(f"{name}.shape", np.array(shape, dtype=np.int64))
        return self.node("Reshape", name, [x, target])

    def transpose(self, name: str, x: Value, permutation: Sequence[int]) -> Value:
        return self.node("Transpose", name, [x], {"perm": list(permutation)})

    def concat(self, name: str, values: Sequence[Value], axis: int) -> Value:
        return self.node("Concat", name, list(values), {"axis": axis})

    def split(self, name: str, x: Value, count: int, axis: int) -> tuple[Value, ...]:
        """`count` equal parts along an axis."""
        outputs = [f"{name}.out{index}" for index in range(count)]
        lengths = np.full(count, x.shape[axis] // count, dtype=np.int64)
        inputs = [x.name, self.constant(f"{name}.lengths", lengths)]
        self._nodes.append(_make_node("Split", inputs, outputs, self._claim(name), axis=axis))
        parts = [np.split(sample, count, axis) for sample in x.samples]
        return tuple(
            Value(output, tuple(sample[index] for sample in parts))
            for index, output in enumerate(outputs)
        )

    def prepend(self, name: str, x: Value, constant: str) -> Value:
        """A constant in front of [1, N, C] tokens."""
        return self.node("Concat", name, [constant, x], {"axis": 1})

    def pad(self, name: str, x: Value, pads: Sequence[int], value: float = 0.0) -> Value:
        """Constant padding; `pads` are all starts, then all ends, as ONNX has them."""
        ends = self.constant(f"{name}.pads", np.array(pads, dtype=np.int64))
        fill = self.constant(f"{name}.value", np.array(value, dtype=np.float32))
        return self.node("Pad", name, [x, ends, fill], {"mode": "constant"})

    def model(self, outputs: dict[str, Value]) -> onnx.ModelProto:
        """The float model with the given outputs, renamed to the keys."""
        renamed = {value.name: name for name, value in outputs.items()}
        nodes: list[onnx.NodeProto] = []
        for original in self._nodes:
            node = onnx.NodeProto()
            node.CopyFrom(original)
            for field in (node.input, node.output):
                field[:] = [renamed.get(name, name) for name in field]
            nodes.append(node)

        def describe(name: str, value: Value) -> onnx.ValueInfoProto:
            return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, list(value.shape))

        graph = helper.make_graph(
            nodes,
            self.name,
            [describe(value.name, value) for value in self._inputs],
            [describe(name, value) for name, value in outputs.items()],
            [numpy_helper.from_array(array, name) for name, array in self._constants.items()],
        )
        return helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", self.opset)],
            ir_version=IR_VERSION,
            producer_name="nmc",
        )

    def calibration(self) -> list[dict[str, FloatArray]]:
        """The inputs everything was computed with, one dictionary for each sample."""
        return [
            {value.name: value.samples[i] for value in self._inputs} for i in range(self.samples)
        ]

    def _claim(self, name: str) -> str:
        if name in self._names:
            raise NmcError(f"model {self.name}: two parts are called {name!r}: rename one")
        self._names.add(name)
        return name
