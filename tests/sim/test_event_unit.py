"""Barriers, software events and sleep."""

import pytest

from nmc.errors import ProgramFault
from tests.sim.bare import run_bare


@pytest.mark.parametrize("cores", [2, 8])
def test_barrier_waits_for_the_last(cores: int) -> None:
    body = """
        li a2, 0x10204000
        li s10, 2
    .Lround:
        slli a3, a0, 6
        addi a3, a3, 4
    .Lwork:
        addi a3, a3, -1
        bnez a3, .Lwork
        csrr s8, mcycle
        p.elw a1, 0x21c(a2)
        csrr s9, mcycle
        addi s10, s10, -1
        bnez s10, .Lround
    """
    run = run_bare(body, cores=cores)
    arrived = [run.register(core, "s8") for core in range(cores)]
    left = {run.register(core, "s9") for core in range(cores)}
    assert left == {max(arrived) + 1 + 5}
    assert run.register(0, "a1") == 1 << 16
    assert run.result.cores[0].stalls["barrier"] > run.result.cores[cores - 1].stalls["barrier"]


def test_barriers_of_two_groups_are_independent() -> None:
    body = """
        li a2, 0x10204000
        li a4, 3
        srli a5, a0, 1
        slli a6, a5, 1
        sll a4, a4, a6
        addi a5, a5, 1
        slli a5, a5, 5
        add a5, a5, a2
        sw a4, 0x200(a5)
        sw a4, 0x20c(a5)
        li a7, 1
        srli t3, a0, 1
        beqz t3, .Lgo
        li a7, 300
    .Lgo:
        addi a7, a7, -1
        bnez a7, .Lgo
        p.elw a1, 0x21c(a5)
        csrr s9, mcycle
    """
    run = run_bare(body, cores=4)
    times = [run.register(core, "s9") for core in range(4)]
    assert times[0] == times[1]
    assert times[2] == times[3]
    assert times[2] - times[0] > 800


def test_software_event() -> None:
    body = """
        li a2, 0x10204000
        li a3, 4
        sw a3, 8(a2)
        bnez a0, .Lwait
        li a4, 500
    .Lspin:
        addi a4, a4, -1
        bnez a4, .Lspin
        li a3, 2
        csrr s9, mcycle
        sw a3, 0x108(a2)
        j .Lout
    .Lwait:
        p.elw a1, 0x3c(a2)
        csrr s9, mcycle
    .Lout:
        li a3, 4
        sw a3, 4(a2)
    """
    run = run_bare(body, cores=2)
    assert run.register(1, "a1") == 4
    assert run.register(1, "s9") - run.register(0, "s9") in range(6, 6 + 20)
    assert run.result.cores[1].stalls["sleep"] > 1000


def test_plain_load_waits_too() -> None:
    run = run_bare("li a2, 0x10204000\nlw a1, 0x21c(a2)", cores=4)
    assert [run.register(core, "a1") for core in range(4)] == [1 << 16] * 4


def test_sleeping_forever_is_a_deadlock() -> None:
    with pytest.raises(ProgramFault, match="deadlock") as error:
        run_bare("li a2, 0x10204000\np.elw a1, 0x3c(a2)", cores=2)
    assert "core 0" in str(error.value)
    assert "p.elw" in str(error.value)


def test_barrier_without_one_core_is_a_deadlock() -> None:
    body = """
        beqz a0, .Lout
        li a2, 0x10204000
        p.elw a1, 0x21c(a2)
        j .Lend
    .Lout:
        wfi
    .Lend:
    """
    with pytest.raises(ProgramFault, match="deadlock"):
        run_bare(body, cores=3)
