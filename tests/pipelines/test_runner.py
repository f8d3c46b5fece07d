"""Running passes: what is built, what is called, what an error says."""

from dataclasses import dataclass

import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.passes import ModulePass
from xdsl.utils.arg_spec import ArgSpec
from xdsl.utils.exceptions import VerifyException

from nmc.errors import NmcError
from nmc.passes.set_stage import SetStagePass
from nmc.pipelines.context import make_context
from nmc.pipelines.loading import parse_module
from nmc.pipelines.runner import (
    Hooks,
    PassError,
    VerificationError,
    build_step,
    run_pass,
    run_pipeline,
    verify_module,
)

WRONG_RETURN = """
func.func @outer() -> i32 {
  func.return
}
"""


@dataclass(frozen=True)
class RefusingPass(ModulePass):
    """Refuses every module."""

    name = "refusing"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        raise NmcError("layer 'conv1':\n no room")


@dataclass(frozen=True)
class BrokenPass(ModulePass):
    """Has a bug."""

    name = "broken"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        raise KeyError("x")


@dataclass(frozen=True)
class DamagingPass(ModulePass):
    """Leaves a module that does not verify."""

    name = "damaging"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in op.body.block.ops:
            returned = function.regions[0].block.last_op
            assert returned is not None
            returned.detach()


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            ArgSpec("canonicalise", {}),
            "pass 'canonicalise' is unknown; did you mean 'canonicalize'",
        ),
        (ArgSpec("nmc-defautl", {}), "did you mean 'nmc-default'"),
        (ArgSpec("set-stage", {"stag": ("x",)}), "'stag' is unknown; did you mean 'stage'"),
        (ArgSpec("cse", {"x": (1,)}), "options of pass 'cse': 'x' is unknown; it takes none"),
        (ArgSpec("set-stage", {}), 'requires argument "stage"'),
        (ArgSpec("set-stage", {"stage": (3,)}), "expected <class 'str'>"),
    ],
)
def test_build_step_refuses(spec: ArgSpec, said: str) -> None:
    with pytest.raises(NmcError) as error:
        build_step(spec)
    assert said in str(error.value)


def test_names_are_checked_before_anything_runs() -> None:
    module = ModuleOp([])
    specs = [ArgSpec("set-stage", {"stage": ("tiled",)}), ArgSpec("nonsense", {})]
    with pytest.raises(NmcError, match="nonsense"):
        run_pipeline(make_context(), module, specs)
    assert not module.attributes


def test_hooks_see_each_pass_of_a_named_pipeline() -> None:
    seen: list[str] = []
    hooks = Hooks(
        before=lambda step, _: seen.append(f"< {step}"),
        after=lambda step, _: seen.append(f"> {step}"),
    )
    module = ModuleOp([])
    module.attributes["nmc.stage"] = StringAttr("tiled")
    run_pipeline(make_context(), module, [ArgSpec("nmc-default", {"to": ("tiled",)})], hooks)
    assert seen == ["< attach-options", "> attach-options"]


def test_errors_of_passes_name_the_pass_on_one_line() -> None:
    with pytest.raises(PassError) as error:
        run_pass(Context(), ModuleOp([]), RefusingPass(), Hooks(), verify=True)
    assert str(error.value) == "pass 'refusing': layer 'conv1': no room"
    assert isinstance(error.value.cause, NmcError)


def test_bugs_pass_through_with_a_note() -> None:
    with pytest.raises(KeyError) as error:
        run_pass(Context(), ModuleOp([]), BrokenPass(), Hooks(), verify=True)
    assert error.value.__notes__ == ["while running pass 'broken'"]


def test_verification_names_place_and_operation() -> None:
    ctx = make_context()
    with pytest.raises(NmcError) as error:
        parse_module(ctx, WRONG_RETURN, "in.mlir")
    assert str(error.value).startswith("in.mlir: in @outer, operation 'func.return': Expected")


def test_passes_are_verified_after() -> None:
    module = parse_module(make_context(), "func.func @f() { func.return }", "in.mlir")
    with pytest.raises(VerificationError) as error:
        run_pass(make_context(), module, DamagingPass(), Hooks(), verify=True)
    assert str(error.value).startswith("after pass 'damaging': ")
    assert isinstance(error.value.cause, VerifyException)
    with pytest.raises(VerificationError):
        verify_module(module, "again")


def test_verification_can_be_left_out() -> None:
    module = parse_module(make_context(), "func.func @f() { func.return }", "in.mlir")
    run_pass(make_context(), module, DamagingPass(), Hooks(), verify=False)


def test_set_stage() -> None:
    module = ModuleOp([])
    SetStagePass("micro").apply(Context(), module)
    assert module.attributes["nmc.stage"] == StringAttr("micro")
