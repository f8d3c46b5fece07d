"""How far the planner's cycles of every layer are from the measured ones.

    python -m benchmarks.estimates [--only resnet18,vit-tiny] [--minutes 15]

All layers of the networks here (ViT-Small left out: it is ViT-Tiny with wider layers), of the
networks of one operator each, and of ResNet18 1:8 on one core and with 32 KiB of L1. An estimate is
of the layer where it stands in the network: of a short one what `time-layers` tells from the code,
of others the plan's cycles, and the waits for weights from L3.

A network's layers are kept in build/bench/estimates as soon as they are measured, and taken from
there until the package changes: what --minutes cuts short goes on where it stopped.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from statistics import median
from typing import Any

import nmc
from benchmarks.commands import built_model
from benchmarks.kept import kept
from benchmarks.results import publish
from nmc.cli.console import TextTable
from nmc.models.small import SMALL, small_model
from nmc.program import Result

BUILT = Path("build/bench")


@dataclass(frozen=True)
class Case:
    """A network in a form. model: arguments of `nmc model`. cores, l1: 0 for the target's."""

    model: str
    features: str = "none"
    cores: int = 0
    l1: int = 0

    @property
    def name(self) -> str:
        """The network; `resnet18`, `vit-tiny`, ..."""
        return self.model.split()[0]

    @property
    def form(self) -> str:
        """What of the case is not its network."""
        words = [word for word in self.model.split()[1:] if not word.startswith("--")]
        words += [f"{self.cores} core"] * bool(self.cores)
        words += [f"{self.l1 // 1024} KiB L1"] * bool(self.l1)
        return " ".join(words) or "dense"

    @property
    def stem(self) -> str:
        """A file name for it."""
        words = [self.name, *self.form.split(), *[self.features] * (self.features != "none")]
        return "-".join(words).replace(":", "-")


SPARSITIES = ("dense", "1:4", "1:8", "1:16")
TOKENS = ("vit-tiny", "cct", "bert-tiny", "mixer-small")
L3_BYTES = 1 << 25
"""Mixer-Small has more weights than the target's L3 holds."""

PRUNED = "--sparsity 1:8 --prune linear"
CASES = (
    *(
        Case(f"resnet18 --sparsity {sparsity}", features)
        for sparsity in SPARSITIES
        for features in ("none", "xnm")
    ),
    Case("resnet18 --sparsity 1:8", cores=1),
    Case("resnet18 --sparsity 1:8", l1=32768),
    *(Case(name) for name in TOKENS),
    *(Case(f"{name} {PRUNED}", features) for name in TOKENS for features in ("none", "xnm")),
)


@dataclass(frozen=True)
class Layer:
    """A layer's cycles, the planner's and those it took. exact: every bit of its network was."""

    network: str
    form: str
    features: str
    name: str
    kernel: str
    estimate: int
    cycles: int
    exact: bool = True

    @property
    def error(self) -> float:
        """Relative to what it took."""
        return self.estimate / self.cycles - 1


def main() -> int:
    """Measure; 1 if any result differs from the reference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", default="", help="networks, `small` for those of one operator")
    parser.add_argument("--minutes", type=float, default=inf, help="begin no network after these")
    options = parser.parse_args()
    chosen = options.only.split(",")
    found: list[Layer] = []
    left_out: list[str] = []
    end = time.monotonic() + 60 * options.minutes
    for name, measure in runs(None if chosen == [""] else chosen):
        layers = kept(BUILT / "estimates" / f"{name}.json", measure, time.monotonic() < end)
        if layers is None:
            left_out.append(name)
        else:
            found += [Layer(**layer) for layer in layers]
    if not found:
        parser.error("no network is measured: give --minutes more, or --only a network of these")
    notes = ["errors: (estimated - measured) / measured; median and 90th percentile of their size"]
    notes += [f"not measured: {', '.join(left_out)}"] * bool(left_out)
    publish("estimates", [summary(found), furthest(found)], notes, [asdict(one) for one in found])
    return 0 if all(layer.exact for layer in found) else 1


def runs(chosen: Sequence[str] | None) -> list[tuple[str, Callable[[], list[dict[str, Any]]]]]:
    """(name, what measures its layers) of the chosen networks; None: of all.

    Those of one operator come first: they take least.
    """
    found = list[tuple[str, Callable[[], list[dict[str, Any]]]]]()
    for sparsity in ("dense", "1:8"):
        if chosen is None or "small" in chosen:
            name = f"small-{sparsity}".replace(":", "-")
            found.append((name, lambda sparsity=sparsity: small_networks(sparsity)))
    for case in CASES:
        if chosen is None or case.name in chosen:
            found.append((case.stem, lambda case=case: measured(case)))
    return found


def measured(case: Case) -> list[dict[str, Any]]:
    """The layers of a case."""
    stem = case.model.replace("--", "").replace(":", "-").replace(" ", "-")
    path = built_model(BUILT / f"{stem}.onnx", case.model.split())
    program = nmc.compile(
        path,
        features=() if case.features == "none" else (case.features,),
        cores=case.cores or None,
        l1=case.l1 or None,
        l3=L3_BYTES,
    )
    result = program.run_random(7, check=True)
    return layers_of(case.name, case.form, case.features, result)


def small_networks(sparsity: str) -> list[dict[str, Any]]:
    """The layers of the networks of one operator."""
    found: list[dict[str, Any]] = []
    for name in SMALL:
        result = nmc.compile(small_model(name, sparsity)).run_random(7, check=True)
        found += layers_of("small", sparsity, "none", result, f"{name}/")
    return found


def layers_of(
    network: str, form: str, features: str, result: Result, prefix: str = ""
) -> list[dict[str, Any]]:
    """The layers of a run that took any time, as JSON has them."""
    exact = result.exact is True
    return [
        asdict(
            Layer(
                *(network, form, features, prefix + layer.name, layer.kernel),
                *(layer.estimate, layer.cycles, exact),
            )
        )
        for layer in result.layers
        if layer.cycles
    ]


def summary(layers: Sequence[Layer]) -> TextTable:
    """A line for each network and form, and one of all layers."""
    columns = [
        "network", "form", "features", ">layers", ">median", ">90 %", ">worst", "worst layer",
        ">network off by",
    ]  # fmt: skip
    groups: defaultdict[tuple[str, str, str], list[Layer]] = defaultdict(list)
    for layer in layers:
        groups[layer.network, layer.form, layer.features].append(layer)
    rows = [[*group, *_figures(members)] for group, members in groups.items()]
    rows.append(["all", "", "", *_figures(layers)])
    return TextTable("estimated against measured cycles of all layers", columns, rows)


def _figures(layers: Sequence[Layer]) -> list[str]:
    sizes = sorted(abs(layer.error) for layer in layers)
    worst = max(layers, key=lambda layer: abs(layer.error))
    whole = sum(layer.estimate for layer in layers) / sum(layer.cycles for layer in layers) - 1
    return [
        str(len(layers)),
        f"{median(sizes):.1%}",
        f"{sizes[-(-9 * len(sizes) // 10) - 1]:.1%}",
        f"{worst.error:+.1%}",
        worst.name,
        f"{whole:+.1%}",
    ]


FAR = 0.1
"""Layers that are further off are listed."""


def furthest(layers: Sequence[Layer]) -> TextTable:
    """The layers that are further off than `FAR`, the furthest first."""
    columns = [
        "network", "form", "features", "layer", "kernel", ">estimated", ">measured", ">off by",
    ]  # fmt: skip
    far = [layer for layer in layers if abs(layer.error) > FAR]
    ranked = sorted(far, key=lambda layer: -abs(layer.error))
    rows = [
        [
            *(layer.network, layer.form, layer.features, layer.name, layer.kernel),
            *(f"{layer.estimate:,}", f"{layer.cycles:,}", f"{layer.error:+.1%}"),
        ]
        for layer in ranked
    ]
    return TextTable(f"the layers off by more than {FAR:.0%}", columns, rows)


if __name__ == "__main__":
    sys.exit(main())
