"""How much of L2 activations take at the fullest point of a network."""

from __future__ import annotations

import math
from collections.abc import Sequence

from xdsl.ir import Block, SSAValue

from nmc.dialects import qnn
from nmc.dialects.qnn.common import shape_of


def peak_bytes(layers: Sequence[qnn.LayerOp]) -> int:
    """Bytes of the activations alive at once, at most, with layers run in this order.

    A tensor is alive from the layer that makes it (an argument from the first one) to the last
    that reads it; a reshape is the same bytes. Constants are not counted.
    """
    roots: dict[SSAValue, SSAValue] = {}
    born: dict[SSAValue, int] = {}
    last: dict[SSAValue, int] = {}
    for index, op in enumerate(layers):
        for value in op.operands:
            root = roots.get(value, value)
            if isinstance(root.owner, Block):
                born.setdefault(root, 0)
            if root in born:
                last[root] = index
        result = op.results[0]
        if isinstance(op, qnn.ReshapeOp):
            roots[result] = roots.get(op.input, op.input)
        else:
            born[result], last[result] = index, index
    alive = [0] * (len(layers) + 1)
    for root, start in born.items():
        size = math.prod(shape_of(root))
        alive[start] += size
        alive[last[root] + 1] -= size
    peak = total = 0
    for change in alive:
        total += change
        peak = max(peak, total)
    return peak
