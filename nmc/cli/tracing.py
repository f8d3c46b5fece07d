"""--trace FILE: what `nmc run` and `nmc sim` do with it."""

from pathlib import Path
from typing import TYPE_CHECKING

from nmc.cli.console import console
from nmc.files import write_file

if TYPE_CHECKING:
    from nmc.sim import SimResult

TRACE_HELP = "a trace for ui.perfetto.dev, compressed if FILE ends in .gz"


def write_trace(path: Path, result: "SimResult") -> None:
    """Writes the trace of a profiled run, and says so."""
    from nmc.sim.trace import trace_bytes  # takes a second to load

    data = trace_bytes(result, compress=path.suffix == ".gz")
    write_file(path, data)
    console().print(f"{path}: {len(data):,} bytes; open it at ui.perfetto.dev", markup=False)
