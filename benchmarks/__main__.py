"""Every published number: all benchmarks, as many beside each other as there are workers.

    python -m benchmarks [--workers 2] [NAME ...]

Cycles are the simulator's and do not depend on what runs beside; the benchmarks that time the host
come last, one after another. What a benchmark prints follows when it has ended, whatever became of
the others; the last table says what each took.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from nmc.cli.console import TextTable, console, print_table

CYCLES: dict[str, Sequence[str]] = {
    "scaling": (),
    "vit": (),
    "kernels": (),
    "largest": (),
    "estimates": (),
    "resnet18": ("--seeds", "0,1"),
    "tuning": (),
    "extensions": (),
    "accuracy": (),
    "breakdown": (),
    "rows": (),
    "fully_connected": (),
    "depthwise": (),
    "matmul": (),
}
"""Benchmarks whose figures the simulator counts, the longest first, and their options."""

HOST: dict[str, Sequence[str]] = {"simulator": (), "compile_time": (), "observing": ()}
"""Benchmarks that time the host, which they have for themselves."""


@dataclass(frozen=True)
class Ended:
    """One benchmark: what it printed, its exit code, and the seconds it took."""

    name: str
    output: str
    code: int
    seconds: float


def main() -> int:
    """Run them; 1 if one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="NAME", help="some of them (all)")
    parser.add_argument("--workers", type=int, default=2, help="benchmarks at once")
    chosen = parser.parse_args()
    names = chosen.names or [*CYCLES, *HOST]
    if unknown := sorted(set(names) - {*CYCLES, *HOST}):
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join([*CYCLES, *HOST])}")
    out = console(to_stdout=True)
    ended: list[Ended] = []
    for one in _run(names, chosen.workers):
        ended.append(one)
        out.print(f"== {one.name}: exit {one.code}, {one.seconds:.0f} s", markup=False)
        print(one.output, flush=True)
    print_table(out, _summary(ended))
    return 0 if all(one.code == 0 for one in ended) else 1


def _run(names: Iterable[str], workers: int) -> Iterator[Ended]:
    """Those that count cycles beside each other, then those that time the host, as each ends."""
    asked = set(names)
    with ThreadPoolExecutor(workers) as pool:
        beside = [pool.submit(_benchmark, *one) for one in CYCLES.items() if one[0] in asked]
        for future in as_completed(beside):
            yield future.result()
    for name, options in HOST.items():
        if name in asked:
            yield _benchmark(name, options)


def _benchmark(name: str, options: Sequence[str]) -> Ended:
    """Runs one in a process of its own."""
    begin = time.perf_counter()
    command = [sys.executable, "-m", f"benchmarks.{name}", *options]
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return Ended(name, result.stdout, result.returncode, time.perf_counter() - begin)


def _summary(ended: Sequence[Ended]) -> TextTable:
    """One row a benchmark."""
    rows = [[one.name, str(one.code), f"{one.seconds:.0f}"] for one in ended]
    return TextTable("benchmarks", ["benchmark", ">exit", ">seconds"], rows)


if __name__ == "__main__":
    sys.exit(main())
