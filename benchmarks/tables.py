"""The tables of measurements, beside the published figures and layer by layer."""

from collections.abc import Sequence
from typing import Any

from benchmarks.commands import Measurement
from benchmarks.published import NOTE, published_cycles
from nmc.cli.console import TextTable, console, print_table

COLUMNS = [
    "ResNet18", "features", "exact", ">Mcycles", ">published", ">published/ours", ">our dense/this",
    ">MAC/cycle", ">compile s", ">MIPS", ">loop (Python)", ">loop (compiled)",
]  # fmt: skip


def print_measurements(title: str, measurements: Sequence[Measurement]) -> None:
    """Print the comparison on standard output."""
    out = console(to_stdout=True)
    print_table(out, comparison(title, measurements))
    for note in NOTES:
        out.print(note, markup=False)


def comparison(title: str, measurements: Sequence[Measurement]) -> TextTable:
    """Networks beside the published figures; `our dense` is the fastest dense one measured."""
    dense = min((m.run["cycles"] for m in measurements if m.sparsity == "dense"), default=None)
    rows = [_row(m, dense) for m in measurements]
    return TextTable(title, COLUMNS, rows, ("MAC/cycle", "our dense/this", "features"))


NOTES = (
    NOTE,
    "loops: M iterations/s of a calibration loop, timed beside each compilation and run; "
    "MAC/cycle counts the dense network's",
)


def _row(m: Measurement, dense: int | None) -> list[str]:
    cycles = m.run["cycles"]
    published = published_cycles(m.sparsity, m.features)
    return [
        m.sparsity,
        m.features,
        "yes" if m.exact else "NO",
        f"{cycles / 1e6:.2f}",
        f"{published / 1e6:.2f}" if published else "",
        f"{published / cycles:.2f}" if published else "",
        f"{dense / cycles:.2f}" if dense else "",
        f"{m.run['macs_per_cycle']:.2f}",
        f"{m.compile_seconds:.1f}",
        f"{m.run['mips']:.1f}",
        f"{m.calibration.python:.1f}",
        f"{m.calibration.compiled:.0f}",
    ]


def print_layers(title: str, before: Measurement, after: Measurement) -> None:
    """Print the layers of two programs of one network side by side."""
    theirs = {layer["name"]: layer for layer in before.run["layers"]}
    rows = [_layer_row(layer, theirs.get(layer["name"])) for layer in after.run["layers"]]
    columns = [
        "layer", f"{before.sparsity} {before.features}", ">cycles",
        f"{after.sparsity} {after.features}", ">cycles", ">faster",
    ]  # fmt: skip
    print_table(console(to_stdout=True), TextTable(title, columns, rows))


def _layer_row(layer: dict[str, Any], other: dict[str, Any] | None) -> list[str]:
    cycles = layer["cycles"]
    ours = [layer["kernel"], f"{cycles:,}"]
    if other is None or not cycles:
        return [layer["name"], "", "", *ours, ""]
    faster = f"{other['cycles'] / cycles:.2f}"
    return [layer["name"], other["kernel"], f"{other['cycles']:,}", *ours, faster]
