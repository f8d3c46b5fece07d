"""The rewrite that makes integers of an operator that computes."""

from collections.abc import Callable

from xdsl.ir import Operation
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from nmc.dialects import qnn
from nmc.passes.qdq.contraction import fold_conv, fold_gemm, fold_matmul
from nmc.passes.qdq.elementwise import fold_add, requantize
from nmc.passes.qdq.operands import Output, RefusalError, as_activation, output_of
from nmc.passes.qdq.pooling import fold_average
from nmc.passes.qdq.rows import fold_layer_norm, fold_mean, fold_softmax

FOLDERS: dict[str, Callable[[qnn.FloatOp, Output], list[Operation]]] = {
    "Conv": fold_conv,
    "MatMul": fold_matmul,
    "Gemm": fold_gemm,
    "Add": fold_add,
    "AveragePool": fold_average,
    "GlobalAveragePool": fold_average,
    "ReduceMean": fold_mean,
    "Softmax": fold_softmax,
    "LayerNormalization": fold_layer_norm,
}


class FoldCore(RewritePattern):
    """`quantize(f(dequantize(x), ...))` becomes an integer operation, or stays if refused."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.QuantizeOp, rewriter: PatternRewriter) -> None:
        node = op.input.owner
        if not isinstance(node, qnn.FloatOp):
            return
        fold = FOLDERS.get(node.op_type.data)
        if fold is None:
            return
        try:
            rewriter.replace(op, fold(node, output_of(op)))
        except RefusalError:
            return


class FoldRequantize(RewritePattern):
    """`quantize(dequantize(x))` is a requantisation, or nothing."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.QuantizeOp, rewriter: PatternRewriter) -> None:
        x = as_activation(op.input)
        if x is None:
            return
        try:
            changed = requantize(x, output_of(op), op.layer_name)
        except RefusalError:
            return
        if changed is None:
            rewriter.replace(op, [], [x.value])
        else:
            rewriter.replace(op, changed)
