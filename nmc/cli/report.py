"""nmc report: what a compiled program is made of."""

from pathlib import Path

import click

from nmc.cli.console import console, print_table
from nmc.cli.tables import buffer_table, memory_table, plan_table, reason_table, tile_table
from nmc.program import Program


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
    for table in (plan_table, tile_table, reason_table, memory_table, buffer_table):
        out.print()
        print_table(out, table(manifest))
