"""detect-nm: encode the weights that keep an N:M pattern."""

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from nmc.dialects import nm
from nmc.numerics.pruning import detect_nm
from nmc.passes.sparse_weights import (
    channel_axis,
    contractions,
    encoded_constant,
    set_weight,
    weight_encoding,
    weights_of,
)


class DetectNmPass(ModulePass):
    """Give constant weights the encoding of the sparsest N:M pattern they already keep.

    ```
    %w = arith.constant dense<..> : tensor<64x3x3x64xi8>
    ```
    becomes, where every 8 consecutive input channels of a tap hold at most one non-zero,
    ```
    %w = nm.constant dense<..> : tensor<64x3x3x64xi8, #nm.sparsity<1:8, axis = 3>>
    ```

    Looked for, in this order: 1:16, 1:8, 2:16, 1:4, 2:8, 2:4. Blocks run along the input channels;
    weights with fewer of them than a block are left alone, as are depthwise kernels and weights
    that are encoded already. No value changes.
    """

    name = "detect-nm"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        del ctx
        for contraction in contractions(op):
            if weight_encoding(contraction) is not None:
                continue
            weights, axis = weights_of(contraction), channel_axis(contraction)
            pattern = detect_nm(weights, axis)
            if pattern is not None:
                encoding = nm.SparsityAttr.get(*pattern, axis)
                set_weight(contraction, encoded_constant(weights, encoding))
