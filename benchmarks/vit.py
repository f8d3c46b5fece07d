"""Vision Transformers at every sparsity, with and without the extension: cycles and exactness.

    python -m benchmarks.vit [--models vit-small,vit-tiny] [--variants dense,1:8,linear-1:16]
                             [--features none,xnm] [--sizes "--input 32 --patch 8 --depth 2"]

A variant `1:8` prunes the feed-forward layers, `linear-1:8` every linear layer of the blocks. A
table of each network, and one of the operators of each of its programs; every layer's figures go
to the JSON. Networks of other sizes are measured and not kept.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.commands import Measurement, built_model, measure_file
from benchmarks.published import VIT_SMALL_CYCLES
from benchmarks.results import publish
from nmc.cli.console import TextTable, console, print_table
from nmc.program import Program

VARIANTS = "dense,1:4,1:8,1:16,linear-1:16"
L3_BYTES = 1 << 25
"""A dense ViT-Small has 22 MB of weights, more than the 16 MB of the target."""

COLUMNS = [
    "network", "features", "exact", ">Mcycles", ">published", ">published/ours", ">our dense/this",
    ">MAC/cycle", ">L1 KiB", ">L2 KiB", ">L3 KiB", ">compile s", ">MIPS",
]  # fmt: skip

NOTES = (
    "published: arXiv 2503.06183, N:M with the authors' instruction; MAC/cycle counts the dense "
    "network's",
    "L1, L2, L3: peaks of the memory plan; between layers: start, and the host's part of a run",
)


def main() -> int:
    """Measure; 1 if any result differs from the reference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", default="vit-small,vit-tiny")
    parser.add_argument("--variants", default=VARIANTS)
    parser.add_argument("--features", default="none,xnm")
    parser.add_argument("--sizes", default="", help="options of nmc model, for other sizes")
    chosen = parser.parse_args()
    every: list[Measurement] = []
    tables: list[TextTable] = []
    report: list[dict[str, Any]] = []
    for model in chosen.models.split(","):
        measurements = [
            _measure(model, variant, features, chosen.sizes.split())
            for variant in chosen.variants.split(",")
            for features in chosen.features.split(",")
        ]
        published = VIT_SMALL_CYCLES if model == "vit-small" and not chosen.sizes else {}
        tables.append(networks(f"{model}, random weights", measurements, published))
        tables += [
            operators(f"{model} {m.sparsity} {m.features}, by operator", m.run)
            for m in measurements
        ]
        report += [
            asdict(m) | {"directory": m.directory.name, "model": model} for m in measurements
        ]
        every += measurements
    if chosen.sizes:
        for table in tables:
            print_table(console(to_stdout=True), table)
    else:
        publish("vit", tables, NOTES, report)
    return 0 if all(m.exact for m in every) else 1


def _measure(model: str, variant: str, features: str, sizes: Sequence[str]) -> Measurement:
    prune, sparsity = ("linear", variant[7:]) if variant.startswith("linear-") else ("ffn", variant)
    name = "-".join([model, variant.replace(":", "-"), *(size.strip("-") for size in sizes)])
    words = [model, "--sparsity", sparsity, "--prune", prune, *sizes]
    path = built_model(Path("build/bench") / f"{name}.onnx", words)
    return measure_file(path, variant, features, options=("--l3", str(L3_BYTES)))


def networks(
    title: str, measurements: Sequence[Measurement], published: dict[str, float]
) -> TextTable:
    """The comparison; `our dense` is the fastest dense one measured."""
    dense = min((m.run["cycles"] for m in measurements if m.sparsity == "dense"), default=None)
    rows: list[list[str]] = []
    for m in measurements:
        cycles, theirs = m.run["cycles"], published.get(m.sparsity)
        memories = Program.load(m.directory).manifest.memories
        peaks = {memory.space: f"{memory.peak / 1024:,.0f}" for memory in memories}
        rows.append(
            [
                m.sparsity,
                m.features,
                "yes" if m.exact else "NO",
                f"{cycles / 1e6:.2f}",
                f"{theirs / 1e6:.2f}" if theirs else "",
                f"{theirs / cycles:.2f}" if theirs else "",
                f"{dense / cycles:.2f}" if dense else "",
                f"{m.run['macs_per_cycle']:.2f}",
                *(peaks.get(space, "") for space in ("l1", "l2", "l3")),
                f"{m.compile_seconds:.1f}",
                f"{m.run['mips']:.1f}",
            ]
        )
    optional = ("L1 KiB", "L2 KiB", "L3 KiB", "MIPS", "compile s")
    return TextTable(title, COLUMNS, rows, optional)


def operators(title: str, run: dict[str, Any]) -> TextTable:
    """Cycles of one inference by kind of operator, and of matrix product."""
    cycles: dict[str, int] = defaultdict(int)
    macs: dict[str, int] = defaultdict(int)
    count: dict[str, int] = defaultdict(int)
    for layer in run["layers"]:
        kind = operator_of(layer["op"], layer["name"])
        cycles[kind] += layer["cycles"]
        macs[kind] += layer["macs"]
        count[kind] += 1
    rows = [
        [
            kind,
            str(count[kind]),
            f"{spent:,}",
            f"{100 * spent / run['cycles']:.1f}",
            f"{macs[kind] / spent:.2f}" if macs[kind] and spent else "",
        ]
        for kind, spent in sorted(cycles.items(), key=lambda item: -item[1])
    ]
    between = run["cycles"] - sum(cycles.values())
    rows.append(["between layers", "", f"{between:,}", f"{100 * between / run['cycles']:.1f}", ""])
    return TextTable(title, ["operator", ">layers", ">cycles", ">%", ">MAC/cycle"], rows)


def operator_of(op: str, name: str) -> str:
    """What a layer is counted as: its operation, and which matrix product of a block it is."""
    return f"{op} {name.rsplit('.', 1)[-1]}" if op.endswith("matmul") else op


if __name__ == "__main__":
    sys.exit(main())
