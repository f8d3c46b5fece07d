"""The Python interface: one function from a model to a program."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import onnx
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

from nmc.backend.asm.emission import emit_program
from nmc.backend.planning.target_of import resolve_target
from nmc.frontend import import_onnx
from nmc.options import Options
from nmc.passes.attach_options import AttachOptionsPass
from nmc.pipelines.choices import attach_choices
from nmc.pipelines.collection import rare_collection
from nmc.pipelines.context import make_context
from nmc.pipelines.loading import load_module
from nmc.pipelines.lowering import StageObserver, lower_module
from nmc.pipelines.printing import module_text
from nmc.pipelines.runner import Hooks
from nmc.pipelines.stages import STAGES, Stage, file_name, stage_index, stage_of
from nmc.program import Program
from nmc.program.describe import describe_program
from nmc.program.stage import INTERPRETED_LEVELS, InterpretedStage
from nmc.program.stage_texts import StageFiles
from nmc.tuning import TUNED_STAGE, Tuned
from nmc.tuning import tune as tune_plans

Model = str | Path | bytes | onnx.ModelProto


def compile(
    model: Model,
    target: str | None = None,
    features: Iterable[str] | None = None,
    *,
    cores: int | None = None,
    l1: int | None = None,
    l3: int | None = None,
    sparsity: str | None = None,
    prune: str | None = None,
    kernels: Iterable[str] | None = None,
    asm: str | None = None,
    name: str | None = None,
    tune: bool = False,
    tuned: Callable[[Tuned], None] | None = None,
    reached: StageObserver | None = None,
    hooks: Hooks | None = None,
) -> Program:
    """Compile a quantised ONNX model, or go on from a stage file, for a simulated cluster.

    model: the path of an ``.onnx`` file or of a stage's ``.mlir`` file, the bytes of an ONNX file,
    or a model in memory. target: the name of a shipped target (``vega`` unless given) or the path
    of a description. features: of the instruction set, such as ``xnm`` (none unless given). cores,
    l1 (bytes): how much of the target to use (all unless given). l3 (bytes): another size of L3.
    sparsity: ``keep`` (unless given), ``dense`` or ``N:M``. prune: with ``N:M``, the ``ffn``
    layers of a transformer (unless given) or all ``linear`` ones. kernels: ``best`` (unless
    given), ``paper``, or names of kernels and families, to be used where they are legal. asm:
    ``pulp`` (unless given) or ``stock``. name: of the program, the file's unless given. tune:
    measure the best few plans of each layer's geometry on the simulator, and keep the fastest.
    tuned, reached, hooks: observers of what that did, of stages and passes.

    A stage file brings its options along; one given here replaces the file's, and is refused where
    the file's stage has already used it. Raises `NmcError` for what the user can repair.
    """
    ctx = make_context()
    choices = AttachOptionsPass(
        target=target,
        features=None if features is None else tuple(features),
        cores=cores,
        l1=l1,
        l3=l3,
        sparsity=sparsity,
        prune=prune,
        kernels=None if kernels is None else tuple(kernels),
        asm=asm,
    )
    is_path = isinstance(model, str | Path)
    module = load_module(ctx, Path(model)) if is_path else import_onnx(model)
    attach_choices(module, choices)
    resolve_target(module)  # complain of the target before anything is lowered
    earlier: dict[str, str] = {}
    if tune:
        earlier = _tune(ctx, module, tuned, reached, hooks)
    program = compile_module(ctx, module, name or model_name(model), reached, hooks)
    return replace(program, stages={**earlier, **program.stages}) if earlier else program


def _tune(
    ctx: Context,
    module: ModuleOp,
    tuned: Callable[[Tuned], None] | None,
    reached: StageObserver | None,
    hooks: Hooks | None,
) -> dict[str, str]:
    """Take a module to the stage where plans are chosen, and choose; texts of stages before it."""
    texts: dict[str, str] = {}

    def observe(stage: Stage, module: ModuleOp) -> None:
        if stage.name != TUNED_STAGE:  # seen again, with its plans
            texts[file_name(stage)] = module_text(module)
            if reached is not None:
                reached(stage, module)

    if stage_index(stage_of(module).name) < stage_index(TUNED_STAGE):
        lower_module(ctx, module, TUNED_STAGE, observe, hooks)
    done = tune_plans(module, lambda layer: compile_module(make_context(), layer, "layer"))
    if tuned is not None:
        tuned(done)
    return texts


def open_stage(path: Path) -> Program | InterpretedStage:
    """What running a stage file runs: the stage itself, or the program made of it.

    The imported graph is on real numbers; what is executed of it is its integer form. A program
    keeps the stages beside the file, to be checked against. Raises `NmcError` for a file that is
    no stage or does not lower.
    """
    ctx = make_context()
    module = load_module(ctx, path)
    stage = stage_of(module)
    if stage.level in INTERPRETED_LEVELS:
        if stage is STAGES[0]:
            lower_module(ctx, module, STAGES[1].name)
        return InterpretedStage.of(module, path)
    program = compile_module(ctx, module, path.stem)
    return replace(program, stages={**StageFiles(path.parent), **program.stages})


def model_name(model: Model) -> str:
    """What to call a model: its file's name, or the name of its graph."""
    if isinstance(model, str | Path):
        return Path(model).stem
    return "model"


def compile_module(
    ctx: Context,
    module: ModuleOp,
    name: str,
    reached: StageObserver | None = None,
    hooks: Hooks | None = None,
) -> Program:
    """Lower a module from its stage to the end and make a program of it; errors as `lower_module`.

    The text of every stage on the way, that of the start included, is part of the program.
    """
    stages: dict[str, str] = {}

    def observe(stage: Stage, module: ModuleOp) -> None:
        stages[file_name(stage)] = module_text(module)
        if reached is not None:
            reached(stage, module)

    with rare_collection():
        lower_module(ctx, module, reached=observe, hooks=hooks)
        elf, assembly = emit_program(module, Options.of_module(module).asm)
        return Program(describe_program(module, name), elf, assembly, stages)


__all__ = ["Model", "Program", "compile", "compile_module", "model_name", "open_stage"]
