"""Transposes and reshapes move from operands to results."""

from typing import Any

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from nmc.dialects.qnn.common import shape_of, tensor_type
from nmc.dialects.qnn.elementwise import AddOp, RequantizeOp
from nmc.dialects.qnn.lookup import LookupOp
from nmc.dialects.qnn.movement import ConcatOp, PadOp, ReshapeOp, TransposeOp
from nmc.dialects.qnn.patterns.layout import inverse


def common_permutation(operands: tuple[SSAValue, ...]) -> tuple[int, ...] | None:
    """The permutation by which every operand was transposed, or None."""
    found: tuple[int, ...] | None = None
    for value in operands:
        if not isinstance(value.owner, TransposeOp):
            return None
        permutation = value.owner.permutation.get_values()
        if found is not None and found != permutation:
            return None
        found = permutation
    return found


def with_operands(op: Operation, operands: list[SSAValue], shape: tuple[int, ...]) -> Operation:
    """The same operation on other operands, its result in another shape."""
    result = TensorType(tensor_type(op.results[0]).element_type, shape)
    return type(op).create(
        operands=operands,
        result_types=[result],
        properties=dict(op.properties),
        attributes=dict(op.attributes),
    )


class SinkTransposeThroughElementwise(RewritePattern):
    """f(transpose(a), transpose(b)) is transpose(f(a, b))."""

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter) -> None:
        if not isinstance(op, AddOp | RequantizeOp | LookupOp):
            return
        permutation = common_permutation(tuple(op.operands))
        if permutation is None:
            return
        sources: list[SSAValue] = [_before(value) for value in op.operands]
        moved = with_operands(op, sources, shape_of(sources[0]))
        rewriter.replace(
            op, [moved, TransposeOp(moved, permutation, layer=f"{op.layer_name}.transpose")]
        )


class SinkReshapeThroughElementwise(RewritePattern):
    """f(reshape(a), reshape(b)) is reshape(f(a, b)) where a and b have one shape."""

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter) -> None:
        if not isinstance(op, AddOp | RequantizeOp | LookupOp):
            return
        if not all(isinstance(value.owner, ReshapeOp) for value in op.operands):
            return
        sources = [_before(value) for value in op.operands]
        if len({shape_of(source) for source in sources}) != 1:
            return
        moved = with_operands(op, sources, shape_of(sources[0]))
        result = tensor_type(op.result)
        rewriter.replace(op, [moved, ReshapeOp(moved, result, layer=f"{op.layer_name}.reshape")])


class SinkTransposeThroughConcat(RewritePattern):
    """concat(transpose(a), transpose(b)) joins along the axis that was, and transposes."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ConcatOp, rewriter: PatternRewriter) -> None:
        permutation = common_permutation(tuple(op.inputs))
        if permutation is None:
            return
        sources = [_before(value) for value in op.inputs]
        moved = ConcatOp(
            sources,
            _permuted_type(op.result, inverse(permutation)),
            layer=op.layer_name,
            axis=permutation[op.axis.value.data],
            input_zero_points=op.input_zero_points.get_values(),
            requants=op.input_requants(),
        )
        rewriter.replace(
            op, [moved, TransposeOp(moved, permutation, layer=f"{op.layer_name}.transpose")]
        )


class SinkTransposeThroughPad(RewritePattern):
    """pad(transpose(x)) pads the axes that were, and transposes."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: PadOp, rewriter: PatternRewriter) -> None:
        permutation = common_permutation((op.input,))
        if permutation is None:
            return
        back = inverse(permutation)
        before, after = op.before.get_values(), op.after.get_values()
        moved = PadOp(
            _before(op.input),
            layer=op.layer_name,
            before=[before[axis] for axis in back],
            after=[after[axis] for axis in back],
            value=op.value.value.data,
        )
        rewriter.replace(
            op, [moved, TransposeOp(moved, permutation, layer=f"{op.layer_name}.transpose")]
        )


def _before(value: SSAValue) -> SSAValue:
    """What a transpose or reshape reads."""
    owner = value.owner
    if not isinstance(owner, TransposeOp | ReshapeOp):
        raise TypeError(f"{value} is the result of neither a transpose nor a reshape")
    return owner.input


def _permuted_type(value: SSAValue, permutation: tuple[int, ...]) -> TensorType[Any]:
    shape = shape_of(value)
    return TensorType(tensor_type(value).element_type, [shape[axis] for axis in permutation])
