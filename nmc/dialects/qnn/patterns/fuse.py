"""Operations that a neighbour can do on the way."""

from typing import Any

import numpy as np
from xdsl.dialects.builtin import TensorType
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from nmc.dialects.constants import constant_op, constant_value
from nmc.dialects.nm.encoding import sparsity_of
from nmc.dialects.qnn.common import ints_attr, shape_of, tensor_type
from nmc.dialects.qnn.contraction import NHWC, Conv2dOp, MatmulOp
from nmc.dialects.qnn.elementwise import RequantizeOp
from nmc.dialects.qnn.movement import ConcatOp, PadOp, ReshapeOp, TransposeOp
from nmc.dialects.qnn.patterns.layout import inverse
from nmc.dialects.qnn.requant import RequantAttr


class FoldPadIntoConv(RewritePattern):
    """A pad of the image by the input's zero-point becomes the convolution's own padding."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: Conv2dOp, rewriter: PatternRewriter) -> None:
        pad = op.input.owner
        if not isinstance(pad, PadOp) or pad.value.value.data != op.input_zero_point.value.data:
            return
        row, column = (1, 2) if op.layout.data == NHWC else (2, 3)
        before, after = pad.before.get_values(), pad.after.get_values()
        others = [axis for axis in range(4) if axis not in (row, column)]
        if any(before[axis] or after[axis] for axis in others):
            return
        extra = (before[row], before[column], after[row], after[column])
        pads = [own + more for own, more in zip(op.pads.get_values(), extra, strict=True)]
        folded = Conv2dOp.create(
            operands=[pad.input, *op.operands[1:]],
            result_types=[op.result.type],
            properties={**op.properties, "pads": ints_attr(pads)},
            attributes=dict(op.attributes),
        )
        rewriter.replace(op, folded)


class FoldRequantizeIntoConcat(RewritePattern):
    """A requantisation only a concat reads is done as the concat copies."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ConcatOp, rewriter: PatternRewriter) -> None:
        inputs, zeros = list(op.inputs), list(op.input_zero_points.get_values())
        requants: list[RequantAttr | None] = list(op.input_requants())
        changed = False
        for i, (value, requant) in enumerate(zip(inputs, requants, strict=True)):
            inner = value.owner
            if requant is None and isinstance(inner, RequantizeOp) and value.has_one_use():
                inputs[i], requants[i] = inner.input, inner.requant
                zeros[i] = inner.input_zero_point.value.data
                changed = True
        if not changed:
            return
        folded = ConcatOp(
            inputs,
            tensor_type(op.result),
            layer=op.layer_name,
            axis=op.axis.value.data,
            input_zero_points=zeros,
            requants=requants,
        )
        rewriter.replace(op, folded)


class FoldTransposeIntoMatmul(RewritePattern):
    """matmul(reshape(transpose(x))) reads x itself, its weights reordered, where rows stay rows.

    The case is a flatten in front of a fully connected layer, once images are channels-last. The
    transpose must keep the axes in front that become the rows, and the reshape must flatten all
    the others into one row.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: MatmulOp, rewriter: PatternRewriter) -> None:
        reshape = op.input.owner
        if not isinstance(reshape, ReshapeOp) or not isinstance(reshape.input.owner, TransposeOp):
            return
        transpose = reshape.input.owner
        weights = constant_value(op.weight)
        rows = _row_axes(shape_of(transpose.result), shape_of(reshape.result))
        permutation = transpose.permutation.get_values()
        if weights is None or rows is None or sparsity_of(op.weight.type) is not None:
            return
        if permutation[:rows] != tuple(range(rows)):
            return
        flattened = shape_of(transpose.result)[rows:]
        back = inverse([axis - rows for axis in permutation[rows:]])
        grid = weights.reshape(weights.shape[0], *flattened)
        reordered = grid.transpose(0, *(1 + axis for axis in back)).reshape(weights.shape)
        weight = constant_op(np.ascontiguousarray(reordered))
        result: TensorType[Any] = tensor_type(reshape.result)
        flat = ReshapeOp(transpose.input, result, layer=reshape.layer_name)
        matmul = MatmulOp(
            flat,
            weight,
            op.bias,
            tensor_type(op.result),
            layer=op.layer_name,
            requant=op.requant,
            input_zero_point=op.input_zero_point.value.data,
            addend=op.addend,
            addition=op.addition,
        )
        rewriter.replace(op, [weight, flat, matmul])


def _row_axes(source: tuple[int, ...], flat: tuple[int, ...]) -> int | None:
    """How many leading axes of `source` are the rows of `flat`, all others being its last axis."""
    rows = int(np.prod(flat[:-1]))
    for axis in range(len(source)):
        if int(np.prod(source[:axis])) == rows and int(np.prod(source[axis:])) == flat[-1]:
            return axis
    return None
