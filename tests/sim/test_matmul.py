"""The matrix product in assembly: every bit, on both engines, and about how fast it is."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.matmul import CORES, Measured, measure, program, random_operands
from nmc.elf import read_elf
from nmc.sim import Simulator
from nmc.targets import load_target, with_overrides
from tests.sim.equality import assert_same_run


@pytest.mark.parametrize("name", ["vega", "pulp-open"])
def test_every_bit(name: str) -> None:
    target, operands = load_target(name), random_operands(1)
    found = measure(program(operands, target), operands, target)
    assert found.exact
    # 4 x 2 x 64 MACs take 14 instructions for each 4 k, and 41 around them: 15.4 a cycle at best.
    assert 14.8 < found.macs_per_cycle < 15.4
    assert set(np.unique(operands.result)) >= {-128, 0, 127}


def test_other_operands_have_other_results() -> None:
    target, operands = load_target(), random_operands(2)
    elf = program(operands, target)
    other = replace(operands, bias=operands.bias + (np.arange(64) == 63) * 1000)
    assert measure(elf, operands, target).exact
    assert not measure(elf, other, target).exact


def test_both_engines_agree() -> None:
    target = with_overrides(load_target(), cores=CORES)
    image = read_elf(program(random_operands(3), target))
    assert_same_run(Simulator(image, target), image, target, {}, 200_000)


def test_figure() -> None:
    assert Measured(1 << 14, True).macs_per_cycle == 16
