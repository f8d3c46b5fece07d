"""Kernels: formats, cycle estimates and the builders of their code."""

from nmc.backend.kernels.kernel_sets import KernelSet
from nmc.backend.kernels.registry import (
    ContractionKernel,
    DepthwiseKernel,
    Kernel,
    depthwise_by_name,
    depthwise_for,
    kernel_by_name,
    kernels_for,
)

__all__ = [
    "ContractionKernel",
    "DepthwiseKernel",
    "Kernel",
    "KernelSet",
    "depthwise_by_name",
    "depthwise_for",
    "kernel_by_name",
    "kernels_for",
]
