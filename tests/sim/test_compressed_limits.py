"""What programs with compressed instructions may do: hardware loops, traps, jumps, and faults."""

import pytest

from nmc.backend.asm.emission import assemble
from nmc.elf import EF_RISCV_RVC
from nmc.errors import ProgramFault
from nmc.sim import Simulator
from nmc.targets import load_target
from tests.sim.bare import bare_program, run_bare
from tests.sim.measure import measure


def test_hardware_loops() -> None:
    run = run_bare(
        """
        c.li s0, 0
        c.li s1, 10
        .balign 4
        lp.setup x0, s1, .Llast
        addi s0, s0, 1
        addi s4, s4, 2
    .Llast:
        addi s5, s5, 3
        c.nop
        csrr s6, lpcount0
        .balign 4
        lp.starti x1, .Lfirst
        lp.endi x1, .Lend
        lp.counti x1, 5
    .Lfirst:
        addi s0, s0, 100
        nop
    .Lend:
        addi s0, s0, 1000
        c.nop
        """,
    )
    assert run.register(0, "s0") == 10 + 5 * 1100
    assert run.register(0, "s6") == 1
    loop = ".balign 4\nlp.setup x0, s4, .Lz\nnop\nnop\n.Lz: nop"
    assert measure(loop + "\nc.nop", "li s4, 100")[0] == 1 + 300 + 1


def test_loop_registers() -> None:
    run = run_bare(
        """
        la s4, .Lfirst
        la s5, .Llast
        csrw lpstart0, s4
        csrw lpend0, s5
        li s6, 7
        csrw lpcount0, s6
        c.nop
        .balign 4
    .Lfirst:
        addi s0, s0, 1
        nop
    .Llast:
        addi s1, s1, 2
        c.nop
        csrr s7, lpstart0
        csrr s8, lpend0
        """,
    )
    assert run.register(0, "s0") & 0xFF == 7
    assert run.register(0, "s7") == run.register(0, "s4")
    assert run.register(0, "s8") == run.register(0, "s5")


BAD_LOOPS = {
    "compressed in the body": "lp.setup x0, s4, .Lz\nnop\nc.nop\nc.nop\n.Lz: nop",
    "compressed at the end": "lp.setup x0, s4, .Lz\nnop\nnop\n.Lz: c.nop\nc.nop",
    "not at a word boundary": "c.nop\nlp.setup x0, s4, .Lz\nnop\nnop\n.Lz: nop",
    "end not at a word boundary": "lp.setup x0, s4, .Lz\nnop\nnop\nc.nop\n.Lz: nop",
    "set apart": "lp.starti x0, .Ls\nlp.endi x0, .Lz\n.Ls: nop\nc.nop\nc.nop\n.Lz: nop",
}


@pytest.mark.parametrize("name", BAD_LOOPS)
def test_loops_the_hardware_cannot_run(name: str) -> None:
    with pytest.raises(ProgramFault, match=r"lp\..*hardware loop whose body .* not word aligned"):
        run_bare(f"li s4, 5\nc.nop\nc.nop\n.balign 4\n{BAD_LOOPS[name]}")


def test_a_loop_does_not_end_at_a_compressed_instruction() -> None:
    run = run_bare(
        """
        li a2, 0
        la s5, .Ls
        csrw lpstart0, s5
        la s5, .Lz
        csrw lpend0, s5
        csrwi lpcount0, 5
        .balign 4
    .Ls: addi a2, a2, 1
        nop
    .Lz: c.nop
        c.nop
        csrr a3, lpcount0
        """
    )
    assert run.register(0, "a2") == 1
    assert run.register(0, "a3") == 5


def test_a_loop_does_not_begin_at_a_compressed_instruction() -> None:
    with pytest.raises(ProgramFault, match="hardware loop whose body"):
        run_bare(
            """
            la s5, .Ls
            csrw lpstart0, s5
            la s5, .Lz
            csrw lpend0, s5
            csrwi lpcount0, 5
            .balign 4
        .Ls: c.nop
            c.nop
            nop
        .Lz: nop
            """
        )


@pytest.mark.parametrize("code", ["0x0000", "0x2000", "0x9c41", "0x8002", "0x4002", "0x6101"])
@pytest.mark.parametrize("padding", ["", "c.nop"])
def test_illegal_codes(code: str, padding: str) -> None:
    words = rf"core 0 at 0x1c00\w+ \(\.half {code}\), in main, program.s:\d+: illegal instruction"
    with pytest.raises(ProgramFault, match=words):
        run_bare(f"c.nop\nc.nop\n{padding}\n.half {code}\nc.nop")


def test_long_codes_astride_a_word_are_reported_where_they_begin() -> None:
    with pytest.raises(ProgramFault, match=r"at 0x1c00\w+[26ae] \(lw a2, 0\(zero\)\)"):
        run_bare("c.nop\n.balign 4\nc.nop\nlw a2, 0(x0)")
    with pytest.raises(
        ProgramFault, match=r"\(\.word 0xffffffff\), in main, program.s:\d+: illegal"
    ):
        run_bare("c.nop\n.balign 4\nc.nop\n.half 0xffff\n.half 0xffff")


def test_without_the_files_flag_they_are_illegal() -> None:
    elf, target = bare_program("c.nop\nc.nop")
    plain = bytearray(elf)
    assert plain[36] == EF_RISCV_RVC
    plain[36] = 0
    with pytest.raises(ProgramFault, match="illegal instruction"):
        Simulator(bytes(plain), target).run()
    assert Simulator(elf, target).run().exit_code == 0


def test_jumps_out_of_the_code() -> None:
    with pytest.raises(ProgramFault, match="jump to 0x1c020002, which is not in the code"):
        run_bare("c.nop\nlui a1, 0x1c020\njalr x0, 2(a1)")
    for jump in ("beq x0, x0, -4096", "p.beqimm x0, 0, -4096", "jal x0, -65536"):
        with pytest.raises(ProgramFault, match=r"jump to 0x1bff\w+, which is not in the code"):
            run_bare(f"c.nop\n{jump}")
    assert run_bare("bne x0, x0, -4096\nc.li s4, 3").register(0, "s4") == 3
    text = """
    .section .boot, "ax", @progbits
    .globl _start
    _start:
        c.nop
        li a1, 0x10200000
        li a2, 0x1c000001
        c.sw a2, 0x40(a1)
        c.li a2, 1
        c.sw a2, 8(a1)
    """
    with pytest.raises(ProgramFault, match="boot address 0x1c000001 is not in the code"):
        Simulator(assemble(text, load_target()), load_target()).run()


def test_traps() -> None:
    """mepc is the address of the code that trapped; the handler may lie astride a word."""
    run = run_bare(
        """
        la s4, .Lhandler
        csrw mtvec, s4
        c.nop
        .balign 4
        c.nop
    .Lhere:
        c.ebreak
        li s7, 42
        c.j .Lend
        .balign 4
    .Lhandler:
        csrr s5, mepc
        c.addi s5, 2
        csrw mepc, s5
        csrr s6, mcause
        mret
    .Lend:
        c.nop
        la s8, .Lhere
        """,
    )
    assert run.register(0, "s5") == run.register(0, "s8") + 2
    assert (run.register(0, "s6"), run.register(0, "s7")) == (3, 42)
