"""onnxruntime behind a typed surface: a session with every graph optimisation disabled.

A leaf: it reads nothing of ours. The optimisations are off because the default fusions of
quantised operators (and the saturating products of some processors) shift results by a step or
two; one thread, so that a float result does not depend on the number of cores.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime

AnyArray = npt.NDArray[Any]

# The library has no type information for what it re-exports from its native module.
_ort: Any = onnxruntime


@dataclass(frozen=True)
class TensorSpec:
    """A graph input: its name and shape, and its NumPy dtype."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class Session:
    """A loaded model. Raises what onnxruntime raises for a model it cannot run."""

    def __init__(self, model: onnx.ModelProto | bytes) -> None:
        options = _ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.graph_optimization_level = _ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 3
        data = model if isinstance(model, bytes) else model.SerializeToString()
        self._session = _ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        self.outputs = tuple(str(output.name) for output in self._session.get_outputs())

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """The graph inputs, free dimensions taken as 1."""
        return tuple(
            TensorSpec(
                str(each.name),
                tuple(d if isinstance(d, int) else 1 for d in cast(list[Any], each.shape)),
                _DTYPES[str(each.type)],
            )
            for each in self._session.get_inputs()
        )

    def run(
        self, feeds: Mapping[str, AnyArray], outputs: Sequence[str] | None = None
    ) -> dict[str, AnyArray]:
        """The named outputs (all by default) for one set of inputs."""
        names = list(self.outputs if outputs is None else outputs)
        return dict(zip(names, self._session.run(names, dict(feeds)), strict=True))


_DTYPES: dict[str, np.dtype[Any]] = {
    "tensor(float)": np.dtype(np.float32),
    "tensor(int8)": np.dtype(np.int8),
    "tensor(uint8)": np.dtype(np.uint8),
    "tensor(int32)": np.dtype(np.int32),
    "tensor(int64)": np.dtype(np.int64),
}
