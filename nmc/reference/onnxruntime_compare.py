"""Our integers against onnxruntime's, layer by layer and end to end, within the numeric contract.

Layer by layer means that each of our layers is fed what onnxruntime computed up to there, so that
differences do not add up; layers with few outputs are fed more inputs, drawn element by element
from those onnxruntime produced, until enough outputs are compared to speak of a rate.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue

from nmc.dialects import qnn
from nmc.frontend import ModelSource, import_onnx, load_model, read_graph
from nmc.frontend.graph import Graph
from nmc.passes.fold_qdq import FoldQdqPass
from nmc.passes.fuse_compounds import FuseCompoundsPass
from nmc.reference.comparison import (
    MARGIN_STEPS,
    Comparison,
    LayerComparison,
    OutputComparison,
)
from nmc.reference.graph_interpreter import evaluate, interpret, main_function
from nmc.reference.onnxruntime_model import LayerModel, WholeModel, resample

Array = npt.NDArray[Any]
Run = dict[str, Array]

EXACT = (qnn.MaxPool2dOp, qnn.PadOp, qnn.ReshapeOp, qnn.SliceOp, qnn.TransposeOp)
"""Operations that may not differ at all."""

MOVED_BACK = (".shape", ".back")
"""What ends the name of a layer that brings a node's result into the node's own layout."""


def compare_with_onnxruntime(
    source: ModelSource,
    *,
    samples: int = 20,
    seed: int = 0,
    least_outputs: int = 100_000,
    module: ModuleOp | None = None,
) -> Comparison:
    """Compares a model on `samples` random inputs (seeds `seed`, `seed + 1`, ...).

    `least_outputs` is how many outputs of each inexact layer are compared at least. `module`
    replaces the folded model in the end-to-end comparison: any stage of the graph level.
    onnxruntime runs without graph optimisations. Raises NmcError for a model that does not
    import.
    """
    model, where = load_model(source)
    graph = read_graph(model, where)
    folded = import_onnx(model, where)
    for step in (FuseCompoundsPass(), FoldQdqPass()):
        step.apply(Context(), folded)
    whole = WholeModel(model, graph)
    inputs = [whole.random_inputs(seed + i) for i in range(samples)]
    runs = [whole.run(each) for each in inputs]
    layers = _Layers(graph, folded, runs, least_outputs).compare()
    ends = _outputs(whole, folded if module is None else module, runs)
    return Comparison(tuple(layers), tuple(ends))


class _Layers:
    """Walks the folded function with onnxruntime's values for every tensor it has."""

    def __init__(
        self, graph: Graph, folded: ModuleOp, runs: Sequence[Run], least_outputs: int
    ) -> None:
        self.graph = graph
        self.main = main_function(folded)
        self.runs = runs
        self.least = least_outputs
        self.rng = np.random.default_rng(0)
        self.names = {
            op.layer_name for op in self.main.body.block.ops if isinstance(op, qnn.LayerOp)
        }
        self.shapes = {name: array.shape for name, array in runs[0].items()}
        # Per value: one array for each run; the name of onnxruntime's tensor, where it has one.
        self.values: dict[SSAValue, list[Array]] = {}
        self.tensors: dict[SSAValue, str] = {}

    def compare(self) -> list[LayerComparison]:
        found: list[LayerComparison] = []
        for port, argument in zip(self.graph.inputs, self.main.body.block.args, strict=True):
            tensor = port.name
            if port.dtype == np.float32:
                (quantiser,) = self.graph.consumers()[port.name]
                tensor = quantiser.outputs[0]
            self.tensors[argument] = tensor
            self.values[argument] = [run[tensor] for run in self.runs]
        for op in self.main.body.block.ops:
            if isinstance(op, func.ReturnOp):
                break
            layer = self.layer(op)
            if layer is not None:
                found.append(layer)
        return found

    def layer(self, op: Operation) -> LayerComparison | None:
        """Evaluates one operation; compares it when onnxruntime has its result."""
        result = op.results[0]
        if not op.operands:
            self.values[result] = [evaluate(op, [])] * len(self.runs)
            return None
        computed = [
            evaluate(op, [self.values[value][i] for value in op.operands])
            for i in range(len(self.runs))
        ]
        tensor = self.tensor_of(op.layer_name) if isinstance(op, qnn.LayerOp) else None
        if tensor is None or not isinstance(op, qnn.LayerOp):
            self.values[result] = computed
            return None
        expected = [run[tensor] for run in self.runs]
        if expected[0].shape != computed[0].shape:
            # The node's result is that of a layer behind this one, which moves it back.
            self.values[result] = computed
            return None
        self.values[result], self.tensors[result] = list(expected), tensor
        model = LayerModel(self.graph, tensor, self.shapes)
        ties = [model.run(run)[1] for run in self.runs]
        core = self.core(op)
        exact = isinstance(core, EXACT)
        if not exact:
            self.extend(op, model, computed, expected, ties)
        difference = np.stack(
            [np.abs(a.astype(np.int64) - b) for a, b in zip(computed, expected, strict=True)]
        )
        clear = ~np.stack(ties)
        return LayerComparison(
            op.layer_name,
            core.name,
            difference.size,
            int(difference.size - clear.sum()),
            int(((difference == 1) & clear).sum()),
            int(difference.max()),
            exact,
        )

    def core(self, op: Operation) -> Operation:
        """What computes the values that `op` gives: itself, or what it only moves.

        Data that is onnxruntime's before it is moved is moved exactly.
        """
        while isinstance(op, EXACT) and op.operands[0] not in self.tensors:
            owner = op.operands[0].owner
            if not isinstance(owner, qnn.LayerOp):
                break
            op = owner
        return op

    def extend(
        self,
        op: Operation,
        model: LayerModel,
        computed: list[Array],
        expected: list[Array],
        ties: list[npt.NDArray[np.bool_]],
    ) -> None:
        """More inputs for a layer with few outputs, as far as its inputs are onnxruntime's."""
        names = self.leaves(op, model)
        if set(names.values()) != set(model.inputs):
            return
        seen = {value: np.stack(self.values[value]) for value in names}
        missing = self.least - computed[0].size * len(computed)
        for _ in range(-(-missing // computed[0].size)):
            known = {value: resample(self.rng, seen[value]) for value in names}
            fresh = {names[value]: array for value, array in known.items()}
            computed.append(self.recompute(op.results[0], known))
            integers, half = model.run(fresh)
            expected.append(integers)
            ties.append(half)

    def leaves(self, op: Operation, model: LayerModel) -> dict[SSAValue, str]:
        """The layer's inputs in onnxruntime behind an operation's operands.

        Operations without a counterpart (a requantisation before a Concat) belong to the layer.
        """
        found: dict[SSAValue, str] = {}
        for value in op.operands:
            name = self.input_tensor(value, model)
            if name is not None:
                found[value] = name
            elif value not in self.tensors and isinstance(value.owner, Operation):
                found.update(self.leaves(value.owner, model))
        return found

    def recompute(self, value: SSAValue, known: dict[SSAValue, Array]) -> Array:
        """A value for other inputs than those of the runs; constants stay."""
        if value not in known:
            op = value.owner
            assert isinstance(op, Operation), "arguments are onnxruntime's tensors"
            known[value] = evaluate(op, [self.recompute(each, known) for each in op.operands])
        return known[value]

    def input_tensor(self, value: SSAValue, model: LayerModel) -> str | None:
        """The layer's input in onnxruntime that an operand stands for, None for constants.

        Usually the tensor of that name. An operator that changes nothing (a Relu of what a
        quantiser has clipped already) leaves two tensors of the same values, and parts of a
        tensor have no name but one.
        """
        name = self.tensors.get(value)
        if name in model.inputs or not self.depends_on_input(value):
            return name
        for candidate in model.inputs:
            arrays = [run[candidate] for run in self.runs]
            if all(map(np.array_equal, arrays, self.values[value])):
                return candidate
        return None

    def depends_on_input(self, value: SSAValue) -> bool:
        """Whether a value is computed from the network's inputs: no constant."""
        owner = value.owner
        return not isinstance(owner, Operation) or any(map(self.depends_on_input, owner.operands))

    def tensor_of(self, layer: str) -> str | None:
        """onnxruntime's tensor for a layer's result: what the next QuantizeLinear gives.

        None when there is none: a layer a pass has inserted, or one whose float result other
        layers of ours work on before it is quantised.
        """
        consumers = self.graph.consumers()
        stem = next((layer.removesuffix(s) for s in MOVED_BACK if layer.endswith(s)), layer)
        node = next((node for node in self.graph.nodes if node.name in (layer, stem)), None)
        if node is None:
            return None
        while node.op != "QuantizeLinear":
            following = consumers.get(node.outputs[0], [])
            quantisers = [each for each in following if each.op == "QuantizeLinear"]
            if not following:
                return None
            node = quantisers[0] if quantisers else following[0]
            if node.op != "QuantizeLinear" and node.name in self.names:
                return None
        return node.outputs[0] if node.outputs[0] in self.runs[0] else None


def _outputs(whole: WholeModel, module: ModuleOp, runs: Sequence[Run]) -> list[OutputComparison]:
    """Both sides compute the whole network from the quantised inputs."""
    tensors = {port: whole.output_tensor(port) for port in whole.ports}
    worst = dict.fromkeys(tensors, 0)
    decided, agreed = dict.fromkeys(tensors, 0), dict.fromkeys(tensors, 0)
    consumers = whole.graph.consumers()
    for run in runs:
        arguments: list[Array] = []
        for port in whole.graph.inputs:
            tensor = port.name
            if port.dtype == np.float32:
                tensor = consumers[port.name][0].outputs[0]
            arguments.append(run[tensor])
        ours = list(interpret(module, arguments, keep_layers=False).outputs.values())
        for (port, tensor), mine in zip(tensors.items(), ours, strict=True):
            theirs = run[tensor].astype(np.int64)
            worst[port] = max(worst[port], int(np.abs(mine.astype(np.int64) - theirs).max()))
            if theirs.ndim == 2 and theirs.size > 1:
                ranked = np.sort(theirs.reshape(-1))
                if ranked[-1] - ranked[-2] > MARGIN_STEPS:
                    decided[port] += 1
                    agreed[port] += int(np.argmax(mine) == np.argmax(theirs))
    return [
        OutputComparison(port, len(runs), worst[port], decided[port], agreed[port])
        for port in tensors
    ]
