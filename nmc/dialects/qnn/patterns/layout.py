"""Transposes and reshapes among themselves."""

from collections.abc import Sequence

from xdsl.ir import Operation
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from nmc.dialects.qnn.common import shape_of, tensor_type
from nmc.dialects.qnn.movement import ReshapeOp, TransposeOp


def inverse(permutation: Sequence[int]) -> tuple[int, ...]:
    """The permutation that undoes another."""
    result = [0] * len(permutation)
    for position, axis in enumerate(permutation):
        result[axis] = position
    return tuple(result)


def keeps_order(shape: Sequence[int], permutation: Sequence[int]) -> bool:
    """Whether a transpose leaves the elements in order: axes longer than 1 keep theirs."""
    moving = [axis for axis in permutation if shape[axis] != 1]
    return moving == sorted(moving)


class ComposeTransposes(RewritePattern):
    """transpose(transpose(x, p), q) is one transpose, or x."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: TransposeOp, rewriter: PatternRewriter) -> None:
        first = op.input.owner
        if not isinstance(first, TransposeOp):
            return
        inner, outer = first.permutation.get_values(), op.permutation.get_values()
        composed = [inner[axis] for axis in outer]
        if composed == sorted(composed):
            rewriter.replace(op, [], [first.input])
        else:
            rewriter.replace(op, TransposeOp(first.input, composed, layer=op.layer_name))


class TransposeIsReshape(RewritePattern):
    """A transpose that only moves axes of length 1 is a reshape."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: TransposeOp, rewriter: PatternRewriter) -> None:
        if not keeps_order(shape_of(op.input), op.permutation.get_values()):
            return
        rewriter.replace(op, ReshapeOp(op.input, tensor_type(op.result), layer=op.layer_name))


class ShareLayoutChanges(RewritePattern):
    """Equal transposes or reshapes of one value are one, the first: their layer names differ."""

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter) -> None:
        if not isinstance(op, TransposeOp | ReshapeOp):
            return
        for use in op.input.uses:
            other = use.operation
            if isinstance(other, type(op)) and other.is_before_in_block(op) and _equal(other, op):
                rewriter.replace(op, [], [other.result])
                return


def _equal(a: TransposeOp | ReshapeOp, b: TransposeOp | ReshapeOp) -> bool:
    if isinstance(a, TransposeOp) and isinstance(b, TransposeOp):
        return a.permutation == b.permutation
    return a.result.type == b.result.type


class MergeReshapes(RewritePattern):
    """reshape(reshape(x)) is one reshape."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ReshapeOp, rewriter: PatternRewriter) -> None:
        first = op.input.owner
        if isinstance(first, ReshapeOp):
            rewriter.replace(
                op, ReshapeOp(first.input, tensor_type(op.result), layer=op.layer_name)
            )
