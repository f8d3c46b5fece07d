"""Layouts that a product of activations reads as they are."""

from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from nmc.dialects.qnn.batch_matmul import BatchMatmulOp
from nmc.dialects.qnn.common import tensor_type
from nmc.dialects.qnn.movement import TransposeOp


class FoldTransposeIntoBatchMatmul(RewritePattern):
    """A right operand with its innermost axis moved away is read with `transpose_rhs` instead.

    `a @ transpose(b)` reads b itself; a transpose that also moves other axes stays one that keeps
    the innermost axis, whose rows are moved whole.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: BatchMatmulOp, rewriter: PatternRewriter) -> None:
        transpose = op.rhs.owner
        if not isinstance(transpose, TransposeOp):
            return
        *outer, row, column = transpose.permutation.get_values()
        if row != len(outer) + 1:
            return
        permutation = [*outer, column, row]
        moved: list[TransposeOp] = []
        source = transpose.input
        if permutation != sorted(permutation):
            moved = [TransposeOp(source, permutation, layer=transpose.layer_name)]
            source = moved[0].result
        product = BatchMatmulOp(
            op.lhs,
            source,
            tensor_type(op.result),
            layer=op.layer_name,
            requant=op.requant,
            lhs_zero_point=op.lhs_zero_point.value.data,
            rhs_zero_point=op.rhs_zero_point.value.data,
            transpose_rhs=op.transpose_rhs is None,
        )
        rewriter.replace(op, [*moved, product])
