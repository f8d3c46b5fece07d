"""The table of measurements beside the published figures."""

from collections.abc import Sequence

from benchmarks.commands import Measurement
from benchmarks.published import RESNET18_CYCLES
from nmc.cli.console import console, print_table

COLUMNS = [
    "ResNet18", "features", ">cycles (M)", ">published (M)", ">published/ours", ">dense MAC/cycle",
    "exact", ">compile s", ">MIPS",
]  # fmt: skip


def print_measurements(title: str, measurements: Sequence[Measurement]) -> None:
    """Print the comparison on standard output."""
    print_table(console(to_stdout=True), title, COLUMNS, [_row(m) for m in measurements])


def _row(m: Measurement) -> list[str]:
    cycles = m.run["cycles"]
    published = RESNET18_CYCLES[m.sparsity]
    return [
        m.sparsity,
        m.features,
        f"{cycles / 1e6:.2f}",
        f"{published / 1e6:.2f}",
        f"{published / cycles:.2f}",
        f"{m.run['macs_per_cycle']:.2f}",
        "yes" if m.exact else "NO",
        f"{m.compile_seconds:.1f}",
        f"{m.run['mips']:.1f}",
    ]
