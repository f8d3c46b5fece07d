"""Moving a quantise up, through operators that commute with it, to the operator that computes.

Quantisation is monotonous and works element by element, so it commutes exactly with moving data,
with bounds and with maxima. A real Relu or Clip becomes bounds of the quantise.
"""

from typing import Any

import numpy as np
from xdsl.dialects.builtin import FloatAttr, StringAttr, TensorType
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from nmc.dialects import qnn
from nmc.dialects.constants import constant_op, constant_value, dtype_of
from nmc.dialects.qnn.common import integer_range, shape_of, tensor_type
from nmc.numerics.affine import Array, dequantize, quantize, quantize_bound
from nmc.passes.qdq.operands import RefusalError, as_activation, output_of
from nmc.passes.qdq.pooling import integer_max_pool

RESHAPES = frozenset({"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"})


def real_producer(value: SSAValue) -> qnn.FloatOp | None:
    """The real operator that computes `value`, or None."""
    return value.owner if isinstance(value.owner, qnn.FloatOp) else None


def quantize_like(
    op: qnn.QuantizeOp,
    value: SSAValue,
    layer: str,
    bounds: tuple[int, int] | None = None,
    scale: float | None = None,
) -> qnn.QuantizeOp:
    """A quantise of `value` with the constants of `op`, and other bounds or scale if given."""
    output = output_of(op)
    lo, hi = bounds or output.bounds
    low, high = integer_range(op.result.type)
    return qnn.QuantizeOp(
        value,
        output.type_like(value),
        layer=layer,
        scale=op.scale.get_values() if scale is None else [scale],
        zero_point=op.zero_point.get_values(),
        lo=None if lo == low else lo,
        hi=None if hi == high else hi,
    )


def activation_bounds(node: qnn.FloatOp) -> tuple[float | None, float | None] | None:
    """(lower, upper) of a Relu or Clip, None where unbounded; None for other operators."""
    if node.op_type.data == "Relu":
        return 0.0, None
    if node.op_type.data != "Clip":
        return None
    low, high = (node.params.data.get(name) for name in ("min", "max"))
    return (
        low.value.data if isinstance(low, FloatAttr) else None,
        high.value.data if isinstance(high, FloatAttr) else None,
    )


class QuantizeOfActivation(RewritePattern):
    """Relu and Clip before a quantise become its bounds."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.QuantizeOp, rewriter: PatternRewriter) -> None:
        node = real_producer(op.input)
        bounds = None if node is None else activation_bounds(node)
        if node is None or bounds is None or op.axis is not None:
            return
        output = output_of(op)
        lo, hi = output.bounds
        if bounds[0] is not None:
            lo = max(lo, quantize_bound(bounds[0], output.scale, output.zero_point))
        if bounds[1] is not None:
            hi = min(hi, quantize_bound(bounds[1], output.scale, output.zero_point))
        # Where the two cross, ONNX lets the upper one win; neither leaves the type.
        hi = max(hi, output.bounds[0])
        rewriter.replace(op, quantize_like(op, node.inputs[0], op.layer_name, (min(lo, hi), hi)))


class ShareQuantize(RewritePattern):
    """Equal quantises of one value are one, the first: their layer names differ."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.QuantizeOp, rewriter: PatternRewriter) -> None:
        for use in op.input.uses:
            other = use.operation
            if not isinstance(other, qnn.QuantizeOp) or not other.is_before_in_block(op):
                continue
            if other.result.type == op.result.type and _constants(other) == _constants(op):
                rewriter.replace(op, [], [other.result])
                return


def _constants(op: qnn.QuantizeOp) -> dict[str, Attribute]:
    return {name: value for name, value in op.properties.items() if name != "layer"}


class QuantizeOfMovement(RewritePattern):
    """Reshape-like operators, Transpose and Slice before a quantise move integers instead."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.QuantizeOp, rewriter: PatternRewriter) -> None:
        node = real_producer(op.input)
        if node is None or op.axis is not None:
            return
        build = movement_of(node)
        if build is None:
            return
        inner = quantize_like(op, node.inputs[0], op.layer_name)
        rewriter.replace(op, [inner, build(inner.result)])


def movement_of(node: qnn.FloatOp) -> "_Movement | None":
    """How to move integers as `node` moves real numbers; None when it does not move data."""
    if node.op_type.data in RESHAPES or node.op_type.data in ("Transpose", "Slice"):
        return _Movement(node)
    return None


class _Movement:
    def __init__(self, node: qnn.FloatOp):
        self.node = node

    def __call__(self, value: SSAValue) -> Operation:
        node = self.node
        if node.op_type.data == "Transpose":
            rank = len(shape_of(value))
            permutation = node.int_list("perm", tuple(reversed(range(rank))))
            return qnn.TransposeOp(value, permutation, layer=node.layer_name)
        if node.op_type.data == "Slice":
            return qnn.SliceOp(
                value,
                layer=node.layer_name,
                offsets=node.int_list("starts", ()),
                sizes=shape_of(node.result),
                steps=node.int_list("steps", ()),
            )
        result = TensorType(tensor_type(value).element_type, shape_of(node.result))
        return qnn.ReshapeOp(value, result, layer=node.layer_name)


class QuantizeOfMaxPool(RewritePattern):
    """A MaxPool of something still to be computed: quantise that, then take maxima of integers."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.QuantizeOp, rewriter: PatternRewriter) -> None:
        node = real_producer(op.input)
        if node is None or not is_max_pool(node) or op.axis is not None:
            return
        # Of a dequantised image, the maximum is cheaper before the requantisation.
        if len(shape_of(node.result)) != 4 or as_activation(node.inputs[0]) is not None:
            return
        inner = quantize_like(op, node.inputs[0], op.layer_name)
        result = TensorType(tensor_type(op.result).element_type, shape_of(op.result))
        rewriter.replace(op, [inner, integer_max_pool(node, inner.result, result)])


def is_max_pool(node: qnn.FloatOp) -> bool:
    """Whether a node is a maximum pool."""
    return node.op_type.data in ("MaxPool", "GlobalMaxPool")


class QuantizeOfConcat(RewritePattern):
    """A Concat before a quantise joins integers, each input quantised for itself."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.QuantizeOp, rewriter: PatternRewriter) -> None:
        node = real_producer(op.input)
        if node is None or node.op_type.data != "Concat" or op.axis is not None:
            return
        parts = [
            quantize_like(op, value, f"{node.layer_name}.in{i}")
            for i, value in enumerate(node.inputs)
        ]
        rewriter.replace(op, [*parts, join(node, [p.result for p in parts], op.result.type)])


def join(node: qnn.FloatOp, parts: list[SSAValue], type: Any) -> qnn.ConcatOp:
    """The integer Concat of `parts`, which share the result's quantisation."""
    axis = node.int_param("axis", 0)
    return qnn.ConcatOp(
        parts,
        type,
        layer=node.layer_name,
        axis=axis % len(shape_of(node.result)),
        input_zero_points=[0] * len(parts),
        requants=[None] * len(parts),
    )


class QuantizeOfPad(RewritePattern):
    """A Pad before a quantise pads integers with the quantised value."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.QuantizeOp, rewriter: PatternRewriter) -> None:
        node = real_producer(op.input)
        if node is None or node.op_type.data != "Pad" or op.axis is not None:
            return
        try:
            before, after, value = padding(node)
        except RefusalError:
            return
        output = output_of(op)
        inner = quantize_like(op, node.inputs[0], op.layer_name)
        filler = quantize_bound(value, output.scale, output.zero_point)
        lo, hi = output.bounds
        pad = qnn.PadOp(
            inner,
            layer=node.layer_name,
            before=before,
            after=after,
            value=min(max(filler, lo), hi),
        )
        rewriter.replace(op, [inner, pad])


def padding(node: qnn.FloatOp) -> tuple[tuple[int, ...], tuple[int, ...], float]:
    """(before, after, real value) of a Pad. Raises RefusalError unless it is a constant padding."""
    mode = node.params.data.get("mode")
    if isinstance(mode, StringAttr) and mode.data != "constant":
        raise RefusalError(f"padding mode {mode.data} is not done; only constant is")
    pads = node.int_list("pads", ())
    if any(p < 0 for p in pads):
        raise RefusalError("negative padding (cropping) is not done")
    half = len(pads) // 2
    value = node.params.data.get("value")
    return pads[:half], pads[half:], value.value.data if isinstance(value, FloatAttr) else 0.0


class QuantizeOfConstant(RewritePattern):
    """A quantised constant is a constant of integers, also one that is dequantised first."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.QuantizeOp, rewriter: PatternRewriter) -> None:
        real = _float32_constant(op.input)
        if real is None:
            return
        dtype = dtype_of(tensor_type(op.result).element_type)
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        integers = quantize(
            real,
            op.scale.get_values(),
            op.zero_point.get_values(),
            dtype,
            axis=None if op.axis is None else op.axis.value.data,
            bounds=(
                int(low) if op.lo is None else op.lo.value.data,
                int(high) if op.hi is None else op.hi.value.data,
            ),
        )
        rewriter.replace(op, constant_op(integers))


def _float32_constant(value: SSAValue) -> Array | None:
    """The float32 numbers of a constant or a dequantised constant, as ONNX computes them."""
    owner = value.owner
    if not isinstance(owner, qnn.DequantizeOp):
        return constant_value(value)
    integers = constant_value(owner.input)
    if integers is None:
        return None
    axis = None if owner.axis is None else owner.axis.value.data
    scale, zero_point = owner.scale.get_values(), owner.zero_point.get_values()
    return dequantize(integers, scale, zero_point, axis=axis)
