"""Proof obligations of a requantisation, checked when the weights are constants."""

from functools import lru_cache
from typing import Any

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr
from xdsl.ir import Attribute, SSAValue
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.constants import constant_attr, numpy_from_dense
from nmc.dialects.nm.encoding import verify_encoded_constant, verify_encoded_type
from nmc.dialects.qnn.common import check_in_range, integer_range, tensor_type
from nmc.dialects.qnn.requant import RequantAttr
from nmc.numerics.accumulator import accumulator_bounds, unsafe_reason


def check_requant(requant: RequantAttr, type: Attribute, channels: int) -> None:
    """Zero-point and bounds are values of the type; one multiplier, or one a channel."""
    for name, value in (
        ("zero_point", requant.zero_point.data),
        ("lo", requant.lo.data),
        ("hi", requant.hi.data),
    ):
        check_in_range(name, value, type)
    if len(requant.multiplier) not in (1, channels):
        raise VerifyException(f"needs 1 or {channels} multipliers, got {len(requant.multiplier)}")


@lru_cache(maxsize=512)
def _unsafe(
    weight: DenseIntOrFPElementsAttr[Any],
    bias: DenseIntOrFPElementsAttr[Any],
    x_range: tuple[int, int],
    requant: RequantAttr,
) -> str | None:
    """`unsafe_reason`, remembered: the same operations are verified after every pass."""
    low, high = accumulator_bounds(numpy_from_dense(weight), numpy_from_dense(bias), x_range)
    return unsafe_reason(requant.to_requant(), low, high)


def check_constants(
    input: SSAValue, weight: SSAValue, bias: SSAValue, requant: RequantAttr
) -> None:
    """A constant weight keeps its encoding; with a constant bias too, `requant` is safe."""
    weight_type = tensor_type(weight)
    verify_encoded_type(weight_type)
    weight_value = constant_attr(weight)
    if weight_value is None:
        return
    verify_encoded_constant(weight_value, weight_type)
    bias_value = constant_attr(bias)
    if bias_value is None:
        return
    reason = _unsafe(weight_value, bias_value, integer_range(input.type), requant)
    if reason is not None:
        raise VerifyException(reason)
