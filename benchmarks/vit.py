"""Vision Transformers at every sparsity, with and without the extension: cycles and exactness.

    python -m benchmarks.vit [--models vit-small,vit-tiny] [--variants dense,1:8,linear-1:16]
                             [--features none,xnm] [--sizes "--input 32 --patch 8 --depth 2"]
                             [--inputs 5]

A variant `1:8` prunes the feed-forward layers, `linear-1:8` every linear layer of the blocks. A
page of each network: its programs compared, and the operators of each. Programs of ViT-Tiny also
run on `--inputs` inputs that onnxruntime is given too; the first of those runs is profiled, which
shows what is inside attention. Networks of other sizes are measured and not kept.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.attention_parts import Part
from benchmarks.commands import Measurement, built_model, measure_file
from benchmarks.published import VIT_SMALL_CYCLES
from benchmarks.results import publish
from benchmarks.vit_inputs import InputRun, inputs_table, run_inputs
from nmc.cli.console import TextTable, console, print_table
from nmc.program import Program

VARIANTS = "dense,1:4,1:8,1:16,linear-1:16"
L3_BYTES = 1 << 25
"""A dense ViT-Small has 22 MB of weights, more than the 16 MB of the target."""

ATTENTION = "attention"
REAL = ("layer_norm", "lookup")
"""Operators that are no linear ones on integers, beside the softmax inside attention."""

COLUMNS = [
    "network", "features", "exact", ">Mcycles", ">published", ">published/ours", ">our dense/this",
    ">MAC/cycle", ">L1 KiB", ">L2 KiB", ">L3 KiB", ">compile s", ">MIPS",
]  # fmt: skip

NOTES = (
    "published: arXiv 2503.06183, N:M with the authors' instruction; MAC/cycle counts the dense "
    "network's",
    "L1, L2, L3: peaks of the memory plan; between layers: start, and the host's part of a run",
    "parts of attention: cycles of all cores over their number; rest: moving, packing, rescaling, "
    "waiting",
    "steps: the largest difference of an output from onnxruntime's without optimisations; the "
    "contract allows 3, and another winner where the lead is no more than 4",
)


def main() -> int:
    """Measure; 1 if a bit differs from the reference, or outputs too much from onnxruntime's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", default="vit-small,vit-tiny")
    parser.add_argument("--variants", default=VARIANTS)
    parser.add_argument("--features", default="none,xnm")
    parser.add_argument("--sizes", default="", help="options of nmc model, for other sizes")
    parser.add_argument("--inputs", type=int, default=5, help="of each program of ViT-Tiny")
    chosen = parser.parse_args()
    fine = True
    for model in chosen.models.split(","):
        measurements = [
            _measure(model, variant, features, chosen.sizes.split())
            for variant in chosen.variants.split(",")
            for features in chosen.features.split(",")
        ]
        published = VIT_SMALL_CYCLES if model == "vit-small" and not chosen.sizes else {}
        tables = [networks(f"{model}, random weights", measurements, published)]
        inputs = chosen.inputs if model == "vit-tiny" else 0
        runs: list[tuple[str, str, InputRun]] = []
        report: list[dict[str, Any]] = []
        for m in measurements:
            of_inputs, parts = run_inputs(m.model, m.directory, range(inputs))
            runs += [(m.sparsity, m.features, run) for run in of_inputs]
            title = f"{model} {m.sparsity} {m.features}, by operator"
            tables.append(operators(title, m.run, parts))
            report.append(kept(m, of_inputs, parts))
        if runs:
            tables.insert(1, inputs_table(f"{model} on {inputs} inputs", runs))
        fine = fine and all(m.exact for m in measurements) and all(run.holds for _, _, run in runs)
        if chosen.sizes:
            for table in tables:
                print_table(console(to_stdout=True), table)
        else:
            publish(model, tables, NOTES, report)
    return 0 if fine else 1


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


def operators(title: str, run: dict[str, Any], parts: Sequence[Part] = ()) -> TextTable:
    """Cycles of one inference by kind of operator, and of matrix product; attention's parts."""
    found = by_operator(run)
    rows: list[list[str]] = []
    for kind, (count, cycles, macs) in sorted(found.items(), key=lambda item: -item[1][1]):
        rows.append(_operator(kind, str(count), cycles, macs, run))
        if kind == ATTENTION:
            rows += [_operator(f"  {p.name}", "", p.cycles, p.macs, run) for p in parts]
    spent = sum(cycles for _, cycles, _ in found.values())
    rows.append(_operator("between layers", "", run["cycles"] - spent, 0, run))
    if parts:
        real = sum(found[kind][1] for kind in REAL if kind in found)
        real += sum(part.cycles for part in parts if part.name == "softmax")
        rows.append(_operator(f"of these {', '.join((*REAL, 'softmax'))}", "", real, 0, run))
    return TextTable(title, ["operator", ">layers", ">cycles", ">%", ">MAC/cycle"], rows)


def _operator(kind: str, count: str, cycles: int, macs: int, run: dict[str, Any]) -> list[str]:
    share = f"{100 * cycles / run['cycles']:.1f}"
    return [kind, count, f"{cycles:,}", share, f"{macs / cycles:.2f}" if macs and cycles else ""]


def by_operator(run: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    """(layers, cycles, MACs) by kind of operator."""
    found: dict[str, tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    for layer in run["layers"]:
        kind = operator_of(layer["op"], layer["name"])
        count, cycles, macs = found[kind]
        found[kind] = count + 1, cycles + layer["cycles"], macs + layer["macs"]
    return found


def kept(m: Measurement, runs: Sequence[InputRun], parts: Sequence[Part]) -> dict[str, Any]:
    """What the tables are made of, without the figures of single layers and cores."""
    memories = Program.load(m.directory).manifest.memories
    totals = ("cycles", "instructions", "macs", "host_seconds", "mips")
    return {
        "model": m.model.stem,
        "sparsity": m.sparsity,
        "features": m.features,
        "exact": m.exact,
        "compile_seconds": m.compile_seconds,
        "peaks": {memory.space: memory.peak for memory in memories},
        **{name: m.run[name] for name in totals},
        "operators": {
            kind: dict(zip(("layers", "cycles", "macs"), figures, strict=True))
            for kind, figures in by_operator(m.run).items()
        },
        "attention": [asdict(part) for part in parts],
        "inputs": [asdict(run) for run in runs],
    }


def operator_of(op: str, name: str) -> str:
    """What a layer is counted as: its operation, and which matrix product of a block it is."""
    return f"{op} {name.rsplit('.', 1)[-1]}" if op.endswith("matmul") else op


if __name__ == "__main__":
    sys.exit(main())
