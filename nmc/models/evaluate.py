"""Runs one float operator at a time, so that a builder can see what its network computes."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper

from nmc.onnxruntime_session import AnyArray, Session

FloatArray = npt.NDArray[np.float32]

# onnxruntime checks a model's IR version; 8 is of the time of opset 15 to 18 and reads them all.
IR_VERSION = 8


def evaluate_node(
    node: onnx.NodeProto,
    constants: Mapping[str, AnyArray],
    samples: Sequence[Mapping[str, FloatArray]],
    opset: int,
) -> tuple[FloatArray, ...]:
    """The node's first output for each sample.

    `constants` holds the inputs that are the same for all samples, `samples` the others by
    name, all of one shape per name.
    """

    def describe(name: str, array: AnyArray) -> onnx.ValueInfoProto:
        dtype = helper.np_dtype_to_tensor_dtype(array.dtype)
        return helper.make_tensor_value_info(name, dtype, list(array.shape))

    # Weights come as inputs and not as initialisers: large ones need not be serialised.
    inputs: dict[str, AnyArray] = {**constants, **samples[0]}
    graph = helper.make_graph(
        [node],
        "node",
        [describe(name, array) for name, array in inputs.items()],
        [helper.make_tensor_value_info(node.output[0], onnx.TensorProto.FLOAT, None)],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=IR_VERSION
    )
    session = Session(model)
    return tuple(
        session.run({**constants, **sample})[node.output[0]].astype(np.float32, copy=False)
        for sample in samples
    )
