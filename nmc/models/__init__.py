"""Builders of the networks we measure and test with, as real quantised ONNX files."""

from nmc.models.registry import MODELS, build_model

__all__ = ["MODELS", "build_model"]
