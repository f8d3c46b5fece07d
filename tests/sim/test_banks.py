"""Bank conflicts: the shapes the machine's description gives, and fairness."""

import pytest

from tests.sim.bare import BareRun, run_bare

TRANSFER = """
    bnez a0, .Lno_transfer
    li a3, 0x10204400
    li a4, 0x10010000
    li a5, 0x1c020000
    li a6, 0x28000
    lw a7, 0(a3)
    sw a6, 0(a3)
    sw a4, 0(a3)
    sw a5, 0(a3)
.Lno_transfer:
"""
"""Core 0 starts 32 KiB from L2 to L1."""

MANY_LOADS = "lw a3, 0(a1)\n" * 99

SAME, PAIRS, DISTINCT = "li a2, 0", "srli a2, a0, 1\nslli a2, a2, 2", "slli a2, a0, 2"


def loads(bank: str, transfer: bool = False) -> list[int]:
    """Cycles of 4000 loads on each of 8 cores that set out together, instruction cache warm."""
    body = f"""
        li s10, 2
    .Lround:
        li a1, 0x10000000
        {bank}
        add a1, a1, a2
        li a2, 40
        li t3, 0x10204000
        p.elw t4, 0x21c(t3)
        csrr s8, mcycle
        {TRANSFER if transfer else ""}
        lp.setup x0, a2, .Lend
        {MANY_LOADS}
    .Lend:
        lw a3, 0(a1)
        csrr s9, mcycle
        addi s10, s10, -1
        bnez s10, .Lround
        sub s9, s9, s8
    """
    run = run_bare(body, cores=8)
    return [run.register(core, "s9") for core in range(8)]


def test_one_bank_for_all() -> None:
    cycles = loads(SAME)
    assert max(cycles) == pytest.approx(32_000, rel=0.001)
    # Everyone is served in turn: all end within a round of each other.
    assert max(cycles) - min(cycles) <= 8


def test_two_cores_a_bank() -> None:
    assert max(loads(PAIRS)) == pytest.approx(8_000, rel=0.001)


def test_a_bank_for_each() -> None:
    assert loads(DISTINCT) == [4002] * 8


def test_beside_a_transfer() -> None:
    assert max(loads(DISTINCT, transfer=True)) == pytest.approx(4_367, rel=0.03)


def test_no_store_is_lost() -> None:
    """Every core adds to its own words of the same banks; races between cores are not involved."""
    run: BareRun = run_bare(
        """
        li a1, 0x10000000
        slli a2, a0, 6
        add a1, a1, a2
        sw x0, 0(a1)
        li a2, 100
    .Lagain:
        lw a3, 0(a1)
        addi a3, a3, 1
        sw a3, 0(a1)
        addi a2, a2, -1
        bnez a2, .Lagain
        """,
        cores=8,
    )
    assert [run.word(0x1000_0000 + 64 * core) for core in range(8)] == [100] * 8
    assert run.result.stalls["bank"] > 0
