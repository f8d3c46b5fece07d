"""Copies of the index arithmetic behind values, for another iteration of a loop."""

from __future__ import annotations

from collections.abc import Iterable

from xdsl.dialects import arith
from xdsl.ir import Block, Operation, SSAValue

ARITHMETIC = (
    arith.ConstantOp,
    arith.AddiOp,
    arith.SubiOp,
    arith.MuliOp,
    arith.MinSIOp,
    arith.MaxSIOp,
    arith.DivUIOp,
    arith.RemUIOp,
)
"""What addresses and sizes are computed with."""
_PURE = (*ARITHMETIC, arith.IndexCastOp, arith.SelectOp, arith.CmpiOp)


def slice_of(values: Iterable[SSAValue], block: Block) -> list[Operation] | None:
    """The operations of `block` that compute the values, in order; None where one is not pure."""
    wanted: set[Operation] = set()
    pending = list(values)
    while pending:
        owner = pending.pop().owner
        if not isinstance(owner, Operation) or owner.parent_block() is not block:
            continue
        if not isinstance(owner, _PURE):
            return None
        if owner not in wanted:
            wanted.add(owner)
            pending += owner.operands
    return [op for op in block.ops if op in wanted]


def clone_slice(
    operations: Iterable[Operation], replaced: dict[SSAValue, SSAValue]
) -> list[Operation]:
    """Clones of the operations on replaced values; `replaced` learns the new results."""
    clones: list[Operation] = []
    for op in operations:
        clone = op.clone(replaced)
        replaced.update(zip(op.results, clone.results, strict=True))
        clones.append(clone)
    return clones
