"""The feed-forward layers of a transformer, recognised by what lies between them."""

from collections.abc import Iterable

from xdsl.ir import SSAValue

from nmc.dialects import qnn
from nmc.dialects.qnn.common import shape_of
from nmc.passes.sparse_weights import Contraction


def of_rows(layer: qnn.MatmulOp) -> bool:
    """Whether a matrix product is of several rows: a layer of tokens, not a classifier's head."""
    return shape_of(layer.input)[0] > 1


def feed_forward_layers(layers: Iterable[Contraction]) -> set[Contraction]:
    """Matrix products of several rows, each with the next behind functions of single elements.

    Attention has products of two activations and moves heads between its linear layers; a
    feed-forward part has an activation function, or the bounds of one, between its two.
    """
    found: set[Contraction] = set()
    for layer in layers:
        if not isinstance(layer, qnn.MatmulOp) or not of_rows(layer):
            continue
        before = _through_elements(layer.input).owner
        if isinstance(before, qnn.MatmulOp) and before.result.type == layer.input.type:
            found |= {before, layer}
    return found


def _through_elements(value: SSAValue) -> SSAValue:
    """What a value is computed from, element by element."""
    owner = value.owner
    while isinstance(owner, qnn.LookupOp | qnn.RequantizeOp | qnn.ReshapeOp):
        value = owner.input
        owner = value.owner
    return value
