"""`--tune`: the fastest of the planner's best plans, as measured, seen in the IR, kept on disk."""

from pathlib import Path

import pytest
from xdsl.dialects.builtin import DictionaryAttr

import nmc
from nmc.api import compile_module
from nmc.backend.planning.plans import WindowPlan, read_plan
from nmc.dialects import qnn
from nmc.errors import NmcError
from nmc.frontend import import_onnx
from nmc.models.builder import Window
from nmc.models.small import ConvSpec, chain_model
from nmc.options import Options
from nmc.pipelines.context import make_context
from nmc.pipelines.lowering import lower_module
from nmc.tuning import Tuned, measured_plans, tune
from nmc.tuning.isolated_layer import isolated

# Two layers of one geometry.
MODEL = chain_model(
    [
        ConvSpec(16, 16, 6, 6, Window.square(1)),
        ConvSpec(16, 16, 6, 6, Window.square(1)),
    ]
)


@pytest.fixture(autouse=True)
def few_plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of measurements of the test's own; two plans of each geometry."""
    kept = tmp_path / "cache"
    monkeypatch.setattr("nmc.tuning.measurement_cache.cache_directory", lambda: kept)
    monkeypatch.setattr(measured_plans, "CANDIDATES", 2)
    return kept / "measured_plans"


def test_the_fastest_is_kept_and_measured_once(few_plans: Path) -> None:
    reports: list[Tuned] = []
    program = nmc.compile(MODEL, cores=2, tune=True, tuned=reports.append)
    result = program.run_random(3, check=True)
    assert result.exact
    (report,) = reports
    assert (report.layers, report.geometries, report.plans, report.cached) == (2, 1, 2, 0)
    assert 0 < report.best <= report.model
    assert len(list(few_plans.iterdir())) == 2
    tuned = [layer for layer in program.manifest.layers if layer.macs]
    assert all(layer.reason.startswith("measured ") for layer in tuned)
    again = nmc.compile(MODEL, cores=2, tune=True, tuned=reports.append)
    assert again.elf == program.elf
    assert (reports[1].cached, reports[1].best) == (2, report.best)
    # The plans are in the text of the stage they were chosen at, so going on from it is the same.
    assert program.stages["03-sparse.mlir"].count('reason = "measured ') == 2
    assert list(again.stages) == list(program.stages)


def test_measurements_decide(few_plans: Path) -> None:
    """A cache that says so turns the choice around."""
    nmc.compile(MODEL, cores=2, tune=True)
    files = sorted(few_plans.iterdir())
    first: list[str] = []
    for path in files:
        for other in files:
            other.write_text('{"cycles": 9}' if other == path else '{"cycles": 10}')
        program = nmc.compile(MODEL, cores=2, tune=True)
        first += [layer.reason for layer in program.manifest.layers if layer.macs]
    assert any("measured 9 cycles, the fastest of 2 (the cost model's choice" in r for r in first)
    assert any(r.startswith("measured 9 cycles (others:") for r in first)
    files[0].write_text("not JSON")
    reports: list[Tuned] = []
    nmc.compile(MODEL, cores=2, tune=True, tuned=reports.append)
    assert reports[0].cached == 1


def test_a_layer_alone_is_the_layer_in_its_network() -> None:
    ctx = make_context()
    module = import_onnx(MODEL)
    Options(cores=2).attach(module)
    lower_module(ctx, module, "sparse")
    tune(module, lambda layer: compile_module(make_context(), layer, "layer"))
    layer = next(op for op in module.walk() if isinstance(op, qnn.Conv2dOp))
    plan = read_plan(layer.attributes.get("plan"), "x")
    assert isinstance(plan, WindowPlan)
    alone = isolated(layer, module, plan)
    alone.verify()
    program = compile_module(make_context(), alone, "layer")
    assert program.run_random(1, check=True).exact
    assert [info.name for info in program.manifest.layers] == [layer.layer_name]
    assert isinstance(layer.attributes["plan"], DictionaryAttr)


def test_where_plans_were_chosen_already(tmp_path: Path) -> None:
    program = nmc.compile(MODEL, cores=2)
    stage = tmp_path / "04-tiled.mlir"
    stage.write_text(program.stages["04-tiled.mlir"])
    with pytest.raises(NmcError, match=r"plans were chosen before stage 'tiled'; start from 03-sp"):
        nmc.compile(stage, tune=True)
