"""What the machine does not allow, for programs that end with a fault."""

from tests.sim.random_programs.writer import CORE, DMA, EVENTS, L3, SCRATCH, Writer


def fault(w: Writer) -> None:
    """A few instructions that end in a fault, or nearly."""
    here, jump = w.label("here"), w.label("jump")
    l1, l2 = w.target.l1, w.target.l2
    lines = w.rng.choice(
        (
            [".word 0xffffffff"],
            ["lw t0, 0(x0)"],
            [f"li t0, {l1.end - 2:#x}", "lw t1, 0(t0)"],
            [f"li t0, {l2.end - 1:#x}", "sh t1, 0(t0)"],
            [f"li t0, {w.target.l3.base:#x}", "lw t1, 0(t0)"],
            [f"la t0, {here}", "sb x0, 0(t0)"],
            [f"la t0, {here}", "jalr x0, 2(t0)"],
            ["jr x0"],
            ["csrr t0, 0x123"],
            ["csrw mcycle, t0"],
            ["csrw mtvec, x0", "ecall"],
            [f"sw x0, 0x2fc({EVENTS})", f"lw t0, 0x24({EVENTS})"],
            [f"lw t0, 2({EVENTS})"],
            [f"xdecimate.m4 t0, {EVENTS}, t0"],
            ["li t0, 5", "lp.count x0, t0", f"lp.starti x0, {here}", f"lp.endi x0, {here}", "nop"],
            [f"lp.setup x0, t0, {here}"],
            [f"lp.setup x0, t0, {jump}", "nop", "nop", f"{jump}:", f"j {here}"],
            [f"la t0, {here}", "csrw lpstart1, t0", "csrw lpend1, t0", "csrwi lpcount1, 3"],
            ["csrwi lpstart0, 6", f"la t0, {here}", "csrw lpend0, t0", "csrwi lpcount0, 2"],
            dma(w, 0, l1.base, l2.base),
            dma(w, 64, l1.end - 32, l2.base),
            dma(w, 64 | 1 << 17, l1.base, l2.end - 32),
            dma(w, 64, l1.base, l2.base),
            [f"li t0, {l2.base:#x}", f"sw t0, 4({L3})", "li t0, 8", f"sw t0, 8({L3})"],
            [f"sw x0, 8({L3})"],
            [f"li {CORE}, 0", f"p.elw t0, 0x3c({EVENTS})"],
            [f"la {SCRATCH}, {here}", f"addi {SCRATCH}, {SCRATCH}, 4", f"jr {SCRATCH}"],
        )
    )
    w.put(*lines, f"{here}:", "nop")


def dma(w: Writer, flags: int, l1: int, l2: int) -> list[str]:
    """A command."""
    lines = [f"lw t0, 0({DMA})"]
    for word in (flags, l1, l2):
        lines += [f"li t0, {word:#x}", f"sw t0, 0({DMA})"]
    return lines
