"""The DMA engine: totals, what it copies, and what it refuses."""

import random

import pytest

from nmc.errors import ProgramFault
from nmc.targets import Target
from tests.sim.bare import BareRun, run_bare

L1, L2 = 0x1001_0000, 0x1C02_0000
TO_L1, INCREMENT, TWO_D, EVENT = 1 << 17, 1 << 18, 1 << 19, 1 << 20


def transfer(
    length: int,
    flags: int = TO_L1,
    l1: int = L1,
    l2: int = L2,
    shape: tuple[int, int] | None = None,
    memory: dict[int, bytes] | None = None,
    rounds: int = 2,
    target: Target | None = None,
) -> BareRun:
    """One command and polling for its end; s9 - s8 are the cycles from allocation to the end."""
    numbers = shape or ()
    geometry = "".join(f"li a5, {number}\nsw a5, 0(a3)\n" for number in numbers)
    body = f"""
        li s10, {rounds}
    .Lround:
        li a3, 0x10204400
        csrr s8, mcycle
        lw s7, 0(a3)
        li a6, {length | flags | INCREMENT | (TWO_D if shape else 0)}
        sw a6, 0(a3)
        li a4, {l1:#x}
        sw a4, 0(a3)
        li a5, {l2:#x}
        sw a5, 0(a3)
        {geometry}
        nop
    .Lpoll:
        lw a6, 4(a3)
        and a6, a6, a6
        beqz a6, .Lout
        j .Lpoll
    .Lout:
        csrr s9, mcycle
        li a6, -1
        sw a6, 4(a3)
        addi s10, s10, -1
        bnez s10, .Lround
        sub s9, s9, s8
    """
    return run_bare(body, memory=memory, target=target)


@pytest.mark.parametrize(
    ("length", "cycles"), [(64, 28), (256, 52), (1024, 148), (8192, 1042), (32768, 4114)]
)
def test_into_l1(length: int, cycles: int) -> None:
    assert transfer(length).register(0, "s9") == pytest.approx(cycles, rel=0.03)


@pytest.mark.parametrize(("length", "cycles"), [(1024, 148), (8192, 1072), (32768, 4240)])
def test_out_of_l1(length: int, cycles: int) -> None:
    assert transfer(length, flags=0).register(0, "s9") == pytest.approx(cycles, rel=0.03)


def test_a_line_takes_a_cycle_at_least() -> None:
    one_byte_lines = transfer(512, shape=(1, 16)).register(0, "s9")
    assert one_byte_lines >= 512
    assert one_byte_lines == pytest.approx(512 + 30, abs=10)


@pytest.mark.parametrize("seed", range(12))
def test_copies_bytes(seed: int) -> None:
    rng = random.Random(seed)
    length = rng.choice((1, 3, 64, 255, 1000, 4099))
    l1, l2 = L1 + rng.randrange(9), L2 + rng.randrange(9)
    into = rng.random() < 0.5
    line = rng.randrange(1, 200)
    shape = (line, line + rng.randrange(50)) if rng.random() < 0.6 else None
    inside, outside = rng.randbytes(8192), rng.randbytes(65536)
    run = transfer(length, TO_L1 if into else 0, l1, l2, shape, {L1: inside, L2: outside}, rounds=1)
    expected = {L1: bytearray(inside), L2: bytearray(outside)}
    step = shape or (length, 0)
    for i in range(length):
        far = l2 - L2 + i // step[0] * step[1] + i % step[0]
        near = l1 - L1 + i
        if into:
            expected[L1][near] = outside[far]
        else:
            expected[L2][far] = inside[near]
    assert run.simulator.read(L1, len(inside)) == expected[L1]
    assert run.simulator.read(L2, len(outside)) == expected[L2]
    assert run.result.dma_bytes == length


def test_ids_are_given_out_and_freed() -> None:
    run = run_bare(
        """
        li a3, 0x10204400
        lw s2, 0(a3)
        lw s3, 0(a3)
        li a4, 1
        sw a4, 4(a3)
        lw s4, 0(a3)
        lw s5, 0(a3)
        """
    )
    assert [run.register(0, f"s{i}") for i in range(2, 6)] == [0, 1, 0, 2]


def test_event_wakes_the_core() -> None:
    body = f"""
        li t3, 0x10204000
        li t4, 0x100
        sw t4, 8(t3)
        li a3, 0x10204400
        lw s7, 0(a3)
        li a6, {8192 | TO_L1 | INCREMENT | EVENT}
        sw a6, 0(a3)
        li a4, {L1:#x}
        sw a4, 0(a3)
        li a5, {L2:#x}
        sw a5, 0(a3)
        csrr s8, mcycle
        p.elw s6, 0x3c(t3)
        csrr s9, mcycle
        lw s5, 4(a3)
        li t4, 0x100
        sw t4, 4(t3)
    """
    run = run_bare(body)
    assert run.register(0, "s6") == 0x100
    assert run.register(0, "s5") == 0
    assert run.register(0, "s9") - run.register(0, "s8") == pytest.approx(1024, abs=25)
    assert run.result.stalls["dma"] > 1000


def test_both_directions_share_the_port_of_l2() -> None:
    start = """
        lw s7, 0(a3)
        li a6, {flags}
        sw a6, 0(a3)
        li a4, {l1}
        sw a4, 0(a3)
        li a5, {l2}
        sw a5, 0(a3)
    """
    body = f"""
        li a3, 0x10204400
        csrr s8, mcycle
        {start.format(flags=16384 | TO_L1 | INCREMENT, l1=L1, l2=L2)}
        {start.format(flags=16384 | INCREMENT, l1=L1 - 0x8000, l2=L2 + 0x8000)}
    .Lpoll:
        lw a6, 4(a3)
        bnez a6, .Lpoll
        csrr s9, mcycle
        sub s9, s9, s8
    """
    assert run_bare(body).register(0, "s9") == pytest.approx(2 * 16384 / 8, rel=0.05)


@pytest.mark.parametrize(
    ("length", "flags", "l1", "l2", "words"),
    [
        (0, TO_L1, L1, L2, "1 to 131071 bytes"),
        (64, TO_L1, 0x1001_FFE0, L2, "does not lie in L1"),
        (64, TO_L1, L1, 0x1C18_FFF0, "does not lie in L2"),
        (64, 0, L1, 0x1C00_0000, "writes to code"),
    ],
)
def test_refusals(length: int, flags: int, l1: int, l2: int, words: str) -> None:
    with pytest.raises(ProgramFault, match=words) as error:
        transfer(length, flags, l1, l2)
    assert "core 0 at 0x1c00" in str(error.value)
    assert "in main" in str(error.value)
    assert "\n" not in str(error.value)
