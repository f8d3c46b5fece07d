"""Taking a module through the stages."""

import gc

import pytest
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

import nmc
from nmc.models.small import small_model
from nmc.pipelines.collection import NEW_OBJECTS, rare_collection
from nmc.pipelines.context import make_context
from nmc.pipelines.lowering import lower_module
from nmc.pipelines.runner import Hooks, VerificationError
from nmc.pipelines.stages import set_stage


@pytest.mark.parametrize(
    ("damaging", "stage"), [("stream-weights", "planned"), ("flatten-control-flow", "flat")]
)
def test_a_level_is_verified_at_its_end(damaging: str, stage: str) -> None:
    def damage(step: ModulePass, module: ModuleOp) -> None:
        if step.name == damaging:
            function = module.body.block.last_op
            assert function is not None
            returned = function.regions[0].block.last_op
            assert returned is not None
            returned.detach()

    with pytest.raises(VerificationError, match=rf"^at stage '{stage}': "):
        nmc.compile(small_model("conv-wide", "1:8"), hooks=Hooks(after=damage))


def test_a_module_that_is_there_stays() -> None:
    module = ModuleOp([])
    set_stage(module, "micro")
    reached: list[str] = []
    lower_module(make_context(), module, "micro", lambda stage, _: reached.append(stage.name))
    assert reached == ["micro"]


def test_the_collector_is_as_it_was_afterwards() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), rare_collection():
        assert gc.get_threshold() == (NEW_OBJECTS, *before[1:])
        with rare_collection():
            raise KeyError
    assert gc.get_threshold() == before


def test_a_collector_that_is_off_stays_off() -> None:
    before = gc.get_threshold()
    gc.set_threshold(0)
    try:
        with rare_collection():
            assert gc.get_threshold()[0] == 0
    finally:
        gc.set_threshold(*before)
