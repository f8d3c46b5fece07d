"""Bring the weights that live in L3 through a ring in L2, ahead of their use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.arith import ConstantOp
from xdsl.dialects.builtin import DenseArrayBase, IndexType, IntegerAttr, ModuleOp, i64
from xdsl.ir import Block
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from nmc.backend.planning.plans import read_plan
from nmc.backend.planning.residency import longest_transfer
from nmc.backend.planning.ring import Chunk, plan_ring
from nmc.backend.planning.stream_play import Channel, Play
from nmc.backend.planning.target_of import resolve_target
from nmc.dialects import cluster
from nmc.errors import NmcError
from nmc.passes.scheduling.stream_order import of_every_core, reads_of
from nmc.passes.scheduling.stream_visits import visits_of

STREAM = "weights"


@dataclass(frozen=True)
class StreamWeightsPass(ModulePass):
    """Replace transfers from L3 by a stream that core 0 keeps running.

        cluster.data @conv1.weights <l3> = dense<..> : tensor<36864xi8> at 2147483648
        ...
          %w = cluster.get_data @conv1.weights : memref<36864xi8, #cluster.space<l3>>
          cluster.master {
            %t = cluster.dma_start %w[%o] to %wb[%c0] length %n : ..l3.. to ..l1..
          }

    becomes

        cluster.stream @weights ring [..] state .. table .. transfers [..] chunks [..]
        ...
          cluster.master {
            %chunk = cluster.stream_next @weights : memref<4608xi8, #cluster.space<l2>>
            %t = cluster.dma_start %chunk[%c0] to %wb[%c0] length %n : ..l2.. to ..l1..
          }

    The chunks of all layers form one sequence in the order the program asks for them; the ring
    and the place of the table are those `plan-memory` chose (`nmc.ring`). `cluster.stream_pump`
    goes to the start of every layer and loop, so that the channel is seldom idle. A module without
    weights in L3 stays as it is.
    """

    name = "stream-weights"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        addresses = {
            data.sym_name.data: data.address
            for data in op.body.block.ops
            if isinstance(data, cluster.DataOp) and data.space.data is cluster.Space.L3
        }
        if not addresses:
            return
        ring = op.attributes.get("nmc.ring")
        if not isinstance(ring, DenseArrayBase) or any(a is None for a in addresses.values()):
            raise NmcError("stream-weights: the module has no ring; run plan-memory first")
        target = resolve_target(op)
        start, size, table = (int(number) for number in ring.get_values())
        base = {name: a.value.data for name, a in addresses.items() if a is not None}
        layers = [o for o in op.walk() if isinstance(o, cluster.LayerOp)]
        for layer in layers:
            _check_askers(layer)
        reads = [[read for read in reads_of(layer) if read.data in base] for layer in layers]
        cycles = [read_plan(layer.plan, layer.sym_name.data).cycles for layer in layers]
        channel = Channel.of(target)
        chunks: list[Chunk] = []
        for found, own in zip(reads, cycles, strict=True):
            most = longest_transfer([read.length for read in found], own, channel, size)
            chunks += [Chunk(base[read.data] + read.offset, read.length, most) for read in found]
        last = max((number for number, found in enumerate(reads) if found), default=0)
        try:
            plan = plan_ring(chunks, size)
        except ValueError as error:
            raise NmcError(f"stream-weights: {error}; run plan-memory again") from error
        stream = cluster.StreamOp(
            STREAM,
            ring=(start, size),
            state=target.l1.base,
            table=table,
            transfers=[(t.l3, start + t.offset, t.length, t.needed) for t in plan.transfers],
            chunks=[
                (start + offset, transfer)
                for offset, transfer in zip(plan.offsets, plan.transfer_of(), strict=True)
            ],
        )
        first = op.body.block.first_op
        assert first is not None
        Rewriter.insert_op(stream, InsertPoint.before(first))
        for layer in layers:
            _read_from_stream(layer)
        for layer in layers[: last + 1]:
            _pump(layer)
        play = Play(plan, channel)
        for layer, own in zip(layers, cycles, strict=True):
            spent = play.layer(*visits_of(layer, own))
            layer.properties["stream"] = IntegerAttr(round(spent), i64)
        _drop_unused(op, tuple(base))


def _check_askers(layer: cluster.LayerOp) -> None:
    """Raises NmcError where others than core 0 would ask the stream for a chunk."""
    for op in layer.body.walk():
        if (
            isinstance(op, cluster.TransferOperation)
            and cluster.space_of(op.source.type) is cluster.Space.L3
            and of_every_core(op)
        ):
            raise NmcError(
                f"layer {layer.sym_name.data}: every core loads weights for itself, but only core "
                "0 may ask for those in L3; put the transfer into cluster.master or the weights "
                "into L2"
            )


def _read_from_stream(layer: cluster.LayerOp) -> None:
    """Let every transfer from L3 read the next chunk of the stream instead."""
    zero: ConstantOp | None = None
    for op in [o for o in layer.body.walk() if isinstance(o, cluster.TransferOperation)]:
        if cluster.space_of(op.source.type) is not cluster.Space.L3:
            continue
        if zero is None:
            zero = ConstantOp(IntegerAttr(0, IndexType()))
            Rewriter.insert_op(zero, InsertPoint.at_start(layer.body.block))
        following = cluster.StreamNextOp(STREAM, cluster.size_of(op.destination.type))
        Rewriter.insert_op(following, InsertPoint.before(op))
        op.operands[0] = following.result
        op.operands[1] = zero.result


def _pump(layer: cluster.LayerOp) -> None:
    """Keep the channel busy: at the start of the layer and of every loop's body."""
    loops = [o for o in layer.body.walk() if isinstance(o, scf.ForOp)]
    blocks: Sequence[Block] = [layer.body.block, *(loop.body.block for loop in loops)]
    for block in blocks:
        master = cluster.MasterOp([cluster.StreamPumpOp(STREAM)])
        Rewriter.insert_op(master, InsertPoint.at_start(block))


def _drop_unused(module: ModuleOp, names: Sequence[str]) -> None:
    """Erase the references to streamed constants, which nothing uses any more."""
    for get in [o for o in module.walk() if isinstance(o, cluster.GetDataOp)]:
        if get.data.root_reference.data in names and not get.result.uses:
            Rewriter.erase_op(get)
