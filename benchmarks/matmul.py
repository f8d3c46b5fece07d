"""An int8 matrix product of 64 x 64 x 64 in assembly: MACs a cycle, every bit checked with NumPy.

    python -m benchmarks.matmul [--target vega] [-o matmul.elf]

`examples/matmul/matmul.s` with random operands becomes a program that any PULP-open runs: 4x2
kernel, requantisation and packing included, rows split over the 8 cores, operands in L1.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.results import publish
from nmc.backend.asm.emission import assemble
from nmc.cli.console import TextTable
from nmc.elf import read_elf
from nmc.numerics.requant import Requant
from nmc.sim import Simulator
from nmc.targets import Target, load_target

SOURCE = Path(__file__).parents[1] / "examples" / "matmul" / "matmul.s"
SIZE, PITCH, CORES = 64, 68, 8
SHIFT, ZERO_POINT = 20, -11
MAX_CYCLES = 1_000_000

Bytes = npt.NDArray[np.int8]
Words = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Operands:
    """a: weights, (output channel, k). b: pixels, (pixel, k). bias, factor: by output channel."""

    a: Bytes
    b: Bytes
    bias: Words
    factor: Words

    @property
    def result(self) -> Bytes:
        """What the program has to compute: (pixel, output channel)."""
        sums = self.b.astype(np.int32) @ self.a.astype(np.int32).T + self.bias
        factors = tuple(int(factor) for factor in self.factor)
        return Requant(factors, SHIFT, ZERO_POINT, -128, 127).apply(sums).astype(np.int8)


def random_operands(seed: int) -> Operands:
    """Operands whose results fill int8 and saturate now and then."""
    rng = np.random.default_rng(seed)
    a, b = (rng.integers(-128, 128, (SIZE, SIZE), np.int8) for _ in range(2))
    bias = rng.integers(-5000, 5001, SIZE, np.int32)
    factor = rng.integers(1000, 2001, SIZE, np.int32)
    return Operands(a, b, bias, factor)


def program(operands: Operands, target: Target) -> bytes:
    """The ELF file."""
    contents = {
        "a": _pitched(operands.a),
        "b": _pitched(operands.b),
        "channels": operands.bias.tobytes() + operands.factor.tobytes(),
    }
    text = SOURCE.read_text("utf-8")
    text += f".equ SHIFT, {SHIFT}\n.equ ZERO, {ZERO_POINT << SHIFT}\n"
    for name, content in contents.items():
        words = ", ".join(str(word) for word in np.frombuffer(content, "<i4"))
        text += f'.section .{name}.l2, "aw", @progbits\n{name}_far:\n.word {words}\n'
    return assemble(text, target, str(SOURCE))


def _pitched(matrix: Bytes) -> bytes:
    """The rows PITCH bytes apart."""
    return np.pad(matrix, ((0, 0), (0, PITCH - SIZE))).tobytes()


@dataclass(frozen=True)
class Measured:
    """cycles: between two barriers, caches warm. exact: every bit is NumPy's."""

    cycles: int
    exact: bool

    @property
    def macs_per_cycle(self) -> float:
        return SIZE**3 / self.cycles


def measure(elf: bytes, operands: Operands, target: Target) -> Measured:
    """Runs the program."""
    image = read_elf(elf)
    simulator = Simulator(image, target, cores=CORES)
    simulator.run(MAX_CYCLES)
    at = image.symbol_values
    found = np.frombuffer(simulator.read(at["c_far"], SIZE * SIZE), np.int8)
    cycles = int.from_bytes(simulator.read(at["cycles"], 4), "little")
    return Measured(cycles, np.array_equal(found.reshape(SIZE, SIZE), operands.result))


def main() -> int:
    """Measure; 1 if any bit differs from NumPy's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--target", default="vega")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", dest="output", type=Path, help="keep the program")
    chosen = parser.parse_args()
    target = load_target(chosen.target)
    operands = random_operands(chosen.seed)
    elf = program(operands, target)
    if chosen.output is not None:
        chosen.output.write_bytes(elf)
    found = measure(elf, operands, target)
    row = [f"{found.cycles:,}", f"{found.macs_per_cycle:.2f}", "yes" if found.exact else "NO"]
    title = f"int8 matrix product {SIZE} x {SIZE} x {SIZE}, {CORES} cores, {target.name}"
    table = TextTable(title, [">cycles", ">MAC/cycle", "exact"], [row])
    data = {"cycles": found.cycles, "exact": found.exact}
    publish("matmul", [table], [], data, chosen.target)
    return 0 if found.exact else 1


if __name__ == "__main__":
    sys.exit(main())
