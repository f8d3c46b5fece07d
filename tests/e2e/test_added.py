"""Additions inside other layers on the simulator, under the sanitizers, which find nothing."""

import pytest
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, StringAttr

from nmc.api import compile_module
from nmc.pipelines.context import make_context
from nmc.pipelines.stages import set_stage
from nmc.reference.graph_interpreter import main_function
from tests.schedule import added
from tests.schedule.running import run_passes


@pytest.mark.parametrize(
    ("build", "shape", "cores", "l1", "features"),
    [
        (added.residual, (1, 9, 7, 16), 8, 5376, "none"),
        (added.sparse, (1, 9, 6, 32), 4, 6144, "xnm"),
        (added.strided, (1, 11, 6, 8), 2, 131072, "none"),
        (added.depthwise, (1, 7, 9, 12), 1, 4096, "none"),
        (added.unsigned_own, (1, 6, 5, 8), 8, 131072, "none"),
        (added.tokens, (1, 197, 40), 8, 16384, "none"),
    ],
)
def test_exact(
    build: added.Build, shape: tuple[int, ...], cores: int, l1: int, features: str
) -> None:
    module = added.module_of(build, shape, cores=cores, l1=l1, features=features)
    main = main_function(module)
    for kind, name in (("arg_attrs", "x"), ("res_attrs", "y")):
        main.properties[kind] = ArrayAttr([DictionaryAttr({"nmc.name": StringAttr(name)})])
    run_passes(module, "fuse-add{always=true}")
    assert added.fused_in(module) > 0
    set_stage(module, "sparse")
    result = compile_module(make_context(), module, "added").run_random(
        1, check=True, sanitize=True
    )
    assert result.exact, str(result.difference)
    assert [str(finding) for finding in result.findings or ()] == []
