"""Running pipelines: names to passes, passes over a module, the verifier after each of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.utils.arg_spec import ArgSpec
from xdsl.utils.exceptions import DiagnosticException, VerifyException

from nmc.errors import NmcError, did_you_mean, one_line
from nmc.passes import get_all_passes
from nmc.passes.set_stage import SetStagePass
from nmc.pipelines.describe import describe_operation
from nmc.pipelines.named import NAMED_PIPELINES, NamedPipeline


class PassError(NmcError):
    """A pass refused the module, or left one that does not verify; `cause` is what was raised."""

    def __init__(self, message: str, cause: Exception):
        super().__init__(message)
        self.cause = cause


class VerificationError(NmcError):
    """A module does not verify; `cause` is what its verifier raised."""

    def __init__(self, message: str, cause: Exception):
        super().__init__(message)
        self.cause = cause


@dataclass(frozen=True)
class Hooks:
    """What a driver wants to see: called with the pass and the module around each pass."""

    before: Callable[[ModulePass, ModuleOp], None] | None = None
    after: Callable[[ModulePass, ModuleOp], None] | None = None


def build_step(spec: ArgSpec) -> ModulePass | NamedPipeline:
    """The pass or named pipeline a specification asks for.

    Raises `NmcError` for an unknown name (with the closest known one), an unknown option or a
    value of the wrong type.
    """
    passes = get_all_passes()
    factory = NAMED_PIPELINES.get(spec.name)
    if factory is None and spec.name not in passes:
        known = [*passes, *NAMED_PIPELINES]
        raise NmcError(f"pass '{spec.name}' is unknown; {did_you_mean(spec.name, known)}")
    step = factory or passes[spec.name]()
    try:
        return step.from_spec(spec)
    except (ValueError, TypeError) as error:
        reason = _option_error(step, spec, error)
        raise NmcError(f"options of pass '{spec.name}': {reason}") from error


def _option_error(
    step: type[ModulePass] | type[NamedPipeline], spec: ArgSpec, error: Exception
) -> str:
    """Which option is wrong, and what could have been written."""
    known = [field.name.replace("_", "-") for field in fields(step) if field.name != "name"]
    for option in spec.parameters:
        if option.replace("_", "-") not in known:
            remedy = did_you_mean(option, known) if known else "it takes none"
            return f"'{option}' is unknown; {remedy}"
    return one_line(error)


def verify_module(module: ModuleOp, place: str) -> None:
    """Verify a module; raises `VerificationError` naming `place`, the operation and the reason."""
    try:
        module.verify()
    except VerifyException as error:
        where = _culprit(module)
        raise VerificationError(f"{place}: {where}{one_line(error)}", error) from error


def _culprit(module: ModuleOp) -> str:
    """The first operation that does not verify by itself, described, with a colon after it."""
    for op in module.walk():
        try:
            op.verify(verify_nested_ops=False)
        except VerifyException:
            return f"{describe_operation(op)}: "
    return ""


def run_pass(ctx: Context, module: ModuleOp, step: ModulePass, hooks: Hooks, verify: bool) -> None:
    """Run one pass and verify what it left.

    Raises `PassError` naming the pass for a diagnostic of the pass, `VerificationError` for a
    module that no longer verifies; anything else is a bug and passes through with a note.
    """
    if hooks.before is not None:
        hooks.before(step, module)
    try:
        step.apply(ctx, module)
    except (NmcError, DiagnosticException) as error:
        raise PassError(f"pass '{step.name}': {one_line(error)}", error) from error
    except Exception as error:
        error.add_note(f"while running pass '{step.name}'")
        raise
    # Which stage a module is at is nothing a verifier looks at: the pass before has been verified.
    if verify and not isinstance(step, SetStagePass):
        verify_module(module, f"after pass '{step.name}'")
    if hooks.after is not None:
        hooks.after(step, module)


def run_pipeline(
    ctx: Context,
    module: ModuleOp,
    specs: Iterable[ArgSpec],
    hooks: Hooks | None = None,
    verify: bool = True,
) -> None:
    """Run the passes of a pipeline over `module` in place; errors as `build_step` and `run_pass`.

    All names and options are checked before the first pass runs.
    """
    for step in [build_step(spec) for spec in specs]:
        for single in _singles(step, module):
            run_pass(ctx, module, single, hooks or Hooks(), verify)


def _singles(step: ModulePass | NamedPipeline, module: ModuleOp) -> Iterator[ModulePass]:
    """The passes a step stands for; a named pipeline gives each when those before it have run."""
    if isinstance(step, ModulePass):
        yield step
        return
    for spec in step.expand(module):
        inner = build_step(spec)
        yield from _singles(inner, module)
