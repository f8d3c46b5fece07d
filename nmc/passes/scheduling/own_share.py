"""Layers in which every core loads the weights of its own share of the records."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.builder import Builder
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import UnitAttr
from xdsl.ir import SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from nmc.backend.planning.growing import own_sizes
from nmc.dialects import cluster, tile
from nmc.passes.scheduling.barriers import OWN_LOOP, does_nothing
from nmc.passes.scheduling.constants import constant_index
from nmc.passes.scheduling.group_loops import constant, growing_loop, replace_inside
from nmc.passes.scheduling.tile_engine import engine_of_layer

# Parts of a buffer begin at whole words.
WORD = 4


@dataclass(frozen=True)
class _Share:
    """A core's `count` records of `total` from `low` on; no core has more than `most`."""

    low: SSAValue
    count: SSAValue
    total: int
    most: int

    @classmethod
    def of(cls, build: Builder, total: SSAValue, known: int, part: SSAValue, parts: int) -> _Share:
        """Where all shares are equal the count is known, and so is where they begin."""
        most = -(-known // parts)
        if most * parts == known:
            return cls(_times(build, part, most), constant(build, most), known, most)
        dealt = build.insert(cluster.ShareOp(total, part, parts, 1))
        count = build.insert(arith.SubiOp(dealt.upper, dealt.lower)).result
        return cls(dealt.lower, count, known, most)


def deal_groups(layer: cluster.LayerOp, part: SSAValue, parts: int) -> bool:
    """Make groups of records that grow a loop of each core over its share, if all can have one.

    Every core loads into its part of the buffer. Positions count from the share's first record:
    weights and outputs are views from there on. Outputs of a single row leave with the core, too.
    """
    done, engine = False, engine_of_layer(layer)
    if engine is None:
        return False
    for groups in [o for o in layer.body.walk() if isinstance(o, cluster.GroupsOp)]:
        total = constant_index(groups.total)
        if groups.lead is None or groups.growth is None or total is None:
            continue
        lead, growth = groups.lead.value.data, groups.growth.value.data
        sizes = own_sizes(total, parts, lead, growth)
        if sizes is None or max(sizes) * parts > groups.size.value.data:
            continue
        copies = [o for o in groups.body.block.ops if isinstance(o, cluster.CopyOp)]
        products = [o for o in groups.body.block.ops if isinstance(o, tile.ContractOp)]
        if any(cluster.size_of(copy.outer.type) % total for copy in copies):
            continue
        build = Builder(InsertPoint.before(groups))
        share = _Share.of(build, groups.total, total, part, parts)
        views = [_own_buffer(build, copy.local, part, parts) for copy in copies]
        for copy in copies:
            views.append(_from(build, copy.outer, share, cluster.size_of(copy.outer.type) // total))
        width = engine.unit_channels
        outs = [_from(build, cluster.root_of(op.out), share, width) for op in products]
        loop = growing_loop(build, groups, constant(build, 0), share.count, sizes, growth)
        loop.attributes[OWN_LOOP] = UnitAttr()
        for buffer, view in (*views, *outs):
            replace_inside(loop, buffer, view)
        for buffer, view in outs:
            _leave(loop, buffer, view, share, width)
        done = True
    return done


def _own_buffer(
    build: Builder, buffer: SSAValue, part: SSAValue, parts: int
) -> tuple[SSAValue, SSAValue]:
    """The buffer, and this core's part of it."""
    size = cluster.size_of(buffer.type) // parts // WORD * WORD
    offset = build.insert(arith.MuliOp(part, constant(build, size))).result
    return buffer, build.insert(cluster.ViewOp(buffer, offset, size)).result


def _from(build: Builder, buffer: SSAValue, share: _Share, width: int) -> tuple[SSAValue, SSAValue]:
    """The buffer, with `width` bytes of each record, and what it holds from the share on."""
    size = cluster.size_of(buffer.type) - (share.total - share.most) * width
    return buffer, build.insert(
        cluster.ViewOp(buffer, _times(build, share.low, width), size)
    ).result


def _leave(loop: scf.ForOp, buffer: SSAValue, view: SSAValue, share: _Share, width: int) -> None:
    """Let the outputs of a share leave with its core, where all of them are one line of bytes."""
    copy = loop.next_op
    while copy is not None and does_nothing(copy):
        copy = copy.next_op
    if not isinstance(copy, cluster.CopyOp) or copy.inward or copy.local is not buffer:
        return
    places = constant_index(copy.source_offset), constant_index(copy.destination_offset)
    length = constant_index(copy.length)
    one = copy.lines is None or constant_index(copy.lines) == 1
    if places != (0, 0) or length is None or not one:
        return
    if not (share.total - 1) * width < length <= share.total * width:
        return
    build = Builder(InsertPoint.before(copy))
    start, size = _times(build, share.low, width), _times(build, share.count, width)
    if length < share.total * width:
        left = build.insert(arith.SubiOp(constant(build, length), start)).result
        size = build.insert(arith.MinSIOp(left, size)).result
    own = cluster.CopyOp(view, constant(build, 0), copy.destination, start, size)
    own.attributes[OWN_LOOP] = UnitAttr()
    Rewriter.replace_op(copy, own)


def _times(build: Builder, records: SSAValue, width: int) -> SSAValue:
    if width == 1:
        return records
    known = constant_index(records)
    if known is not None:
        return constant(build, known * width)
    return build.insert(arith.MuliOp(records, constant(build, width))).result
