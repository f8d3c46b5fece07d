"""Who is first among accesses of one cycle: the core with the lower number."""

from tests.sim.bare import BareRun, run_bare


def load_late(cycles: int) -> BareRun:
    """Core 0 loads from L2 twice on end, core 1 once, `cycles` after both have set out.

    s9 - s8 is what the loads take. The first of two rounds warms the instruction cache.
    """
    wait = "nop\n" * cycles
    return run_bare(
        f"""
            lui a2, 0x1c020
            li t3, 0x10204000
            li s10, 2
            beqz a0, .Lzero
        .Lone:
            p.elw a1, 0x21c(t3)
            csrr s8, mcycle
            {wait}
            nop
            lw a3, 0(a2)
            csrr s9, mcycle
            addi s10, s10, -1
            bnez s10, .Lone
            j .Lend
        .Lzero:
            p.elw a1, 0x21c(t3)
            csrr s8, mcycle
            nop
            lw a3, 0(a2)
            lw a3, 0(a2)
            csrr s9, mcycle
            addi s10, s10, -1
            bnez s10, .Lzero
        .Lend:
            sub s9, s9, s8
            addi s9, s9, -2
        """,
        cores=2,
    )


def test_the_lower_number_is_first_whatever_it_did_before() -> None:
    runs = [load_late(cycles) for cycles in range(20)]
    assert [run.register(0, "s9") for run in runs] == [30] * 20
    # Core 1 meets each of core 0's loads once, and waits a cycle for the port of L2.
    assert [run.register(1, "s9") - cycles for cycles, run in enumerate(runs)] == [
        16 if cycles in (0, 15) else 15 for cycles in range(20)
    ]
