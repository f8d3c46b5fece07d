"""The table of stages and the named pipelines made of it."""

import pytest
from xdsl.dialects.builtin import ModuleOp, StringAttr

from nmc.errors import NmcError
from nmc.options import Options
from nmc.passes import get_all_passes
from nmc.pipelines.named import NmcDefault, NmcToStage, passes_of_stage, remaining_stages
from nmc.pipelines.runner import build_step
from nmc.pipelines.spec import parse_pipeline_text
from nmc.pipelines.stages import STAGES, Stage, file_name, set_stage, stage_of


def module_at(stage: str) -> ModuleOp:
    module = ModuleOp([])
    module.attributes["nmc.stage"] = StringAttr(stage)
    return module


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_passes_of_every_stage_exist(stage: Stage) -> None:
    for spec in passes_of_stage(stage, Options()):
        assert spec.name in get_all_passes()
        build_step(spec)


def test_file_names_sort_in_order_of_the_stages() -> None:
    names = [file_name(stage) for stage in STAGES]
    assert names == sorted(names)
    assert names[3] == "04-tiled.mlir"


def test_remaining_stages() -> None:
    assert remaining_stages(module_at("imported"), "flat") == STAGES[1:]
    assert [stage.name for stage in remaining_stages(module_at("tiled"), "buffered")] == [
        "parallel",
        "buffered",
    ]
    assert remaining_stages(module_at("flat"), "flat") == ()
    with pytest.raises(NmcError, match="the module is at stage 'flat', past 'tiled'"):
        remaining_stages(module_at("flat"), "tiled")


def test_stage_of() -> None:
    module = ModuleOp([])
    with pytest.raises(NmcError, match=r"no .nmc\.stage. attribute"):
        stage_of(module)
    set_stage(module, "micro")
    assert stage_of(module).level == "micro"
    with pytest.raises(NmcError, match="stage 'tilde' is unknown; did you mean 'tiled'"):
        stage_of(module_at("tilde"))


def test_default_pipeline_goes_on_from_the_stage_of_the_module() -> None:
    pipeline = NmcDefault(cores=4, features=("xnm",), to="tiled")
    specs = list(pipeline.expand(module_at("integer")))
    assert specs[0].name == "attach-options"
    assert specs[0].parameters == {"features": ("xnm",), "cores": (4,)}
    expected = [*passes_of_stage(STAGES[2], Options()), *passes_of_stage(STAGES[3], Options())]
    assert specs[1:] == expected
    assert list(NmcToStage("tiled").expand(module_at("integer"))) == expected


def test_named_pipelines_are_built_from_text() -> None:
    (spec,) = parse_pipeline_text("nmc-default{target=vega features=xnm sparsity=1:8 l1=65536}")
    assert build_step(spec) == NmcDefault(
        target="vega", features=("xnm",), sparsity="1:8", l1=65536
    )


@pytest.mark.parametrize(
    ("sparsity", "prune", "pipeline"),
    [
        ("keep", "ffn", "detect-nm,fuse-attention,fuse-add"),
        ("dense", "linear", "nm-decode,fuse-attention,fuse-add"),
        ("1:16", "ffn", "impose-nm{n=1 m=16},detect-nm,fuse-attention,fuse-add"),
        ("1:8", "linear", "impose-nm{n=1 m=8 products=linear},detect-nm,fuse-attention,fuse-add"),
    ],
)
def test_sparsity_decides_the_passes(sparsity: str, prune: str, pipeline: str) -> None:
    assert STAGES[2].pipeline(Options(sparsity=sparsity, prune=prune)) == pipeline
    default = NmcDefault(sparsity=sparsity, prune=prune, to="sparse")
    names = [spec.name for spec in parse_pipeline_text(pipeline)]
    module = module_at("integer")
    Options(sparsity=sparsity, prune=prune).attach(module)
    assert [spec.name for spec in default.expand(module)][1:-1] == names
