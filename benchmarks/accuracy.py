"""Networks against onnxruntime: every layer on onnxruntime's own inputs, and end to end.

    python -m benchmarks.accuracy [--networks resnet18:1:8,vit-tiny:dense] [--inputs 20] [--seed 0]

The bounds are those of docs/numerics.md; exits with 1 if one is broken.
"""

import argparse
import sys

from benchmarks.published import RESNET18_CYCLES
from benchmarks.results import publish
from nmc.cli.console import TextTable
from nmc.models import build_model
from nmc.reference.comparison import Comparison
from nmc.reference.onnxruntime_compare import compare_with_onnxruntime

COLUMNS = [
    "network", ">layers", ">outputs", ">ties left out", ">off by one", ">worst",
    ">end to end, steps", ">winners agree",
]  # fmt: skip


NETWORKS = [*(f"resnet18:{sparsity}" for sparsity in RESNET18_CYCLES), "vit-tiny:dense"]


def main() -> int:
    """Compare; 1 if any bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--networks", default=",".join(NETWORKS), help="names and sparsities")
    parser.add_argument("--inputs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    rows: list[list[str]] = []
    problems: list[str] = []
    for network in chosen.networks.split(","):
        name, _, sparsity = network.partition(":")
        model = build_model(name, classes=100, sparsity=sparsity, seed=chosen.seed)
        comparison = compare_with_onnxruntime(model, samples=chosen.inputs)
        rows.append([network, *_counts(comparison)])
        problems += [f"{network}: {problem}" for problem in comparison.problems()]
    title = f"against onnxruntime without optimisations, {chosen.inputs} inputs"
    data = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    publish("accuracy", [TextTable(title, COLUMNS, rows)], problems, data)
    return 1 if problems else 0


def _counts(comparison: Comparison) -> list[str]:
    layers, outputs = comparison.layers, comparison.outputs
    return [
        str(len(layers)),
        str(sum(layer.outputs for layer in layers)),
        str(sum(layer.ties for layer in layers)),
        str(sum(layer.off_by_one for layer in layers)),
        str(max((layer.worst for layer in layers), default=0)),
        str(max((output.worst for output in outputs), default=0)),
        f"{sum(o.agreed for o in outputs)} of {sum(o.decided for o in outputs)} decided",
    ]


if __name__ == "__main__":
    sys.exit(main())
