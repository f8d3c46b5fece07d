"""Runs a program on both engines and holds everything they leave behind against each other."""

from collections.abc import Mapping
from dataclasses import replace

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


def run_or_fault(
    simulator: SteppedSimulator, memory: Memory, max_cycles: int
) -> tuple[SimResult | None, ProgramFault | None]:
    """What was measured, or how the program failed."""
    try:
        return run_from(simulator, memory, max_cycles), None
    except ProgramFault as fault:
        return None, fault


def words(fault: ProgramFault | None) -> str:
    """Of a fault what both engines have to say alike."""
    text = str(fault or "")
    return text.rpartition(": ")[2] if "still running" in text else text


def measured(result: SimResult) -> SimResult:
    """Without what the host, the profile or the sanitizers add."""
    layers = tuple(replace(layer, traffic=None) for layer in result.layers)
    return replace(
        result,
        seconds_simulating=0.0,
        symbols=(),
        hot_spots=(),
        layers=layers,
        traffic=None,
        timeline=None,
        findings=(),
    )


def without_cores(result: SimResult) -> SimResult:
    """Without what each core has done by the end; core 0 ends the program, so it is kept."""
    whole = measured(result)
    last = [
        replace(layer, instructions=0, cores=layer.cores[:1], stalls={})
        for layer in whole.layers[-1:]
    ]
    return replace(
        whole,
        instructions=0,
        cores=whole.cores[:1],
        stalls={},
        layers=(*whole.layers[:-1], *last),
    )


def assert_same_memory(fast: SteppedSimulator, oracle: SteppedSimulator, target: Target) -> None:
    """Every byte."""
    for memory in (target.l1, target.l2, target.l3):
        contents = [s.read(memory.base, memory.bytes) for s in (fast, oracle)]
        if contents[0] != contents[1]:
            places = (i for i, (a, b) in enumerate(zip(*contents, strict=True)) if a != b)
            raise AssertionError(f"memory differs first at {memory.base + next(places):#x}")


def assert_same_registers(fast: SteppedSimulator, oracle: SteppedSimulator, target: Target) -> None:
    """Every register of every core and of the fabric controller."""
    for core in range(target.cores + 1):
        registers = [[s.register(core, number) for number in range(32)] for s in (fast, oracle)]
        assert registers[0] == registers[1], f"registers of core {core}"


def assert_same_run(
    fast: Simulator,
    elf: ElfImage | bytes,
    target: Target,
    memory: Memory,
    max_cycles: int,
    settled: bool = True,
) -> SimResult:
    """Runs on `fast`, has the oracle do the same and compares; returns what was measured.

    Faults are compared word for word and raised again. Where a program is stopped by the limit of
    cycles, the place is left out: the fast engine's cores may be ahead of each other. For the same
    reason what the cores have done is left out if they may be running at the exit (not `settled`).
    """
    oracle = OracleSimulator(elf, target)
    result, fault = run_or_fault(fast, memory, max_cycles)
    expected, expected_fault = run_or_fault(oracle, memory, max_cycles)
    assert words(fault) == words(expected_fault)
    if fault is not None:
        raise fault
    assert result is not None
    assert expected is not None
    if settled:
        assert measured(result) == measured(expected)
        assert_same_registers(fast, oracle, target)
    else:
        assert without_cores(result) == without_cores(expected)
    assert_same_memory(fast, oracle, target)
    return result
