"""Overlap the transfers of a loop with its computing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import IndexType, IntegerAttr, ModuleOp
from xdsl.ir import SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from nmc.backend.planning.plans import WindowPlan, read_plan
from nmc.backend.planning.target_of import resolve_target
from nmc.dialects import cluster, tile
from nmc.errors import NmcError
from nmc.passes.scheduling.barriers import OWN_LOOP, does_nothing, drop_repeated_barriers
from nmc.passes.scheduling.constants import constant_index
from nmc.passes.scheduling.early_starts import (
    carried,
    compute_carried,
    compute_early,
    if_more,
    indices,
    split_wait,
    started,
)
from nmc.passes.scheduling.own_tiles import overlap_own
from nmc.passes.scheduling.slices import clone_slice, slice_of


@dataclass(frozen=True)
class DoubleBufferPass(ModulePass):
    """Double the buffers a plan names and start each iteration's transfers one iteration early.

        scf.for %i = %c0 to %c4 step %c1 {
          cluster.barrier
          cluster.master {
            cluster.copy %w[%o] to %wb[%c0] length %n : ..
          }
          cluster.barrier
          tile.contract .., %wb, ..
        }

    becomes

        %t0 = cluster.master -> (!cluster.token) {
          ... cluster.dma_start of iteration 0 into the first half ...
        }
        scf.for %i = %c0 to %c4 step %c1 iter_args(%t = %t0) -> (!cluster.token) {
          cluster.master {
            cluster.dma_wait %t
          }
          cluster.barrier
          %next = cluster.master -> (!cluster.token) {
            ... of iteration %i + 1 into the other half, if there is one ...
          }
          tile.contract .., %half, ..
          scf.yield %next : !cluster.token
        }

    What only computes moves before the wait. Results leave the same way: the transfer out of an
    iteration is waited for at the end of the next one. The plan's `double` names the buffers (`x`,
    `w`, `out`, ..) of the layer; in every loop that fills or empties one of them it is doubled.
    Other transfers of one place that do not depend on each other are started together.

    A loop whose transfers are each core's own (`cluster.own`) needs neither core 0 nor barriers;
    the half of its buffer is carried from iteration to iteration.

    With `ahead` in the plan a transfer starts as soon as the tile before has been computed, while
    that of the next tile is still under way: two before the loop, one behind a barrier at the end
    of each iteration.
    """

    name = "double-buffer"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for layer in [o for o in op.walk() if isinstance(o, cluster.LayerOp)]:
            name = layer.sym_name.data
            if layer.cores is None:
                raise NmcError(f"layer {name}: it is not parallel yet; run parallelize first")
            plan = read_plan(layer.plan, name)
            ahead = isinstance(plan, WindowPlan) and plan.ahead
            labels = frozenset(plan.double)
            loops = [o for o in layer.body.walk() if isinstance(o, scf.ForOp)]
            for loop in loops:
                if OWN_LOOP in loop.attributes:
                    spare = resolve_target(op).dma.ids - layer.core_count
                    overlap_own(loop, labels, spare)
                else:
                    Pipeline(layer, loop, labels, ahead).rewrite()
            for master in [o for o in layer.body.walk() if isinstance(o, cluster.MasterOp)]:
                _start_together(master)
            drop_repeated_barriers(layer)


def _start_together(master: cluster.MasterOp) -> None:
    """Start the transfers of a master region before waiting for any.

    One that reads what another of them writes, or writes what another reads, waits for those
    before it: the two directions do not wait for each other.
    """
    copies = [op for op in master.body.block.ops if isinstance(op, cluster.CopyOp)]
    tokens: list[SSAValue] = []
    read: set[SSAValue] = set()
    written: set[SSAValue] = set()
    for copy in copies:
        source, destination = (cluster.root_of(v) for v in (copy.source, copy.destination))
        if source in written or destination in read:
            Rewriter.insert_op(cluster.DmaWaitOp(tokens), InsertPoint.before(copy))
            tokens, read, written = [], set(), set()
        start = started(copy)
        Rewriter.insert_op(start, InsertPoint.before(copy))
        tokens.append(start.token)
        read.add(source)
        written.add(destination)
    if copies:
        Rewriter.insert_op(cluster.DmaWaitOp(tokens), InsertPoint.after(copies[-1]))
    for copy in copies:
        Rewriter.erase_op(copy)


@dataclass
class Pipeline:
    """Pipelines the transfers of one loop."""

    layer: cluster.LayerOp
    loop: scf.ForOp
    labels: frozenset[str]
    ahead: bool
    halves: dict[SSAValue, tuple[SSAValue, int]] = field(
        default_factory=dict[SSAValue, tuple[SSAValue, int]]
    )

    def rewrite(self) -> None:
        """Rewrite the loop in place, if it moves one of the buffers."""
        body = self.loop.body.block
        masters = [op for op in body.ops if isinstance(op, cluster.MasterOp)]
        copies = [
            op
            for master in masters
            for op in master.body.block.ops
            if isinstance(op, cluster.CopyOp) and self._qualifies(op)
        ]
        inward = [op for op in copies if op.inward]
        outward = [op for op in copies if not op.inward]
        if not copies:
            return
        self._double(copies)
        self._split_out(outward)
        self._loop_with_tokens(inward, outward)

    def _qualifies(self, copy: cluster.CopyOp) -> bool:
        """Whether the plan doubles the buffer and only this loop uses it, in a known order."""
        alloc = cluster.alloc_of(copy.local)
        if alloc is None or alloc.label.data not in self.labels or alloc.result is not copy.local:
            return False
        if any(not self.loop.is_ancestor(use.operation) for use in alloc.result.uses):
            return False
        transfers = [
            use.operation
            for use in alloc.result.uses
            if isinstance(use.operation, cluster.TransferOperation)
        ]
        if transfers != [copy]:
            # Loaded twice, or stored as well: the halves would be in use longer than they last.
            return False
        start = constant_index(self.loop.lb)
        operands = indices(copy.operands) + carried(self.loop.body.block)
        known = slice_of(operands, self.loop.body.block) is not None
        known = known and not (self.ahead and self.loop.iter_args)
        first = self._computing_before(copy) if copy.inward else False
        return start == 0 and known and not first

    def _computing_before(self, copy: cluster.CopyOp) -> bool:
        """Whether the iteration computes before it loads: then loading early would be wrong."""
        master = copy.parent_op()
        before = None if master is None else master.prev_op
        while before is not None:
            if any(isinstance(op, tile.TileOperation) for op in before.walk()):
                return True
            before = before.prev_op
        return False

    def _double(self, copies: Sequence[cluster.CopyOp]) -> None:
        """Double the buffers; inside the loop the half of the iteration stands for the buffer."""
        body = self.loop.body.block
        build = Builder(InsertPoint.at_start(body))
        parity = self._parity(build, body.args[0])
        for copy in copies:
            alloc = cluster.alloc_of(copy.local)
            if alloc is None or copy.local in self.halves:
                continue
            size = alloc.size
            doubled = cluster.AllocOp(alloc.label.data, 2 * size, cluster.Space.L1)
            Rewriter.insert_op(doubled, InsertPoint.before(alloc))
            half = self._half(build, doubled.result, parity, size)
            alloc.result.replace_all_uses_with(half)
            Rewriter.erase_op(alloc)
            self.halves[half] = (doubled.result, size)

    def _parity(self, build: Builder, index: SSAValue) -> SSAValue:
        """The number of the iteration modulo 2."""
        if constant_index(self.loop.step) != 1:
            index = build.insert(arith.DivUIOp(index, self.loop.step)).result
        two = build.insert(arith.ConstantOp(IntegerAttr(2, IndexType()))).result
        return build.insert(arith.RemUIOp(index, two)).result

    @staticmethod
    def _half(build: Builder, buffer: SSAValue, parity: SSAValue, size: int) -> SSAValue:
        width = build.insert(arith.ConstantOp(IntegerAttr(size, IndexType()))).result
        offset = build.insert(arith.MuliOp(parity, width)).result
        return build.insert(cluster.ViewOp(buffer, offset, size)).result

    @staticmethod
    def _split_out(outward: Sequence[cluster.CopyOp]) -> None:
        """Give every transfer out a master region of its own."""
        for copy in outward:
            master = copy.parent_op()
            assert isinstance(master, cluster.MasterOp)
            if len(list(master.body.block.ops)) > 2:
                copy.detach()
                Rewriter.insert_op(cluster.MasterOp([copy]), InsertPoint.after(master))

    def _loop_with_tokens(
        self, inward: Sequence[cluster.CopyOp], outward: Sequence[cluster.CopyOp]
    ) -> None:
        loop, body = self.loop, self.loop.body.block
        before = Builder(InsertPoint.before(loop))
        initial: list[SSAValue] = []
        if inward:
            if self._is_nested():
                # The last iteration of the loop's round before may still be reading.
                before.insert(cluster.BarrierOp())
            initial += self._first_transfers(before, inward)
        initial += [before.insert(cluster.DmaNoneOp()).token for _ in outward]
        tokens = [body.insert_arg(token.type, len(body.args)) for token in initial]
        coming = len(initial) - len(outward)
        incoming, leaving = tokens[:coming], tokens[coming:]
        following = self._next_transfers(inward, incoming) if inward else []
        following += [
            self._leave(copy, token) for copy, token in zip(outward, leaving, strict=True)
        ]
        last = body.last_op
        assert isinstance(last, scf.YieldOp)
        Rewriter.replace_op(last, scf.YieldOp(*last.operands, *following), [])
        arguments = [*loop.iter_args, *initial]
        new = scf.ForOp(loop.lb, loop.ub, loop.step, arguments, loop.detach_region(0))
        new.attributes |= loop.attributes
        count = len(loop.results)
        Rewriter.replace_op(loop, new, new.results[:count])
        self.loop = new
        rest = new.results[count + coming :]
        if rest:
            Rewriter.insert_op(cluster.MasterOp([cluster.DmaWaitOp(rest)]), InsertPoint.after(new))

    def _is_nested(self) -> bool:
        parent = self.loop.parent_op()
        return parent is not None and parent is not self.layer

    def _copies_at(
        self,
        build: Builder,
        copies: Sequence[cluster.CopyOp],
        index: SSAValue,
        given: Sequence[SSAValue],
    ) -> list[cluster.DmaStartOp]:
        """The transfers of another iteration; their index arithmetic is built at once.

        given: what that iteration gets of the index values that the loop carries.
        """
        body = self.loop.body.block
        replaced: dict[SSAValue, SSAValue] = {body.args[0]: index}
        replaced.update(zip(indices(body.args[1:]), given, strict=True))
        operands = [v for copy in copies for v in indices(copy.operands)]
        for op in clone_slice(slice_of(operands, body) or [], replaced):
            build.insert(op)
        parity = self._parity(build, index)
        for copy in copies:
            buffer, size = self.halves[copy.local]
            if copy.local not in replaced:
                replaced[copy.local] = self._half(build, buffer, parity, size)
        starts: list[cluster.DmaStartOp] = []
        for copy in copies:
            start = started(copy)
            for place, value in enumerate(start.operands):
                start.operands[place] = replaced.get(value, value)
            starts.append(start)
        return starts

    def _first_transfers(self, build: Builder, copies: Sequence[cluster.CopyOp]) -> list[SSAValue]:
        """Start those of the first iteration, ahead also those of the second.

        Transfers right before them are waited for after that.
        """
        starts = self._copies_at(build, copies, self.loop.lb, indices(self.loop.iter_args))
        master = build.insert(cluster.MasterOp(starts, [s.token for s in starts]))
        tokens: list[SSAValue] = [*master.results]
        if self.ahead:
            tokens += self._start_at(build, copies, self.loop.step)
        split_wait(master.prev_op, InsertPoint.before(self.loop))
        return tokens

    def _next_transfers(
        self, copies: Sequence[cluster.CopyOp], tokens: Sequence[SSAValue]
    ) -> list[SSAValue]:
        """Wait for this iteration's transfers, then start the next one's."""
        master = copies[0].parent_op()
        assert master is not None
        body = self.loop.body.block
        compute_carried(body)
        build = Builder(InsertPoint.before(master))
        waiting = build.insert(cluster.MasterOp([cluster.DmaWaitOp(tokens[: len(copies)])]))
        build.insert(cluster.BarrierOp())
        following = build.insert(arith.AddiOp(body.args[0], self.loop.step)).result
        if self.ahead:
            last = body.last_op
            assert last is not None
            build = Builder(InsertPoint.before(last))
            build.insert(cluster.BarrierOp())
            following = build.insert(arith.AddiOp(following, self.loop.step)).result
        starts = self._start_at(build, copies, following, tokens[: len(copies)])
        self._drop(copies)
        if not self.ahead:
            compute_early(waiting)
        return [*tokens[len(copies) :], *starts]

    def _start_at(
        self,
        build: Builder,
        copies: Sequence[cluster.CopyOp],
        following: SSAValue,
        instead: Sequence[SSAValue] = (),
    ) -> list[SSAValue]:
        """Start the transfers of an iteration, if there is that iteration.

        instead: tokens that take the place of theirs if not.
        """
        more = build.insert(arith.CmpiOp(following, self.loop.ub, "slt")).result
        starts = self._copies_at(build, copies, following, carried(self.loop.body.block))
        choice = if_more(more, starts, instead)
        return [*build.insert(cluster.MasterOp([choice], choice.results)).results]

    def _drop(self, copies: Sequence[cluster.CopyOp]) -> None:
        """Erase the synchronous transfers, and the barriers that only served them."""
        for copy in copies:
            master = copy.parent_op()
            Rewriter.erase_op(copy)
            if not isinstance(master, cluster.MasterOp) or len(list(master.body.block.ops)) > 1:
                continue
            after = master.next_op
            while after is not None and does_nothing(after):
                after = after.next_op
            if isinstance(after, cluster.BarrierOp):
                Rewriter.erase_op(after)
            Rewriter.erase_op(master)
        first = self.loop.body.block.first_op
        while first is not None and does_nothing(first):
            first = first.next_op
        if isinstance(first, cluster.BarrierOp):
            Rewriter.erase_op(first)

    def _leave(self, copy: cluster.CopyOp, token: SSAValue) -> SSAValue:
        """Start a transfer out, then wait for the one before it."""
        master = copy.parent_op()
        assert isinstance(master, cluster.MasterOp)
        start = started(copy)
        Rewriter.erase_op(copy)
        new = cluster.MasterOp([start, cluster.DmaWaitOp([token])], [start.token])
        Rewriter.replace_op(master, new, [])
        return new.results[0]
