"""The one table of stages: which passes take a module from each stage to the next.

A module says in ``nmc.stage`` which stage it has reached. A stage's passes depend on nothing but
the module, so compiling can go on from the text of any stage and ends in the same bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from xdsl.dialects.builtin import ModuleOp, StringAttr

from nmc.errors import NmcError, did_you_mean
from nmc.options import Options

STAGE_ATTRIBUTE = "nmc.stage"


@dataclass(frozen=True)
class Stage:
    """A point at which a module is printed, executed and resumed.

    name: recorded in the module and part of its file's name.
    level: the level of the IR, as in the table of levels in the README.
    passes: the pipeline that leads here from the stage before (empty for the import), or what
    gives it for the module's options.
    """

    name: str
    level: str
    passes: str | Callable[[Options], str]

    def pipeline(self, options: Options) -> str:
        """The text of the pipeline that leads here in a module with these options."""
        return self.passes if isinstance(self.passes, str) else self.passes(options)


def sparsity_passes(options: Options) -> str:
    """Which N:M patterns weights get: those they have, none, or one that is imposed first.

    Then attention is one operation, and so are layers and the additions after them: what they
    compute does not change, and where it runs does.
    """
    fused = "fuse-attention,fuse-add"
    if options.sparsity == "dense":
        return f"nm-decode,{fused}"
    if options.sparsity == "keep":
        return f"detect-nm,{fused}"
    n, m = options.sparsity.split(":")
    products = "" if options.prune == "ffn" else f" products={options.prune}"
    return f"impose-nm{{n={n} m={m}{products}}},detect-nm,{fused}"


STAGES: tuple[Stage, ...] = (
    Stage("imported", "graph", ""),
    Stage("integer", "graph", "fuse-compounds,fold-qdq,canonicalize,to-channels-last,canonicalize"),
    Stage("sparse", "graph", sparsity_passes),
    Stage("tiled", "scheduled", "select-kernels,pack-weights,tile,canonicalize"),
    Stage("parallel", "scheduled", "parallelize"),
    Stage("buffered", "scheduled", "double-buffer"),
    Stage("planned", "scheduled", "plan-memory,stream-weights"),
    Stage("micro", "micro", "convert-tile-to-micro,convert-cluster-to-micro"),
    Stage(
        "machine",
        "machine",
        "convert-micro-to-machine,canonicalize-machine,form-hardware-loops,form-post-increments",
    ),
    Stage("allocated", "allocated", "schedule,allocate-registers,verify-allocation"),
    Stage(
        "flat",
        "allocated",
        "insert-prologue-epilogue,verify-allocation,flatten-control-flow,time-layers",
    ),
)

STAGE_NAMES: tuple[str, ...] = tuple(stage.name for stage in STAGES)


def stage_index(name: str) -> int:
    """The position of a stage in the table; raises `NmcError` for a name that is not in it."""
    if name not in STAGE_NAMES:
        raise NmcError(f"stage '{name}' is unknown; {did_you_mean(name, STAGE_NAMES)}")
    return STAGE_NAMES.index(name)


def file_name(stage: Stage) -> str:
    """The name of a stage's file in a build directory: ``04-tiled.mlir``."""
    return f"{stage_index(stage.name) + 1:02d}-{stage.name}.mlir"


def stage_of(module: ModuleOp, place: str = "the module") -> Stage:
    """The stage a module has reached; `place` says in errors what the module is.

    Raises `NmcError` when the module does not say, or names no stage of the table.
    """
    attribute = module.attributes.get(STAGE_ATTRIBUTE)
    if not isinstance(attribute, StringAttr):
        raise NmcError(
            f"{place} has no '{STAGE_ATTRIBUTE}' attribute, so where to go on is unknown; "
            f'write builtin.module attributes {{{STAGE_ATTRIBUTE} = "imported"}}'
        )
    return STAGES[stage_index(attribute.data)]


def set_stage(module: ModuleOp, name: str) -> None:
    """Record that `module` has reached stage `name`; raises `NmcError` for an unknown name."""
    module.attributes[STAGE_ATTRIBUTE] = StringAttr(STAGES[stage_index(name)].name)
