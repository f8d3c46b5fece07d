"""Starting the transfers of an iteration in the one before: what every loop needs for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xdsl.builder import Builder
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import IndexType, IntegerAttr
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from nmc.dialects import cluster
from nmc.passes.scheduling.barriers import does_nothing
from nmc.passes.scheduling.slices import slice_of


def started(copy: cluster.CopyOp) -> cluster.DmaStartOp:
    """The start of a transfer."""
    stride, pitch = copy.strides()
    return cluster.DmaStartOp(
        copy.source,
        copy.source_offset,
        copy.destination,
        copy.destination_offset,
        copy.length,
        lines=copy.lines,
        stride=stride,
        pitch=pitch,
    )


def indices(values: Iterable[SSAValue]) -> list[SSAValue]:
    """The values that are positions or sizes."""
    return [value for value in values if isinstance(value.type, IndexType)]


def constant(build: Builder, value: int) -> SSAValue:
    """An index."""
    return build.insert(arith.ConstantOp(IntegerAttr(value, IndexType()))).result


def carried(body: Block) -> list[SSAValue]:
    """The index values that an iteration leaves for the next one."""
    last = body.last_op
    assert isinstance(last, scf.YieldOp)
    return indices(last.operands)


def compute_carried(body: Block) -> None:
    """Compute what the next iteration gets first of all: its transfers start in this one."""
    for op in reversed(slice_of(carried(body), body) or []):
        op.detach()
        Rewriter.insert_op(op, InsertPoint.at_start(body))


def compute_early(waiting: Operation) -> None:
    """Move what only computes from behind the wait to before it.

    The code is then fetched for the first time while the first transfer is under way.
    """
    late: set[SSAValue] = set()
    op = waiting.next_op
    while op is not None:
        following = op.next_op
        if does_nothing(op) and not any(value in late for value in op.operands):
            op.detach()
            Rewriter.insert_op(op, InsertPoint.before(waiting))
        else:
            late.update(op.results)
        op = following


def if_more(
    more: SSAValue, starts: Sequence[cluster.DmaStartOp], instead: Sequence[SSAValue] = ()
) -> scf.IfOp:
    """The transfers, started if there is a next iteration; their tokens.

    instead: tokens in their place if there is none, which nobody will wait for.
    """
    begun = Block([*starts, scf.YieldOp(*(s.token for s in starts))])
    none = [] if instead else [cluster.DmaNoneOp() for _ in starts]
    nothing = Block([*none, scf.YieldOp(*(instead or [n.token for n in none]))])
    kinds = [cluster.TokenType() for _ in starts]
    return scf.IfOp(more, kinds, Region(begun), Region(nothing))


def split_wait(before: Operation | None, place: InsertPoint) -> None:
    """Wait at `place` for transfers that stand at `before` or end there, instead of at once.

    Nothing happens where that is no region of core 0 with transfers into L1 alone.
    """
    while before is not None and does_nothing(before):
        before = before.prev_op
    if not isinstance(before, cluster.MasterOp) or before.results:
        return
    copies = [op for op in before.body.block.ops if isinstance(op, cluster.CopyOp)]
    if len(copies) + 1 < len(list(before.body.block.ops)) or not all(c.inward for c in copies):
        return
    starts = [started(copy) for copy in copies]
    begun = cluster.MasterOp(starts, [start.token for start in starts])
    Rewriter.replace_op(before, begun, [])
    Rewriter.insert_op(cluster.MasterOp([cluster.DmaWaitOp(begun.results)]), place)
