"""Requantisations that change nothing, or only clamp."""

from xdsl.ir import Operation
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from nmc.dialects.qnn.batch_matmul import BatchMatmulOp
from nmc.dialects.qnn.common import int_attr, integer_range
from nmc.dialects.qnn.contraction import Conv2dOp, MatmulOp
from nmc.dialects.qnn.elementwise import AddOp, RequantizeOp
from nmc.dialects.qnn.layer_norm import LayerNormOp
from nmc.dialects.qnn.pooling import AvgPool2dOp
from nmc.dialects.qnn.softmax import SoftmaxOp


def is_clamp(op: RequantizeOp) -> bool:
    """Whether only the bounds change values: multiplier 2^shift, equal zero-points and types."""
    requant = op.requant
    return (
        op.input.type == op.result.type
        and requant.acc_bits.data == 0
        and requant.zero_point.data == op.input_zero_point.value.data
        and requant.multiplier.get_values() == (1 << requant.shift.data,)
    )


class DropIdentity(RewritePattern):
    """A clamp to the whole range of the type does nothing."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: RequantizeOp, rewriter: PatternRewriter) -> None:
        bounds = (op.requant.lo.data, op.requant.hi.data)
        if is_clamp(op) and bounds == integer_range(op.input.type):
            rewriter.replace(op, [], [op.input])


class FoldClampIntoProducer(RewritePattern):
    """A clamp of a result nobody else reads becomes bounds of what computes it."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: RequantizeOp, rewriter: PatternRewriter) -> None:
        producer = op.input.owner
        if not is_clamp(op) or not isinstance(producer, Operation) or not op.input.has_one_use():
            return
        if isinstance(producer, Conv2dOp | MatmulOp) and producer.addition is not None:
            addition = producer.addition
            lo, hi = _both(op, addition.lo.data, addition.hi.data)
            producer.addition = addition.with_bounds(lo, hi)
        elif isinstance(producer, Conv2dOp | MatmulOp | BatchMatmulOp | RequantizeOp | AvgPool2dOp):
            requant = producer.requant
            lo, hi = _both(op, requant.lo.data, requant.hi.data)
            producer.requant = requant.with_bounds(lo, hi)
        elif isinstance(producer, AddOp | SoftmaxOp | LayerNormOp):
            lo, hi = _both(op, producer.lo.value.data, producer.hi.value.data)
            producer.lo, producer.hi = int_attr(lo), int_attr(hi)
        else:
            return
        rewriter.notify_op_modified(producer)
        rewriter.replace(op, [], [op.input])


def _both(op: RequantizeOp, lo: int, hi: int) -> tuple[int, int]:
    """The bounds of clamping to (lo, hi) and then to those of `op`."""
    low, high = op.requant.lo.data, op.requant.hi.data
    return min(max(lo, low), high), max(min(hi, high), low)
