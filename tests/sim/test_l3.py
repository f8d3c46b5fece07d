"""The L3 channel."""

import random
from dataclasses import replace

import pytest

from nmc.errors import ProgramFault
from nmc.targets import load_target
from tests.sim.bare import run_bare

L2, L3 = 0x1C02_0000, 0x8000_0000


def start(offset: int, address: int, length: str) -> str:
    return f"""
        li a3, 0x10205000
        li a4, {offset:#x}
        sw a4, 0(a3)
        li a4, {address:#x}
        sw a4, 4(a3)
        li a4, {length}
        csrr s8, mcycle
        sw a4, 8(a3)
    """


WAIT = """
    .Lpoll:
        lw a4, 12(a3)
        bnez a4, .Lpoll
        csrr s9, mcycle
        sub s9, s9, s8
"""


@pytest.mark.parametrize("length", [1, 8, 100, 5000])
def test_from_l3(length: int) -> None:
    content = random.Random(length).randbytes(length)
    run = run_bare(start(0x40, L2, str(length)) + WAIT, memory={L3 + 0x40: content})
    assert run.simulator.read(L2, length) == content
    assert run.register(0, "s9") == pytest.approx(80 + length, abs=35)
    assert run.result.l3_bytes == length


def test_to_l3() -> None:
    content = random.Random(3).randbytes(777)
    body = start(0x100, L2 + 3, hex(777 | 1 << 31)) + WAIT
    run = run_bare(body, memory={L2 + 3: content})
    assert run.simulator.read(L3 + 0x100, 777) == content


def test_registers_written_meanwhile_are_for_the_next_transfer() -> None:
    content = random.Random(4).randbytes(64)
    other = """
        li a4, 0x900
        sw a4, 0(a3)
        li a4, 0x1c021000
        sw a4, 4(a3)
    """
    run = run_bare(start(0x40, L2, "64") + other + WAIT, memory={L3 + 0x40: content})
    assert run.simulator.read(L2, 64) == content


def test_event() -> None:
    body = f"""
        li a2, 0x10204000
        li a4, 0x200
        sw a4, 8(a2)
        {start(0, L2, "4000")}
        p.elw s7, 0x3c(a2)
        csrr s9, mcycle
        sub s9, s9, s8
        li a4, 0x200
        sw a4, 4(a2)
    """
    run = run_bare(body)
    assert run.register(0, "s7") == 0x200
    assert run.register(0, "s9") == pytest.approx(80 + 4000, abs=35)
    assert run.result.cores[0].stalls["l3"] > 4000


def test_rate_and_latency_are_the_targets() -> None:
    vega = load_target("vega")
    slow = replace(vega, l3=replace(vega.l3, latency=3000, bytes_per_cycle=0.5))
    run = run_bare(start(0, L2, "1000") + WAIT, target=slow)
    assert run.register(0, "s9") == pytest.approx(3000 + 2000, abs=35)


@pytest.mark.parametrize(
    ("offset", "address", "length", "words"),
    [
        (0x100_0000 - 8, L2, "16", "out of range"),
        (0, 0x1000_0000, "16", "out of range"),
        (0, L2, "0", "out of range"),
        (0, 0x1C00_0000, "16", "writes to code"),
    ],
)
def test_refusals(offset: int, address: int, length: str, words: str) -> None:
    with pytest.raises(ProgramFault, match=words):
        run_bare(start(offset, address, length) + WAIT)


def test_one_at_a_time() -> None:
    with pytest.raises(ProgramFault, match="another one runs"):
        run_bare(start(0, L2, "100") + "sw a4, 8(a3)")
