"""The best few plans of each geometry measured, the fastest one given to its layers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from xdsl.dialects.builtin import DictionaryAttr, ModuleOp

from nmc.backend.kernels import KernelSet
from nmc.backend.planning.choose import Planned, plan_network
from nmc.backend.planning.describe import engine_named
from nmc.backend.planning.plans import WindowPlan
from nmc.backend.planning.target_of import resolve_target
from nmc.backend.planning.window_plan import WindowSearch
from nmc.backend.planning.work import Layer, WindowWork
from nmc.dialects import qnn
from nmc.errors import NmcError
from nmc.options import Options
from nmc.pipelines.stages import STAGES, file_name, stage_index, stage_of
from nmc.program import Program
from nmc.tuning.isolated_layer import isolated
from nmc.tuning.measurement_cache import MeasurementCache

TUNED_STAGE = "sparse"
"""The stage whose modules are tuned: the next one's passes choose plans."""
CANDIDATES = 4
"""Plans of a geometry that are compared, the cost model's own among them."""
SEED = 0

Compile = Callable[[ModuleOp], Program]


@dataclass(frozen=True)
class Tuned:
    """What tuning did.

    geometries: layers that differ in more than their weights. plans: that were compared for them.
    cached: how many of those had been measured before. model, best: cycles of the layers tuned, by
    the cost model's plans and by the fastest ones, each measured alone.
    """

    layers: int
    geometries: int
    plans: int
    cached: int
    model: int
    best: int

    def __str__(self) -> str:
        saved = 1 - self.best / self.model if self.model else 0.0
        return (
            f"tuned {self.layers} layers: {self.plans} plans of {self.geometries} geometries "
            f"compared, {self.cached} measured before; {self.model:,} cycles by the cost model "
            f"alone, {self.best:,} as measured ({saved:.1%} less)"
        )


def tune(module: ModuleOp, compile_layer: Compile) -> Tuned:
    """Give each convolution and product without a plan the fastest of its best few, as measured.

    The plan's reason says what it and the cost model's choice took.
    Raises `NmcError` for a module that is not at the stage where plans are chosen.
    """
    _check_stage(module)
    target = resolve_target(module)
    allowed = KernelSet(Options.of_module(module).kernels.split(","))
    layers = [
        op for op in module.walk() if isinstance(op, qnn.LayerOp) and "plan" not in op.attributes
    ]
    measuring = _Measuring(module, compile_layer, MeasurementCache(target))
    for found in plan_network(layers, target, allowed):
        if isinstance(found.op, qnn.Conv2dOp | qnn.MatmulOp) and found.search is not None:
            plan = measuring.best(found, found.search)
            found.op.attributes["plan"] = DictionaryAttr(plan.to_attributes())
    return measuring.summary()


def _check_stage(module: ModuleOp) -> None:
    here = stage_of(module)
    if here.name != TUNED_STAGE:
        raise NmcError(
            f"tune: plans were chosen before stage '{here.name}'; start from "
            f"{file_name(STAGES[stage_index(TUNED_STAGE)])} or an earlier stage"
        )


class _Measuring:
    def __init__(self, module: ModuleOp, compile_layer: Compile, cache: MeasurementCache):
        self.module, self.compile_layer, self.cache = module, compile_layer, cache
        self.known: dict[object, tuple[WindowPlan, ...]] = {}
        self.cycles: dict[object, int] = {}
        self.layers = self.cached = self.model = self.fastest = 0

    def summary(self) -> Tuned:
        plans = sum(len(candidates) for candidates in self.known.values())
        counts = (self.layers, len(self.known), plans, self.cached)
        return Tuned(*counts, self.model, self.fastest)

    def best(self, found: Planned, search: WindowSearch) -> WindowPlan:
        """The fastest of a layer's candidates, its reason saying so."""
        first = found.plan
        assert isinstance(first, WindowPlan)
        work = replace(search.work, layer=Layer("", "", ()))
        bare = replace(first, reason="")
        key = (work, engine_named(found.op, first.kernel), bare, found.streamed)
        if key not in self.known:
            few = search.few(first, CANDIDATES, thrifty=found.streamed)
            self.known[key] = tuple(few)
        measured = [(self._cycles(found.op, work, plan), plan) for plan in self.known[key]]
        model = measured[0][0]
        cycles, plan = min(measured, key=lambda item: item[0])
        self.layers, self.model = self.layers + 1, self.model + model
        self.fastest += cycles
        return replace(plan, reason=_reason(cycles, plan, measured))

    def _cycles(self, op: qnn.LayerOp, work: WindowWork, plan: WindowPlan) -> int:
        engine = engine_named(op, plan.kernel)
        key = (work, engine, replace(plan, reason=""))
        if key not in self.cycles:
            path = self.cache.path(work, engine, plan)
            cycles = self.cache.load(path)
            self.cached += cycles is not None
            if cycles is None:
                cycles = self._measure(op, plan)
                self.cache.save(path, cycles)
            self.cycles[key] = cycles
        return self.cycles[key]

    def _measure(self, op: qnn.LayerOp, plan: WindowPlan) -> int:
        program = self.compile_layer(isolated(op, self.module, plan))
        (layer,) = program.run_random(SEED).layers
        return layer.cycles


def _reason(cycles: int, plan: WindowPlan, measured: Sequence[tuple[int, WindowPlan]]) -> str:
    model, first = measured[0]
    if plan is first:
        others = [f"{other.kernel} {taken}" for taken, other in measured[1:]]
        return f"measured {cycles} cycles" + (f" (others: {', '.join(others)})" if others else "")
    return (
        f"measured {cycles} cycles, the fastest of {len(measured)} "
        f"(the cost model's choice: {first.kernel} {model})"
    )
