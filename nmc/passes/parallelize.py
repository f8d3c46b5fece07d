"""Make every core run every layer, each on its share."""

from __future__ import annotations

from dataclasses import dataclass, replace

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import DictionaryAttr, IndexType, IntegerAttr, ModuleOp, UnitAttr, i64
from xdsl.ir import Block, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from nmc.backend.planning.growing import growing_sizes
from nmc.backend.planning.plans import AttentionPlan, Plan, ProductPlan, WindowPlan, read_plan
from nmc.backend.planning.split import Split, best_split, byte_step
from nmc.backend.planning.target_of import resolve_target
from nmc.dialects import cluster, tile
from nmc.errors import NmcError
from nmc.options import MAX_CORES
from nmc.passes.scheduling.accesses import accesses_of
from nmc.passes.scheduling.barriers import OWN_LOOP, inside_own_loop, place_barriers
from nmc.passes.scheduling.constants import constant_index
from nmc.passes.scheduling.group_loops import constant, even_loop, growing_loop, replace_inside
from nmc.passes.scheduling.own_share import deal_groups
from nmc.passes.scheduling.tile_engine import engine_of_layer, rows_of_layer

# Bytes of an elementwise range are dealt in words, so that two cores never share one.
WORD = 4


@dataclass(frozen=True)
class ParallelizePass(ModulePass):
    """Turn the code of one core into code that all cores run.

        cluster.layer @conv1 plan {..} info {..} {
          cluster.copy %x[%c0] to %x_1[%c0] length %c256 : ..
          cluster.groups %c64 by 32 {
          ^0(%first : index, %count : index):
            tile.im2col %x_1, %im2col, %first, %c0 pixels(%c0 to %count) ..
            tile.contract %im2col[%c0], %w, %out[%first] rows(%c0 to %count) ..
          }
        }

    becomes, where each core gathers its own rows,

        cluster.layer @conv1 plan {..} info {..} cores 8 {
          %core = cluster.core_id
          cluster.master {
            cluster.copy %x[%c0] to %x_1[%c0] length %c256 : ..
          }
          cluster.barrier
          %lo, %hi = cluster.share %c64 part %core of 8 step 4
          %mine = cluster.view %im2col[%offset] : ..
          scf.for %first = %lo to %hi step %c4 {
            ...
          } {cluster.own}
          cluster.barrier
        }

    Groups of records that grow, in a private plan, become a loop of each core over its share, with
    transfers of its own. All others move into `cluster.master`; the ranges of tile operations
    become the core's share, as the plan's split says; barriers go between phases that depend on
    each other across cores, and
    at the end. `cores=N` (1 to 16; default: the target's) may differ from the plan's number: then
    the layer is split anew, with the plan's tiles.
    """

    name = "parallelize"

    cores: int | None = None

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        target = resolve_target(op)
        cores = target.cores if self.cores is None else self.cores
        if not 1 <= cores <= MAX_CORES:
            raise NmcError(f"cores = {cores} is out of range; choose 1 to {MAX_CORES}")
        if self.cores is not None:
            op.attributes["nmc.cores"] = IntegerAttr(cores, i64)
        for layer in [o for o in op.walk() if isinstance(o, cluster.LayerOp)]:
            if layer.cores is not None:
                raise NmcError(
                    f"layer {layer.sym_name.data}: it is parallel already; start from tiled IR"
                )
            Parallel(layer, cores, target.l1.banks).rewrite()


@dataclass
class Parallel:
    """Makes one layer parallel."""

    layer: cluster.LayerOp
    cores: int
    banks: int

    def rewrite(self) -> None:
        """Rewrite the layer in place."""
        block = self.layer.body.block
        name = self.layer.sym_name.data
        plan = read_plan(self.layer.plan, name)
        self.band = plan.band if isinstance(plan, WindowPlan) else 1
        if self.cores > 1:
            self.core = cluster.CoreIdOp()
            Rewriter.insert_op(self.core, InsertPoint.at_start(block))
            self.split = self._split(plan)
            self.parts = self._part_numbers()
        else:
            self.split = Split(1, 1, self.band)
        private = isinstance(plan, WindowPlan) and plan.private and plan.group > 0
        private = private and self.split.records == 1
        private = private or isinstance(plan, AttentionPlan)
        own = False
        if isinstance(plan, WindowPlan) and plan.private and plan.lead:
            own = 1 < self.split.records == self.cores
            own = own and deal_groups(self.layer, self.parts[1], self.cores)
        self._wrap_transfers(block)
        for groups in [o for o in block.walk() if isinstance(o, cluster.GroupsOp)]:
            if private and self.cores > 1:
                self._own_groups(groups)
            else:
                self._common_groups(groups)
        if self.cores > 1:
            for op in [o for o in block.walk() if isinstance(o, tile.TileOperation)]:
                if not inside_own_loop(op):
                    self._share(op)
        place_barriers(block)
        Rewriter.insert_op(cluster.BarrierOp(), InsertPoint.at_end(block))
        self.layer.properties["cores"] = IntegerAttr(self.cores, i64)
        done = replace(plan, cores=self.cores)
        if isinstance(done, WindowPlan | ProductPlan):
            split = (self.split.rows, self.split.records)
            done = replace(done, split=split, row_step=self.split.row_step)
        if isinstance(done, WindowPlan) and done.lead:
            done = replace(done, private=own)
        self.layer.properties["plan"] = DictionaryAttr(done.to_attributes())

    def _split(self, plan: Plan) -> Split:
        """The plan's split, or the best one for another number of cores."""
        if isinstance(plan, AttentionPlan):
            return Split(min(self.cores, plan.group), 1, 1)
        if not isinstance(plan, WindowPlan | ProductPlan):
            return Split(self.cores, 1, 1)
        if plan.cores == self.cores:
            if plan.split[0] * plan.split[1] > self.cores:
                raise NmcError(
                    f"layer {self.layer.sym_name.data}: the plan splits the work into "
                    f"{plan.split[0]} x {plan.split[1]} parts, more than {self.cores} cores"
                )
            return Split(*plan.split, plan.row_step)
        if isinstance(plan, WindowPlan) and plan.private and plan.group:
            parts = min(self.cores, plan.group // max(self._interleave(), self.band))
            whole = plan.group >= parts * plan.row_step
            return Split(parts, 1, plan.row_step if whole else self.band)
        engine = engine_of_layer(self.layer)
        if engine is None:
            return Split(self.cores, 1, 1)
        units = min(plan.tile_records, engine.units)
        split = best_split(engine, rows_of_layer(self.layer, plan), units, self.cores)
        return replace(split, row_step=max(split.row_step, self.band))

    def _interleave(self) -> int:
        """Pixels whose im2col rows are interleaved in this layer."""
        gathers = (o for o in self.layer.body.walk() if isinstance(o, tile.Im2colOp))
        return max((gather.pixels_beside for gather in gathers), default=1)

    def _part_numbers(self) -> tuple[SSAValue, SSAValue]:
        """This core's row part and record part."""
        core, records = self.core.result, self.split.records
        if records == self.cores:
            zero = arith.ConstantOp(IntegerAttr(0, IndexType()))
            Rewriter.insert_op(zero, InsertPoint.after(self.core))
            return zero.result, core
        if records == 1:
            zero = arith.ConstantOp(IntegerAttr(0, IndexType()))
            Rewriter.insert_op(zero, InsertPoint.after(self.core))
            return core, zero.result
        count = arith.ConstantOp(IntegerAttr(records, IndexType()))
        row = arith.DivUIOp(core, count.result)
        record = arith.RemUIOp(core, count.result)
        Rewriter.insert_op([count, row, record], InsertPoint.after(self.core))
        return row.result, record.result

    def _wrap_transfers(self, block: Block) -> None:
        """Put each run of transfers into a master region, where they are not each core's own."""
        for op in [o for o in block.walk() if isinstance(o, cluster.CopyOp)]:
            if inside_own_loop(op) or OWN_LOOP in op.attributes:
                continue
            before, place = op.prev_op, op.parent_block()
            assert place is not None
            op.detach()
            if isinstance(before, cluster.MasterOp):
                last = before.body.block.last_op
                assert last is not None
                Rewriter.insert_op(op, InsertPoint.before(last))
                continue
            master = cluster.MasterOp([op])
            first = InsertPoint.at_start(place)
            Rewriter.insert_op(master, first if before is None else InsertPoint.after(before))

    def _common_groups(self, groups: cluster.GroupsOp) -> None:
        """All cores together go from group to group."""
        build = Builder(InsertPoint.before(groups))
        zero, total = constant(build, 0), groups.total
        if groups.lead is None or groups.growth is None:
            even_loop(build, groups, zero, total, constant(build, groups.size.value.data))
            return
        lead, growth = groups.lead.value.data, groups.growth.value.data
        sizes = growing_sizes(self._known(total), lead, growth)
        growing_loop(build, groups, zero, total, sizes, growth)

    def _known(self, total: SSAValue) -> int:
        found = constant_index(total)
        if found is None:
            raise NmcError(
                f"layer {self.layer.sym_name.data}: of groups that grow the total has to be known"
            )
        return found

    def _own_groups(self, groups: cluster.GroupsOp) -> None:
        """Every core goes through its own share, with its own part of each scratch buffer.

        These are the im2col buffer and whatever is written and read inside the groups alone.
        """
        gathers = [o for o in groups.body.walk() if isinstance(o, tile.Im2colOp)]
        name = self.layer.sym_name.data
        if any(isinstance(o, cluster.MasterOp) for o in groups.body.walk()):
            raise NmcError(f"layer {name}: groups with transfers inside cannot be private")
        beside = max(self._interleave(), self.band)
        rows = max(beside, groups.size.value.data // self.split.rows // beside * beside)
        build = Builder(InsertPoint.before(groups))
        part = self.parts[0]
        share = build.insert(
            cluster.ShareOp(groups.total, part, self.split.rows, self.split.row_step)
        )
        parts: dict[SSAValue, int] = {
            gather.dst: rows // self.band * gather.row_pitch.value.data for gather in gathers
        }
        for alloc in _scratch_of(groups):
            # Rows are whole words; what is left of the buffer is its own rounding.
            row = alloc.size // groups.size.value.data // WORD * WORD
            parts.setdefault(alloc.result, rows * row)
        views: dict[SSAValue, SSAValue] = {}
        if self.split.rows < self.cores:
            part = build.insert(arith.MinSIOp(part, constant(build, self.split.rows - 1))).result
        for buffer, bytes_ in parts.items():
            room = cluster.size_of(buffer.type)
            if bytes_ * self.split.rows > room:
                raise NmcError(
                    f"layer {name}: {self.split.rows} cores need {bytes_} bytes each of a buffer "
                    f"of {room}; make `group` a multiple of cores times {beside} pixels"
                )
            offset = build.insert(arith.MuliOp(part, constant(build, bytes_))).result
            views[buffer] = build.insert(cluster.ViewOp(buffer, offset, bytes_)).result
        size = constant(build, rows)
        loop = even_loop(build, groups, share.lower, share.upper, size)
        loop.attributes[OWN_LOOP] = UnitAttr()
        for buffer, view in views.items():
            replace_inside(loop, buffer, view)

    def _share(self, op: tile.TileOperation) -> None:
        """Give a tile operation this core's share of its ranges."""
        rows, records = self.parts
        split = self.split
        match op:
            case tile.Im2colOp() | tile.InterleaveOp() | tile.PackRecordsOp() | tile.RowStartsOp():
                self._narrow(op, "lo", "hi", self.core.result, self.cores, 1)
            case tile.RowsTimesRecords():
                self._narrow(op, "lo", "hi", rows, split.rows, split.row_step)
                self._narrow(op, "rlo", "rhi", records, split.records, 1)
            case tile.PoolOp():
                self._narrow(op, "lo", "hi", rows, split.rows, split.row_step)
                self._narrow(op, "glo", "ghi", records, split.records, 1)
            case tile.AddOp():
                step = byte_step(constant_index(op.hi), self.cores, self.banks)
                self._narrow(op, "lo", "hi", self.core.result, self.cores, step)
            case tile.RequantizeOp() | tile.FillOp() | tile.LookupOp():
                self._narrow(op, "lo", "hi", self.core.result, self.cores, WORD)
            case tile.RowOperation() | tile.TransposeOp():
                self._narrow(op, "lo", "hi", self.core.result, self.cores, 1)
            case _:
                raise NmcError(
                    f"layer {self.layer.sym_name.data}: {op.name} cannot be split over cores"
                )

    def _narrow(
        self, op: tile.TileOperation, low: str, high: str, part: SSAValue, parts: int, step: int
    ) -> None:
        """Replace the range [0, n) of an operation by this core's part of it."""
        if parts == 1 and self.split.parts == self.cores:
            return
        names = [name for name, _ in type(op).get_irdl_definition().operands]
        first, last = names.index(low), names.index(high)
        upper = op.operands[last]
        if constant_index(op.operands[first]) != 0:
            raise NmcError(
                f"layer {self.layer.sym_name.data}: {op.name} starts at another place than 0"
            )
        share = cluster.ShareOp(upper, part, parts, step)
        Rewriter.insert_op(share, InsertPoint.before(op))
        op.operands[first] = share.lower
        op.operands[last] = share.upper


def _scratch_of(groups: cluster.GroupsOp) -> list[cluster.AllocOp]:
    """The buffers that are written and read inside the groups, and nowhere else."""
    accesses = list(accesses_of(groups))
    read = {access.buffer for access in accesses if not access.writes}
    written = {access.buffer: None for access in accesses if access.writes}
    return [
        buffer.owner
        for buffer in written
        if buffer in read
        and isinstance(buffer.owner, cluster.AllocOp)
        and all(groups.is_ancestor(use.operation) for use in buffer.uses)
    ]
