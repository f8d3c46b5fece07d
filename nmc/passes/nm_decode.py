"""nm-decode: forget the N:M encodings of weights."""

from typing import Any

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, ModuleOp, TensorType
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import (
    GreedyRewritePatternApplier,
    PatternRewriter,
    PatternRewriteWalker,
    RewritePattern,
    op_type_rewrite_pattern,
)
from xdsl.transforms.dead_code_elimination import region_dce

from nmc.dialects import nm
from nmc.dialects.qnn.common import tensor_type


class DecodeConstant(RewritePattern):
    """An encoded constant becomes a plain one of the same values."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: nm.ConstantOp, rewriter: PatternRewriter) -> None:
        source = tensor_type(op.result)
        dense: TensorType[Any] = TensorType(source.element_type, source.shape)
        rewriter.replace(op, arith.ConstantOp(DenseIntOrFPElementsAttr(dense, op.value.data)))


class NmDecodePass(ModulePass):
    """Make every weight dense: same values, zeros included, no encoding.

    ```
    %w = nm.constant dense<..> : tensor<8x16xi8, #nm.sparsity<1:8, axis = 1>>
    ```
    becomes
    ```
    %w = arith.constant dense<..> : tensor<8x16xi8>
    ```

    Results do not change; kernels for dense weights will be used.
    """

    name = "nm-decode"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        applier = GreedyRewritePatternApplier([DecodeConstant()], ctx=ctx, folding_enabled=True)
        PatternRewriteWalker(applier, post_walk_func=region_dce).rewrite_module(op)
