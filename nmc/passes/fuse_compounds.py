"""fuse-compounds: operators on real numbers that exporters have taken apart become one again."""

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import FloatAttr, IntegerAttr, ModuleOp, f32, i64
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import (
    GreedyRewritePatternApplier,
    PatternRewriter,
    PatternRewriteWalker,
    RewritePattern,
    op_type_rewrite_pattern,
)
from xdsl.transforms.dead_code_elimination import region_dce

from nmc.dialects import qnn
from nmc.dialects.constants import constant_op
from nmc.dialects.qnn.common import shape_of, tensor_type
from nmc.passes.qdq.operands import Floats, real_constant
from nmc.passes.qdq.scalars import scalar


def made_by(value: SSAValue, kind: str) -> qnn.FloatOp | None:
    """The operator `kind` on real numbers that computes a value, or None."""
    owner = value.owner
    return owner if isinstance(owner, qnn.FloatOp) and owner.op_type.data == kind else None


def same(a: SSAValue, b: SSAValue) -> bool:
    """Whether two values are computed alike: exporters write some operators twice."""
    if a == b:
        return True
    x, y = a.owner, b.owner
    if not isinstance(x, qnn.FloatOp) or not isinstance(y, qnn.FloatOp):
        return False
    alike = x.op_type == y.op_type and x.params == y.params and len(x.inputs) == len(y.inputs)
    return alike and all(map(same, x.inputs, y.inputs))


def inverse_deviation(node: qnn.FloatOp) -> tuple[SSAValue, SSAValue, float] | None:
    """(x, v, epsilon) where a node computes `x / sqrt(v + epsilon)`, in whatever way, or None."""
    if node.op_type.data == "Div":
        root = made_by(node.inputs[1], "Sqrt")
        return None if root is None else _with_epsilon(node.inputs[0], root.inputs[0])
    if node.op_type.data != "Mul":
        return None
    for x, other in ((node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])):
        reciprocal, power = made_by(other, "Reciprocal"), made_by(other, "Pow")
        root = None if reciprocal is None else made_by(reciprocal.inputs[0], "Sqrt")
        if root is not None:
            return _with_epsilon(x, root.inputs[0])
        if power is not None and scalar(power.inputs[1]) == -0.5:
            return _with_epsilon(x, power.inputs[0])
    return None


def _with_epsilon(x: SSAValue, total: SSAValue) -> tuple[SSAValue, SSAValue, float] | None:
    add = made_by(total, "Add")
    if add is None:
        return None
    for variance, other in ((add.inputs[0], add.inputs[1]), (add.inputs[1], add.inputs[0])):
        epsilon = scalar(other)
        if epsilon is not None and epsilon >= 0:
            return x, variance, epsilon
    return None


def squared(value: SSAValue) -> SSAValue | None:
    """x where a value is its square, else None."""
    power, product = made_by(value, "Pow"), made_by(value, "Mul")
    if power is not None and scalar(power.inputs[1]) == 2:
        return power.inputs[0]
    if product is not None and same(product.inputs[0], product.inputs[1]):
        return product.inputs[0]
    return None


def _mean(value: SSAValue, source: SSAValue) -> int | None:
    """The axis from which on a value is the mean of `source`, kept as axes of 1; None if not so."""
    mean = made_by(value, "ReduceMean")
    if mean is None or not same(mean.inputs[0], source):
        return None
    shape = shape_of(source)
    axes = mean.int_list("axes", ())
    axis = len(shape) - len(axes)
    kept = (*shape[:axis], *(1 for _ in axes))
    whole = axes == tuple(range(axis, len(shape)))
    return axis if axes and whole and shape_of(value) == kept else None


class FuseLayerNorm(RewritePattern):
    """`(x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon)` is a LayerNormalization."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.FloatOp, rewriter: PatternRewriter) -> None:
        found = inverse_deviation(op)
        centred = None if found is None else made_by(found[0], "Sub")
        mean = None if found is None else made_by(found[1], "ReduceMean")
        if found is None or centred is None or mean is None:
            return
        x = centred.inputs[0]
        axis = _mean(centred.inputs[1], x)
        base = squared(mean.inputs[0])
        if axis is None or base is None or not same(base, centred.result):
            return
        if _mean(found[1], mean.inputs[0]) != axis:
            return
        rewriter.replace(op, _layer_norm(op, [x], axis, found[2]))


class FuseGain(RewritePattern):
    """A LayerNormalization times a constant, then plus one: its gain and its bias."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.FloatOp, rewriter: PatternRewriter) -> None:
        if op.op_type.data not in ("Mul", "Add"):
            return
        for value, other in ((op.inputs[0], op.inputs[1]), (op.inputs[1], op.inputs[0])):
            norm = made_by(value, "LayerNormalization")
            wanted = 1 if op.op_type.data == "Mul" else 2
            if norm is None or not value.has_one_use() or len(norm.inputs) > wanted:
                continue
            axis = norm.int_param("axis", -1)
            epsilon = norm.params.data.get("epsilon")
            constant = _for_row(other, shape_of(value), axis)
            if constant is None or not isinstance(epsilon, FloatAttr):
                continue
            new: list[Operation] = [constant_op(constant.astype(np.float32))]
            if len(norm.inputs) < wanted:
                new.insert(0, constant_op(np.ones_like(constant, np.float32)))
            operands = [*norm.inputs, *(each.results[0] for each in new)]
            fused = _layer_norm(op, operands, axis, epsilon.value.data)
            rewriter.replace(op, [*new, fused])
            rewriter.erase(norm)
            return


def _layer_norm(
    op: qnn.FloatOp, operands: list[SSAValue], axis: int, epsilon: float
) -> qnn.FloatOp:
    """A LayerNormalization in the place of `op`."""
    params: dict[str, Attribute] = {
        "axis": IntegerAttr(axis, i64),
        "epsilon": FloatAttr(epsilon, f32),
    }
    return qnn.FloatOp(
        "LayerNormalization",
        operands,
        tensor_type(op.result),
        layer=op.layer_name,
        params=params,
    )


def _for_row(value: SSAValue, shape: tuple[int, ...], axis: int) -> Floats | None:
    """A constant that is the same for every row, in the shape of a row; None for anything else."""
    constant = real_constant(value)
    if constant is None:
        return None
    padded = (1,) * (len(shape) - constant.ndim) + constant.shape
    if len(padded) != len(shape) or any(size != 1 for size in padded[:axis]):
        return None
    try:
        return np.broadcast_to(constant.reshape(padded[axis:]), shape[axis:])
    except ValueError:
        return None


class FuseCompoundsPass(ModulePass):
    """Recognise what was one operator before its export, as one `qnn.float`.

    ```
    %m = qnn.float "ReduceMean" "mean" (%x) {axes = array<i64: 2>} : ...
    %c = qnn.float "Sub" "centred" (%x, %m) {} : ...
    %s = qnn.float "Pow" "square" (%c, %two) {} : ...
    %v = qnn.float "ReduceMean" "variance" (%s) {axes = array<i64: 2>} : ...
    %e = qnn.float "Add" "safe" (%v, %epsilon) {} : ...
    %d = qnn.float "Sqrt" "deviation" (%e) {} : ...
    %n = qnn.float "Div" "normal" (%c, %d) {} : ...
    %g = qnn.float "Mul" "scaled" (%n, %gain) {} : ...
    %y = qnn.float "Add" "offset" (%g, %bias) {} : ...
    ```
    becomes
    ```
    %y = qnn.float "LayerNormalization" "offset" (%x, %gain, %bias)
         {axis = 2 : i64, epsilon = 1.0e-6 : f32} : ...
    ```

    A product with the Reciprocal of the root, or with a Pow of -0.5, will do too, as will a
    product for the square. Elementwise compounds (Gelu) need no pass: `fold-qdq` makes a table of
    whatever depends on one tensor. What a quantiser has put pairs of operators into is left alone.
    """

    name = "fuse-compounds"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        applier = GreedyRewritePatternApplier([FuseLayerNorm(), FuseGain()], ctx=ctx)
        PatternRewriteWalker(applier, post_walk_func=region_dce).rewrite_module(op)
