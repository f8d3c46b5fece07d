"""Named pipelines: one word that stands for many passes, usable wherever a pass is.

They are expanded when their turn comes, because what is left to do depends on the stage the
module has reached by then.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.arg_spec import ArgSpec, ArgSpecConvertible, ParameterListType

from nmc.errors import NmcError
from nmc.options import Options
from nmc.pipelines.spec import parse_pipeline_text
from nmc.pipelines.stages import STAGES, Stage, stage_index, stage_of


def passes_of_stage(stage: Stage, options: Options) -> tuple[ArgSpec, ...]:
    """The passes from the stage before `stage` to it, the recording of the stage included."""
    mark = ArgSpec("set-stage", {"stage": (stage.name,)})
    return (*parse_pipeline_text(stage.pipeline(options)), mark)


def remaining_stages(module: ModuleOp, last: str) -> tuple[Stage, ...]:
    """The stages from the one after the module's up to and including `last`.

    Raises `NmcError` when `last` is unknown or already behind the module.
    """
    here, there = stage_index(stage_of(module).name), stage_index(last)
    if there < here:
        raise NmcError(
            f"the module is at stage '{STAGES[here].name}', past '{last}'; "
            f"start from an earlier stage's file"
        )
    return STAGES[here + 1 : there + 1]


@dataclass(frozen=True)
class NmcDefault(ArgSpecConvertible):
    """The whole way from the module's stage to final code, with the user's options recorded first.

    `to` stops after a stage; the other options are those of ``attach-options``.
    """

    name: ClassVar[str] = "nmc-default"

    target: str | None = None
    features: tuple[str, ...] | None = None
    cores: int | None = None
    l1: int | None = None
    l3: int | None = None
    sparsity: str | None = None
    prune: str | None = None
    kernels: tuple[str, ...] | None = None
    asm: str | None = None
    to: str = STAGES[-1].name

    def expand(self, module: ModuleOp) -> Iterator[ArgSpec]:
        """The passes this stands for on `module`, each given when those before it have run."""
        options: dict[str, ParameterListType] = {
            key: values for key, values in self.spec().parameters.items() if key != "to"
        }
        yield ArgSpec("attach-options", options)
        for stage in remaining_stages(module, self.to):
            yield from passes_of_stage(stage, Options.of_module(module))


@dataclass(frozen=True)
class NmcToStage(ArgSpecConvertible):
    """The passes from the module's stage to the stage `to`, options as the module has them."""

    name: ClassVar[str] = "nmc-to-stage"

    to: str

    def expand(self, module: ModuleOp) -> Iterator[ArgSpec]:
        """The passes this stands for on `module`."""
        for stage in remaining_stages(module, self.to):
            yield from passes_of_stage(stage, Options.of_module(module))


NamedPipeline = NmcDefault | NmcToStage

NAMED_PIPELINES: dict[str, type[NamedPipeline]] = {
    pipeline.name: pipeline for pipeline in (NmcDefault, NmcToStage)
}
