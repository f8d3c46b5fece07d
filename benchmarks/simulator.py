"""The simulator's speed: MIPS of five bare programs and ResNet18, start-up time, peak memory.

    python -m benchmarks.simulator [--networks dense:none,1:8:none,1:8:xnm] [--repeat 3]

Each figure stands beside a calibration loop timed before and after it in the same process: shared
hosts are never twice the same, the quotient of the two nearly is. Times are the process's own, not
those of the clock on the wall. Of several runs the one with the best quotient counts. With
`--networks ""` ResNet18 is left out.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.bare_programs import CORES, PROGRAMS, build
from benchmarks.calibration import Calibration, calibrate
from benchmarks.commands import NMC, nmc
from benchmarks.results import publish
from nmc.cli.console import TextTable
from nmc.program import Program
from nmc.program.arrays import load_inputs
from nmc.program.running import Machine
from nmc.sim import Simulator
from nmc.targets import load_target

DIRECTORY = Path("build/bench")
MAX_CYCLES = 1_000_000_000

Run = Callable[[], tuple[int, int]]
"""Simulates a program, and says how many cycles and instructions that was."""


@dataclass(frozen=True)
class Speed:
    """A simulated program: instructions of all cores, seconds of processor time.

    loop: million iterations a second of the compiled calibration loop, timed beside it.
    """

    program: str
    cycles: int
    instructions: int
    seconds: float
    loop: float

    @property
    def mips(self) -> float:
        return self.instructions / self.seconds / 1e6

    @property
    def quotient(self) -> float:
        """Simulated instructions for each iteration of the loop."""
        return self.mips / self.loop


@dataclass(frozen=True)
class Process:
    """A command: seconds of processor time in all and its greatest resident set."""

    command: str
    seconds: float
    peak_bytes: int
    loop: float
    """Million iterations a second of the Python calibration loop."""


def bare_speed(name: str, what: str, rounds: int, repeat: int) -> Speed:
    """Of one of the bare programs."""
    target = load_target("vega")
    simulator = Simulator(build(name, rounds, target), target, cores=CORES)
    return _best([_timed(what, lambda: _run_bare(simulator)) for _ in range(repeat)])


def network_speed(program: Path, name: str, repeat: int) -> Speed:
    """Of a compiled network on random input 7."""
    loaded = Program.load(program)
    machine = Machine(loaded.manifest, loaded.elf)
    inputs = load_inputs("random:7", loaded.manifest.inputs)

    def run() -> tuple[int, int]:
        result = machine.run(inputs)
        return result.cycles, result.instructions

    return _best([_timed(name, run) for _ in range(repeat)])


def process(arguments: Sequence[str | Path], name: str, repeat: int) -> Process:
    """Of `nmc` with these arguments: the quickest of several runs."""
    found: list[Process] = []
    for _ in range(repeat):
        before = calibrate(time.process_time)
        pid = os.posix_spawn(
            NMC,
            [str(NMC), *map(str, arguments)],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
        )
        _, status, usage = os.wait4(pid, 0)
        seconds = usage.ru_utime + usage.ru_stime
        if os.waitstatus_to_exitcode(status) != 0:
            sys.exit(f"nmc {' '.join(map(str, arguments))} failed")
        loop = (before.python + calibrate(time.process_time).python) / 2
        found.append(Process(name, seconds, usage.ru_maxrss * 1024, loop))
    return min(found, key=lambda run: run.seconds * run.loop)


def compile_network(sparsity: str, features: str) -> Path:
    """The directory of ResNet18's program."""
    label = sparsity.replace(":", "-")
    model = DIRECTORY / f"r18-{label}-seed0.onnx"
    program = DIRECTORY / f"simulator-{label}-{features}"
    if not model.exists():
        nmc("model", "resnet18", "--sparsity", sparsity, "--seed", "0", "-o", model)
    nmc("compile", model, "-o", program, "--features", features)
    return program


def _run_bare(simulator: Simulator) -> tuple[int, int]:
    result = simulator.run(MAX_CYCLES)
    assert result.exit_code == 0
    return result.cycles, result.instructions


def _timed(name: str, run: Run) -> Speed:
    before = calibrate(time.process_time)
    begin = time.process_time()
    cycles, instructions = run()
    seconds = time.process_time() - begin
    return Speed(name, cycles, instructions, seconds, _mean(before, calibrate(time.process_time)))


def _mean(a: Calibration, b: Calibration) -> float:
    return (a.compiled + b.compiled) / 2


def _best(runs: Sequence[Speed]) -> Speed:
    return max(runs, key=lambda run: run.quotient)


def speed_table(speeds: Sequence[Speed]) -> TextTable:
    rows = [
        [
            speed.program,
            f"{speed.cycles / 1e6:.2f}",
            f"{speed.instructions / 1e6:.1f}",
            f"{speed.seconds:.2f}",
            f"{speed.mips:.1f}",
            f"{speed.loop:.0f}",
            f"{speed.quotient:.3f}",
        ]
        for speed in speeds
    ]
    columns = ["program", ">Mcycles", ">M instructions", ">s", ">MIPS", ">loop", ">MIPS/loop"]
    return TextTable("speed, 8 cores, all timing on", columns, rows)


def process_table(processes: Sequence[Process]) -> TextTable:
    rows = [
        [run.command, f"{run.seconds:.2f}", f"{run.loop:.1f}", f"{run.peak_bytes / 2**20:.0f}"]
        for run in processes
    ]
    return TextTable("processes", ["command", ">s", ">loop (Python)", ">peak MiB"], rows)


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--networks", default="dense:none,1:8:none,1:8:xnm")
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args()
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    networks = {
        f"ResNet18 {sparsity} {features}": compile_network(sparsity, features)
        for network in chosen.networks.split(",")
        for sparsity, _, features in [network.rpartition(":")]
        if network
    }
    repeat = chosen.repeat
    speeds = [bare_speed(each.name, each.what, each.rounds, repeat) for each in PROGRAMS]
    speeds += [network_speed(program, name, repeat) for name, program in networks.items()]
    with tempfile.TemporaryDirectory() as scratch:
        elf = Path(scratch) / "nothing.elf"
        elf.write_bytes(build("branchy", 1, load_target("vega")))
        processes = [process(["sim", elf], "nmc sim, a program of 2,000 cycles", repeat)]
    processes += [
        process(["run", program, "--input", "random:7"], f"nmc run, {name}", 1)
        for name, program in networks.items()
    ]
    notes = ["loops: M iterations/s of a calibration loop, beside each figure"]
    figures = {
        "speeds": [asdict(speed) for speed in speeds],
        "processes": [asdict(run) for run in processes],
    }
    publish("simulator", [speed_table(speeds), process_table(processes)], notes, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
