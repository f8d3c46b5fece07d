"""Attention as the planner sees it."""

from __future__ import annotations

from dataclasses import dataclass

from nmc.backend.planning.describe import layer_of
from nmc.backend.planning.product_work import Factors, factors_of
from nmc.backend.planning.work import Layer
from nmc.dialects import qnn
from nmc.dialects.qnn.common import shape_of


@dataclass(frozen=True)
class AttentionWork:
    """Attention of equal heads.

    scores: queries times keys. values: probabilities times values. rescale_query, rescale_key:
    whether these are requantised first. mask: whether one is added to the scores; mask_rows:
    whether it differs from row to row.
    """

    layer: Layer
    heads: int
    scores: Factors
    values: Factors
    rescale_query: bool
    rescale_key: bool
    mask: bool
    mask_rows: bool


def attention_work(op: qnn.AttentionOp) -> AttentionWork:
    """A layer as the planner sees it."""
    steps = op.steps()
    masks = op.operand_views()[3:]
    return AttentionWork(
        layer_of(op),
        shape_of(steps.values.result)[0],
        factors_of(steps.scores),
        factors_of(steps.values),
        steps.rescale_query is not None,
        steps.rescale_key is not None,
        bool(masks),
        any(view.row for view in masks),
    )
