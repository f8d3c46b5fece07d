"""Taking a module through the stages, telling an observer at each."""

from collections.abc import Callable

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

from nmc.options import Options
from nmc.pipelines.named import passes_of_stage, remaining_stages
from nmc.pipelines.runner import Hooks, run_pipeline, verify_module
from nmc.pipelines.stages import STAGES, Stage, stage_of

StageObserver = Callable[[Stage, ModuleOp], None]


def lower_module(
    ctx: Context,
    module: ModuleOp,
    last: str = STAGES[-1].name,
    reached: StageObserver | None = None,
    hooks: Hooks | None = None,
) -> None:
    """Take `module` in place from its stage to the stage `last`.

    `reached` is called with every stage, the one the module starts at included, when the module
    is there. The verifier runs at the last stage of each level, not after every pass as in
    ``nmc-opt``, which shows the pass at fault from the text of the stage before. Raises `NmcError`
    from passes and verifiers, naming pass or stage, and layer.
    """
    if reached is not None:
        reached(stage_of(module), module)
    stages = remaining_stages(module, last)
    for index, stage in enumerate(stages):
        passes = passes_of_stage(stage, Options.of_module(module))
        run_pipeline(ctx, module, passes, hooks, verify=False)
        if stage is stages[-1] or stage.level != stages[index + 1].level:
            verify_module(module, f"at stage '{stage.name}'")
        if reached is not None:
            reached(stage, module)
