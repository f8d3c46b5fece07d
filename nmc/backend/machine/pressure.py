"""How many values are live around each run of instructions, on structured code."""

from __future__ import annotations

from collections.abc import Iterable

from xdsl.ir import Block, Operation, Region, SSAValue

from nmc.dialects.xpulp.control import IfOp

from .registers import SP, ZERO, number_of


def _reads(op: Operation, free: dict[Region, frozenset[SSAValue]]) -> Iterable[SSAValue]:
    yield from op.operands
    for region in op.regions:
        yield from free[region]


def free_values(block: Block) -> dict[Region, frozenset[SSAValue]]:
    """For each region below a block, the values it reads but does not define."""
    found: dict[Region, frozenset[SSAValue]] = {}

    def visit(region: Region) -> None:
        inside: set[SSAValue] = set()
        defined: set[SSAValue] = set(region.block.args)
        for op in region.block.ops:
            for nested in op.regions:
                visit(nested)
            inside.update(_reads(op, found))
            defined.update(op.results)
        found[region] = frozenset(inside - defined)

    for op in block.ops:
        for region in op.regions:
            visit(region)
    return found


def live_after(block: Block) -> dict[Operation, set[SSAValue]]:
    """The values live after each operation below which control flow or a block's end follows.

    Keys are the last operation of every run that `schedule` may reorder, and nothing else.
    """
    free = free_values(block)
    result: dict[Operation, set[SSAValue]] = {}

    def visit(inner: Block, at_end: set[SSAValue]) -> None:
        live = set(at_end)
        boundary = True
        for op in reversed(list(inner.ops)):
            if boundary:
                result[op] = set(live)
            boundary = bool(op.regions) or not op.results
            # What a loop reads from outside stays live all through it. What is merely live across
            # it does not count inside: spilling that is cheaper than stalling there.
            around = {value for region in op.regions for value in free[region]}
            if isinstance(op, IfOp):
                around |= live
            for region in op.regions:
                visit(region.block, around)
            live.difference_update(op.results)
            live.update(_reads(op, free))

    visit(block, set())
    return result


def count(values: Iterable[SSAValue]) -> int:
    """The registers a set of values takes."""
    return sum(number_of(value.type) not in (ZERO, SP) for value in values)
