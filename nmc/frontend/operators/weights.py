"""Checks on constant weights: symmetric integers whose accumulator stays below 2^31."""

from dataclasses import dataclass

import numpy as np

from nmc.frontend.graph import Array, Node
from nmc.frontend.tensors import Tensors
from nmc.numerics.accumulator import INT32_MAX, INT32_MIN, accumulator_bounds


@dataclass(frozen=True)
class Weights:
    """int8 weights with zero-point 0: the integers, and one scale or one for each channel."""

    data: Array
    scale: Array
    channel_axis: int

    def rows(self) -> Array:
        """The output channels first."""
        return np.moveaxis(self.data, self.channel_axis, 0)


def read_weights(node: Node, tensors: Tensors, name: str, channel_axis: int) -> Weights:
    """The integers behind the weights `name`, int8 with zero-point 0.

    `channel_axis` is the axis of the output channels, the only one that may have its own scales.
    """
    source = tensors.sources.get(name)
    if source is None:
        what = "float" if name in tensors.constants else "computed, not constant"
        node.refuse(f"its weights are {what}", "quantise constant weights to int8")
    if source.data is None:
        node.refuse("its weights are computed, not constant", "only constant weights are supported")
    quantisation = source.quantisation
    if quantisation.dtype != np.int8 or np.any(quantisation.zero_point != 0):
        node.refuse(
            f"its weights are {quantisation.dtype.name} with a zero-point other than"
            f" {128 if quantisation.dtype == np.uint8 else 0}",
            "quantise the weights symmetrically (int8 with zero-point 0)",
        )
    if quantisation.axis not in (None, channel_axis):
        node.refuse(
            f"its weights have scales along axis {quantisation.axis}",
            f"scales may differ only between output channels (axis {channel_axis})",
        )
    return Weights(source.data, quantisation.scale, channel_axis)


def check_bias(
    node: Node, tensors: Tensors, name: str, channels: int, *, broadcast: bool = False
) -> None:
    """A constant with one number for each output channel.

    With `broadcast`, as Gemm has it, also one number for all, and a leading dimension of 1.
    """
    if not tensors.is_constant(name):
        node.refuse("its bias is computed, not constant", "only constant biases are supported")
    allowed: list[tuple[int, ...]] = [(channels,)]
    if broadcast:
        allowed += [(1, channels), (), (1,), (1, 1)]
    if tensors.shapes[name] not in allowed:
        node.refuse(
            f"its bias has shape {list(tensors.shapes[name])}",
            f"expected [{channels}], one number for each output channel",
        )


def check_accumulator(node: Node, tensors: Tensors, x: str, weights: Weights, bias: str) -> None:
    """Refuses a layer some input of which drives an accumulator to 2^31 or below -2^31.

    What `x` can be is known when it is a dequantised tensor; behind other float operators the
    whole range of 8 bits with the worst zero-point is assumed.
    """
    source = tensors.sources.get(x)
    if source is None or not source.quantisation.per_tensor:
        low, high, scale = -255, 255, None
    else:
        zero = int(source.quantisation.zero_point)
        ends = source.quantisation.limits()
        low, high, scale = ends[0] - zero, ends[1] - zero, source.quantisation.scale
    rows = weights.rows()
    start = _bias_steps(tensors, bias, scale, weights.scale, rows.shape[0])
    lower, upper = accumulator_bounds(rows, start, (low, high))
    reached = max(int(upper.max()), -int(lower.min()))
    if reached > INT32_MAX or int(lower.min()) < INT32_MIN:
        channel = int(np.argmax(np.maximum(upper, -lower)))
        node.refuse(
            f"the accumulator of output channel {channel} can reach {reached}, beyond 2^31",
            "use smaller weights, or a larger scale for the bias",
        )


def _bias_steps(
    tensors: Tensors, bias: str, x_scale: Array | None, w_scale: Array, channels: int
) -> Array:
    """The bias in steps of the accumulator, int64 [channels], or [1] if one number serves all."""
    if not bias:
        return np.zeros(channels, np.int64)
    source = tensors.sources.get(bias)
    if source is not None and source.data is not None:
        real = source.data.astype(np.float64) * source.quantisation.scale.astype(np.float64)
        if x_scale is None:
            return source.data.astype(np.int64).reshape(-1)
    else:
        real = tensors.constants[bias].astype(np.float64)
        if x_scale is None:
            return np.zeros(channels, np.int64)
    steps = np.rint(real.reshape(-1) / (float(x_scale) * w_scale.astype(np.float64)))
    return np.clip(steps, -(2.0**62), 2.0**62).astype(np.int64)
