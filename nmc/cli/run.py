"""nmc run: execute a program on the simulator, or a stage of one."""

import json
from pathlib import Path

import click

from nmc.api import open_stage
from nmc.cli.console import console, print_table
from nmc.cli.diagnostics import EXIT_DIFFERS, EXIT_FAULT, EXIT_OK
from nmc.cli.findings import SANITIZE_HELP, print_findings
from nmc.cli.preparing import prepare_simulator
from nmc.cli.profile_tables import profile_tables
from nmc.cli.tables import layer_table
from nmc.cli.tracing import TRACE_HELP, write_trace
from nmc.errors import NmcError
from nmc.files import check_writable
from nmc.pipelines.loading import IR_SUFFIX
from nmc.program import Program, Result
from nmc.program.arrays import check_output_path, load_inputs, save_outputs
from nmc.program.saved_run import SavedRun
from nmc.program.stage import InterpretedStage
from nmc.program.tensors import TensorInfo


@click.command("run")
@click.argument("program", metavar="DIR|STAGE.mlir", type=click.Path(path_type=Path))
@click.option(
    "--input",
    "source",
    metavar="FILE.npy|FILE.npz|random:SEED",
    required=True,
    help="in the model's own dtype, or the integers",
)
@click.option("--check", is_flag=True, help="compare every bit with the NumPy reference")
@click.option("--repeat", type=click.IntRange(min=1), default=1, metavar="N", help="run N times")
@click.option("--profile", is_flag=True, help="by core, bank, function and instruction")
@click.option("--trace", metavar="FILE", type=click.Path(path_type=Path), help=TRACE_HELP)
@click.option("--sanitize", is_flag=True, help=SANITIZE_HELP)
@click.option("--json", "as_json", is_flag=True, help="measurements as JSON, to standard output")
@click.option("-o", "output", metavar="OUT.npy", type=click.Path(path_type=Path), help="outputs")
def run_command(
    program: Path,
    source: str,
    check: bool,
    repeat: int,
    profile: bool,
    trace: Path | None,
    sanitize: bool,
    as_json: bool,
    output: Path | None,
) -> int:
    """Run a compiled program on the simulated cluster, or execute a stage of one.

    A program's measurements are kept beside it, in DIR/run.json, for nmc report.
    """
    what = open_stage(program) if program.suffix == IR_SUFFIX else Program.load(program)
    tensors, results = _boundary(what)
    if output is not None:
        check_output_path(output, len(results))
    if trace is not None:
        check_writable(trace)
    profile = profile or trace is not None
    inputs = load_inputs(source, tensors)
    if isinstance(what, Program):
        prepare_simulator(profile, sanitize)
    if isinstance(what, InterpretedStage):
        if profile or sanitize or repeat > 1:
            raise NmcError(
                f"{program}: is interpreted, not simulated: "
                "leave out --profile, --trace, --sanitize and --repeat"
            )
        result = what.run(inputs, check)
    else:
        result = what.run_integers(
            inputs, check=check, repeat=repeat, profile=profile, sanitize=sanitize
        )
    if output is not None:
        save_outputs(output, result.outputs)
    if trace is not None and result.simulated is not None:
        write_trace(trace, result.simulated)
    if isinstance(what, Program) and program.is_dir() and result.exact is not False:
        _keep(SavedRun.of(result, what.elf, source), program)
    _show(result, as_json, simulated=isinstance(what, Program))
    if result.findings:
        print_findings(result.findings)
        return EXIT_FAULT
    return EXIT_DIFFERS if result.exact is False else EXIT_OK


def _keep(run: SavedRun, directory: Path) -> None:
    """Saves the run for reports; a directory that is not ours to write to is no failure."""
    try:
        run.save(directory)
    except NmcError as error:
        console().print(f"not kept for nmc report: {error}", markup=False)


def _boundary(
    what: Program | InterpretedStage,
) -> tuple[tuple[TensorInfo, ...], tuple[TensorInfo, ...]]:
    """Inputs and outputs."""
    if isinstance(what, Program):
        return what.manifest.inputs, what.manifest.outputs
    return what.inputs, what.outputs


def _show(result: Result, as_json: bool, simulated: bool) -> None:
    """The measurements: JSON on standard output, or tables on standard error."""
    out = console()
    if as_json:
        click.echo(json.dumps(result.to_json(), indent=1))
    elif simulated:
        print_table(out, layer_table(result))
        if result.profile is not None:
            parts = [(x.name, x.cycles, x.traffic) for x in result.layers if x.traffic is not None]
            cores = {str(number): core for number, core in enumerate(result.cores)}
            parts.append(("all", result.cycles, result.profile.traffic))
            for table in profile_tables(result.profile, cores, result.bank_conflicts, parts):
                out.print()
                print_table(out, table)
            out.print()
        out.print(
            f"{result.cycles:,} cycles, {result.instructions:,} instructions, "
            f"{result.macs_per_cycle:.2f} dense MACs/cycle; simulated in "
            f"{result.host_seconds:.2f} s, {result.mips:.1f} MIPS",
            markup=False,
        )
    else:
        for name, y in result.outputs.items():
            shape = "x".join(str(size) for size in y.shape)
            out.print(f"interpreted; output {name}: {shape} {y.dtype}", markup=False)
    if result.difference is not None:
        out.print(f"nmc: {result.difference}", markup=False)
    elif result.exact:
        out.print("exact: every output bit equals the reference's", markup=False)
