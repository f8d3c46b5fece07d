"""Runs a program on both engines and holds everything they leave behind against each other."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from nmc.elf import ElfImage
from nmc.errors import ProgramFault
from nmc.sim import SimResult, Simulator
from nmc.sim.oracle import OracleSimulator
from nmc.sim.stepped import SteppedSimulator
from nmc.targets import Target

Memory = Mapping[int, bytes]
"""What is written before the start, by address."""


def run_from(simulator: SteppedSimulator, memory: Memory, max_cycles: int) -> SimResult:
    """Runs the program; memory is written behind the reset, so that L1 is found as written."""
    simulator.start()
    for address, content in memory.items():
        simulator.write(address, content)
    while simulator.advance(max_cycles) is not None:
        pass
    return simulator.result()


def measured(result: SimResult) -> SimResult:
    """Without what the host or the profile adds."""
    layers = tuple(replace(layer, traffic=None) for layer in result.layers)
    return replace(
        result,
        seconds_simulating=0.0,
        symbols=(),
        hot_spots=(),
        layers=layers,
        traffic=None,
        timeline=None,
    )


def assert_same_state(fast: SteppedSimulator, oracle: SteppedSimulator, target: Target) -> None:
    """Every register and every byte."""
    for core in range(target.cores + 1):
        registers = [[s.register(core, number) for number in range(32)] for s in (fast, oracle)]
        assert registers[0] == registers[1], f"registers of core {core}"
    for memory in (target.l1, target.l2, target.l3):
        contents = [s.read(memory.base, memory.bytes) for s in (fast, oracle)]
        if contents[0] != contents[1]:
            places = (i for i, (a, b) in enumerate(zip(*contents, strict=True)) if a != b)
            pytest.fail(f"memory differs first at {memory.base + next(places):#x}")


def assert_same_run(
    fast: Simulator, elf: ElfImage | bytes, target: Target, memory: Memory, max_cycles: int
) -> SimResult:
    """Runs on `fast`, has the oracle do the same and compares; returns what was measured.

    Faults are compared word for word and raised again. Where a program is stopped by the limit of
    cycles, the place is left out: the fast engine's cores may be ahead of each other.
    """
    oracle = OracleSimulator(elf, target)
    try:
        result = run_from(fast, memory, max_cycles)
    except ProgramFault as fault:
        with pytest.raises(ProgramFault) as other:
            run_from(oracle, memory, max_cycles)
        texts = [str(error) for error in (fault, other.value)]
        if "still running" in texts[0]:
            texts = [text.rpartition(": ")[2] for text in texts]
        assert texts[0] == texts[1]
        raise
    expected = run_from(oracle, memory, max_cycles)
    assert measured(result) == measured(expected)
    assert_same_state(fast, oracle, target)
    return result
