"""nmc report: what a compiled program is made of, and how its last run went."""

from pathlib import Path

import click

from nmc.cli.console import console, print_table
from nmc.cli.preparing import prepare_simulator
from nmc.cli.tables import (
    buffer_table,
    estimate_errors,
    memory_table,
    plan_table,
    reason_table,
    tile_table,
)
from nmc.files import check_writable, write_file
from nmc.program import Program
from nmc.program.arrays import random_inputs
from nmc.program.saved_run import SavedRun

SEED = "0"
"""Of the input of a run that is made for the page."""


@click.command("report")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--html",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="write a page with plots instead, of the last nmc run --profile or one made for it",
)
def report_command(directory: Path, html: Path | None) -> None:
    """Print the layers and the memory map of a compiled program, or make a page of its run."""
    if html is not None:
        check_writable(html)
    program = Program.load(directory)
    run = SavedRun.load(directory, program.elf)
    if html is None:
        _print_tables(program, run)
    else:
        _write_page(program, run, html)


def _print_tables(program: Program, run: SavedRun | None) -> None:
    manifest = program.manifest
    target = manifest.target
    out = console(to_stdout=True)
    features = ", ".join(target.features) or "none"
    out.print(
        f"{manifest.name}: target {target.name}, {target.cores} cores, {target.l1:,} bytes of L1, "
        f"features {features}; {program.summary()}",
        markup=False,
    )
    if run is not None:
        out.print(f"measured: the last nmc run of it, on {run.input}", markup=False)
        out.print(estimate_errors(run), markup=False)
    tables = (tile_table, reason_table, memory_table, buffer_table)
    for table in (plan_table(manifest, run), *(make(manifest) for make in tables)):
        out.print()
        print_table(out, table)


def _write_page(program: Program, run: SavedRun | None, path: Path) -> None:
    from nmc.report import report_page  # takes a while to load

    if run is None or run.profile is None:
        run = _profiled_run(program)
    page = report_page(program.manifest, run, program.manifest.target.load())
    write_file(path, page)
    console().print(f"{path}: {len(page.encode()):,} bytes; open it in a browser", markup=False)


def _profiled_run(program: Program) -> SavedRun:
    """A run for the page; it is not kept, since nobody chose its input."""
    source = f"random:{SEED}"
    console().print(
        f"there is no nmc run --profile of this program: running it on {source}", markup=False
    )
    prepare_simulator(profile=True)
    inputs = random_inputs(SEED, program.manifest.inputs)
    result = program.run_integers(inputs, profile=True)
    return SavedRun.of(result, program.elf, source)
