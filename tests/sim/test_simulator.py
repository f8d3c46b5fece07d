"""The simulator's interface: layers, repetition, output, profile, memory."""

import json

import pytest

from nmc.backend.asm.emission import assemble
from nmc.sim import Simulator
from nmc.sim.simulator import L1_PATTERN
from nmc.targets import load_target, with_overrides
from tests.sim.bare import bare_program, run_bare

LAYERS = """
.text
.type first, @function
first:
    li a1, 100
.Lfirst:
    addi a1, a1, -1
    bnez a1, .Lfirst
    li a1, 0x1c020000
    li a2, 11
    sw a2, 0(a1)
    ret
.size first, .-first
.type second, @function
second:
    lw a2, 0(a1)
    addi a2, a2, 1
    sw a2, 4(a1)
    li a3, 10
    lp.setup x0, a3, .Lsecond
    nop
    nop
.Lsecond:
    nop
    ret
.size second, .-second
"""

CALLS = """
    mv s11, ra
    bnez a0, .Lskip
    call first
    call second
.Lskip:
    mv ra, s11
"""


def layered(cores: int = 2) -> Simulator:
    note = json.dumps(
        {"layers": [{"name": "one", "symbol": "first"}, {"name": "two", "symbol": "second"}]}
    ).replace('"', '\\"')
    data = LAYERS + f'.section .nmc.meta, ""\n.ascii "{note}"\n'
    elf, target = bare_program(CALLS, cores=cores, data=data)
    return Simulator(elf, target)


def test_layers_are_counted() -> None:
    result = layered().run()
    assert [layer.name for layer in result.layers] == ["one", "two"]
    one, two = result.layers
    assert one.cycles > 400
    assert 30 < two.cycles < one.cycles
    assert one.instructions > 200
    assert two.stalls["l2"] > one.stalls["l2"] > 0
    assert sum(layer.cycles for layer in result.layers) <= result.cycles


def test_layers_change_no_cycle() -> None:
    elf, target = bare_program(CALLS, cores=2, data=LAYERS)
    assert Simulator(elf, target).run().cycles == layered().run().cycles


def test_stops_at_layers() -> None:
    simulator = layered()
    simulator.start()
    stop = simulator.stop_at("two")
    assert stop is not None
    assert (stop.index, stop.name) == (1, "two")
    assert simulator.read(0x1C02_0000, 4) == (11).to_bytes(4, "little")
    simulator.write(0x1C02_0000, (41).to_bytes(4, "little"))
    assert simulator.advance() is None
    assert simulator.read(0x1C02_0004, 4) == (42).to_bytes(4, "little")
    assert simulator.result().exit_code == 0


def test_layer_that_never_starts() -> None:
    simulator = layered()
    simulator.start()
    assert simulator.stop_at("three") is None


def test_repetition_gives_the_same() -> None:
    simulator = layered()
    first, second = simulator.run(), simulator.run()
    assert first.cycles == second.cycles
    assert first.cores == second.cores
    assert first.layers == second.layers


def test_l1_holds_its_pattern_and_l2_is_kept() -> None:
    elf, target = bare_program("lui a1, 0x10000\nlw s2, 64(a1)\nsw x0, 64(a1)")
    simulator = Simulator(elf, target)
    simulator.write(0x1C02_0000, b"kept")
    for _ in range(2):
        simulator.run()
        assert simulator.register(0, 18) == int.from_bytes(bytes([L1_PATTERN] * 4), "little")
        assert simulator.read(0x1C02_0000, 4) == b"kept"


def test_exit_code_and_output() -> None:
    text = """
    .section .boot, "ax", @progbits
    .globl _start
    _start:
        li a1, 0x1A10F000
        li a2, 0x1c020000
    .Lnext:
        lbu a3, 0(a2)
        beqz a3, .Lout
        sw a3, 0(a1)
        addi a2, a2, 1
        j .Lnext
    .Lout:
        li a1, 0x1A1040A0
        li a2, 0x80000007
        sw a2, 0(a1)
    .Lend: j .Lend
    """
    target = with_overrides(load_target("vega"), cores=1)
    seen: list[bytes] = []
    simulator = Simulator(assemble(text, target), target, output=seen.append)
    message = "Hello, cluster!\n" * 200
    simulator.write(0x1C02_0000, message.encode() + b"\0")
    result = simulator.run()
    assert result.exit_code == 7
    assert result.output == message
    assert b"".join(seen) == message.encode()
    assert len(seen) > 1


def test_profile() -> None:
    body = """
        li a1, 0x10000000
        li a2, 20
        lp.setup x0, a2, .Le
        lw a3, 0(a1)
        add a4, a4, a3
    .Le: nop
    """
    plain = run_bare(body, cores=2).result
    result = run_bare(body, cores=2, profile=True).result
    assert (result.cycles, result.cores) == (plain.cycles, plain.cores)
    assert plain.symbols == ()
    by_text = {entry.name.split()[0]: entry for entry in result.hot_spots}
    assert by_text["add"].instructions == 40
    load = next(entry for entry in result.hot_spots if entry.instructions == 40)
    # Each load makes its user wait for a cycle, and the other core's load now and then.
    assert load.cycles >= 80
    symbols = {entry.name: entry for entry in result.symbols}
    assert symbols["main"].instructions > 120
    assert sum(entry.cycles for entry in result.hot_spots) == pytest.approx(
        2 * result.cycles, rel=0.2
    )


def test_hart_ids_and_counters() -> None:
    run = run_bare("csrr s2, mhartid\ncsrr s3, minstret\nnop\ncsrr s4, minstret", cores=3)
    assert [run.register(core, "s2") for core in range(3)] == [0, 1, 2]
    assert run.register(1, "s4") - run.register(1, "s3") == 2
    assert run.result.instructions == sum(core.instructions for core in run.result.cores)
