"""nmc report: what a compiled program is made of."""

from pathlib import Path

import click

from nmc.cli.console import console, print_table
from nmc.cli.tables import buffer_table, memory_table, plan_table, reason_table, tile_table
from nmc.program import Program
from nmc.program.saved_run import SavedRun


@click.command("report")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
def report_command(directory: Path) -> None:
    """Print the layers and the memory map of a compiled program."""
    program = Program.load(directory)
    manifest = program.manifest
    target = manifest.target
    out = console(to_stdout=True)
    features = ", ".join(target.features) or "none"
    out.print(
        f"{manifest.name}: target {target.name}, {target.cores} cores, {target.l1:,} bytes of L1, "
        f"features {features}; {program.summary()}",
        markup=False,
    )
    run = SavedRun.load(directory, program.elf)
    if run is not None:
        out.print(f"measured: the last nmc run of it, on {run.input}", markup=False)
    tables = (tile_table, reason_table, memory_table, buffer_table)
    for table in (plan_table(manifest, run), *(make(manifest) for make in tables)):
        out.print()
        print_table(out, table)
