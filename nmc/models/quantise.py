"""Static quantisation of a float model by onnxruntime, made reproducible."""

import contextlib
import io
import logging
import tempfile
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from onnxruntime import quantization
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType

from nmc.models.builder import GraphBuilder, Value
from nmc.models.evaluate import FloatArray

ActivationType = Literal["int8", "uint8"]
FormatName = Literal["qdq", "qoperator"]


@dataclass(frozen=True)
class Quantisation:
    """What the quantised file looks like.

    `activations` is the integer type between layers, zero-points are free unless `symmetric`;
    weights are always int8 with zero-point 0, one scale for each output channel when
    `per_channel`. `keep_relu` leaves Relu and Clip nodes in the graph where the quantiser would
    drop them because the next QuantizeLinear clips anyway.
    """

    format: FormatName = "qdq"
    activations: ActivationType = "int8"
    per_channel: bool = True
    symmetric: bool = False
    keep_relu: bool = False
    headroom: float = 1.0


# Partly annotated in the library.
_quantize_static: Any = vars(quantization)["quantize_static"]

DEFAULT = Quantisation()


class _Reader(CalibrationDataReader):
    """Hands onnxruntime's calibrator the samples of a builder, one after the other."""

    def __init__(self, samples: Sequence[dict[str, FloatArray]]) -> None:
        self._left: Iterator[dict[str, FloatArray]] = iter(samples)

    def get_next(self) -> dict[str, FloatArray] | None:  # type: ignore[override]  (see below)
        # The base class is annotated `dict`, yet documents None as the end of the data.
        return next(self._left, None)


def quantise(
    builder: GraphBuilder, outputs: dict[str, Value], options: Quantisation = DEFAULT
) -> onnx.ModelProto:
    """Quantises the graph built so far.

    The same builder calls with the same versions give the same bytes from `serialise`: the
    quantiser's traces of its own doings (producer, metadata) are removed.
    """
    activations = QuantType.QInt8 if options.activations == "int8" else QuantType.QUInt8
    extra: dict[str, Any] = {
        "ActivationSymmetric": options.symmetric,
        "WeightSymmetric": True,
        "QDQKeepRemovableActivations": options.keep_relu,
        "ForceQuantizeNoInputCheck": True,
    }
    if options.headroom != 1.0:
        extra["TensorQuantOverrides"] = {
            name: [_widened(value, options.headroom)] for name, value in outputs.items()
        }
    with tempfile.TemporaryDirectory(prefix="nmc-quantise-") as folder, _quiet():
        path = Path(folder) / "model.onnx"
        _quantize_static(
            builder.model(outputs),
            path,
            _Reader(builder.calibration()),
            QuantFormat.QDQ if options.format == "qdq" else QuantFormat.QOperator,
            per_channel=options.per_channel,
            activation_type=activations,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=builder.real_nodes,
            extra_options=extra,
        )
        model = onnx.load(path)
    return _stripped(model)


def _widened(value: Value, factor: float) -> dict[str, Any]:
    """The range of an output's calibration samples, wider, as the quantiser takes it."""
    low = min(float(sample.min()) for sample in value.samples)
    high = max(float(sample.max()) for sample in value.samples)
    return {"rmin": np.float32(low * factor), "rmax": np.float32(high * factor)}


def serialise(model: onnx.ModelProto) -> bytes:
    """The bytes of the file, equal for equal models."""
    return model.SerializeToString(deterministic=True)


def _stripped(model: onnx.ModelProto) -> onnx.ModelProto:
    model.producer_name = "nmc"
    model.producer_version = ""
    model.doc_string = ""
    del model.metadata_props[:]
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.doc_string = ""
    # Only the domains in use: the quantiser adds com.microsoft to every file.
    used = {node.domain for node in model.graph.node} | {""}
    kept = sorted((o for o in model.opset_import if o.domain in used), key=lambda o: o.domain)
    entries = [onnx.helper.make_opsetid(opset.domain, opset.version) for opset in kept]
    del model.opset_import[:]
    model.opset_import.extend(entries)
    initialisers = sorted(model.graph.initializer, key=lambda tensor: tensor.name)
    del model.graph.initializer[:]
    model.graph.initializer.extend(initialisers)
    return model


@contextlib.contextmanager
def _quiet() -> Generator[None]:
    """The quantiser logs to the root logger and prints; neither concerns our user."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        root.setLevel(level)
