"""Data races between cores: planted ones are found, orderly programs are left alone."""

import re

import pytest

from nmc.backend.asm.emission import assemble
from nmc.sim import Simulator
from nmc.targets import load_target, with_overrides
from tests.sim.sanitized import BARRIER, kinds, on, sanitized

ADDRESS = "li a1, 0x10000000\n"


RACES = {
    "two writes": (on(0, "sw a0, 0(a1)") + on(1, "sw a0, 0(a1)"), "writes", "has written"),
    "read after write": (
        on(0, "sw a0, 0(a1)") + on(1, "nop\n" * 20 + "lw a2, 0(a1)"),
        "reads",
        "has written",
    ),
    "write after read": (
        on(0, "sw a0, 0(a1)")
        + BARRIER
        + on(0, "lw a2, 0(a1)")
        + on(1, "nop\n" * 20 + "sw a0, 0(a1)"),
        "writes",
        "has read",
    ),
    "a byte of a word": (
        on(0, "sw a0, 0(a1)") + on(1, "nop\n" * 20 + "sb a0, 3(a1)"),
        "writes",
        "has written",
    ),
    "across words": (
        on(0, "sw a0, 0(a1)\nsw a0, 4(a1)") + on(1, "nop\n" * 20 + "lhu a2, 3(a1)"),
        "reads",
        "has written",
    ),
    "one that came after the barrier": (
        on(0, "sw a0, 0(a1)")
        + BARRIER
        + on(0, "sw a0, 0(a1)")
        + on(1, "nop\n" * 20 + "lb a2, 1(a1)"),
        "reads",
        "has written",
    ),
    "a barrier that is not for all": (
        on(0, "sw a0, 0(a1)")
        + """
        li t0, 0x10204000
        li t1, 1
        sw t1, 0x220(t0)
        sw t1, 0x22c(t0)
        """
        + on(0, "li t0, 0x10204000\np.elw t0, 0x23c(t0)")
        + on(1, "nop\n" * 40 + "lw a2, 0(a1)"),
        "reads",
        "has written",
    ),
    "an event nobody waits for": (
        on(0, "sw a0, 0(a1)\nli t0, 0x10204000\nli t1, 2\nsw t1, 0x100(t0)")
        + on(1, "nop\n" * 40 + "lw a2, 0(a1)"),
        "reads",
        "has written",
    ),
}


@pytest.mark.parametrize("name", RACES)
def test_races(name: str) -> None:
    body, does, did = RACES[name]
    (found,) = sanitized(ADDRESS + body, cores=2)
    assert found.kind == "race"
    assert re.fullmatch(
        r"race: core 1 at 0x1c0[0-9a-f]{5} \([a-z]+ a., \d\(a1\)\), in main, program.s:\d+, "
        rf"called from core_start, program.s:\d+: {does} \d bytes? at 0x1000000\d, which "
        rf"core 0 {did} at 0x1c0[0-9a-f]{{5}} \([a-z]+ a., 0\(a1\)\), in main, program.s:\d+, "
        r"with no barrier or event between",
        str(found),
    ), str(found)


ORDERLY = {
    "a barrier": on(0, "sw a0, 0(a1)") + BARRIER + "lw a2, 0(a1)" + BARRIER + on(1, "sb a0, 2(a1)"),
    "bytes of one word": "add a2, a1, a0\nsb a0, 0(a2)\nlbu a3, 0(a2)",
    "reads": on(0, "sw a0, 0(a1)") + BARRIER + "lw a2, 0(a1)\nlhu a3, 2(a1)\nlw a4, 0(a1)",
    "a barrier of two": on(2, "lw a2, 64(a1)")
    + on(0, "sw a0, 0(a1)")
    + """
        li t0, 0x10204000
        li t1, 3
        sw t1, 0x220(t0)
        sw t1, 0x22c(t0)
        li t1, 2
        bge a0, t1, .Lothers
        p.elw t0, 0x23c(t0)
        lw a2, 0(a1)
    .Lothers:
    """,
    "an event": """
        li t0, 0x10204000
        li t1, 0x10001
        sw t1, 8(t0)
        bnez a0, .Lwaits
        sw a0, 0(a1)
        li t1, 2
        sw t1, 0x100(t0)
        j .Lend
    .Lwaits:
        li t1, 1
        bne a0, t1, .Lend
        p.elw t1, 0x3c(t0)
        lw a2, 0(a1)
    .Lend:
    """,
    "an event that is polled": """
        li t0, 0x10204000
        bnez a0, .Lpolls
        sw a0, 0(a1)
        li t1, 2
        sw t1, 0x100(t0)
        j .Lend
    .Lpolls:
        li t1, 1
        bne a0, t1, .Lend
    .Lagain:
        lw t1, 0x1c(t0)
        andi t1, t1, 1
        beqz t1, .Lagain
        lw a2, 0(a1)
    .Lend:
    """,
}


@pytest.mark.parametrize("name", ORDERLY)
def test_orderly_programs(name: str) -> None:
    memory = {0x1000_0040: bytes(4)}
    assert sanitized(ADDRESS + ORDERLY[name], cores=3, memory=memory) == ()


def test_a_race_through_a_third_core() -> None:
    """What core 1 learns from core 0 by an event it passes on to core 2."""
    chain = """
        li t0, 0x10204000
        li t1, 0x10001
        sw t1, 8(t0)
        bnez a0, .Lnext
        sw a0, 0(a1)
        li t1, 2
        sw t1, 0x100(t0)
    .Lnext:
        li t1, 1
        bne a0, t1, .Llast
        p.elw t1, 0x3c(t0)
        {passes_on}
    .Llast:
        li t1, 2
        bne a0, t1, .Lend
        {waits}
        lw a2, 0(a1)
    .Lend:
    """
    wait = "p.elw t1, 0x3c(t0)"
    orderly = chain.format(passes_on="li t1, 4\nsw t1, 0x100(t0)", waits=wait)
    assert sanitized(ADDRESS + orderly, cores=3) == ()
    early = chain.format(passes_on="nop", waits="nop\n" * 60)
    assert kinds(sanitized(ADDRESS + early, cores=3)) == ["race"]


def test_once_for_each_pair_of_instructions() -> None:
    loop = """
        li a3, 100
    .Lagain:
        sw a0, 0(a1)
        addi a3, a3, -1
        bnez a3, .Lagain
    """
    (found,) = sanitized(ADDRESS + loop, cores=4)
    assert found.count > 100
    assert str(found).endswith(f"({found.count} times)")


def test_no_more_than_twenty() -> None:
    body = "".join(f"sw a0, {4 * i}(a1)\n" for i in range(40))
    assert len(sanitized(ADDRESS + body, cores=2)) == 20


CONTROLLER = """
.section .boot, "ax", @progbits
.globl _start
_start:
    li a1, 0x10000000
    sw a1, 0(a1)
    la t0, core
    li t1, 0x10200040
    sw t0, 0(t1)
    li t0, 1
    li t1, 0x10200008
    sw t0, 0(t1)
    sw a1, 64(a1)
.Lrest:
    j .Lrest
core:
    li a1, 0x10000000
    lw a2, 0(a1)
    {wait}
    lw a2, 64(a1)
    li t0, 0x1A1040A0
    li t1, 0x80000000
    sw t1, 0(t0)
.Lend:
    j .Lend
"""


def test_cores_know_what_came_before_their_release() -> None:
    target = with_overrides(load_target("vega"), cores=1)
    elf = assemble(CONTROLLER.format(wait="nop\n" * 40), target)
    (found,) = Simulator(elf, target, sanitize=True).run().findings
    assert found.address == 0x1000_0040
    assert "which fabric controller has written" in str(found)
