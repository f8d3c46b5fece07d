"""nmc compile: from a model or a stage file to a directory with program, stages and report."""

import sys
import time
from pathlib import Path

import click
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

import nmc.api
from nmc.cli.console import console, progress
from nmc.cli.preparing import prepare_simulator
from nmc.files import new_directory
from nmc.numerics.pruning import PRUNES
from nmc.options import ASSEMBLY_STYLES, Options
from nmc.pipelines.printing import ElidingPrinter
from nmc.pipelines.runner import Hooks
from nmc.pipelines.stages import STAGES, Stage, file_name
from nmc.program import PROGRAM_JSON
from nmc.tuning import Tuned


@click.command("compile")
@click.argument("model", metavar="FILE.onnx|STAGE.mlir", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "output",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path),
    help="written whole or not at all",
)
@click.option(
    "--target", metavar="NAME|FILE", help="vega, pulp-open, gap9 or a file  [default: vega]"
)
@click.option(
    "--features",
    metavar="LIST",
    help="none, or a list of xdecimate, xgather, xgmac, xrq; xnm is all of them  [default: none]",
)
@click.option("--cores", type=int, metavar="N", help="cores that work  [default: the target's]")
@click.option("--l1", type=int, metavar="BYTES", help="L1 to use  [default: the target's]")
@click.option("--l3", type=int, metavar="BYTES", help="size of L3  [default: the target's]")
@click.option("--sparsity", metavar="keep|dense|N:M", help="[default: keep]")
@click.option(
    "--prune",
    type=click.Choice(PRUNES),
    help="of a transformer, with N:M: feed-forward layers, or all linear ones  [default: ffn]",
)
@click.option(
    "--kernels",
    metavar="SET|LIST",
    help="best, paper, or kernels and families to use where legal  [default: best]",
)
@click.option(
    "--asm", type=click.Choice(ASSEMBLY_STYLES), help="style of program.s  [default: pulp]"
)
@click.option(
    "--tune", is_flag=True, help="measure each layer's best few plans on the simulator, keep one"
)
@click.option("--print-ir-after-all", is_flag=True, help="IR after each pass, to standard error")
def compile_command(
    model: Path,
    output: Path,
    target: str | None,
    features: str | None,
    cores: int | None,
    l1: int | None,
    l3: int | None,
    sparsity: str | None,
    prune: str | None,
    kernels: str | None,
    asm: str | None,
    tune: bool,
    print_ir_after_all: bool,
) -> None:
    """Compile a quantised ONNX model, or go on from a stage file of an earlier compilation."""
    begin = time.perf_counter()
    found: list[Tuned] = []
    if tune:
        prepare_simulator()
    with new_directory(output, PROGRAM_JSON) as directory:
        with progress("compile", len(STAGES)) as step:

            def reached(stage: Stage, module: ModuleOp) -> None:  # noqa: ARG001  (an observer)
                step(file_name(stage))

            program = nmc.api.compile(
                model,
                target,
                None if features is None else Options.parse_features(features),
                cores=cores,
                l1=l1,
                l3=l3,
                sparsity=sparsity,
                prune=prune,
                kernels=None if kernels is None else kernels.split(","),
                asm=asm,
                tune=tune,
                tuned=found.append,
                reached=reached,
                hooks=Hooks(after=_print_ir) if print_ir_after_all else None,
            )
        program.write_files(directory)
    for tuned in found:
        console().print(str(tuned), markup=False)
    seconds = time.perf_counter() - begin
    console().print(f"{output}: {program.summary()}, in {seconds:.1f} s", markup=False)


def _print_ir(step: ModulePass, module: ModuleOp) -> None:
    """The IR after a pass on standard error, large constants elided."""
    print(f"// -----// IR Dump After {step} //----- //", file=sys.stderr)
    ElidingPrinter(sys.stderr).print_op(module)
    print(file=sys.stderr)
