"""Loops over the groups of a range: of one size, or of sizes that grow."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.builder import Builder
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import IndexType, IntegerAttr
from xdsl.ir import Block, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from nmc.dialects import cluster


def constant(build: Builder, value: int) -> SSAValue:
    """An index."""
    return build.insert(arith.ConstantOp(IntegerAttr(value, IndexType()))).result


def even_loop(
    build: Builder, groups: cluster.GroupsOp, low: SSAValue, high: SSAValue, size: SSAValue
) -> scf.ForOp:
    """The groups as a loop over [low, high) in steps of `size`; their body moves into it."""
    block = Block(arg_types=[IndexType()])
    loop = build.insert(scf.ForOp(low, high, size, [], Region(block)))
    left = arith.SubiOp(high, block.args[0])
    count = arith.MinSIOp(left.result, size)
    block.add_ops([left, count])
    _move(groups, block, block.args[0], count.result)
    block.add_op(scf.YieldOp())
    return loop


def growing_loop(
    build: Builder,
    groups: cluster.GroupsOp,
    low: SSAValue,
    high: SSAValue,
    sizes: Sequence[int],
    growth: int,
) -> scf.ForOp:
    """The groups as a loop over [low, high) in groups of these sizes; their body moves into it.

    First position and length of a group, and its number of leads, are carried from one to the
    next. The last size may be more than is left.
    """
    lead, one = sizes[0], constant(build, 1)
    bounds = constant(build, 0), constant(build, len(sizes)), one
    block = Block(arg_types=[IndexType()] * 4)
    carried = [low, constant(build, lead), one]
    loop = build.insert(scf.ForOp(*bounds, carried, Region(block)))
    _, first, count, leads = block.args
    _move(groups, block, first, count)
    inside = Builder(InsertPoint.at_end(block))
    first = inside.insert(arith.AddiOp(first, count)).result
    left = inside.insert(arith.SubiOp(high, first)).result
    more = leads
    if growth:
        more = inside.insert(arith.AddiOp(leads, constant(inside, (1 << growth) - 1))).result
        more = inside.insert(arith.DivUIOp(more, constant(inside, 1 << growth))).result
    size = leads = inside.insert(arith.AddiOp(leads, more)).result
    if lead > 1:
        size = inside.insert(arith.MuliOp(leads, constant(inside, lead))).result
    count = inside.insert(arith.MinSIOp(left, size)).result
    inside.insert(scf.YieldOp(first, count, leads))
    return loop


def replace_inside(loop: scf.ForOp, buffer: SSAValue, view: SSAValue) -> None:
    """Let everything inside a loop use a view in the place of its buffer."""
    buffer.replace_uses_with_if(view, lambda use: loop.is_ancestor(use.operation))


def _move(groups: cluster.GroupsOp, block: Block, first: SSAValue, count: SSAValue) -> None:
    """Move the body of `cluster.groups` to the end of a block."""
    for arg, value in zip(groups.body.block.args, (first, count), strict=True):
        arg.replace_all_uses_with(value)
    for op in list(groups.body.block.ops):
        op.detach()
        block.add_op(op)
    Rewriter.erase_op(groups)
