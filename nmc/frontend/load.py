"""From a file, bytes or a protocol buffer to a model that is complete in memory."""

from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx import external_data_helper

from nmc.errors import NmcError
from nmc.frontend.graph import one_line

ModelSource = str | Path | bytes | onnx.ModelProto


def load_model(source: ModelSource, name: str | None = None) -> tuple[onnx.ModelProto, str]:
    """The model with its external data read in, and how to call it in messages.

    `name` is what to call a model that is not read from a file by its path.

    Raises NmcError when the file cannot be read, is no ONNX file, or its data files are missing.
    """
    if isinstance(source, onnx.ModelProto):
        where = name or "model"
        _refuse_external(source, where)
        return source, where
    if isinstance(source, bytes):
        where = name or "model"
        model = _decode(source, where)
        _refuse_external(model, where)
        return model, where
    path = Path(source)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NmcError(f"{path}: cannot be read: {one_line(error.strerror or error)}") from error
    model = _decode(data, str(path))
    if _external_tensors(model):
        try:
            external_data_helper.load_external_data_for_model(model, str(path.resolve().parent))
        except (OSError, ValueError, TypeError, onnx.checker.ValidationError) as error:
            raise NmcError(
                f"{path}: external data cannot be loaded: {one_line(error)}: keep the data files"
                " beside the model, or save it as one file"
            ) from error
    return model, str(path)


def _decode(data: bytes, where: str) -> onnx.ModelProto:
    if not data:
        raise NmcError(f"{where}: the file is empty: expected an ONNX model")
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError as error:
        raise NmcError(
            f"{where}: not an ONNX file, or a truncated one ({len(data)} bytes): export it again"
        ) from error
    return model


def _external_tensors(model: onnx.ModelProto) -> list[onnx.TensorProto]:
    """Initialisers and tensors of Constant nodes that lie in other files."""
    tensors = list(model.graph.initializer)
    for node in model.graph.node:
        tensors.extend(attribute.t for attribute in node.attribute if attribute.HasField("t"))
    return [t for t in tensors if t.data_location == onnx.TensorProto.EXTERNAL]


def _refuse_external(model: onnx.ModelProto, where: str) -> None:
    external = _external_tensors(model)
    if external:
        raise NmcError(
            f"{where}: external data of tensor {one_line(external[0].name)!r} is missing: import"
            " the model from its path, or save it as one file"
        )
