"""Fully connected layers of one vector: cycles beside what bounds them.

    python -m benchmarks.fully_connected [--sparsity dense,1:4,1:8,1:16] [--features none,xnm]
                                         [--inner 512] [--columns 1000] [--target vega]

Weights come from L2 and are used once, so two things bound a layer: the bytes that the DMA moves
over the width of its port, and the instructions that the cores execute in the innermost loops that
multiply, over their number (counted in the profile of the run, bank conflicts and all else left
out). Where the rest goes is a table of its own.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import nmc
from benchmarks.breakdown import PARTS, parts_of, product_loops, profiled
from benchmarks.results import publish
from benchmarks.shapes import product
from nmc.cli.console import TextTable
from nmc.program import Result
from nmc.targets import load_target


@dataclass(frozen=True)
class Measured:
    """One layer. estimate, cycles: of the layer. port, inner: cycles of the two bounds."""

    sparsity: str
    features: str
    kernel: str
    estimate: int
    cycles: int
    port: float
    inner: float
    parts: dict[str, float]
    exact: bool

    @property
    def ratio(self) -> float:
        """Cycles over the larger of the two bounds."""
        return self.cycles / max(self.port, self.inner)


def main() -> int:
    """Measure; 1 if a result differs from the reference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sparsity", default="dense,1:4,1:8,1:16")
    parser.add_argument("--features", default="none,xnm")
    parser.add_argument("--inner", type=int, default=512)
    parser.add_argument("--columns", type=int, default=1000)
    parser.add_argument("--target", default="vega")
    chosen = parser.parse_args()
    found = [
        measure(chosen.inner, chosen.columns, sparsity, features, chosen.target)
        for features in chosen.features.split(",")
        for sparsity in chosen.sparsity.split(",")
    ]
    notes = [
        "DMA: bytes moved between L2 and L1 over the bytes a cycle of the port. Inner loop: its "
        "instructions over the cores. Ratio: cycles over the larger.",
        "Parts: cycles of all cores over their number, from the layer's start to its end and what "
        "is around it; inner loops hold their bank conflicts.",
    ]
    title = f"1x{chosen.inner} * {chosen.inner}x{chosen.columns}, {chosen.target}"
    tables = [bounds(title, found), spent(found)]
    publish("fully_connected", tables, notes, [asdict(one) for one in found], chosen.target)
    return 0 if all(one.exact for one in found) else 1


def measure(inner: int, columns: int, sparsity: str, features: str, target: str) -> Measured:
    """Compiles and runs one layer; its network is the layer alone."""
    words = () if features == "none" else tuple(features.split("+"))
    model = product(1, inner, columns).build(sparsity)
    program = nmc.compile(model, target=target, features=words)
    result = profiled(program)
    layer = result.layers[-1]
    cores = len(result.cores)
    parts = parts_of(result)
    return Measured(
        sparsity,
        features,
        layer.kernel,
        layer.estimate,
        layer.cycles,
        layer.dma_bytes / load_target(target).dma.bytes_per_cycle,
        inner_instructions(result) / cores,
        {part: parts[part] for part in PARTS},
        result.exact is True,
    )


def inner_instructions(result: Result) -> int:
    """Instructions that the cores executed in the innermost loops that multiply."""
    assert result.profile is not None
    entries, cores = result.profile.instructions, len(result.cores)
    loops = product_loops(entries)
    return sum(
        sum(entry.core_instructions[:cores])
        for entry in entries
        if any(first <= entry.address <= last for first, last in loops)
    )


def bounds(title: str, found: Sequence[Measured]) -> TextTable:
    """Cycles, bounds and ratio of each run."""
    columns = ["features", "sparsity", "kernel", ">cycles", ">estimated", ">DMA", ">inner loop"]
    rows = [
        [
            one.features,
            one.sparsity,
            one.kernel,
            f"{one.cycles:,}",
            f"{one.estimate:,}",
            f"{one.port:,.0f}",
            f"{one.inner:,.0f}",
            f"{one.ratio:.2f}",
        ]
        for one in found
    ]
    return TextTable(title, [*columns, ">ratio"], rows)


def spent(found: Sequence[Measured]) -> TextTable:
    """Where the cycles of each run go."""
    columns = ["part", *(f">{one.features} {one.sparsity}" for one in found)]
    rows = [[part, *(f"{one.parts[part]:,.0f}" for one in found)] for part in PARTS]
    return TextTable("where the cycles go", columns, rows)


if __name__ == "__main__":
    sys.exit(main())
