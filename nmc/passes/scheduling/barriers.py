"""Putting barriers where one core needs what another did, and taking away those that repeat."""

from __future__ import annotations

from collections.abc import Iterable

from xdsl.dialects import scf
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from nmc.dialects import cluster
from nmc.passes.scheduling.accesses import OWN_LOOP, Access, accesses_of
from nmc.passes.scheduling.constants import constant_index


def inside_own_loop(op: Operation) -> bool:
    """Whether every core runs the operation for itself, in a loop of its own iterations."""
    parent = op.parent_op()
    while parent is not None:
        if OWN_LOOP in parent.attributes:
            return True
        parent = parent.parent_op()
    return False


def place_barriers(block: Block, pending: frozenset[Access] = frozenset()) -> frozenset[Access]:
    """Put a barrier before each operation that conflicts with one since the barrier before it.

    `pending` are the accesses since the last barrier before the block; the result are those since
    the last barrier in it. A loop is gone through until what one iteration leaves for the next
    asks for no more barriers.
    """
    for op in list(block.ops):
        if isinstance(op, cluster.BarrierOp):
            pending = frozenset()
        elif isinstance(op, scf.ForOp) and OWN_LOOP not in op.attributes:
            before, left, count = pending, pending, -1
            while count != _barriers(op):
                count = _barriers(op)
                left = place_barriers(op.body.block, left)
            # A loop may run no iteration: what was pending before it can be pending after it.
            pending = left if runs(op) else left | before
        else:
            found = frozenset(accesses_of(op, _own_buffers(op)))
            if any(a.conflicts(b) for a in pending for b in found):
                Rewriter.insert_op(cluster.BarrierOp(), InsertPoint.before(op))
                pending = frozenset()
            pending |= found
    return pending


def _barriers(op: Operation) -> int:
    return sum(isinstance(inner, cluster.BarrierOp) for inner in op.walk())


def runs(op: scf.ForOp) -> bool:
    """Whether a loop is known to run at least once."""
    low, high = constant_index(op.lb), constant_index(op.ub)
    return low is not None and high is not None and low < high


def _own_buffers(op: Operation) -> Iterable[SSAValue]:
    """The buffers of which each core has a part of its own in a loop of its own iterations."""
    if OWN_LOOP not in op.attributes:
        return ()
    operands = (value for inner in op.walk() for value in inner.operands)
    views = (value for value in operands if isinstance(value.owner, cluster.ViewOp))
    # A view made outside the loop is the core's part.
    return {cluster.root_of(v) for v in views if not op.is_ancestor(v.owner)}


def drop_repeated_barriers(layer: cluster.LayerOp) -> None:
    """A barrier right after another does nothing, nor one after a loop that ends with one."""
    for barrier in [o for o in layer.body.walk() if isinstance(o, cluster.BarrierOp)]:
        if _met_at(barrier.prev_op):
            Rewriter.erase_op(barrier)


def _met_at(op: Operation | None) -> bool:
    """Whether since a barrier at or before `op` nothing was done but to start transfers in.

    What those write is read behind a wait and a barrier of its own.
    """
    while op is not None and (does_nothing(op) or _only_starts(op)):
        op = op.prev_op
    if isinstance(op, scf.ForOp):
        last = op.body.block.last_op
        assert last is not None
        return runs(op) and _met_at(last.prev_op)
    return isinstance(op, cluster.BarrierOp)


def _only_starts(op: Operation) -> bool:
    """Whether core 0 starts transfers into L1, if it does anything."""
    return isinstance(op, cluster.MasterOp) and all(
        inner.inward
        if isinstance(inner, cluster.DmaStartOp)
        else isinstance(inner, scf.IfOp | scf.YieldOp | cluster.YieldOp | cluster.MasterOp)
        or does_nothing(inner)
        for inner in op.walk()
    )


def does_nothing(op: Operation) -> bool:
    """Whether an operation touches no memory: it can be looked past between barriers."""
    return op.name.startswith("arith.") or isinstance(
        op, cluster.ShareOp | cluster.ViewOp | cluster.CoreIdOp | cluster.DmaNoneOp
    )
