"""fold-qdq: real operators between dequantise and quantise become integer operations."""

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import (
    GreedyRewritePatternApplier,
    PatternRewriteWalker,
    RewritePattern,
)
from xdsl.transforms.dead_code_elimination import region_dce

from nmc.passes.layers import make_layers_unique
from nmc.passes.qdq.boundary import move_boundary
from nmc.passes.qdq.cores import FoldCore, FoldRequantize
from nmc.passes.qdq.downwards import (
    ActivationOfDequantize,
    BiasFromAdd,
    ConcatOfDequantize,
    MaxPoolOfDequantize,
    MovementOfDequantize,
    PadOfDequantize,
)
from nmc.passes.qdq.refusal import refuse_what_is_left
from nmc.passes.qdq.scalars import QuantizeOfScaled, ScaledDequantize
from nmc.passes.qdq.tables import FoldTable
from nmc.passes.qdq.upwards import (
    QuantizeOfActivation,
    QuantizeOfConcat,
    QuantizeOfConstant,
    QuantizeOfMaxPool,
    QuantizeOfMovement,
    QuantizeOfPad,
    ShareQuantize,
)


class FoldQdqPass(ModulePass):
    """Turn `dequantize -> operators on real numbers -> quantize` into integer operations.

    ```
    %xr = qnn.dequantize "x.dq" %x {scale = array<f32: 0.5>, zero_point = array<i64: 3>} : ...
    %wr = qnn.dequantize "w.dq" %w {scale = array<f32: 0.25>, zero_point = array<i64: 0>} : ...
    %c = qnn.float "Conv" "conv1" (%xr, %wr) {pads = array<i64: 1, 1, 1, 1>} : ...
    %r = qnn.float "Relu" "relu1" (%c) {} : ...
    %y = qnn.quantize "y.q" %r {scale = array<f32: 1.0>, zero_point = array<i64: -128>} : ...
    ```
    becomes
    ```
    %y = qnn.conv2d "conv1" %x, %w, %b requant <multiplier = [..], .., lo = -128, ..>
         {pads = array<i64: 1, 1, 1, 1>, input_zero_point = 3 : i64, layout = "nchw"} : ...
    ```

    First quantises move up through what commutes with them (Relu and Clip become bounds), then
    what computes is folded, then dequantises move down through what is exact on integers. The
    model's inputs and outputs become integers, their scales attributes of @main. Layouts stay as
    imported. Raises NmcError, naming the operator and the reason, when anything real is left.
    """

    name = "fold-qdq"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        upwards: list[RewritePattern] = [
            ShareQuantize(),
            QuantizeOfActivation(),
            QuantizeOfMovement(),
            QuantizeOfMaxPool(),
            QuantizeOfConcat(),
            QuantizeOfPad(),
            QuantizeOfConstant(),
            FoldTable(),
            QuantizeOfScaled(),
        ]
        cores: list[RewritePattern] = [BiasFromAdd(), FoldCore(), FoldRequantize()]
        downwards: list[RewritePattern] = [
            MovementOfDequantize(),
            MaxPoolOfDequantize(),
            ConcatOfDequantize(),
            ActivationOfDequantize(),
            PadOfDequantize(),
            ScaledDequantize(),
        ]
        for function in op.ops:
            if not isinstance(function, func.FuncOp):
                continue
            move_boundary(function)
            # All rewrites of a kind before any of the next: equal quantises meet before what
            # they quantise is computed, and a Relu before a quantise becomes bounds rather than
            # an operation of its own.
            for patterns in (upwards, [*upwards, *cores], [*upwards, *cores, *downwards]):
                applier = GreedyRewritePatternApplier(list(patterns), ctx=ctx)
                PatternRewriteWalker(applier, post_walk_func=region_dce).rewrite_region(
                    function.body
                )
            move_boundary(function)
            region_dce(function.body)
            refuse_what_is_left(function)
            make_layers_unique(function)
