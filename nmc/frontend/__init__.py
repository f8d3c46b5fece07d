"""ONNX in: loading, checking and importing quantised models."""

from nmc.frontend.importer import import_onnx, read_graph
from nmc.frontend.load import ModelSource, load_model

__all__ = ["ModelSource", "import_onnx", "load_model", "read_graph"]
