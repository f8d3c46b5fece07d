"""ResNet18 on other machines: numbers of cores and sizes of L1, every result checked.

python -m benchmarks.machines [--sparsity dense,1:8] [--features xnm]
"""

import argparse
import sys
from pathlib import Path

from benchmarks.commands import Measurement, measure
from nmc.cli.console import TextTable, console, print_table

MACHINES: tuple[tuple[int, int], ...] = (
    (1, 131072),
    (2, 131072),
    (4, 131072),
    (8, 131072),
    (16, 131072),
    (8, 65536),
)
"""(cores, bytes of L1)."""

COLUMNS = [
    "ResNet18", ">cores", ">L1 (KiB)", ">cycles (M)", ">dense MAC/cycle", ">times 1 core", "exact",
]  # fmt: skip


def main() -> int:
    """Measure; 1 if any result differs from the reference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sparsity", default="dense,1:8")
    parser.add_argument("--features", default="xnm")
    chosen = parser.parse_args()
    directory = Path("build/bench")
    directory.mkdir(parents=True, exist_ok=True)
    exact = True
    rows: list[list[str]] = []
    for sparsity in chosen.sparsity.split(","):
        found: list[Measurement] = []
        for cores, l1 in MACHINES:
            options = ("--cores", str(cores), "--l1", str(l1))
            found.append(measure(directory, sparsity, chosen.features, options=options))
            figures = _figures(found[-1], found[0].run["cycles"])
            rows.append([sparsity, str(cores), str(l1 // 1024), *figures])
        exact = exact and all(measured.exact for measured in found)
    title = f"ResNet18, CIFAR-100, features {chosen.features}"
    print_table(console(to_stdout=True), TextTable(title, COLUMNS, rows))
    return 0 if exact else 1


def _figures(measured: Measurement, first: int) -> list[str]:
    cycles = measured.run["cycles"]
    return [
        f"{cycles / 1e6:.2f}",
        f"{measured.run['macs_per_cycle']:.2f}",
        f"{first / cycles:.2f}",
        "yes" if measured.exact else "NO",
    ]


if __name__ == "__main__":
    sys.exit(main())
