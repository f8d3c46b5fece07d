"""Moving a dequantise down, through operators that are exact on integers, to one that computes."""

from abc import ABC, abstractmethod

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import TensorType
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from nmc.dialects import qnn
from nmc.dialects.constants import constant_op
from nmc.dialects.qnn.common import shape_of, tensor_type
from nmc.passes.qdq.elementwise import requantize
from nmc.passes.qdq.operands import (
    Activation,
    Output,
    RefusalError,
    as_activation,
    real_constant,
)
from nmc.passes.qdq.pooling import integer_max_pool
from nmc.passes.qdq.upwards import activation_bounds, is_max_pool, join, movement_of, padding

# A bound or padding value this near to a step of the input's scale counts as on it: float32
# scales are good to 2^-24, times 255 steps.
ON_STEP = 1e-4


class DequantizeThrough(RewritePattern, ABC):
    """Base: `f(dequantize(x))` becomes `dequantize(g(x))`, g exact on integers."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.FloatOp, rewriter: PatternRewriter) -> None:
        if not op.inputs:
            return
        inputs = [as_activation(value) for value in op.inputs]
        first = inputs[0]
        if first is None or any(other is None for other in inputs):
            return
        activations = [a for a in inputs if a is not None]
        if any((a.scale, a.zero_point) != (first.scale, first.zero_point) for a in activations):
            return
        try:
            ops = self.integers(op, activations)
        except RefusalError:
            return
        if ops is None:
            return
        value = ops[-1].results[0] if ops else first.value
        real = qnn.DequantizeOp(
            value,
            layer=f"{op.layer_name}.real",
            scale=[first.scale],
            zero_point=[first.zero_point],
        )
        rewriter.replace(op, [*ops, real])

    @abstractmethod
    def integers(self, op: qnn.FloatOp, inputs: list[Activation]) -> list[Operation] | None:
        """Integer operations whose last result stands for `op`; None when it is not our kind."""


class MovementOfDequantize(DequantizeThrough):
    """Reshape, Flatten, Transpose and the like."""

    def integers(self, op: qnn.FloatOp, inputs: list[Activation]) -> list[Operation] | None:
        build = movement_of(op)
        return None if build is None else [build(inputs[0].value)]


class MaxPoolOfDequantize(DequantizeThrough):
    """MaxPool: quantisation is monotonous."""

    def integers(self, op: qnn.FloatOp, inputs: list[Activation]) -> list[Operation] | None:
        if not is_max_pool(op):
            return None
        x = inputs[0].value
        type = TensorType(tensor_type(x).element_type, shape_of(op.result))
        return [integer_max_pool(op, x, type)]


class ConcatOfDequantize(DequantizeThrough):
    """Concat of tensors with one quantisation."""

    def integers(self, op: qnn.FloatOp, inputs: list[Activation]) -> list[Operation] | None:
        if op.op_type.data != "Concat":
            return None
        element = tensor_type(inputs[0].value).element_type
        if any(tensor_type(x.value).element_type != element for x in inputs):
            return None
        type = TensorType(element, shape_of(op.result))
        return [join(op, [x.value for x in inputs], type)]


class ActivationOfDequantize(DequantizeThrough):
    """Relu, and Clip whose bounds are steps of the input's scale, clamp the integers."""

    def integers(self, op: qnn.FloatOp, inputs: list[Activation]) -> list[Operation] | None:
        bounds = activation_bounds(op)
        if bounds is None:
            return None
        x = inputs[0]
        lo, hi = x.range
        if bounds[0] is not None:
            lo = min(max(lo, on_step(bounds[0], x)), hi)
        if bounds[1] is not None:
            hi = max(min(hi, on_step(bounds[1], x)), lo)
        output = Output(tensor_type(x.value).element_type, x.scale, x.zero_point, (lo, hi))
        clamp = requantize(x, output, op.layer_name)
        return [] if clamp is None else [clamp]


class PadOfDequantize(DequantizeThrough):
    """Pad whose value is a step of the input's scale."""

    def integers(self, op: qnn.FloatOp, inputs: list[Activation]) -> list[Operation] | None:
        if op.op_type.data != "Pad":
            return None
        before, after, value = padding(op)
        x = inputs[0]
        filler = on_step(value, x)
        if not x.range[0] <= filler <= x.range[1]:
            raise RefusalError("its padding value is out of its input's range")
        return [qnn.PadOp(x.value, layer=op.layer_name, before=before, after=after, value=filler)]


def on_step(value: float, x: Activation) -> int:
    """A real value as an integer of `x`. Raises RefusalError when it lies between two of them."""
    steps = max(min(value / x.scale, 1e6), -1e6)
    if abs(steps) < 1e6 and abs(steps - round(steps)) > ON_STEP:
        raise RefusalError(
            f"{value:g} lies between two steps of its input's scale; quantise its result"
        )
    return round(steps) + x.zero_point


class BiasFromAdd(RewritePattern):
    """Conv or MatMul without bias, then Add of a constant per channel: the constant is the bias."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.FloatOp, rewriter: PatternRewriter) -> None:
        if op.op_type.data != "Add":
            return
        for value, constant in ((op.inputs[0], op.inputs[1]), (op.inputs[1], op.inputs[0])):
            node = value.owner
            if not isinstance(node, qnn.FloatOp) or len(node.inputs) != 2:
                continue
            if node.op_type.data not in ("Conv", "MatMul") or not value.has_one_use():
                continue
            flat = _flat_bias(constant, node)
            if flat is None:
                continue
            new = [] if isinstance(flat, SSAValue) else [flat]
            merged = qnn.FloatOp(
                node.op_type.data,
                [*node.inputs, SSAValue.get(flat)],
                tensor_type(op.result),
                layer=node.layer_name,
                params=node.params.data,
            )
            rewriter.replace(op, [*new, merged])
            rewriter.erase(node)
            return


def _flat_bias(constant: SSAValue, node: qnn.FloatOp) -> SSAValue | arith.ConstantOp | None:
    """A constant with one entry a channel of `node`'s result, as a tensor [channels]; else None.

    The constant itself where it has that shape, otherwise a new one to insert.
    """
    real = real_constant(constant)
    if real is None:
        return None
    out = shape_of(node.result)
    axis = 1 if node.op_type.data == "Conv" else len(out) - 1
    aligned = (1,) * (len(out) - real.ndim) + real.shape
    if len(aligned) != len(out):
        return None
    if any(d not in ((1, out[i]) if i == axis else (1,)) for i, d in enumerate(aligned)):
        return None
    if real.ndim == 1:
        return constant
    return constant_op(real.reshape(-1).astype(np.float32))
