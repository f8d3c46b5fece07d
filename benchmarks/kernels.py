"""Every contraction kernel on the layers of ResNet18 and ViT-Small and on sweeps beyond them.

    python -m benchmarks.kernels [--groups resnet18,sweep] [--sparsity dense,1:8]

Each layer is compiled alone, once with each kernel, and checked bit for bit. The published
baselines (dense 1x2 and 4x2, sparse 1x2 in software and with the authors' instruction) are
measured in the same run, and ratios to them stand beside the published ones.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean

import nmc
from benchmarks.published import KERNEL_RATIOS
from benchmarks.results import publish
from benchmarks.shapes import GROUPS, Shape
from nmc.backend.kernels import kernels_for
from nmc.cli.console import TextTable, console
from nmc.models.sparsity import parse_sparsity
from nmc.options import FEATURES

BASELINES = ("dense-1x2", "dense-4x2")


@dataclass(frozen=True)
class Measured:
    """One kernel on one layer. macs: of the dense layer. estimate: the planner's cycles."""

    layer: str
    kind: str
    sparsity: str
    kernel: str
    cycles: int
    estimate: int
    macs: int
    exact: bool

    @property
    def family(self) -> str:
        """The kernel's name without the pattern."""
        return self.kernel.removesuffix(f"-{self.sparsity}")


def main() -> int:
    """Measure; 1 if any result differs from the reference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--groups", default=",".join(GROUPS))
    parser.add_argument("--sparsity", default="dense,1:4,1:8,1:16")
    chosen = parser.parse_args()
    tables: list[TextTable] = []
    every: list[Measured] = []
    for group in chosen.groups.split(","):
        found = [m for shape in GROUPS[group] for m in _measure(shape, chosen.sparsity.split(","))]
        tables.append(TextTable(f"{group}: cycles and dense MAC/cycle", _COLUMNS, _rows(found)))
        every += found
    tables.append(TextTable("mean ratios over all layers", _RATIO_COLUMNS, _ratio_rows(every)))
    notes = ["MAC/cycle counts the dense layer's; 8 cores; DMA, im2col, requantisation included."]
    publish("kernels", tables, notes, [asdict(m) for m in every])
    return 0 if all(m.exact for m in every) else 1


def _measure(shape: Shape, sparsities: Iterable[str]) -> Iterable[Measured]:
    features = FEATURES
    for sparsity in sparsities:
        pattern = parse_sparsity(sparsity)
        model = shape.build(sparsity)
        nm = None if pattern is None else (pattern.n, pattern.m)
        for kernel in kernels_for(nm, features):
            if nm is not None and kernel.nm is None:
                continue  # the dense kernels stand in the dense rows
            program = nmc.compile(model, features=features, kernels=[kernel.name])
            result = program.run_random(7, check=True)
            (row,) = (layer for layer in result.layers if layer.name == shape.layer)
            (plan,) = (layer for layer in program.manifest.layers if layer.name == shape.layer)
            console().print(f"{shape.name} {kernel.name}: {row.cycles}", markup=False)
            yield Measured(
                shape.name,
                shape.kind,
                sparsity,
                row.kernel,
                row.cycles,
                plan.cycles,
                row.macs,
                result.exact is True,
            )


_COLUMNS = [
    "layer", "N:M", "kernel", ">cycles", ">MAC/cycle", ">to dense 1x2", ">to dense 4x2",
    ">estimate/measured", "exact",
]  # fmt: skip


def _rows(found: Sequence[Measured]) -> list[list[str]]:
    dense = {(m.layer, m.kernel): m.cycles for m in found if m.sparsity == "dense"}
    return [
        [
            m.layer,
            m.sparsity,
            m.kernel,
            f"{m.cycles:,}",
            f"{m.macs / m.cycles:.2f}",
            *(_ratio(dense.get((m.layer, base)), m.cycles) for base in BASELINES),
            f"{m.estimate / m.cycles:.3f}",
            "yes" if m.exact else "NO",
        ]
        for m in found
    ]


def _ratio(base: int | None, cycles: int) -> str:
    return "" if base is None else f"{base / cycles:.2f}"


_RATIO_COLUMNS = ["layers", "N:M", "kernel", "over", ">measured", ">published"]


def _ratio_rows(every: Sequence[Measured]) -> list[list[str]]:
    """Mean speed-ups by kind of layer, each kernel over each baseline."""
    cycles = {(m.layer, m.kernel): m.cycles for m in every}
    ratios: defaultdict[tuple[str, str, str, str], list[float]] = defaultdict(list)
    for m in every:
        for base in BASELINES:
            if (m.layer, base) in cycles and base != m.kernel:
                ratios[m.kind, m.sparsity, m.family, base].append(cycles[m.layer, base] / m.cycles)
    return [
        [*key, f"{fmean(values):.2f}", f"{published:.2f}" if published else ""]
        for key, values in ratios.items()
        for published in [KERNEL_RATIOS.get(key)]
    ]


if __name__ == "__main__":
    sys.exit(main())
