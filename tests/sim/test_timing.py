"""Core timing, row by row of the machine's description. Each case measures a few instructions."""

import pytest

from tests.sim.bare import run_bare
from tests.sim.measure import measure

L1 = "lui a2, 0x10000"
L2 = "lui a2, 0x1c020"
EVENT_UNIT = "li a2, 0x10204000"

CASES = {
    "alu": ("", "add a1, a2, a3\nadd a1, a1, a3", 2),
    "mul": ("", "mul a1, a2, a3\nadd a1, a1, a1", 2),
    "mac": ("", "p.mac a1, a2, a3\np.mac a1, a2, a3", 2),
    "dot": ("", "pv.sdotsp.b a1, a2, a3\npv.sdotsp.b a1, a2, a3", 2),
    "mulh": ("", "mulh a1, a2, a3", 5),
    "mulhu": ("", "mulhu a1, a2, a3\nmulhsu a1, a2, a3", 10),
    "divide by zero": ("li a3, 0", "div a1, a2, a3", 35),
    "divide by one": ("li a3, 1", "divu a1, a2, a3", 34),
    "divide by minus one": ("li a3, -1", "div a1, a2, a3", 34),
    "divide by the least": ("li a3, -2147483648", "rem a1, a2, a3", 3),
    "divide unsigned by the greatest": ("li a3, -1", "remu a1, a2, a3", 3),
    "load": (L1, "lw a1, 0(a2)\nnop", 2),
    "store": (L1, "sw a1, 0(a2)\nsw a1, 4(a2)", 2),
    "load, use": (L1, "lw a1, 0(a2)\nadd a1, a1, a1", 3),
    "load, use as store data": (L1, "lw a1, 0(a2)\nsw a1, 0(a2)", 3),
    "load, use as accumulator": (L1, "lw a1, 0(a2)\np.mac a1, a3, a3", 3),
    "load, use in a branch": (L1, "lw a1, 0(a2)\nbne a1, a1, .Lx\n.Lx:", 3),
    "load, use later": (L1, "lw a1, 0(a2)\nnop\nadd a1, a1, a1", 3),
    "load, use of the incremented pointer": (L1, "p.lw a1, 4(a2!)\nlw a1, 0(a2)\nnop", 3),
    "misaligned load": (L1, "lw a1, 2(a2)\nnop", 3),
    "misaligned load, use": (L1, "lw a1, 2(a2)\naddi a1, a1, 1", 4),
    "halfword across words": (L1, "lh a1, 3(a2)\nnop", 3),
    "odd halfword inside a word": (L1, "lh a1, 1(a2)\nnop", 2),
    "misaligned store": (L1, "sw a1, 1(a2)\nnop", 3),
    "load from L2": (L2, "lw a1, 0(a2)", 15),
    "store to L2": (L2, "sw a1, 0(a2)", 15),
    "load from L2, use": (L2, "lw a1, 0(a2)\naddi a1, a1, 1", 17),
    "event unit": (EVENT_UNIT, "lw a1, 0(a2)", 1),
    "peripheral": ("li a2, 0x10205000", "lw a1, 0(a2)", 3),
    "branch not taken": ("", "bne x0, x0, .Lx\n.Lx:", 1),
    "branch taken": ("", "beq x0, x0, .Lx\nnop\n.Lx:", 3),
    "branch by immediate": ("li a1, 5", "p.beqimm a1, 5, .Lx\nnop\n.Lx:", 3),
    "jal": ("", "j .Lx\nnop\n.Lx:", 2),
    "jalr": ("la a2, .Lx\nnop", "jr a2\nnop\n.Lx:", 2),
    "jalr after arithmetic": ("la a2, .Lx", "addi a2, a2, 0\njr a2\nnop\n.Lx:", 4),
    "jalr after a load": (
        "la a2, .Lx\nlui a3, 0x10000\nsw a2, 0(a3)",
        "lw a2, 0(a3)\njr a2\nnop\n.Lx:",
        5,
    ),
    "jalr after arithmetic, one between": (
        "la a2, .Lx",
        "addi a2, a2, 0\nnop\njr a2\nnop\n.Lx:",
        4,
    ),
    "read a control register": ("", "csrr a1, mhartid", 1),
    "fence": ("", "fence", 4),
    "hardware loop": ("li a1, 10", "lp.setup x0, a1, .Le\nnop\nnop\n.Le: nop", 31),
    "hardware loop of two": ("li a1, 10", "lp.setup x0, a1, .Le\nnop\n.Le: nop", 21),
    "hardware loop, count zero": ("li a1, 0", "lp.setup x0, a1, .Le\nnop\nnop\n.Le: nop", 4),
    "hardware loop, immediate": ("", "lp.setupi x0, 7, .Le\nnop\nnop\n.Le: nop", 22),
    "hardware loop, piecewise": (
        "li a1, 4",
        "lp.starti x1, .Ls\nlp.endi x1, .Le\nlp.count x1, a1\n.Ls: nop\nnop\n.Le: nop",
        15,
    ),
    "nested hardware loops": (
        "li a1, 5",
        "lp.setup x1, a1, .Lo\nlp.setup x0, a1, .Le\nnop\nnop\n.Le: nop\nnop\n.Lo: nop",
        1 + 5 * (1 + 15 + 2),
    ),
    "load at a loop's end, used at its start": (
        L1 + "\nli a1, 10",
        "lp.setup x0, a1, .Le\nadd a4, a3, a3\nnop\n.Le: lw a3, 0(a2)\nnop",
        1 + 30 + 9 + 1,
    ),
    "load at a loop's end, used behind it": (
        L1 + "\nli a1, 10",
        "lp.setup x0, a1, .Le\nnop\nnop\n.Le: lw a3, 0(a2)\nadd a4, a3, a3",
        1 + 30 + 1 + 1,
    ),
    "barrier": (EVENT_UNIT, "p.elw a1, 0x21c(a2)", 5),
    "barrier, use": (EVENT_UNIT, "p.elw a1, 0x21c(a2)\nadd a1, a1, a1", 7),
}


@pytest.mark.parametrize("name", CASES)
def test_cycles(name: str) -> None:
    setup, code, cycles = CASES[name]
    assert measure(code, setup)[0] == cycles


def test_every_cycle_has_a_reason() -> None:
    body = """
        lui a1, 0x10000
        li a2, 50
    .Lagain:
        lw a3, 0(a1)
        addi a3, a3, 1
        sw a3, 2(a1)
        mulh a4, a3, a3
        lui a5, 0x1c020
        lw a5, 0(a5)
        addi a2, a2, -1
        bnez a2, .Lagain
    """
    result = run_bare(body).result
    core = result.cores[0]
    assert result.cycles == core.instructions + sum(core.stalls.values())
    assert core.stalls["load_use"] == 50
    assert core.stalls["misaligned"] == 50
    assert core.stalls["multicycle"] == 200
    assert core.stalls["l2"] == 50 * 14
    assert result.mips > 0


def test_loop_registers_are_control_registers() -> None:
    run = run_bare(
        """
        li a1, 6
        lp.setup x1, a1, .Le
        addi a2, a2, 1
        csrr a3, lpcount1
        csrr a4, lpstart1
    .Le: csrr a5, lpend1
        csrr a6, lpcount1
        """
    )
    assert run.register(0, "a3") == 1
    assert run.register(0, "a5") - run.register(0, "a4") == 12
    assert run.register(0, "a6") == 1


def test_loop_set_up_through_control_registers() -> None:
    run = run_bare(
        """
        li a2, 0
        la a1, .Ls
        csrw lpstart0, a1
        la a1, .Le
        csrw lpend0, a1
        li a1, 9
        csrw lpcount0, a1
    .Ls: addi a2, a2, 1
        nop
    .Le: addi a2, a2, 2
        """
    )
    assert run.register(0, "a2") == 27


def test_loop_registers_hold_any_address() -> None:
    """They are 0 at first, and where no loop goes round nobody minds what they hold."""
    run = run_bare(
        """
        csrr a1, lpstart0
        csrr a2, lpend1
        li a3, 0x12345677
        csrw lpstart1, a3
        csrrw a3, lpend1, a3
        csrr a4, lpstart1
        csrr a5, lpend1
        """
    )
    registers = [run.register(0, f"a{i}") for i in range(1, 6)]
    assert registers == [0, 0, 0, 0x1234_5677, 0x1234_5677]
