"""ResNet18 at every sparsity, with and without the extension: cycles, seconds and exactness.

    python -m benchmarks.resnet18 [--sparsity dense,1:8] [--features none,xnm] [--seeds 0,1]

Cycles beside the published ones, what the weights take; every layer's figures go to the JSON.
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.commands import Measurement, measure
from benchmarks.published import RESNET18_CYCLES
from benchmarks.results import publish
from benchmarks.stored_weights import stored_by_kernel, stored_weights
from benchmarks.tables import NOTES, comparison
from nmc.cli.console import TextTable


def main() -> int:
    """Measure; 1 if any result differs from the reference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sparsity", default=",".join(RESNET18_CYCLES))
    parser.add_argument("--features", default="none,xnm")
    parser.add_argument("--seeds", default="0")
    chosen = parser.parse_args()
    directory = Path("build/bench")
    directory.mkdir(parents=True, exist_ok=True)
    every: list[Measurement] = []
    tables: list[TextTable] = []
    report: list[dict[str, Any]] = []
    for seed in (int(word) for word in chosen.seeds.split(",")):
        measurements = [
            measure(directory, sparsity, features, seed)
            for sparsity in chosen.sparsity.split(",")
            for features in chosen.features.split(",")
        ]
        tables.append(comparison(f"ResNet18, CIFAR-100, weights of seed {seed}", measurements))
        report += [
            asdict(m) | {"directory": m.directory.name, "model": m.model.name, "seed": seed}
            for m in measurements
        ]
        every += measurements
    tables += [stored_weights(every), stored_by_kernel(every)]
    publish("resnet18", tables, NOTES, report)
    return 0 if all(m.exact for m in every) else 1


if __name__ == "__main__":
    sys.exit(main())
