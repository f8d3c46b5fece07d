"""How long compiling takes, and the share of each pass.

    python -m benchmarks.compile_time [--sparsity dense,1:8,1:16] [--features none]

In one process, from the ONNX file to the program, after a small network has loaded what is loaded
once. Times are the processor's; the verifier runs once a level, outside of passes.
"""

import argparse
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

import nmc
from benchmarks.calibration import calibrate
from benchmarks.commands import model_file
from benchmarks.results import publish
from nmc.cli.console import TextTable
from nmc.models.small import small_model
from nmc.pipelines.runner import Hooks

OUTSIDE = "import, verifier, stages' texts, assembler"


Seconds = defaultdict[str, float]


@dataclass
class PassClock:
    """Seconds of the processor by pass."""

    seconds: Seconds = field(default_factory=lambda: defaultdict(float))
    begun: float = 0.0

    def hooks(self) -> Hooks:
        def before(step: ModulePass, module: ModuleOp) -> None:  # noqa: ARG001  (an observer)
            self.begun = time.process_time()

        def after(step: ModulePass, module: ModuleOp) -> None:  # noqa: ARG001  (an observer)
            self.seconds[step.name] += time.process_time() - self.begun

        return Hooks(before, after)


def timed(path: Path, features: list[str]) -> Seconds:
    """Seconds by pass, those outside of passes among them."""
    clock = PassClock()
    begin = time.process_time()
    nmc.compile(path, features=features, hooks=clock.hooks())
    whole = time.process_time() - begin
    clock.seconds[OUTSIDE] = whole - sum(clock.seconds.values())
    return clock.seconds


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sparsity", default="dense,1:8,1:16")
    parser.add_argument("--features", default="none")
    chosen = parser.parse_args()
    nmc.compile(small_model("conv-wide", "1:8"))
    features = [word for word in chosen.features.split(",") if word != "none"]
    directory = Path("build/bench")
    found = {
        sparsity: timed(model_file(directory, sparsity), features)
        for sparsity in chosen.sparsity.split(",")
    }
    names = {name for one in found.values() for name in one}
    slowest = sorted(names, key=lambda name: -sum(one[name] for one in found.values()))
    totals = {sparsity: sum(one.values()) for sparsity, one in found.items()}
    columns = ["pass", *(f">{word}" for name in found for word in (f"{name}: s", "share"))]
    rows = [
        [
            name,
            *(
                text
                for sparsity, one in found.items()
                for text in (f"{one[name]:.2f}", f"{one[name] / totals[sparsity]:.1%}")
            ),
        ]
        for name in slowest
    ]
    sums = [text for total in totals.values() for text in (f"{total:.2f}", "")]
    table = TextTable(
        f"compiling ResNet18, features {chosen.features}", columns, [*rows, ["all", *sums]]
    )
    speed = calibrate(time.process_time)
    notes = [
        "seconds are the processor's; a calibration loop in Python made "
        f"{speed.python:.1f} M iterations a second beside them",
    ]
    publish("compile_time", [table], notes, {name: dict(one) for name, one in found.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
