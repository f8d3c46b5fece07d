"""ResNet18 at every sparsity, with and without the extension: cycles, seconds and exactness.

    python -m benchmarks.resnet18 [--sparsity dense,1:8] [--features none,xnm] [--seeds 0,1]

Prints the table and writes build/bench/resnet18.json with every layer's figures.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.commands import measure
from benchmarks.published import RESNET18_CYCLES
from benchmarks.tables import print_measurements


def main() -> int:
    """Measure; 1 if any result differs from the reference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sparsity", default=",".join(RESNET18_CYCLES))
    parser.add_argument("--features", default="none,xnm")
    parser.add_argument("--seeds", default="0")
    chosen = parser.parse_args()
    directory = Path("build/bench")
    directory.mkdir(parents=True, exist_ok=True)
    exact = True
    report: list[dict[str, Any]] = []
    for seed in (int(word) for word in chosen.seeds.split(",")):
        measurements = [
            measure(directory, sparsity, features, seed)
            for sparsity in chosen.sparsity.split(",")
            for features in chosen.features.split(",")
        ]
        print_measurements(f"ResNet18, CIFAR-100, weights of seed {seed}", measurements)
        exact = exact and all(m.exact for m in measurements)
        report += [asdict(m) | {"seed": seed} for m in measurements]
    path = directory / "resnet18.json"
    path.write_text(json.dumps({"runs": report}, indent=1))
    print(f"every layer's figures: {path}")
    return 0 if exact else 1


if __name__ == "__main__":
    sys.exit(main())
