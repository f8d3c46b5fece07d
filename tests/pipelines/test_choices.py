"""Options given for a module that is already on its way."""

import pytest
from xdsl.dialects.builtin import ModuleOp, StringAttr

from nmc.errors import NmcError
from nmc.options import Options
from nmc.passes.attach_options import AttachOptionsPass
from nmc.pipelines.choices import attach_choices


def module_at(stage: str, options: Options) -> ModuleOp:
    module = ModuleOp([])
    module.attributes["nmc.stage"] = StringAttr(stage)
    options.attach(module)
    return module


def test_an_early_stage_takes_everything() -> None:
    module = module_at("imported", Options(cores=2))
    attach_choices(module, AttachOptionsPass(target="gap9", features=("xnm",), sparsity="1:8"))
    assert Options.of_module(module) == Options("gap9", features=("xnm",), cores=2, sparsity="1:8")


@pytest.mark.parametrize(
    ("stage", "choices", "said"),
    [
        ("sparse", AttachOptionsPass(sparsity="1:8"), "sparsity was decided before stage 'sparse'"),
        ("tiled", AttachOptionsPass(cores=4), "start from 03-sparse.mlir or an earlier stage"),
        ("flat", AttachOptionsPass(features=("xnm",)), "features was decided before stage 'flat'"),
        ("micro", AttachOptionsPass(l1=4096), "l1 was decided"),
        ("micro", AttachOptionsPass(kernels=("paper",)), "kernels was decided"),
        ("micro", AttachOptionsPass(target="gap9"), "target was decided"),
    ],
)
def test_what_has_been_used_stays(stage: str, choices: AttachOptionsPass, said: str) -> None:
    module = module_at(stage, Options())
    with pytest.raises(NmcError) as error:
        attach_choices(module, choices)
    assert said in str(error.value)
    assert Options.of_module(module) == Options()


def test_the_same_again_is_no_change() -> None:
    options = Options(cores=4, features=("xnm",))
    module = module_at("flat", options)
    attach_choices(module, AttachOptionsPass(cores=4, features=("xnm",)))
    assert Options.of_module(module) == options


def test_the_assembly_style_is_open_to_the_end() -> None:
    module = module_at("flat", Options())
    attach_choices(module, AttachOptionsPass(asm="stock"))
    assert Options.of_module(module).asm == "stock"
