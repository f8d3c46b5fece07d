"""Give every buffer and constant an address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DictionaryAttr,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from nmc.backend.planning.cost import ALIGN, STATE_BYTES
from nmc.backend.planning.memory import Placement, place
from nmc.backend.planning.plans import read_plan
from nmc.backend.planning.residency import LayerWeights, Residency, choose_residency
from nmc.backend.planning.stream_play import Channel
from nmc.backend.planning.target_of import resolve_target
from nmc.dialects import cluster
from nmc.errors import NmcError
from nmc.numerics.packing import round_up
from nmc.passes.scheduling.lifetimes import l1_lifetimes, l2_lifetimes
from nmc.passes.scheduling.stream_order import Read, reads_of
from nmc.passes.scheduling.uses import uses_of
from nmc.targets import Target
from nmc.targets.code_space import code_space

# Bytes of the table in L2: four words a transfer and two a chunk, transfers at most as many.
TABLE_BYTES_PER_CHUNK = 24


@dataclass(frozen=True)
class PlanMemoryPass(ModulePass):
    """Place buffers in L1 and L2 by lifetimes, and constants in L2 or, streamed, in L3.

        cluster.data @conv1.weights <l2> = dense<..> : tensor<704xi8>
        %y = cluster.alloc "conv1" : memref<1024xi8, #cluster.space<l2>>

    becomes

        cluster.data @conv1.weights <l2> = dense<..> : tensor<704xi8> at 469828608
        %y = cluster.alloc "conv1" at 469829312 : memref<1024xi8, #cluster.space<l2>>

    * L1: each layer has all of it but the cores' stacks (at its end) and the counters of the
      stream (at its start). Buffers of a layer share bytes where a barrier separates their uses.
    * L2: activations share bytes where the layers that use them do not overlap; arguments are
      never overwritten, so that an inference can be repeated. Behind them lie the resident
      weights. Weights that do not fit go to L3 (`<l3>`) and get a ring in L2.
    * Module attributes: `nmc.memory` (base, size, peak and lower bound by space), `nmc.buffers`
      (everything that has an address; for `kind` of a tile see `nmc.passes.scheduling.uses`),
      `nmc.ring`, `nmc.stack_top` and `nmc.stack_bytes`.

    `l1=BYTES`, `l2=BYTES` override the target's sizes. Raises NmcError naming the layer and the
    bytes missing where something does not fit.
    """

    name = "plan-memory"

    l1: int | None = None
    l2: int | None = None

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        target = resolve_target(op)
        if self.l1 is not None:
            op.attributes["nmc.l1"] = IntegerAttr(self.l1, i64)
            target = resolve_target(op)
        Planner(op, target, self.l2).run()


@dataclass
class Planner:
    """Plans one module's memory."""

    module: ModuleOp
    target: Target
    l2_bytes: int | None

    def run(self) -> None:
        """Assign addresses and write the module's attributes."""
        self.buffers: list[Attribute] = []
        self.spaces: list[Attribute] = []
        self.labels = set(self._data_names())
        layers = [o for o in self.module.walk() if isinstance(o, cluster.LayerOp)]
        cores = max((layer.core_count for layer in layers), default=self.target.cores)
        self._l1(layers, cores)
        self._l2(layers)
        attributes = self.module.attributes
        attributes["nmc.stack_bytes"] = IntegerAttr(self.target.stack_bytes, i64)
        attributes["nmc.stack_top"] = IntegerAttr(self.target.l1.end, i64)
        attributes["nmc.memory"] = ArrayAttr(self.spaces)
        attributes["nmc.buffers"] = ArrayAttr(self.buffers)

    def _l1(self, layers: Sequence[cluster.LayerOp], cores: int) -> None:
        target = self.target
        base = target.l1.base + STATE_BYTES
        stacks = cores * target.stack_bytes
        budget = target.l1.bytes - STATE_BYTES - stacks
        peak, bound = 0, 0
        for number, layer in enumerate(layers):
            block = layer.body.block
            allocs = [o for o in block.walk() if isinstance(o, cluster.AllocOp)]
            lifetimes = l1_lifetimes(layer, allocs)
            placement = place(lifetimes, ALIGN)
            if placement.peak > budget:
                raise NmcError(
                    f"layer {layer.sym_name.data}: its buffers need {placement.peak - budget} "
                    f"bytes more than the {max(0, budget)} bytes of L1 beside the stacks of "
                    f"{cores} cores; give it more L1 or smaller tiles"
                )
            peak, bound = max(peak, placement.peak), max(bound, placement.lower_bound)
            uses = uses_of(layer)
            for alloc, offset in zip(allocs, placement.offsets, strict=True):
                alloc.properties["address"] = IntegerAttr(base + offset, i64)
                label = f"{layer.sym_name.data}.{alloc.label.data}"
                kind = uses.get(alloc.result, "scratch")
                self._record(label, "l1", kind, base + offset, alloc.size, (number, number))
        self._record("stacks", "l1", "stack", target.l1.end - stacks, stacks)
        self._space(
            "l1",
            target.l1.base,
            target.l1.bytes,
            STATE_BYTES + stacks + peak,
            STATE_BYTES + stacks + bound,
        )

    def _l2(self, layers: Sequence[cluster.LayerOp]) -> None:
        target = self.target
        code = code_space(target, len(layers))
        base = target.l2.base + code
        size = target.l2.bytes if self.l2_bytes is None else self.l2_bytes
        budget = size - code
        activations, bound = self._activations(base, budget)
        datas = [o for o in self.module.body.block.ops if isinstance(o, cluster.DataOp)]
        reads = [(layer, reads_of(layer)) for layer in layers]
        residency, table = self._residency(datas, reads, budget - activations)
        position = base + activations
        if residency.streamed:
            ring = round_up(position, 8)
            self._record("stream.state", "l1", "state", target.l1.base, STATE_BYTES)
            self._record("stream.ring", "l2", "ring", ring, residency.ring)
            position = ring + residency.ring
            self._record("stream.table", "l2", "table", position, table)
            numbers = [ring, residency.ring, position]
            self.module.attributes["nmc.ring"] = DenseArrayBase.from_list(i64, numbers)
            position += table
        else:
            self.module.attributes.pop("nmc.ring", None)
        streamed = 0
        for data in datas:
            if data.sym_name.data in residency.streamed:
                data.properties["space"] = cluster.SpaceAttr(cluster.Space.L3)
                address = target.l3.base + streamed
                streamed += round_up(data.size, 4)
                self._record(data.sym_name.data, "l3", "weights", address, data.size)
            else:
                data.properties["space"] = cluster.SpaceAttr(cluster.Space.L2)
                address = position
                position += round_up(data.size, 8)
                self._record(data.sym_name.data, "l2", "weights", address, data.size)
            data.properties["address"] = IntegerAttr(address, i64)
        if streamed > target.l3.bytes:
            raise NmcError(
                f"the streamed weights need {streamed - target.l3.bytes} bytes more than L3 has; "
                "prune the network, or give the target more L3 (--l3 BYTES)"
            )
        self._retype(residency)
        used = position - target.l2.base
        self._space("l2", target.l2.base, size, used, used - activations + bound)
        if streamed:
            self._space("l3", target.l3.base, target.l3.bytes, streamed, streamed)

    def _activations(self, base: int, budget: int) -> tuple[int, int]:
        """Place the buffers between layers; (bytes they take, the least they could take)."""
        peak, bound = 0, 0
        for function in [o for o in self.module.body.block.ops if isinstance(o, func.FuncOp)]:
            if function.is_declaration:
                continue
            block = function.body.block
            allocs = [o for o in block.ops if isinstance(o, cluster.AllocOp)]
            values: list[SSAValue] = [
                *(arg for arg in block.args if cluster.is_buffer_type(arg.type)),
                *(alloc.result for alloc in allocs),
            ]
            lifetimes = l2_lifetimes(function, values)
            placement = place(lifetimes, 8)
            if placement.peak > budget:
                raise NmcError(self._too_large(function, placement.peak - budget))
            peak, bound = max(peak, placement.peak), max(bound, placement.lower_bound)
            for alloc, offset in zip(
                allocs, placement.offsets[len(values) - len(allocs) :], strict=True
            ):
                alloc.properties["address"] = IntegerAttr(base + offset, i64)
            self._record_activations(function, values, placement, base)
        return round_up(peak, 8), round_up(bound, 8)

    def _too_large(self, function: func.FuncOp, missing: int) -> str:
        """The message for activations that do not fit: it names the layer where most are alive."""
        layers = [o for o in function.body.block.ops if isinstance(o, cluster.LayerOp)]
        values: list[SSAValue] = [
            *function.body.block.args,
            *(o.result for o in function.body.block.ops if isinstance(o, cluster.AllocOp)),
        ]
        lifetimes = l2_lifetimes(function, values)
        alive = [
            sum(b.size for b in lifetimes if b.first <= number <= b.last)
            for number in range(len(layers))
        ]
        worst = layers[alive.index(max(alive))].sym_name.data
        code = code_space(self.target, len(layers))
        return (
            f"layer {worst}: the activations alive at it need {missing} bytes more than L2 has "
            f"beside {code} bytes of code; use a smaller input or a target with more L2"
        )

    def _record_activations(
        self,
        function: func.FuncOp,
        values: Sequence[SSAValue],
        placement: Placement,
        base: int,
    ) -> None:
        block = function.body.block
        last = block.last_op
        returned = () if last is None else tuple(cluster.root_of(v) for v in last.operands)
        lifetimes = l2_lifetimes(function, values)
        address: dict[SSAValue, int] = {}
        for value, offset, life in zip(values, placement.offsets, lifetimes, strict=True):
            address[value] = base + offset
            alloc = cluster.alloc_of(value)
            label = (value.name_hint or "input") if alloc is None else alloc.label.data
            kind = "input" if alloc is None else "output" if value in returned else "activation"
            where = base + offset, life.size, (life.first, life.last)
            self._record(label, "l2", kind, *where)
        function.properties["arg_attrs"] = _with_places(
            function.arg_attrs, list(block.args), address
        )
        function.properties["res_attrs"] = _with_places(function.res_attrs, list(returned), address)

    def _residency(
        self,
        datas: Sequence[cluster.DataOp],
        reads: Sequence[tuple[cluster.LayerOp, list[Read]]],
        budget: int,
    ) -> tuple[Residency, int]:
        """Which constants stream, and the bytes of the stream's table."""
        weights: list[LayerWeights] = []
        fixed = {data.sym_name.data: data.size for data in datas}
        for layer, layer_reads in reads:
            names = list(dict.fromkeys(read.data for read in layer_reads))
            plan = read_plan(layer.plan, layer.sym_name.data)
            if not names:
                weights.append(LayerWeights(layer.sym_name.data, 0, (), plan.cycles))
            for name in names:
                chunks = tuple((r.offset, r.length) for r in layer_reads if r.data == name)
                cycles = plan.cycles // len(names)
                if any(w.name == name for w in weights):
                    raise NmcError(
                        f"layer {layer.sym_name.data}: it shares the constant @{name} with "
                        "another layer; give each layer its own"
                    )
                weights.append(LayerWeights(name, round_up(fixed.pop(name), 8), chunks, cycles))
        budget -= sum(round_up(size, 8) for size in fixed.values())
        chunks = sum(len(w.chunks) for w in weights)
        table = TABLE_BYTES_PER_CHUNK * (chunks + 1)
        room = budget - (table if sum(w.size for w in weights) > budget else 0)
        residency = choose_residency(weights, room // 8 * 8, Channel.of(self.target))
        if residency is None:
            largest = max(weights, key=_longest_chunk)
            missing = _longest_chunk(largest) * 3 - room
            layer = largest.name.removesuffix(".weights").removesuffix(".table")
            raise NmcError(
                f"layer {layer}: a ring in L2 for its weights "
                f"needs {max(1, missing)} bytes more than L2 has left; use smaller tiles or a "
                "target with more L2"
            )
        return residency, table

    def _retype(self, residency: Residency) -> None:
        """Give references to streamed constants their new space."""
        for get in [o for o in self.module.walk() if isinstance(o, cluster.GetDataOp)]:
            name = get.data.root_reference.data
            space = cluster.Space.L3 if name in residency.streamed else cluster.Space.L2
            kind = cluster.buffer_type(cluster.size_of(get.result.type), space)
            if get.result.type != kind:
                Rewriter.replace_value_with_new_type(get.result, kind)

    def _record(
        self,
        label: str,
        space: str,
        kind: str,
        address: int,
        size: int,
        alive: tuple[int, ...] = (),
    ) -> None:
        self.buffers.append(
            DictionaryAttr(
                {
                    "name": StringAttr(label if kind == "weights" else self._unique(label)),
                    "space": StringAttr(space),
                    "kind": StringAttr(kind),
                    "address": IntegerAttr(address, i64),
                    "bytes": IntegerAttr(size, i64),
                    "alive": DenseArrayBase.from_list(i64, alive),
                }
            )
        )

    def _data_names(self) -> list[str]:
        return [
            o.sym_name.data for o in self.module.body.block.ops if isinstance(o, cluster.DataOp)
        ]

    def _unique(self, label: str) -> str:
        """The label, numbered where it has been given before: a layer may have several steps."""
        candidate, number = label, 1
        while candidate in self.labels:
            number += 1
            candidate = f"{label}.{number}"
        self.labels.add(candidate)
        return candidate

    def _space(self, space: str, base: int, size: int, peak: int, bound: int) -> None:
        self.spaces.append(
            DictionaryAttr(
                {
                    "space": StringAttr(space),
                    "base": IntegerAttr(base, i64),
                    "size": IntegerAttr(size, i64),
                    "peak": IntegerAttr(peak, i64),
                    "lower_bound": IntegerAttr(bound, i64),
                }
            )
        )


def _longest_chunk(weights: LayerWeights) -> int:
    return max((length for _, length in weights.chunks), default=0)


def _with_places(
    attributes: ArrayAttr[DictionaryAttr] | None,
    values: Sequence[SSAValue],
    address: dict[SSAValue, int],
) -> ArrayAttr[DictionaryAttr]:
    given: list[dict[str, Attribute]] = [{} for _ in values]
    if attributes is not None:
        given = [dict(entry.data) for entry in attributes]
    return ArrayAttr(
        DictionaryAttr(
            {
                **entry,
                "nmc.address": IntegerAttr(address[value], i64),
                "nmc.bytes": IntegerAttr(cluster.size_of(value.type), i64),
            }
            if value in address
            else entry
        )
        for entry, value in zip(given, values, strict=True)
    )
