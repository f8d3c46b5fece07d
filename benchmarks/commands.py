"""Running nmc's own commands, as a user does, with the processor's time beside them."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.calibration import Calibration, calibrate

NMC = Path(sys.executable).parent / "nmc"


@dataclass(frozen=True)
class Timed:
    """Standard output of a command and the seconds the processor was at it, start-up included.

    Not those on the clock: benchmarks run beside each other.
    """

    output: str
    seconds: float


def nmc(*arguments: str | Path, show: bool = True) -> Timed:
    """Run `nmc` with these arguments, echoing the command; its complaints go to the terminal.

    Exits with the command's code if that is neither 0 nor 1 (1: results differ, the caller says).
    """
    words = [str(argument) for argument in arguments]
    if show:
        print(f"$ nmc {' '.join(words)}", flush=True)
    begin = _processor_seconds()
    result = subprocess.run([NMC, *words], stdout=subprocess.PIPE, text=True, check=False)
    seconds = _processor_seconds() - begin
    if result.returncode > 1:
        sys.exit(result.returncode)
    return Timed(result.stdout, seconds)


def _processor_seconds() -> float:
    """Of all commands that have ended."""
    times = os.times()
    return times.children_user + times.children_system


@dataclass(frozen=True)
class Measurement:
    """One network compiled and run once: what `nmc run --json` says, and the compiler's seconds.

    calibration: what the host was worth between the two. directory: the program. model: its file.
    """

    sparsity: str
    features: str
    compile_seconds: float
    calibration: Calibration
    run: dict[str, Any]
    directory: Path
    model: Path

    @property
    def exact(self) -> bool:
        """Whether every bit was the reference's."""
        return self.run["exact"] is True


def measure(
    directory: Path,
    sparsity: str,
    features: str,
    seed: int = 0,
    show: bool = True,
    options: Sequence[str] = (),
) -> Measurement:
    """Build ResNet18 at a sparsity, compile it, run it on random input 7 and check every bit.

    `options` are further ones of `nmc compile`, such as `--cores 4`.
    """
    model = model_file(directory, sparsity, seed, show)
    return measure_file(model, sparsity, features, show, options)


def measure_file(
    model: Path, sparsity: str, features: str, show: bool = True, options: Sequence[str] = ()
) -> Measurement:
    """Compile a model beside its file, run it on random input 7 and check every bit.

    `options` are as for `measure`; `sparsity` is only recorded.
    """
    words = [model.stem, features, *(word.strip("-") for word in options)]
    built = model.parent / "-".join(words).replace("/", "_")
    compiled = nmc("compile", model, "-o", built, "--features", features, *options, show=show)
    calibration = calibrate()
    run = nmc("run", built, "--input", "random:7", "--check", "--json", show=show)
    found = json.loads(run.output)
    return Measurement(sparsity, features, compiled.seconds, calibration, found, built, model)


def model_file(directory: Path, sparsity: str, seed: int = 0, show: bool = True) -> Path:
    """The ONNX file of ResNet18 at a sparsity, made if it is not there."""
    words = ["resnet18", "--sparsity", sparsity, "--seed", str(seed)]
    return built_model(directory / f"r18-{sparsity.replace(':', '-')}-seed{seed}.onnx", words, show)


def built_model(model: Path, words: Sequence[str], show: bool = True) -> Path:
    """The file of the network `nmc model` makes of these arguments, made if it is not there."""
    if not model.exists():
        model.parent.mkdir(parents=True, exist_ok=True)
        nmc("model", *words, "-o", model, show=show)
    return model
