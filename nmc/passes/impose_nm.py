"""impose-nm: prune weights to an N:M pattern."""

from dataclasses import dataclass

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from nmc.dialects import nm, qnn
from nmc.dialects.constants import constant_value
from nmc.errors import NmcError
from nmc.numerics.contraction import fold_zero_point, unfold_zero_point
from nmc.numerics.pruning import PRUNES, prune_nm
from nmc.passes.feed_forward import feed_forward_layers, of_rows
from nmc.passes.sparse_weights import (
    Array,
    Contraction,
    channel_axis,
    contractions,
    encoded_constant,
    set_bias,
    set_weight,
    weights_of,
)

PRODUCTS = ("none", *PRUNES, "all")


@dataclass(frozen=True)
class ImposeNmPass(ModulePass):
    """Prune convolution weights by magnitude to at most n non-zeros in m input channels of a tap.

    `impose-nm{n=1 m=8}`:
    ```
    %w = arith.constant dense<..> : tensor<64x3x3x64xi8>
    %y = qnn.conv2d "c" %x, %w, %b requant <..> {input_zero_point = -3 : i64, ..} : ..
    ```
    becomes
    ```
    %w = nm.constant dense<..> : tensor<64x3x3x64xi8, #nm.sparsity<1:8, axis = 3>>
    %b = arith.constant dense<..> : tensor<64xi32>
    %y = qnn.conv2d "c" %x, %w, %b requant <..> {input_zero_point = -3 : i64, ..} : ..
    ```

    The rule is the model command's: convolutions with a kernel larger than 1x1, but the network's
    first, and the feed-forward layers of a transformer: matrix products of several rows with
    nothing but functions of one element between one and the next. The options `first` and
    `pointwise` (1x1) include those convolutions too; of matrix products, `products` chooses `none`,
    `ffn`, `linear` (all those of several rows) or `all` (the head too). Weights of one block share
    their scale, so magnitudes are compared as integers; of equal ones the lowest index stays.
    Layers with fewer input channels than m are left alone.

    The folded bias is recomputed: the model's bias stays, the zero-point's share follows the new
    weights. The requantisation stays valid, since with weights taken away an accumulator reaches
    only a part of what it did (each weight's contribution, with `x - z_x` of both signs or zero,
    straddles zero), and the multipliers do not depend on the weights.
    """

    name = "impose-nm"

    n: int = 1
    m: int = 8
    first: bool = False
    pointwise: bool = False
    products: str = "ffn"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        del ctx
        if not 1 <= self.n < self.m:
            raise NmcError(
                f"impose-nm: the pattern {self.n}:{self.m} needs 1 <= n < m, for example n=1 m=8"
            )
        if self.products not in PRODUCTS:
            raise NmcError(
                f"impose-nm: products = '{self.products}' is not one of {', '.join(PRODUCTS)}"
            )
        layers = contractions(op)
        feed_forward = feed_forward_layers(layers)
        convolutions = [c for c in layers if isinstance(c, qnn.Conv2dOp)]
        for layer in layers:
            is_first = layer is next(iter(convolutions), None)
            if self._chosen(layer, is_first=is_first, is_feed_forward=layer in feed_forward):
                self._prune(layer)

    def _chosen(self, layer: Contraction, *, is_first: bool, is_feed_forward: bool) -> bool:
        """Whether the options select a layer."""
        if weights_of(layer).shape[channel_axis(layer)] < self.m:
            return False
        if isinstance(layer, qnn.MatmulOp):
            choice = {"none": False, "ffn": is_feed_forward, "linear": of_rows(layer), "all": True}
            return choice[self.products]
        if is_first and not self.first:
            return False
        return layer.geometry().kernel != (1, 1) or self.pointwise

    def _prune(self, layer: Contraction) -> None:
        axis, old = channel_axis(layer), weights_of(layer)
        pruned = prune_nm(old, self.n, self.m, axis)
        set_bias(layer, refold(layer, old, pruned))
        encoding = nm.SparsityAttr.get(self.n, self.m, axis)
        set_weight(layer, encoded_constant(pruned, encoding))


def refold(layer: Contraction, old: Array, new: Array) -> Array:
    """The folded bias, int32, once the weights `old` of a layer are replaced by `new`."""
    folded = constant_value(layer.bias)
    if folded is None:
        raise NmcError(f"{layer.layer_name}: its bias is not constant; fold-qdq makes it one")
    zero = layer.input_zero_point.value.data
    bias = fold_zero_point(new, unfold_zero_point(old, folded, zero), zero)
    return bias.astype(np.int32)
