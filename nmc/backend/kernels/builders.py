"""From a kernel's name and constants to its function."""

from xdsl.dialects import func

from nmc.backend.kernels.contract_accumulate import build_accumulate
from nmc.backend.kernels.contract_channels import build_channel_pair
from nmc.backend.kernels.contract_dense import Contraction, build_dense
from nmc.backend.kernels.contract_gather import build_gather
from nmc.backend.kernels.contract_pair import build_pair
from nmc.backend.kernels.contract_sparse import build_sparse
from nmc.backend.kernels.contract_walk import build_walk
from nmc.backend.kernels.depthwise import Depthwise, build_depthwise
from nmc.backend.kernels.depthwise_line import build_depthwise_line
from nmc.backend.kernels.registry import ContractionKernel, DepthwiseKernel
from nmc.numerics.packing import (
    AccumulateFormat,
    ChannelPairFormat,
    DepthwiseFormat,
    DepthwiseLineFormat,
    GatherFormat,
    PairFormat,
    SparseFormat,
    WalkFormat,
)


def symbol(name: str) -> str:
    """A kernel's name as part of a symbol."""
    return name.replace("-", "_").replace(":", "of")


def contraction_name(kernel: ContractionKernel, spec: Contraction) -> str:
    """The function's name: every constant is in it."""
    return f"contract_{symbol(kernel.name)}_{spec.suffix()}"


def build_contraction(kernel: ContractionKernel, spec: Contraction) -> func.FuncOp:
    """The function `(a, w, out, rows, records)` of a contraction kernel."""
    name = contraction_name(kernel, spec)
    if isinstance(kernel.format, AccumulateFormat):
        return build_accumulate(name, kernel.format, spec)
    if isinstance(kernel.format, GatherFormat):
        return build_gather(name, kernel.format, spec)
    if isinstance(kernel.format, PairFormat):
        return build_pair(name, kernel.format, spec)
    if isinstance(kernel.format, WalkFormat):
        return build_walk(name, kernel.format, spec)
    if isinstance(kernel.format, ChannelPairFormat):
        return build_channel_pair(name, kernel.format, spec)
    if isinstance(kernel.format, SparseFormat):
        return build_sparse(name, kernel.format, bool(kernel.features), spec)
    return build_dense(name, kernel.format, kernel.pixels, spec)


def depthwise_name(kernel: DepthwiseKernel, spec: Depthwise) -> str:
    """The function's name: every constant is in it."""
    return f"{symbol(kernel.name)}_{spec.suffix()}"


def build_depthwise_kernel(kernel: DepthwiseKernel, spec: Depthwise) -> func.FuncOp:
    """The function `(a, w, out, rows, records, first_record)` of a depthwise kernel."""
    name = depthwise_name(kernel, spec)
    if isinstance(kernel.format, DepthwiseLineFormat):
        return build_depthwise_line(name, kernel.format, spec)
    if not isinstance(kernel.format, DepthwiseFormat):
        raise TypeError(f"{kernel.name} has no depthwise format")
    return build_depthwise(name, kernel.format, spec)
