"""Two loops whose speed says what the host is worth while something else is measured on it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import numba

PYTHON_STEPS = 1_000_000
COMPILED_STEPS = 100_000_000

Clock = Callable[[], float]
"""Seconds on the wall, or the process's own."""


@dataclass(frozen=True)
class Calibration:
    """Million iterations a second: of a Python loop, and of the same loop compiled by numba.

    The first is the kind of work compiling a model is, the second the kind simulating is.
    """

    python: float
    compiled: float


def _loop(steps: int) -> int:
    """A xorshift generator: six operations an iteration, each waiting for the one before."""
    x = 88172645
    for _ in range(steps):
        x ^= (x << 13) & 0xFFFFFFFF
        x ^= x >> 17
        x ^= (x << 5) & 0xFFFFFFFF
    return x


@cache
def _compiled() -> Callable[[int], int]:
    compiled = cast("Callable[[int], int]", cast(Any, numba).njit(_loop))
    compiled(1)
    return compiled


def calibrate(clock: Clock = time.perf_counter) -> Calibration:
    """Time both loops, the compilation of the second left out."""
    return Calibration(_rate(_loop, PYTHON_STEPS, clock), _rate(_compiled(), COMPILED_STEPS, clock))


def _rate(loop: Callable[[int], int], steps: int, clock: Clock) -> float:
    begin = clock()
    loop(steps)
    return steps / (clock() - begin) / 1e6
