"""Computing words no earlier than needed, so that a layer's first transfer starts early."""

from xdsl.ir import Block, Operation

from nmc.passes.scheduling.slices import ARITHMETIC


def sink(block: Block) -> None:
    """Move what only computes right before the operation of the block that needs it first.

    Into nothing that an operation holds: what a loop needs is computed before the loop.
    """
    target = list(block.ops)
    place = {op: number for number, op in enumerate(target)}
    # What was moved before an operation lies in front of it, the last one first.
    moved: dict[int, list[Operation]] = {}
    for op in reversed(target):
        if not isinstance(op, ARITHMETIC):
            continue
        users = (_within(block, use.operation) for result in op.results for use in result.uses)
        places = [place[user] for user in users if user is not None]
        if not places:
            continue
        group = moved.setdefault(min(places), [])
        first = group[-1] if group else target[min(places)]
        op.detach()
        block.insert_op_before(op, first)
        place[op] = min(places)
        group.append(op)


def _within(block: Block, op: Operation) -> Operation | None:
    """The operation of the block that is or holds `op`."""
    current: Operation | None = op
    while current is not None and current.parent_block() is not block:
        current = current.parent_op()
    return current
