"""Transposes and reshapes among themselves, and movements that are done twice."""

from collections.abc import Sequence

from xdsl.ir import Operation
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from nmc.dialects.qnn.common import shape_of, tensor_type
from nmc.dialects.qnn.movement import ConcatOp, ReshapeOp, TransposeOp
from nmc.dialects.qnn.slicing import SliceOp


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


class ShareMovements(RewritePattern):
    """Operations that move one value alike are one, the first: only their layer names differ."""

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter) -> None:
        if not isinstance(op, TransposeOp | ReshapeOp | SliceOp | ConcatOp):
            return
        for use in op.operands[0].uses:
            other = use.operation
            if isinstance(other, type(op)) and other.is_before_in_block(op) and _equal(other, op):
                rewriter.replace(op, [], [other.result])
                return


def _equal(a: Operation, b: Operation) -> bool:
    """Whether two operations of one kind compute the same."""
    return (
        tuple(a.operands) == tuple(b.operands)
        and a.result_types == b.result_types
        and {**a.properties, "layer": None} == {**b.properties, "layer": None}
    )


class MergeReshapes(RewritePattern):
    """reshape(reshape(x)) is one reshape."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ReshapeOp, rewriter: PatternRewriter) -> None:
        first = op.input.owner
        if isinstance(first, ReshapeOp):
            rewriter.replace(
                op, ReshapeOp(first.input, tensor_type(op.result), layer=op.layer_name)
            )
