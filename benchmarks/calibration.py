"""Two loops whose speed says what the host is worth while something else is measured on it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numba

PYTHON_STEPS = 3_000_000
COMPILED_STEPS = 200_000_000


@dataclass(frozen=True)
class Calibration:
    """Million iterations a second: of a Python loop, and of the same loop compiled by numba."""

    python: float
    compiled: float

    def __str__(self) -> str:
        return (
            f"calibration loop in the same run: {self.python:.1f} M iterations/s in Python, "
            f"{self.compiled:.0f} M compiled"
        )


def _loop(steps: int) -> int:
    """A xorshift generator: six operations an iteration, each waiting for the one before."""
    x = 88172645
    for _ in range(steps):
        x ^= (x << 13) & 0xFFFFFFFF
        x ^= x >> 17
        x ^= (x << 5) & 0xFFFFFFFF
    return x


def calibrate() -> Calibration:
    """Time both loops, the compilation of the second left out."""
    compiled = cast("Callable[[int], int]", cast(Any, numba).njit(_loop))
    compiled(1)
    return Calibration(_rate(_loop, PYTHON_STEPS), _rate(compiled, COMPILED_STEPS))


def _rate(loop: Callable[[int], int], steps: int) -> float:
    begin = time.perf_counter()
    loop(steps)
    return steps / (time.perf_counter() - begin) / 1e6
