"""Plans of a whole network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from nmc.backend.planning.cost import Machine
from nmc.backend.planning.describe import engines_of, flat_works, window_work
from nmc.backend.planning.flat_plan import plan_flat
from nmc.backend.planning.plans import FlatPlan, Plan
from nmc.backend.planning.window_plan import plan_window
from nmc.backend.planning.work import Layer
from nmc.dialects import qnn
from nmc.targets import Target


def plan_layers(
    layers: Sequence[qnn.LayerOp], target: Target, forced: str | None = None
) -> Iterable[tuple[qnn.LayerOp, Plan]]:
    """A plan for each layer that needs one (a reshape is the same bytes: it needs none).

    Layers of equal geometry are planned once.
    """
    machine = Machine.of(target)
    anonymous = Layer("", "", ())
    known: dict[object, Plan] = {}
    for op in layers:
        if isinstance(op, qnn.ReshapeOp):
            continue
        work = window_work(op)
        if work is not None:
            engines = tuple(engines_of(op, target.features, forced))
            key = (replace(work, layer=anonymous), engines)
            if key not in known:
                known[key] = plan_window(work, engines, machine)
            yield op, known[key]
            continue
        works = flat_works(op)
        # The buffers of one range may still be in use when the next one's are filled.
        share = 1 if len(works) == 1 else 2
        yield op, _merge([plan_flat(flat, machine, share) for flat in works])


def _merge(plans: Sequence[FlatPlan]) -> Plan:
    """One plan of a layer that runs over several ranges: the first, with the sums of all."""
    first = plans[0]
    return replace(
        first,
        tiles=tuple(tile for plan in plans for tile in plan.tiles),
        double=tuple(sorted({label for plan in plans for label in plan.double})),
        l1_bytes=max(plan.l1_bytes for plan in plans),
        dma_bytes=sum(plan.dma_bytes for plan in plans),
        cycles=sum(plan.cycles for plan in plans),
        busiest=max(plan.busiest for plan in plans),
    )
