"""How far the planner's cycles of every layer are from the measured ones.

    python -m benchmarks.estimates [--only resnet18,vit-tiny]

All layers of the networks here (ViT-Small left out: it is ViT-Tiny with wider layers), of the
networks of one operator each, and of ResNet18 1:8 on one core and with 32 KiB of L1. An estimate is
of the layer where it stands in the network, its waits for weights from L3 included.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import nmc
from benchmarks.commands import built_model
from benchmarks.results import publish
from nmc.cli.console import TextTable
from nmc.models.small import SMALL, small_model
from nmc.program import Result


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
    """A layer's cycles, the planner's and those it took."""

    network: str
    form: str
    features: str
    name: str
    kernel: str
    estimate: int
    cycles: int

    @property
    def error(self) -> float:
        """Relative to what it took."""
        return self.estimate / self.cycles - 1


def main() -> int:
    """Measure; 1 if any result differs from the reference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", default="", help="networks, `small` for those of one operator")
    chosen = parser.parse_args().only.split(",")
    found: list[Layer] = []
    exact = True
    for case in CASES:
        if chosen == [""] or case.name in chosen:
            layers, same = measured(case)
            found, exact = found + layers, exact and same
    if chosen == [""] or "small" in chosen:
        layers, same = small_networks()
        found, exact = found + layers, exact and same
    tables = [summary(found), furthest(found)]
    notes = ["errors: (estimated - measured) / measured; median and 90th percentile of their size"]
    publish("estimates", tables, notes, [asdict(layer) for layer in found])
    return 0 if exact else 1


def measured(case: Case) -> tuple[list[Layer], bool]:
    """The layers of a case, and whether every bit was the reference's."""
    stem = case.model.replace("--", "").replace(":", "-").replace(" ", "-")
    path = built_model(Path("build/bench") / f"{stem}.onnx", case.model.split())
    program = nmc.compile(
        path,
        features=() if case.features == "none" else (case.features,),
        cores=case.cores or None,
        l1=case.l1 or None,
        l3=L3_BYTES,
    )
    result = program.run_random(7, check=True)
    return layers_of(case.name, case.form, case.features, result), result.exact is True


def small_networks() -> tuple[list[Layer], bool]:
    """The layers of the networks of one operator, dense and 1:8."""
    found: list[Layer] = []
    exact = True
    for sparsity in ("dense", "1:8"):
        for name in SMALL:
            result = nmc.compile(small_model(name, sparsity)).run_random(7, check=True)
            layers = layers_of("small", sparsity, "none", result)
            found += layers
            exact = exact and result.exact is True
    return found, exact


def layers_of(network: str, form: str, features: str, result: Result) -> list[Layer]:
    """The layers of a run that took any time."""
    return [
        Layer(network, form, features, layer.name, layer.kernel, layer.estimate, layer.cycles)
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


FURTHEST = 20


def furthest(layers: Sequence[Layer]) -> TextTable:
    """The layers that are furthest off."""
    columns = [
        "network", "form", "features", "layer", "kernel", ">estimated", ">measured", ">off by",
    ]  # fmt: skip
    ranked = sorted(layers, key=lambda layer: -abs(layer.error))[:FURTHEST]
    rows = [
        [
            *(layer.network, layer.form, layer.features, layer.name, layer.kernel),
            *(f"{layer.estimate:,}", f"{layer.cycles:,}", f"{layer.error:+.1%}"),
        ]
        for layer in ranked
    ]
    return TextTable("the layers furthest off", columns, rows)


if __name__ == "__main__":
    sys.exit(main())
