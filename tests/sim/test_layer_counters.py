"""What each core has done when core 0 enters a layer, on both engines.

The other cores are in the midst of their own work then: each program enters a layer 31 times, every
time a cycle later with respect to them, so that every point of that work is met.
"""

import json

import pytest

from nmc.sim import Simulator
from nmc.targets import Target
from tests.sim.bare import bare_program
from tests.sim.equality import assert_same_run

CORES = 4
ENTRIES = 31
NOP = "nop\n"

LAYER = """
.text
.balign 16
.type layer, @function
layer:
    addi s3, s3, 1
    ret
.size layer, .-layer
.type handler, @function
handler:
    csrw mscratch, a5
    csrr a5, mepc
    addi a5, a5, 4
    csrw mepc, a5
    csrr a5, mscratch
    mret
.size handler, .-handler
.type function, @function
function:
    addi a4, a4, 1
    ret
.size function, .-function
"""

BODY = f"""
    mv s11, ra
    la a1, handler
    csrw mtvec, a1
    li s0, 0x10001000
    slli a1, a0, 8
    add s1, s0, a1
    li s2, 0x1c020000
    li s4, 0x10204000
    li s5, 0x10204400
    li s9, {ENTRIES}
    li s8, 0
    li a3, 7
    li a4, -5
.Lagain:
    p.elw a1, 0x21c(s4)
    bnez a0, .Lothers
    la a1, .Lcall
    slli a2, s8, 2
    sub a1, a1, a2
    jr a1
    {NOP * ENTRIES}
.Lcall:
    call layer
    li a1, 80
.Llater:
    addi a1, a1, -1
    bnez a1, .Llater
    # Wakes whoever sleeps.
    sw x0, 0x100(s4)
    j .Lnext
.Lothers:
    la a1, .Lwork
    slli a2, a0, 2
    sub a1, a1, a2
    jr a1
    {NOP * CORES}
.Lwork:
    @WORK@
.Lnext:
    addi s8, s8, 1
    blt s8, s9, .Lagain
    mv ra, s11
"""

REPEAT = """
    li a2, 5
.Lwork_again:
    @STEP@
    addi a2, a2, -1
    bnez a2, .Lwork_again
"""

STEPS = {
    "arithmetic": "add a5, a3, a4; xor a6, a5, a3; mul a7, a5, a6",
    "branches": "beq a3, a3, .La; nop; .La:; bne a3, a3, .Lb; j .Lb; nop; .Lb:; nop",
    "mulh": "mulh a5, a3, a4; add a6, a5, a4; mulhu a7, a5, a6",
    "div": "div a5, a4, a3; remu a6, a4, a3; add a7, a5, a6",
    "calls": "call function; la a5, function; jalr a5; nop",
    "L1 loads": "lw a5, 0(s1); add a6, a5, a5; lw a5, 4(s1); lw a7, 8(s1); lbu a6, 0(s1)",
    "a bank": "lw a5, 0(s0); lw a6, 0(s0); add a7, a6, a6; sw a7, 64(s0)",
    "stores to loaded": "lw a5, 0(s0); add a5, a5, a0; sw a5, 0(s0); nop; nop; lw a6, 4(s0); nop",
    "misaligned": "lw a5, 2(s1); add a5, a5, a5; sw a5, 3(s1); nop; lw a6, 5(s0)",
    "L2": "lw a5, 0(s2); add a6, a5, a5; sw a6, 64(s2); nop",
    "jump by loaded": "la a5, function; sw a5, 0(s1); lw a5, 0(s1); jalr a5; nop",
    "loop": "lp.setupi x0, 4, .La; lw a5, 0(s1); not a6, a5; .La:; lw a5, 4(s1); add a7, a5, a5",
    "loops": (
        "lp.setupi x1, 2, .Lb; nop; lp.setupi x0, 3, .La; nop; .La:; add a5, a5, a3; nop; .Lb:;"
        "div a6, a4, a3"
    ),
    "control registers": "csrr a5, mcycle; add a6, a5, a5; csrw mscratch, a6; fence",
    "traps": "ecall; nop; ebreak",
    "registers": "lw a5, 0(s4); add a6, a5, a5; lw a5, 4(s5); add a6, a5, a5",
    "dot products": "pv.sdotsp.b a5, a3, a4;" * 7 + "add a6, a5, a5",
}
"""What the other cores do, a few times on end."""

WORKS = {
    **{name: REPEAT.replace("@STEP@", step.replace(";", "\n")) for name, step in STEPS.items()},
    "cache misses": "\n".join(f"addi a5, a5, {i}" for i in range(300)),
    "sleep": """
    li a5, 1
    sw a5, 0(s4)
    p.elw a6, 0x3c(s4)
    add a7, a6, a6
    li a5, 0x10000
    sw a5, 0(s4)
    """,
    "light sleep": """
    li a5, 1
    sw a5, 0(s4)
    wfi
    sw a5, 0x28(s4)
    li a5, 0x10000
    sw a5, 0(s4)
    """,
    "dma": """
    li a5, 0x100
    sw a5, 0(s4)
    lw a5, 0(s5)
    li a6, 0x160040
    sw a6, 0(s5)
    sw s1, 0(s5)
    sw s2, 0(s5)
    nop
    p.elw a7, 0x3c(s4)
    li a6, 1
    sll a6, a6, a5
    sw a6, 4(s5)
    li a5, 0x10000
    sw a5, 0(s4)
    """,
}


def program(work: str, icache: bool) -> tuple[bytes, Target]:
    note = json.dumps({"layers": [{"name": "layer", "symbol": "layer"}]}).replace('"', '\\"')
    data = LAYER + f'.section .nmc.meta, ""\n.ascii "{note}"\n'
    body = BODY.replace("@WORK@", work)
    return bare_program(body, cores=CORES, data=data, icache=icache)


@pytest.mark.parametrize("icache", [True, False], ids=["cache", "no-cache"])
@pytest.mark.parametrize("work", WORKS)
def test_both_engines_count_alike(work: str, icache: bool) -> None:
    elf, target = program(WORKS[work], icache)
    result = assert_same_run(Simulator(elf, target), elf, target, {}, 1_000_000)
    assert len(result.layers) == ENTRIES
