"""Two transposes that undo each other with a reshape between them."""

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from operator import mul

from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from nmc.dialects.qnn.common import shape_of, tensor_type
from nmc.dialects.qnn.movement import ReshapeOp, TransposeOp

# A part of an axis: the axis of the source, and which of its parts, the outermost first.
Part = tuple[int, int]


class TransposesUndoneBehindReshape(RewritePattern):
    """transpose(reshape(transpose(x))) is a reshape where the elements end in x's order.

    Patches of an image become tokens so: [1, H, W, C] to [1, C, H, W], to [1, C, H * W], to
    [1, H * W, C].
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: TransposeOp, rewriter: PatternRewriter) -> None:
        middle = op.input.owner
        first = middle.input.owner if isinstance(middle, ReshapeOp) else None
        if not isinstance(first, TransposeOp):
            return
        axes = parts_of_axes(
            shape_of(first.result), shape_of(op.input), first.permutation.get_values()
        )
        if axes is None:
            return
        order = [part for axis in op.permutation.get_values() for part in axes[axis]]
        if order == sorted(order):
            changed = ReshapeOp(first.input, tensor_type(op.result), layer=op.layer_name)
            rewriter.replace(op, changed)


def parts_of_axes(
    before: Sequence[int], after: Sequence[int], sources: Sequence[int]
) -> list[list[Part]] | None:
    """What each axis of `after` consists of, where a reshape makes it of `before`.

    Axis i of `before` is axis `sources[i]` of the source. Parts of length 1 are left out. None
    where an axis of `after` cuts those of `before` so that no common parts exist.
    """
    lengths = _common_parts(before, after)
    if lengths is None:
        return None
    parts = [
        (sources[axis], number)
        for axis, group in enumerate(_grouped(before, lengths))
        for number, _ in enumerate(group)
    ]
    found: list[list[Part]] = []
    for group in _grouped(after, lengths):
        found.append(parts[: len(group)])
        parts = parts[len(group) :]
    return found


def _common_parts(before: Sequence[int], after: Sequence[int]) -> list[int] | None:
    """The longest factors, outermost first, that axes of both shapes are products of."""
    ends = sorted({1, *accumulate(reversed(before), mul), *accumulate(reversed(after), mul)})
    if any(large % small for small, large in pairwise(ends)):
        return None
    return [large // small for small, large in pairwise(ends)][::-1]


def _grouped(shape: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    """For each axis the factors it is the product of."""
    left = list(lengths)
    groups: list[list[int]] = []
    for size in shape:
        group: list[int] = []
        while math.prod(group) < size:
            group.append(left.pop(0))
        groups.append(group)
    return groups
