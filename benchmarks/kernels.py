"""Every contraction kernel on the layers of ResNet18 and ViT-Small and on sweeps beyond them.

    python -m benchmarks.kernels [--groups resnet18,sweep] [--sparsity dense,1:8] [--workers 2]

Each layer is compiled alone, once with each kernel and the features that kernel needs, and checked
bit for bit. The published baselines (dense 1x2 and 4x2, sparse 1x2 in software and with the
authors' instruction) are measured in the same run, and ratios to them stand beside the published
ones. Figures are kept under a digest of the compiler's sources: a run that was stopped goes on.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from itertools import product
from multiprocessing import get_context
from statistics import fmean

from benchmarks.kernel_runs import Measured, measure_all
from benchmarks.published import KERNEL_RATIOS
from benchmarks.results import publish
from benchmarks.shapes import GROUPS
from nmc.cli.console import TextTable, progress

BASELINES = ("dense-1x2", "dense-4x2")
GOAL_LAYER = "3x3 64->64 @16"
GOALS = (("dense", False, 19.0), ("1:8", False, 46.0), ("1:16", False, 82.0), ("1:16", True, 150.0))
"""(N:M, whether with the extension, dense MAC/cycle at least) on GOAL_LAYER."""


def main() -> int:
    """Measure; 1 if any result differs from the reference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--groups", default=",".join(GROUPS))
    parser.add_argument("--sparsity", default="dense,1:4,1:8,1:16")
    parser.add_argument("--workers", type=int, default=1, help="layers measured at once")
    chosen = parser.parse_args()
    groups, sparsities = chosen.groups.split(","), chosen.sparsity.split(",")
    every = list(_every(groups, sparsities, chosen.workers))
    ran = [m for m in every if not m.problem]
    tables = [goals(ran), best(ran), ratios(ran)]
    tables += [details(group, [m for m in every if m.group == group]) for group in groups]
    notes = [
        "8 cores; cycles with transfers, im2col and requantisation; MAC/cycle counts the dense "
        "layer's",
        "each kernel on a machine with the features it needs; the dense kernels stand in the "
        "dense rows",
        "published: means over the layers the authors measured (arXiv 2503.06183); docs/kernels.md "
        "says why ours differ",
    ]
    publish("kernels", tables, notes, [asdict(m) for m in every])
    return 0 if all(m.exact or m.problem for m in every) else 1


def _every(groups: Sequence[str], sparsities: Sequence[str], workers: int) -> Iterator[Measured]:
    layers = [(group, place) for group in groups for place in range(len(GROUPS[group]))]
    jobs = list(product(layers, sparsities))
    with (
        progress("kernels", len(jobs)) as done,
        ProcessPoolExecutor(workers, get_context("spawn")) as pool,
    ):
        runs = [(pool.submit(measure_all, *layer, sparsity)) for layer, sparsity in jobs]
        for ((group, place), sparsity), run in zip(jobs, runs, strict=True):
            yield from run.result()
            done(f"{group} {GROUPS[group][place].name} {sparsity}")


def goals(every: Sequence[Measured]) -> TextTable:
    """The best kernel of GOAL_LAYER beside what it is to reach, where it was measured."""
    columns = ["N:M", "extension", "kernel", ">cycles", ">MAC/cycle", ">goal", "reached"]
    rows: list[list[str]] = []
    for sparsity, extended, goal in GOALS:
        one = fastest(every, GOAL_LAYER, sparsity, extended)
        if one is not None:
            cells = [sparsity, "yes" if extended else "no", one.kernel, f"{one.cycles:,}"]
            reached = "yes" if one.rate >= goal else "NO"
            rows.append([*cells, f"{one.rate:.1f}", f"{goal:.0f}", reached])
    return TextTable(f"{GOAL_LAYER}: what is to be reached", columns, rows)


def best(every: Sequence[Measured]) -> TextTable:
    """The fastest kernel of each layer, without the extension and with it, and its MAC/cycle."""
    columns = [
        "layer", "N:M", "without extension", ">MAC/cycle", ">to dense", "with", ">MAC/cycle ",
        ">to dense ",
    ]  # fmt: skip
    rows: list[list[str]] = []
    for layer, sparsity in dict.fromkeys((m.layer, m.sparsity) for m in every):
        dense = fastest(every, layer, "dense", extended=False)
        cells = [layer, sparsity]
        for extended in (False, True):
            one = fastest(every, layer, sparsity, extended)
            if one is None or (extended and not one.needs):
                cells += ["", "", ""]
            else:
                over = _ratio(dense and dense.cycles, one.cycles)
                cells += [one.kernel, f"{one.rate:.2f}", over]
        rows.append(cells)
    return TextTable("the fastest kernel of each layer", columns, rows)


def fastest(
    every: Sequence[Measured], layer: str, sparsity: str, extended: bool
) -> Measured | None:
    """Of what a machine with or without the extension can run; None: nothing measured."""
    able = [
        m for m in every if (m.layer, m.sparsity) == (layer, sparsity) and (extended or not m.needs)
    ]
    return min(able, key=lambda m: m.cycles, default=None)


def details(group: str, found: Sequence[Measured]) -> TextTable:
    columns = [
        "layer", "N:M", "kernel", "needs", ">cycles", ">MAC/cycle", ">to dense 1x2",
        ">to dense 4x2", ">estimate/measured", "exact",
    ]  # fmt: skip
    dense = {(m.layer, m.kernel): m.cycles for m in found if m.sparsity == "dense"}
    rows = [
        [m.layer, m.sparsity, m.kernel, m.needs, "", "", "", "", "", m.problem]
        if m.problem
        else [
            m.layer,
            m.sparsity,
            m.kernel,
            m.needs,
            f"{m.cycles:,}",
            f"{m.rate:.2f}",
            *(_ratio(dense.get((m.layer, base)), m.cycles) for base in BASELINES),
            f"{m.estimate / m.cycles:.3f}",
            "yes" if m.exact else "NO",
        ]
        for m in found
    ]
    return TextTable(f"{group}: every kernel", columns, rows)


def _ratio(base: int | None, cycles: int) -> str:
    return "" if base is None else f"{base / cycles:.2f}"


def ratios(every: Sequence[Measured]) -> TextTable:
    """Speed-ups by kind of layer, each kernel over each baseline, beside the published means."""
    columns = [
        "kind", "N:M", "kernel", "over", ">layers", ">least", ">most", ">mean", ">published",
    ]  # fmt: skip
    cycles = {(m.layer, m.kernel): m.cycles for m in every}
    found: defaultdict[tuple[str, str, str, str], list[float]] = defaultdict(list)
    for m in every:
        for base in BASELINES:
            if (m.layer, base) in cycles and base != m.kernel:
                found[m.kind, m.sparsity, m.family, base].append(cycles[m.layer, base] / m.cycles)
    rows = [
        [
            *key,
            str(len(values)),
            *(f"{value:.2f}" for value in (min(values), max(values), fmean(values))),
            f"{KERNEL_RATIOS[key]:.2f}" if key in KERNEL_RATIOS else "",
        ]
        for key, values in sorted(found.items(), key=lambda item: item[0] not in KERNEL_RATIOS)
    ]
    return TextTable("how many times faster than the baselines", columns, rows)


if __name__ == "__main__":
    sys.exit(main())
