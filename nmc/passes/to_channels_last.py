"""to-channels-last: images and weights with the channel innermost."""

from typing import Any

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, StringAttr, TensorType
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import (
    GreedyRewritePatternApplier,
    PatternRewriter,
    PatternRewriteWalker,
    RewritePattern,
)
from xdsl.transforms.canonicalize import CanonicalizationRewritePattern
from xdsl.transforms.dead_code_elimination import region_dce

from nmc.dialects import nm, qnn
from nmc.dialects.constants import constant_op, constant_value, dense_from_numpy
from nmc.dialects.qnn.common import int_attr, shape_of, tensor_type
from nmc.dialects.qnn.patterns.sink import with_operands

TO_LAST, TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)
"""Permutations [N, C, H, W] -> [N, H, W, C] and back; the first also takes OIHW to OHWI."""


def _last(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(shape[axis] for axis in TO_LAST)


def channels_last_weights(weight: SSAValue, layer: str) -> Operation:
    """OHWI weights for OIHW ones: a constant (its encoding's axis moved along), or a transpose."""
    values = constant_value(weight)
    if values is None:
        return qnn.TransposeOp(weight, TO_LAST, layer=f"{layer}.weights")
    moved = np.ascontiguousarray(values.transpose(TO_LAST))
    sparsity = nm.sparsity_of(weight.type)
    if sparsity is None:
        return constant_op(moved)
    encoding = nm.SparsityAttr.get(
        *sparsity.pattern,
        TO_LAST.index(sparsity.axis.data),
        index=sparsity.index.data,
        width=sparsity.width.data,
        order=sparsity.order.data,
    )
    type: TensorType[Any] = TensorType(tensor_type(weight).element_type, moved.shape, encoding)
    return nm.ConstantOp(dense_from_numpy(moved, type))


class WindowToChannelsLast(RewritePattern):
    """A convolution or pooling of channels-first images becomes one of channels-last images."""

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter) -> None:
        if not isinstance(op, qnn.Conv2dOp | qnn.MaxPool2dOp | qnn.AvgPool2dOp):
            return
        if op.layout.data != qnn.NCHW:
            return
        layer = op.layer_name
        inside = qnn.TransposeOp(op.input, TO_LAST, layer=f"{layer}.channels_last")
        new: list[Operation] = [inside]
        operands: list[SSAValue] = [inside.result, *op.operands[1:]]
        if isinstance(op, qnn.Conv2dOp):
            weight = channels_last_weights(op.weight, layer)
            new.append(weight)
            operands[1] = weight.results[0]
        window = with_operands(op, operands, _last(shape_of(op.result)))
        window.properties["layout"] = StringAttr(qnn.NHWC)
        outside = qnn.TransposeOp(window.results[0], TO_FIRST, layer=f"{layer}.channels_first")
        rewriter.replace(op, [*new, window, outside])


class SinkThroughMixed(RewritePattern):
    """An add or concat of channels-last images and others is done channels-last.

    Transposing the other operands instead of the first costs the same, and lets the result's
    transpose meet the reader's.
    """

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter) -> None:
        if not isinstance(op, qnn.AddOp | qnn.ConcatOp):
            return
        from_last = [_is_from_channels_last(value) for value in op.operands]
        if all(from_last) or not any(from_last):
            return
        operands: list[SSAValue] = []
        new: list[Operation] = []
        for value, transposed in zip(op.operands, from_last, strict=True):
            if transposed and isinstance(value.owner, qnn.TransposeOp):
                operands.append(value.owner.input)
                continue
            new.append(
                qnn.TransposeOp(
                    value, TO_LAST, layer=f"{op.layer_name}.channels_last{len(new) or ''}"
                )
            )
            operands.append(new[-1].results[0])
        moved = with_operands(op, operands, _last(shape_of(op.results[0])))
        if isinstance(op, qnn.ConcatOp):
            moved.properties["axis"] = int_attr(TO_LAST.index(op.axis.value.data))
        outside = qnn.TransposeOp(
            moved.results[0], TO_FIRST, layer=f"{op.layer_name}.channels_first"
        )
        rewriter.replace(op, [*new, moved, outside])


def _is_from_channels_last(value: SSAValue) -> bool:
    owner = value.owner
    return isinstance(owner, qnn.TransposeOp) and owner.permutation.get_values() == TO_FIRST


class ToChannelsLastPass(ModulePass):
    """Do convolutions and pooling on [1, H, W, C] images with [O, KH, KW, I] weights.

    ```
    %y = qnn.conv2d "c1" %x, %w, %b requant <..> {layout = "nchw"}
       : (tensor<1x4x8x8xi8>, tensor<16x4x3x3xi8>, ..) -> tensor<1x16x6x6xi8>
    ```
    becomes
    ```
    %0 = qnn.transpose "c1.channels_last" %x {permutation = array<i64: 0, 2, 3, 1>} : ..
    %1 = qnn.conv2d "c1" %0, %v, %b requant <..>
       : (tensor<1x8x8x4xi8>, tensor<16x3x3x4xi8>, ..) -> tensor<1x6x6x16xi8>
    %y = qnn.transpose "c1.channels_first" %1 {permutation = array<i64: 0, 3, 1, 2>} : ..
    ```

    Transposes then sink and cancel by the dialect's canonicalisation patterns (through add,
    requantize, concat and pad, and into the weights of a fully connected layer behind a flatten),
    so that they remain only at inputs, outputs and operators that read the order of an image's
    axes. @main keeps the model's own layout.
    """

    name = "to-channels-last"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        patterns: list[RewritePattern] = [
            WindowToChannelsLast(),
            SinkThroughMixed(),
            CanonicalizationRewritePattern(),
        ]
        applier = GreedyRewritePatternApplier(patterns, ctx=ctx, folding_enabled=True)
        PatternRewriteWalker(applier, post_walk_func=region_dce).rewrite_module(op)
