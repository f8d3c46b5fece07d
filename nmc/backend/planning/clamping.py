"""Requantisations that a kernel computes faster in another form, with the same bits."""

from __future__ import annotations

from dataclasses import replace

from nmc.backend.kernels import kernel_by_name
from nmc.backend.planning.describe import is_depthwise
from nmc.dialects import qnn
from nmc.dialects.constants import constant_value
from nmc.dialects.qnn.common import integer_range
from nmc.numerics.accumulator import accumulator_bounds, unsafe_reason
from nmc.numerics.packing import PairFormat
from nmc.numerics.requant import Requant


def clamped_for(op: qnn.Conv2dOp | qnn.MatmulOp, kernel: str) -> Requant | None:
    """A saturated narrow requantisation in the clamped form, for kernels on interleaved pixels.

    Saturation and bound are one instruction there, and with one less the loop over records stays
    in the instruction cache. None where the form stays as it is: for other kernels, and where the
    layer's accumulators or multipliers are too large.
    """
    requant = op.requant.to_requant()
    if requant.form != "narrow" or not requant.acc_bits or is_depthwise(op):
        return None
    if not isinstance(kernel_by_name(kernel).format, PairFormat):
        return None
    weights, bias = constant_value(op.weight), constant_value(op.bias)
    if weights is None or bias is None:
        return None
    clamped = replace(requant, form="clamped", acc_bits=0)
    bounds = accumulator_bounds(weights, bias, integer_range(op.input.type))
    return clamped if unsafe_reason(clamped, *bounds) is None else None
