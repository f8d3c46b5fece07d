"""Overlapping the transfers that every core makes for itself with its computing."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from xdsl.builder import Builder
from xdsl.dialects import arith, scf
from xdsl.ir import Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from nmc.dialects import cluster
from nmc.passes.scheduling.barriers import does_nothing
from nmc.passes.scheduling.constants import constant_index
from nmc.passes.scheduling.early_starts import (
    carried,
    compute_carried,
    compute_early,
    constant,
    if_more,
    indices,
    split_wait,
    started,
)
from nmc.passes.scheduling.slices import clone_slice, slice_of


@dataclass(frozen=True)
class Part:
    """A transfer in, and each core's part of the buffer that it fills.

    number: of the part; parts of equal size follow each other.
    """

    copy: cluster.CopyOp
    view: cluster.ViewOp
    alloc: cluster.AllocOp
    number: SSAValue

    @property
    def size(self) -> int:
        """Bytes of the part."""
        return cluster.size_of(self.view.result.type)


def overlap_own(loop: scf.ForOp, labels: AbstractSet[str], ids: int) -> None:
    """Let a loop that each core runs for itself load the next tile while it computes this one.

    Of a loop with one transfer in, into the core's part of a buffer named in `labels`. No core
    waits for another: it alone reads what it has loaded. ids: transfers that can be under way
    beside one of each core.
    """
    part = _part_of(loop, labels)
    if part is None:
        return
    body = loop.body.block
    compute_carried(body)
    halves = _double(part)
    before = _first_place(loop, ids)
    first = Builder(InsertPoint.before(before))
    zero = constant(first, 0)
    begun = first.insert(_start(first, part, halves, zero, [loop.lb, *loop.iter_args]))
    if before is not loop:
        split_wait(begun.prev_op, InsertPoint.before(before))
    given = list(body.args[1:])
    # The half of an iteration is carried; the other one is where the next tile goes.
    half = body.insert_arg(zero.type, len(body.args))
    coming = body.insert_arg(begun.token.type, len(body.args))
    build = Builder(InsertPoint.before(part.copy))
    mine = build.insert(cluster.ViewOp(halves, half, part.size)).result
    part.view.result.replace_uses_with_if(mine, lambda use: use.operation is not part.copy)
    following = build.insert(arith.AddiOp(body.args[0], loop.step)).result
    more = build.insert(arith.CmpiOp(following, loop.ub, "slt")).result
    other = build.insert(arith.SubiOp(constant(build, part.size), half)).result
    last = body.last_op
    assert isinstance(last, scf.YieldOp) and len(given) == len(last.operands)
    start = _start(build, part, halves, other, [following, *last.operands])
    waiting = build.insert(cluster.DmaWaitOp([coming]))
    choice = build.insert(if_more(more, [start], [coming]))
    for op in (part.copy, part.view, part.alloc):
        Rewriter.erase_op(op)
    compute_early(waiting)
    Rewriter.replace_op(last, scf.YieldOp(*last.operands, other, *choice.results), [])
    arguments = [*loop.iter_args, zero, begun.token]
    new = scf.ForOp(loop.lb, loop.ub, loop.step, arguments, loop.detach_region(0))
    new.attributes |= loop.attributes
    Rewriter.replace_op(loop, new, new.results[: len(loop.results)])


def _part_of(loop: scf.ForOp, labels: AbstractSet[str]) -> Part | None:
    """The loop's one transfer, where it can be started an iteration early."""
    body = loop.body.block
    copies = [op for op in body.ops if isinstance(op, cluster.CopyOp)]
    if len(copies) != 1 or not copies[0].inward:
        return None
    (copy,) = copies
    view, alloc = copy.local.owner, cluster.alloc_of(copy.local)
    if not isinstance(view, cluster.ViewOp) or loop.is_ancestor(view):
        return None
    if alloc is None or alloc.label.data not in labels or view.source is not alloc.result:
        return None
    alone = [use.operation for use in alloc.result.uses] == [view]
    inside = all(loop.is_ancestor(use.operation) for use in view.result.uses)
    known = slice_of([*indices(copy.operands), *carried(body)], body) is not None
    number = _number_of(view)
    if number is None or not (alone and inside and known):
        return None
    return Part(copy, view, alloc, number)


def _number_of(view: cluster.ViewOp) -> SSAValue | None:
    """The number of the part that a view is: its offset is a multiple of its size."""
    offset = view.offset.owner
    if isinstance(offset, arith.MuliOp):
        for number, size in (offset.operands, offset.operands[::-1]):
            if constant_index(size) == cluster.size_of(view.result.type):
                return number
    return None


def _double(part: Part) -> SSAValue:
    """Both halves of the core's part of a buffer that is twice as large."""
    alloc, view = part.alloc, part.view
    doubled = cluster.AllocOp(alloc.label.data, 2 * alloc.size, cluster.Space.L1)
    Rewriter.insert_op(doubled, InsertPoint.before(alloc))
    build = Builder(InsertPoint.before(view))
    offset = build.insert(arith.MuliOp(part.number, constant(build, 2 * part.size))).result
    return build.insert(cluster.ViewOp(doubled.result, offset, 2 * part.size)).result


def _start(
    build: Builder, part: Part, halves: SSAValue, half: SSAValue, given: Sequence[SSAValue]
) -> cluster.DmaStartOp:
    """The transfer of the iteration that gets these values; what it takes is built at once."""
    body = part.copy.parent_block()
    assert body is not None
    replaced: dict[SSAValue, SSAValue] = dict(zip(body.args, given, strict=False))
    for op in clone_slice(slice_of(indices(part.copy.operands), body) or [], replaced):
        build.insert(op)
    replaced[part.copy.local] = build.insert(cluster.ViewOp(halves, half, part.size)).result
    start = started(part.copy)
    for place, value in enumerate(start.operands):
        start.operands[place] = replaced.get(value, value)
    return start


def _first_place(loop: scf.ForOp, ids: int) -> Operation:
    """What the first transfers start before: the barrier right before the loop, or the loop.

    A core that gets no number for its transfer waits for one to be free, and must not keep others
    from the barrier behind which they free theirs. So not before it where core 0, with its own
    transfers, could be such a core.
    """
    barrier = _behind_what_computes(loop.prev_op)
    if not isinstance(barrier, cluster.BarrierOp):
        return loop
    master = _behind_what_computes(barrier.prev_op)
    copies = [] if not isinstance(master, cluster.MasterOp) else list(master.body.block.ops)
    pending = sum(isinstance(op, cluster.CopyOp) for op in copies)
    return barrier if pending <= ids else loop


def _behind_what_computes(op: Operation | None) -> Operation | None:
    """The last operation up to `op` that touches memory."""
    while op is not None and does_nothing(op):
        op = op.prev_op
    return op
