"""Options given for a module that may already have used some of them."""

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

from nmc.errors import NmcError
from nmc.options import Options
from nmc.passes.attach_options import AttachOptionsPass
from nmc.pipelines.stages import STAGES, file_name, stage_index, stage_of

# The stage whose passes first read an option: behind it, a change would come too late.
FIRST_USED: dict[str, str] = {
    "sparsity": "sparse",
    "prune": "sparse",
    "target": "tiled",
    "target_text": "tiled",
    "features": "tiled",
    "cores": "tiled",
    "l1": "tiled",
    "l3": "tiled",
    "kernels": "tiled",
}


def attach_choices(module: ModuleOp, choices: AttachOptionsPass) -> None:
    """Record on `module` the options given; those not given stay as the module has them.

    Raises `NmcError` for a wrong value, and for one that differs from the module's where the
    module is past the stage that used it.
    """
    before = Options.of_module(module)
    choices.apply(Context(), module)
    after = Options.of_module(module)
    here = stage_index(stage_of(module).name)
    for name, stage in FIRST_USED.items():
        used = stage_index(stage)
        if here >= used and getattr(before, name) != getattr(after, name):
            before.attach(module)
            raise NmcError(
                f"{name.removesuffix('_text')} was decided before stage '{STAGES[here].name}'; "
                f"start from {file_name(STAGES[used - 1])} or an earlier stage"
            )
