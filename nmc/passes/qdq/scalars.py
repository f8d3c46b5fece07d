"""Products with a positive number change only the scale of what is around them."""

import numpy as np
from xdsl.ir import SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from nmc.dialects import qnn
from nmc.passes.qdq.operands import as_activation, output_of, real_constant
from nmc.passes.qdq.upwards import quantize_like


def scalar(value: SSAValue) -> float | None:
    """The number a constant holds everywhere, or None."""
    constant = real_constant(value)
    if constant is None or not constant.size or np.any(constant != constant.reshape(-1)[0]):
        return None
    return float(constant.reshape(-1)[0])


def scaled(node: qnn.FloatOp) -> tuple[SSAValue, float] | None:
    """(x, factor) of a Mul or Div of x by a positive number, or None.

    x has the shape of the result: the number is not what gives it.
    """
    if node.op_type.data not in ("Mul", "Div"):
        return None
    pairs = [(node.inputs[0], node.inputs[1])]
    if node.op_type.data == "Mul":
        pairs.append((node.inputs[1], node.inputs[0]))
    for x, other in pairs:
        factor = scalar(other)
        if factor is None or real_constant(x) is not None or x.type != node.result.type:
            continue
        if not np.isfinite(factor) or factor <= 0:
            return None
        return x, factor if node.op_type.data == "Mul" else 1 / factor
    return None


class QuantizeOfScaled(RewritePattern):
    """`quantize(c * x)` is x quantised with the scale divided by c."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.QuantizeOp, rewriter: PatternRewriter) -> None:
        node = op.input.owner
        if not isinstance(node, qnn.FloatOp) or op.axis is not None:
            return
        found = scaled(node)
        if found is None:
            return
        x, factor = found
        # A product that others read as well would be computed for each of them.
        if isinstance(x.owner, qnn.FloatOp) and not x.has_one_use():
            return
        scale = output_of(op).scale / factor
        rewriter.replace(op, quantize_like(op, x, op.layer_name, scale=scale))


class ScaledDequantize(RewritePattern):
    """`c * dequantize(x)` is x dequantised with the scale multiplied by c."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.FloatOp, rewriter: PatternRewriter) -> None:
        found = scaled(op)
        x = None if found is None else as_activation(found[0])
        if found is None or x is None:
            return
        real = qnn.DequantizeOp(
            x.value,
            layer=op.layer_name,
            scale=[x.scale * found[1]],
            zero_point=[x.zero_point],
        )
        rewriter.replace(op, real)
