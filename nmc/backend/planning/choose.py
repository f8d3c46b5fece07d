"""Plans of a whole network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nmc.backend.kernels import KernelSet
from nmc.backend.planning.attention_plan import plan_attention
from nmc.backend.planning.attention_work import attention_work
from nmc.backend.planning.cost import Machine
from nmc.backend.planning.describe import engines_of, flat_works, window_work
from nmc.backend.planning.flat_plan import plan_flat
from nmc.backend.planning.live import peak_bytes
from nmc.backend.planning.plans import FlatPlan, Plan, WindowPlan
from nmc.backend.planning.product_plan import plan_product
from nmc.backend.planning.product_work import product_kernels, product_work
from nmc.backend.planning.residency import LayerWeights, Residency, choose_residency
from nmc.backend.planning.stream_play import Channel
from nmc.backend.planning.window_choice import choice_of, passes_of
from nmc.backend.planning.window_plan import WindowSearch
from nmc.backend.planning.work import Engine, Layer, WindowWork
from nmc.dialects import qnn
from nmc.targets import Target
from nmc.targets.code_space import code_space

# Cycles a byte of streamed weights is tried to cost where streaming is what holds the network up.
PRICES = (0.05, 0.2, 1.0)
# Weights are surely all in L2 where they leave at least this part of it: buffers are rounded up.
SPARE = 16


@dataclass(frozen=True)
class Entry:
    """A layer and how it is planned: by search, or straight away."""

    op: qnn.LayerOp
    search: WindowSearch | None
    plan: Plan
    engines: tuple[Engine, ...] = ()


@dataclass(frozen=True)
class Planned:
    """A layer, its plan, and the ways it was chosen from (None: there was one).

    streamed: its weights come from L3 while the network runs, so that reading them again costs.
    """

    op: qnn.LayerOp
    plan: Plan
    search: WindowSearch | None
    streamed: bool


def plan_layers(
    layers: Sequence[qnn.LayerOp], target: Target, allowed: KernelSet | None = None
) -> list[tuple[qnn.LayerOp, Plan]]:
    """A plan for each layer, see `plan_network`."""
    return [(found.op, found.plan) for found in plan_network(layers, target, allowed)]


def plan_network(
    layers: Sequence[qnn.LayerOp], target: Target, allowed: KernelSet | None = None
) -> list[Planned]:
    """A plan for each layer that needs one (a reshape is the same bytes: it needs none).

    Layers of equal geometry are searched once. Each layer gets its fastest plan, unless all the
    weights together do not fit L2: then layers whose weights would stream are also tried with
    plans that read them less often, and what makes the whole network fastest is kept.
    """
    machine = Machine.of(target)
    known: dict[object, WindowSearch] = {}
    planned: dict[object, Plan] = {}
    entries = [
        _entry(op, machine, target, allowed, known, planned)
        for op in layers
        if not isinstance(op, qnn.ReshapeOp)
    ]
    best = {entry.op: entry.plan for entry in entries}
    room = _room(layers, target)
    if sum(weights.size for weights in _weights(entries, best)) > room - room // SPARE:
        entries = [_loaded_by_core_0(entry) for entry in entries]
        best = {entry.op: entry.plan for entry in entries}
    total, residency = _play(entries, best, room, target)
    streamed: set[str] = set() if residency is None else set(residency.streamed)
    if streamed:
        # Dear weights, or such as come no faster than L3 gives them while the layer runs.
        rate = target.l3.bytes_per_cycle
        for price, limit in [*((price, math.inf) for price in PRICES), (0.0, rate), (0.05, rate)]:
            trial = {
                entry.op: entry.search.best(price, limit, resident=False)
                if entry.search is not None and entry.op.layer_name in streamed
                else entry.plan
                for entry in entries
            }
            cycles, _ = _play(entries, trial, room, target)
            if cycles < total:
                best, total = trial, cycles
        best = _reverted(entries, best, room, target, total)
    return [
        Planned(entry.op, best[entry.op], entry.search, entry.op.layer_name in streamed)
        for entry in entries
    ]


def _reverted(
    entries: Sequence[Entry],
    plans: dict[qnn.LayerOp, Plan],
    room: int,
    target: Target,
    total: float,
) -> dict[qnn.LayerOp, Plan]:
    """The plans, but the layers of a geometry have their fastest one where the network gains."""
    searches = {
        id(entry.search): entry.search for entry in entries if plans[entry.op] != entry.plan
    }
    for search in searches.values():
        trial = plans | {entry.op: entry.plan for entry in entries if entry.search is search}
        cycles, _ = _play(entries, trial, room, target)
        if cycles < total:
            plans, total = trial, cycles
    return plans


def _entry(
    op: qnn.LayerOp,
    machine: Machine,
    target: Target,
    allowed: KernelSet | None,
    known: dict[object, WindowSearch],
    planned: dict[object, Plan],
) -> Entry:
    work = window_work(op)
    if isinstance(op, qnn.BatchMatmulOp):
        return Entry(op, None, plan_product(product_work(op), product_kernels(allowed), machine))
    if isinstance(op, qnn.AttentionOp):
        attention = attention_work(op)
        key = (replace(attention, layer=Layer("", "", ())), "attention")
        if key not in planned:
            planned[key] = plan_attention(attention, product_kernels(allowed), machine)
        return Entry(op, None, planned[key])
    if work is None:
        works = flat_works(op)
        # Buffers of up to three ranges in a row can be in use at once (a copy between two others).
        share = min(3, len(works))
        return Entry(
            op,
            None,
            _merge(
                [plan_flat(flat, machine, share, number > 0) for number, flat in enumerate(works)]
            ),
        )
    engines = tuple(engines_of(op, target.features, allowed))
    key = (anonymous(work), engines)
    if key not in known:
        known[key] = WindowSearch(work, engines, machine)
    return Entry(op, known[key], known[key].best(), engines)


def _loaded_by_core_0(entry: Entry) -> Entry:
    """The layer in a network whose weights may stream: for what streams core 0 alone asks."""
    if entry.search is None:
        return entry
    return replace(entry, plan=entry.search.best(resident=False))


def anonymous(work: WindowWork) -> WindowWork:
    """A work by which layers that differ in nothing but their names are planned once."""
    return replace(work, layer=Layer("", "", ()))


def _merge(plans: Sequence[FlatPlan]) -> Plan:
    """One plan of a layer that runs over several ranges: the first, with the sums of all."""
    labels = {label for plan in plans for label in plan.double}
    return replace(
        plans[0],
        tiles=tuple(tile for plan in plans for tile in plan.tiles),
        double=tuple(sorted(labels)),
        l1_bytes=max(plan.l1_bytes for plan in plans),
        dma_bytes=sum(plan.dma_bytes for plan in plans),
        cycles=sum(plan.cycles for plan in plans),
        busiest=max(plan.busiest for plan in plans),
    )


def _room(layers: Sequence[qnn.LayerOp], target: Target) -> int:
    """Bytes of L2 for weights: what code and the activations leave."""
    return target.l2.bytes - code_space(target, len(layers)) - peak_bytes(layers)


def _play(
    entries: Sequence[Entry], plans: dict[qnn.LayerOp, Plan], room: int, target: Target
) -> tuple[float, Residency | None]:
    """(cycles of the network with its waits for L3, which weights stream)."""
    weights = _weights(entries, plans)
    cycles = sum(layer.cycles for layer in weights)
    found = choose_residency(weights, room, Channel.of(target))
    return (cycles + found.stall, found) if found is not None else (math.inf, None)


def _weights(entries: Sequence[Entry], plans: dict[qnn.LayerOp, Plan]) -> list[LayerWeights]:
    """What each layer reads of its weights."""
    weights: list[LayerWeights] = []
    for entry in entries:
        plan = plans[entry.op]
        engine = next((e for e in entry.engines if e.name == plan.kernel), None)
        chunks: tuple[tuple[int, int], ...] = ()
        size = 0
        if engine is not None and entry.search is not None and isinstance(plan, WindowPlan):
            size = engine.units * engine.unit_bytes
            seen = entry.search.work.seen_by(engine)
            pieces = choice_of(engine, plan).tiles(seen)[1]
            count = pieces * passes_of(seen, engine, plan)
            chunks = ((0, size // pieces),) * count if size else ()
        weights.append(LayerWeights(entry.op.layer_name, size, chunks, plan.cycles))
    return weights
