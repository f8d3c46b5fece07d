"""What `--tune` gains over the cost model alone, on ResNet18.

    python -m benchmarks.tuning [--sparsity dense,1:4,1:8,1:16] [--features none,xnm]

Measurements of plans are kept for the user: a second run only takes the whole networks.
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nmc
from benchmarks.commands import model_file
from benchmarks.published import RESNET18_CYCLES
from benchmarks.results import publish
from nmc.cli.console import TextTable
from nmc.tuning import Tuned

COLUMNS = [
    "ResNet18", "features", ">geometries", ">plans", ">layers alone: model", ">tuned", ">less",
    ">network: model", ">tuned ", ">less ", "exact",
]  # fmt: skip


def main() -> int:
    """Measure; 1 if any result differs from the reference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sparsity", default=",".join(RESNET18_CYCLES))
    parser.add_argument("--features", default="none,xnm")
    chosen = parser.parse_args()
    rows: list[list[str]] = []
    data: list[dict[str, Any]] = []
    exact = True
    for sparsity in chosen.sparsity.split(","):
        path = model_file(Path("build/bench"), sparsity)
        for features in chosen.features.split(","):
            words = () if features == "none" else tuple(features.split("+"))
            reports: list[Tuned] = []
            tuned = nmc.compile(path, features=words, tune=True, tuned=reports.append)
            after = tuned.run_random(7, check=True)
            before = nmc.compile(path, features=words).run_random(7)
            (report,) = reports
            exact = exact and after.exact is True
            rows.append(
                [
                    sparsity,
                    features,
                    str(report.geometries),
                    str(report.plans),
                    *_less(report.model, report.best),
                    *_less(before.cycles, after.cycles),
                    "yes" if after.exact else "NO",
                ]
            )
            networks = {"network_model": before.cycles, "network_tuned": after.cycles}
            data.append({"sparsity": sparsity, "features": features, **asdict(report), **networks})
    notes = ["cycles; layers alone: convolutions and products, weights in L2"]
    publish("tuning", [TextTable("the cost model alone and --tune", COLUMNS, rows)], notes, data)
    return 0 if exact else 1


def _less(before: int, after: int) -> list[str]:
    return [f"{before:,}", f"{after:,}", f"{1 - after / before:.1%}"]


if __name__ == "__main__":
    sys.exit(main())
