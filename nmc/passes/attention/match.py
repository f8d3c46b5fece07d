"""Finding attention: a product, its softmax, the product with it, and where their heads lie."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from xdsl.ir import Operation, SSAValue

from nmc.dialects import qnn
from nmc.dialects.qnn.common import shape_of
from nmc.passes.attention.views import moved, part_of, users_that_move, without_reshapes

# In L1 rows of heads begin at words.
WORD = 4


@dataclass(frozen=True)
class Input:
    """Where the heads of a factor lie, and a change of scale between there and the product."""

    source: SSAValue
    view: qnn.HeadsView
    rescale: qnn.RequantizeOp | None


@dataclass(frozen=True)
class Masked:
    """The sum of scores and a mask, and where the mask lies."""

    sum: qnn.AddOp
    mask: Input


@dataclass(frozen=True)
class Attention:
    """An attention in a graph.

    masked: None without a mask. last: the operation whose result it gives; view: where heads lie.
    """

    query: Input
    key: Input
    value: Input
    scores: qnn.BatchMatmulOp
    masked: Masked | None
    softmax: qnn.SoftmaxOp
    values: qnn.BatchMatmulOp
    last: Operation
    view: qnn.HeadsView


def find_attention(values: qnn.BatchMatmulOp) -> Attention | None:
    """The attention whose second product is `values`, None where it is none."""
    softmax = values.lhs.owner
    if not isinstance(softmax, qnn.SoftmaxOp) or not softmax.result.has_one_use():
        return None
    below = _scores(softmax)
    if below is None:
        return None
    scores, masked = below
    if scores.transpose_rhs is None or values.transpose_rhs is not None:
        return None
    # Bytes between rows that are no whole words were never written: nothing computes on them.
    whole = scores.sizes[1] % WORD == 0
    inputs = [_input(scores.lhs, whole), _input(scores.rhs, whole), _input(values.rhs, False)]
    query, key, value = inputs
    last, view = _result(values)
    return Attention(query, key, value, scores, masked, softmax, values, last, view)


def _scores(softmax: qnn.SoftmaxOp) -> tuple[qnn.BatchMatmulOp, Masked | None] | None:
    """The product that a softmax is of, and the mask that was added to it on the way."""
    before = softmax.input.owner
    if isinstance(before, qnn.BatchMatmulOp) and before.result.has_one_use():
        return before, None
    if not isinstance(before, qnn.AddOp) or not before.result.has_one_use():
        return None
    for scores, mask in ((before.lhs, before.rhs), (before.rhs, before.lhs)):
        if isinstance(scores.owner, qnn.BatchMatmulOp) and scores.has_one_use():
            return scores.owner, Masked(before, _input(mask, False))
    return None


def heads_shape(value: SSAValue) -> tuple[int, int, int]:
    """[.., rows, width] as [heads, rows, width]."""
    *front, rows, width = shape_of(value)
    return math.prod(front), rows, width


def _input(factor: SSAValue, rescaled: bool) -> Input:
    """Where a factor's heads lie in memory: as regular rows of what it is made of, or as it is."""
    shape = heads_shape(factor)
    below = without_reshapes(factor)
    rescale = below.owner if rescaled and isinstance(below.owner, qnn.RequantizeOp) else None
    if rescale is not None and rescale.result.has_one_use():
        part = part_of(rescale.input)
    else:
        rescale, part = None, part_of(factor)
    view = qnn.HeadsView.of(part.places.reshape(shape))
    if view is not None:
        return Input(part.base, view, rescale)
    return Input(factor, _in_order(shape), None)


def _in_order(shape: tuple[int, int, int]) -> qnn.HeadsView:
    """The view of a tensor that is the heads, one after the other."""
    heads, rows, width = shape
    return qnn.HeadsView(0, rows * width if heads > 1 else 0, width)


def _result(values: qnn.BatchMatmulOp) -> tuple[Operation, qnn.HeadsView]:
    """The last of the reshapes and transposes behind a product before which rows are regular."""
    shape = heads_shape(values.result)
    places = np.arange(math.prod(shape)).reshape(shape_of(values.result))
    view = _in_order(shape)
    last: Operation = values
    for op in users_that_move(values.result):
        places = moved(op, places)
        where = np.empty(places.size, np.int64)
        where[places.reshape(-1)] = np.arange(places.size)
        found = qnn.HeadsView.of(where.reshape(shape))
        if found is None:
            break
        last, view = op, found
    return last, view
