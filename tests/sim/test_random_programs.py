"""Both engines on random programs: every register, byte, cycle and counter.

`make test` compares the first 200 programs, NMC_E2E=full 2,400; `python -m
tests.sim.random_programs FIRST COUNT` compares any others and prints what was compared.
"""

import os

import pytest

from nmc.sim import Simulator
from nmc.sim.oracle import (
    OracleSimulator,
)
from tests.sim.equality import measured, run_from
from tests.sim.random_programs import compare, make_program

GROUP = 10
GROUPS = 240 if os.environ.get("NMC_E2E") == "full" else 20


@pytest.mark.parametrize("group", range(GROUPS))
def test_engines_agree(group: int) -> None:
    for seed in range(group * GROUP, (group + 1) * GROUP):
        compare(make_program(seed))


def test_waits_for_a_dma_id_at_a_layers_entry() -> None:
    """In this program a layer is entered when ids have become free, before their waiters ask."""
    compare(make_program(50201))


@pytest.mark.parametrize("seed", [3, 9, 40])
def test_a_second_run(seed: int) -> None:
    """Nothing of the first run is left in either engine but what lies in L2 and L3."""
    program = make_program(seed)
    simulators = (
        Simulator(program.elf(), program.target),
        OracleSimulator(program.elf(), program.target),
    )
    results = [
        [measured(run_from(simulator, program.memory, 1_000_000)) for _ in range(2)]
        for simulator in simulators
    ]
    assert results[0] == results[1]
    assert results[0][0] == results[0][1]
