"""ONNX in: loading, checking and importing quantised models."""

from nmc.frontend.importer import import_onnx
from nmc.frontend.load import ModelSource

__all__ = ["ModelSource", "import_onnx"]
