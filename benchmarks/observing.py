"""What it costs to look into a run: the profile, a trace, the sanitizers, on ResNet18.

    python -m benchmarks.observing [--sparsity dense,1:8] [--features none,xnm]

Each run is one of a fresh process; its cost is the host's user time of the run alone, beside that
of a run without, made just before, and the process's peak memory. The sanitizers may find nothing,
and no run may take other cycles than the plain one; the exit code says so.
"""

import argparse
import os
import resource
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.commands import model_file, nmc
from benchmarks.results import publish
from nmc.cli.console import TextTable

WAYS = ("plain", "profile", "trace", "sanitize")
COLUMNS = [
    "ResNet18", "features", "run", ">user s", ">times plain", ">peak MB", ">Mcycles", ">findings",
]  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """Of one run. user_seconds: simulating alone, with what is made of it afterwards."""

    user_seconds: float
    peak_megabytes: float
    cycles: int
    findings: int


def observe(directory: Path, way: str) -> Cost:
    """Runs a compiled program in one of WAYS; to be called in a process of its own."""
    from nmc.cli.tracing import write_trace
    from nmc.program import Program
    from nmc.program.arrays import random_inputs
    from nmc.program.running import Machine

    program = Program.load(directory)
    inputs = random_inputs("7", program.manifest.inputs)
    profile = way in ("profile", "trace")
    machine = Machine(program.manifest, program.elf, profile, way == "sanitize")
    begin = os.times().user
    result = machine.run(inputs)
    if way == "trace":
        assert result.simulated is not None
        write_trace(directory / "trace.json.gz", result.simulated)
    seconds = os.times().user - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(seconds, peak, result.cycles, len(result.findings or ()))


def in_a_fresh_process(directory: Path, way: str) -> Cost:
    """Whose memory holds nothing of the runs before."""
    with ProcessPoolExecutor(1, get_context("spawn")) as one:
        return one.submit(observe, directory, way).result()


def measure(directory: Path, sparsity: str, features: str) -> dict[str, Cost]:
    """Compiles ResNet18 and runs it in each of WAYS."""
    model = model_file(directory, sparsity)
    built = directory / f"{model.stem}-{features}-observed"
    nmc("compile", model, "-o", built, "--features", features)
    # The engine's builds are compiled on first use, which is no part of a run.
    for way in ("profile", "sanitize"):
        in_a_fresh_process(built, way)
    return {way: in_a_fresh_process(built, way) for way in WAYS}


def main() -> int:
    """Measure; 1 if something was found or looking changed the cycles."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sparsity", default="dense,1:8")
    parser.add_argument("--features", default="none,xnm")
    chosen = parser.parse_args()
    directory = Path("build/bench")
    directory.mkdir(parents=True, exist_ok=True)
    rows: list[list[str]] = []
    data: list[dict[str, Any]] = []
    right = True
    for sparsity, features in product(chosen.sparsity.split(","), chosen.features.split(",")):
        found = measure(directory, sparsity, features)
        plain = found["plain"]
        right &= all(c.cycles == plain.cycles and c.findings == 0 for c in found.values())
        rows += [[sparsity, features, way, *_cells(way, c, plain)] for way, c in found.items()]
        network = {"sparsity": sparsity, "features": features}
        data += [network | {"run": way} | asdict(cost) for way, cost in found.items()]
    notes = [
        "user s: of the host, of the run alone; profile: every instruction and stall by its place; "
        "trace: that and a file of events; sanitize: every access checked, findings of it",
    ]
    publish("observing", [TextTable("looking into a run", COLUMNS, rows)], notes, data)
    return 0 if right else 1


def _cells(way: str, cost: Cost, plain: Cost) -> list[str]:
    return [
        f"{cost.user_seconds:.2f}",
        f"{cost.user_seconds / plain.user_seconds:.1f}",
        f"{cost.peak_megabytes:.0f}",
        f"{cost.cycles / 1e6:.2f}",
        str(cost.findings) if way == "sanitize" else "",
    ]


if __name__ == "__main__":
    sys.exit(main())
