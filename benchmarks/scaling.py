"""ResNet18 on every shipped target, with 1 to 16 cores and 32 to 256 KiB of L1.

    python -m benchmarks.scaling [--targets vega,gap9] [--cores 1,8] [--l1 32,128]
        [--networks dense:none,1:8:none] [--workers 2]

Every result is checked bit for bit. A figure is kept in build/bench/scaling under a digest of the
compiler's sources, so that a run that was stopped goes on where it was. Machines that are equal
but for their names are measured once. Where a network does not compile, as dense weights that L3
does not hold, the table says why.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.commands import NMC, model_file
from benchmarks.kept import kept
from benchmarks.results import publish
from benchmarks.scaling_plots import plots
from nmc.cli.console import TextTable, console
from nmc.options import Options
from nmc.targets import Target, load_target, with_overrides

DIRECTORY = Path("build/bench")
FEW, MANY = 1, 8
# A layer is bound by L3 if that alone takes this share of its cycles.
BOUND = 0.75


@dataclass(frozen=True)
class Point:
    """A machine and a network: bytes of L1, `sparsity` dense or N:M, `features` none or a list."""

    target: str
    cores: int
    l1: int
    sparsity: str
    features: str

    @property
    def network(self) -> str:
        return f"{self.sparsity} {self.features}"

    def machine(self) -> tuple[str, str, int]:
        """What is equal for the points of a curve over cores."""
        return self.network, self.target, self.l1


@dataclass(frozen=True)
class Found:
    """cycles: 0 where it did not compile, `problem` says why.

    layers: cycles, and bytes from L3, by name.
    """

    cycles: int
    exact: bool
    problem: str
    macs: int
    layers: dict[str, tuple[int, int]]


Table = dict[Point, Found]

SPARSEST = tuple(Point("vega", cores, 131072, "1:16", "none") for cores in (FEW, MANY))
"""Measured with every set of networks: what many cores gain where there is least to share."""


def main() -> int:
    """Measure; 1 if any result differs from the reference, or anything but dense fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--targets", default="vega,pulp-open,gap9")
    parser.add_argument("--cores", default="1,2,4,8,16")
    parser.add_argument("--l1", default="32,64,128,256", help="KiB")
    parser.add_argument("--networks", default="1:8:none,dense:none")
    parser.add_argument("--workers", type=int, default=1, help="points measured at once")
    chosen = parser.parse_args()
    points = [
        Point(target, int(cores), 1024 * int(l1), *network.rsplit(":", 1))
        for network in chosen.networks.split(",")
        for target in chosen.targets.split(",")
        for l1 in chosen.l1.split(",")
        for cores in chosen.cores.split(",")
    ]
    points += [point for point in SPARSEST if point not in points]
    for point in points:
        model_file(DIRECTORY, point.sparsity)
    found = sweep(points, chosen.workers)
    tables = [
        *(_cycles(network, found) for network in dict.fromkeys(p.network for p in points)),
        eight_against_one(found),
    ]
    notes = [
        "efficiency: cycles of one core over cores * cycles, same target and L1; a layer is bound "
        f"by L3 where the bytes it streams take {BOUND:.0%} of its cycles or more; machines equal "
        "but for their names (pulp-open is vega with another L1) are measured once",
    ]
    data = [asdict(point) | asdict(one) for point, one in found.items()]
    publish("scaling", tables, notes, data, chosen.targets, plots(_curves(found)))
    fine = all(one.exact or (one.problem and p.sparsity == "dense") for p, one in found.items())
    return 0 if fine else 1


def sweep(points: Sequence[Point], workers: int) -> Table:
    """Every point; those whose machines differ in their names alone are measured once."""
    alike = {point: (point.sparsity, _machine(point)) for point in points}
    firsts = {same: point for point, same in reversed(alike.items())}
    with ThreadPoolExecutor(workers) as pool:
        found = dict(zip(firsts, pool.map(known, firsts.values()), strict=True))
    return {point: found[same] for point, same in alike.items()}


def _machine(point: Point) -> Target:
    features = Options.parse_features(point.features)
    target = with_overrides(load_target(point.target), point.cores, point.l1, features=features)
    return replace(target, name="", description="")


def known(point: Point) -> Found:
    """What is known of a point, measured if it is not."""
    words = (point.sparsity.replace(":", "-"), point.features, point.target, point.cores, point.l1)
    path = DIRECTORY / "scaling" / ("-".join(str(word) for word in words) + ".json")

    def now() -> list[dict[str, Any]]:
        found = measured(point)
        console().print(f"{point}: {found.cycles:,} {found.problem}", markup=False)
        return [asdict(found)]

    figures = kept(path, now)
    assert figures is not None, "what is not kept is measured"
    return Found(**figures[0])


def measured(point: Point) -> Found:
    with TemporaryDirectory(dir=DIRECTORY) as scratch:
        return _run(point, Path(scratch) / "program")


def _run(point: Point, built: Path) -> Found:
    words: list[str | Path] = [
        "compile", model_file(DIRECTORY, point.sparsity, show=False), "-o", built,
        "--target", point.target, "--cores", str(point.cores), "--l1", str(point.l1),
        "--features", point.features,
    ]  # fmt: skip
    compiled = _nmc(words)
    if compiled.returncode == 2:
        problem = compiled.stderr.strip().splitlines()[-1].removeprefix("nmc: error: ")
        return Found(0, False, problem, 0, {})
    if compiled.returncode:
        raise RuntimeError(f"{point}: {compiled.stderr}")
    ran = _nmc(["run", built, "--input", "random:7", "--check", "--json"])
    if ran.returncode > 1:
        raise RuntimeError(f"{point}: {ran.stderr}")
    run: dict[str, Any] = json.loads(ran.stdout)
    layers = {layer["name"]: (layer["cycles"], layer["l3_bytes"]) for layer in run["layers"]}
    return Found(run["cycles"], run["exact"] is True, "", run["macs"], layers)


def _nmc(words: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([NMC, *words], capture_output=True, text=True, check=False)


def _cycles(network: str, found: Table) -> TextTable:
    columns = [
        "target", ">L1 (KiB)", ">cores", ">Mcycles", ">dense MAC/cycle", ">efficiency", "exact",
    ]  # fmt: skip
    rows = [
        [
            point.target,
            str(point.l1 // 1024),
            str(point.cores),
            f"{one.cycles / 1e6:.2f}" if one.cycles else "",
            f"{one.macs / one.cycles:.2f}" if one.cycles else "",
            _percent(efficiency(point, found)),
            one.problem or ("yes" if one.exact else "NO"),
        ]
        for point, one in found.items()
        if point.network == network
    ]
    return TextTable(f"ResNet18, {network}", columns, rows)


def efficiency(point: Point, found: Table) -> float | None:
    """Of all cores together, against one; None where one of the two is not known."""
    alone = found.get(Point(point.target, 1, point.l1, point.sparsity, point.features))
    one = found[point]
    if alone is None or not alone.cycles or not one.cycles:
        return None
    return alone.cycles / (point.cores * one.cycles)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _curves(found: Table) -> Iterator[tuple[str, str, list[tuple[int, int, float | None]]]]:
    """(network, machine, points of cores, cycles and efficiency) of all that compiled."""
    for key in dict.fromkeys(point.machine() for point in found):
        network, target, l1 = key
        curve = [
            (point.cores, one.cycles, efficiency(point, found))
            for point, one in found.items()
            if point.machine() == key and one.cycles
        ]
        yield network, f"{target}, {l1 // 1024} KiB", curve


def eight_against_one(found: Table) -> TextTable:
    columns = [
        "ResNet18", "target", ">L1 (KiB)", ">times faster", ">layers bound by L3", ">without them",
    ]  # fmt: skip
    rows: list[list[str]] = []
    for point, many in found.items():
        few = found.get(Point(point.target, FEW, point.l1, point.sparsity, point.features))
        if point.cores != MANY or few is None or not few.cycles or not many.cycles:
            continue
        rate = load_target(point.target).l3.bytes_per_cycle
        bound = {
            name
            for one in (few, many)
            for name, (cycles, l3_bytes) in one.layers.items()
            if l3_bytes / rate >= BOUND * cycles > 0
        }
        left = [
            sum(cycles for name, (cycles, _) in one.layers.items() if name not in bound)
            for one in (few, many)
        ]
        times = f"{few.cycles / many.cycles:.2f}"
        rows.append(
            [
                point.network,
                point.target,
                str(point.l1 // 1024),
                times,
                str(len(bound)),
                f"{left[0] / left[1]:.2f}" if left[1] else "",
            ]
        )
    return TextTable(f"{MANY} cores against {FEW}", columns, rows)


if __name__ == "__main__":
    sys.exit(main())
