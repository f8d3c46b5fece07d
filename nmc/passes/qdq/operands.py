"""Reading the operands of a real operator: dequantised activations, weights, constants."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from xdsl.dialects.builtin import TensorType
from xdsl.ir import Attribute, SSAValue

from nmc.dialects import qnn
from nmc.dialects.constants import constant_value
from nmc.dialects.qnn.common import integer_range, shape_of, tensor_type

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


class RefusalError(Exception):
    """Why an operator cannot become an integer one, as the end of a sentence about it."""


@dataclass(frozen=True)
class Activation:
    """A dequantised tensor: real value = (integers - zero_point) * scale."""

    value: SSAValue
    scale: float
    zero_point: int

    @property
    def range(self) -> tuple[int, int]:
        """Smallest and largest integer of its type."""
        return integer_range(self.value.type)


@dataclass(frozen=True)
class Output:
    """Where the result goes: the quantisation after an operator, with folded bounds."""

    element_type: Attribute
    scale: float
    zero_point: int
    bounds: tuple[int, int]

    def type_like(self, value: SSAValue) -> TensorType[Any]:
        """The output's element type in the shape of `value`."""
        return TensorType(self.element_type, shape_of(value))


def output_of(op: qnn.QuantizeOp) -> Output:
    """What a quantise says about its result. Raises RefusalError when it is per channel."""
    if op.axis is not None:
        raise RefusalError("its output is quantised per channel; use one scale for the tensor")
    low, high = integer_range(op.result.type)
    return Output(
        tensor_type(op.result).element_type,
        float(op.scale.get_values()[0]),
        op.zero_point.get_values()[0],
        (
            low if op.lo is None else op.lo.value.data,
            high if op.hi is None else op.hi.value.data,
        ),
    )


def as_activation(value: SSAValue) -> Activation | None:
    """`value` as a dequantised 8-bit tensor with one scale, or None."""
    op = value.owner
    if not isinstance(op, qnn.DequantizeOp) or op.axis is not None:
        return None
    if tensor_type(op.input).element_type not in (qnn.i8, qnn.ui8):
        return None
    return Activation(op.input, float(op.scale.get_values()[0]), op.zero_point.get_values()[0])


def activation(value: SSAValue, what: str = "input") -> Activation:
    """`as_activation`, or RefusalError saying what the operand is instead."""
    found = as_activation(value)
    if found is not None:
        return found
    op = value.owner
    if isinstance(op, qnn.FloatOp):
        raise RefusalError(
            f"its {what} comes from {op.op_type.data} {op.layer_name} in floating point; "
            "quantise that result"
        )
    if isinstance(op, qnn.DequantizeOp):
        raise RefusalError(f"its {what} is not an 8-bit tensor with one scale")
    raise RefusalError(f"its {what} is not quantised")


def real_constant(value: SSAValue) -> Floats | None:
    """The real numbers of a constant, dequantised where it is; None when it is no constant."""
    op = value.owner
    if isinstance(op, qnn.DequantizeOp):
        integers = constant_value(op.input)
        if integers is None:
            return None
        scale, zero = _along(op, integers.ndim)
        return (integers.astype(np.float64) - zero) * scale
    constant = constant_value(value)
    return None if constant is None else constant.astype(np.float64)


def _along(op: qnn.DequantizeOp, rank: int) -> tuple[Floats, Floats]:
    """Scale and zero-point shaped to broadcast over the operand."""
    scale = np.asarray(op.scale.get_values(), dtype=np.float64)
    zero = np.asarray(op.zero_point.get_values(), dtype=np.float64)
    shape = [1] * rank
    if op.axis is not None:
        shape[op.axis.value.data] = scale.size
    return scale.reshape(shape), zero.reshape(shape)


def weights(value: SSAValue, channel_axis: int) -> tuple[npt.NDArray[np.int8], Floats]:
    """int8 weights with zero-point 0, and float64 scales [1] or [channels] along `channel_axis`.

    Raises RefusalError when they are no quantised constant, are scaled along another axis, or do
    not fit int8 once their zero-point is taken off.
    """
    op = value.owner
    integers = constant_value(op.input) if isinstance(op, qnn.DequantizeOp) else None
    if not isinstance(op, qnn.DequantizeOp) or integers is None:
        if constant_value(value) is not None:
            raise RefusalError("its weights are floating point; quantise them to int8")
        raise RefusalError("its weights are not constant; only products with constants are done")
    if integers.dtype.itemsize != 1:
        raise RefusalError(f"its weights are {integers.dtype.name}; quantise them to int8")
    if op.axis is not None and op.axis.value.data != channel_axis:
        raise RefusalError(
            f"its weights are scaled along axis {op.axis.value.data}, not along the output "
            f"channels (axis {channel_axis})"
        )
    _, zero = _along(op, integers.ndim)
    shifted = integers.astype(np.int64) - zero.astype(np.int64)
    if int(shifted.min()) < -128 or int(shifted.max()) > 127:
        raise RefusalError("its weights do not fit int8 with zero-point 0")
    return shifted.astype(np.int8), np.asarray(op.scale.get_values(), dtype=np.float64)


def bias(value: SSAValue | None, scale: Floats, channels: int) -> npt.NDArray[np.int64]:
    """Bias integers [channels] at `scale` = s_x * s_w (float64 [1] or [channels]).

    An int32 bias dequantised at that very scale keeps its integers; any other constant is divided
    and rounded half to even. Raises RefusalError when it is no constant, or of no such shape.
    """
    if value is None:
        return np.zeros(channels, dtype=np.int64)
    real = real_constant(value)
    if real is None:
        raise RefusalError("its bias is not constant")
    op = value.owner
    if isinstance(op, qnn.DequantizeOp):
        own = np.asarray(op.scale.get_values(), dtype=np.float64)
        integers = constant_value(op.input)
        # The file's scale is the float32 product; the multiplier here is the float64 one.
        alike = own.size in (1, channels) and np.allclose(own, scale, rtol=1e-6, atol=0.0)
        if integers is not None and alike and not any(op.zero_point.get_values()):
            return _per_channel(integers.astype(np.int64), channels)
    return np.rint(_per_channel(real, channels) / scale).astype(np.int64)


def _per_channel(values: Array, channels: int) -> Array:
    if values.size != 1 and (values.size != channels or values.shape[-1] != channels):
        raise RefusalError(f"its bias has shape {list(values.shape)}, not [{channels}]")
    return np.broadcast_to(values.reshape(-1), (channels,))
