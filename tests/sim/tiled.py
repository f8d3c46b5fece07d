"""A program with two layers: tiles brought by the DMA, and a transfer from L3."""

import json

from nmc.elf import ElfImage, read_elf
from nmc.sim import SimResult, Simulator
from nmc.targets import Target
from tests.sim.bare import bare_program

TILES = 3
TILE_BYTES = 512
L3_BYTES = 600

CALLS = """
    mv s11, ra
    call first
    call second
    mv ra, s11
"""

LAYERS = f"""
.text
.type first, @function
first:
    mv s10, ra
    li s0, {TILES}
.Ltile:
    bnez a0, .Lbrought
    li a3, 0x10204400
    lw s7, 0(a3)
    li a4, {TILE_BYTES | 1 << 17 | 1 << 18:#x}
    sw a4, 0(a3)
    li a4, 0x10000000
    sw a4, 0(a3)
    li a4, 0x1c020000
    sw a4, 0(a3)
.Lpoll:
    lw a4, 4(a3)
    bnez a4, .Lpoll
    li a4, -1
    sw a4, 4(a3)
.Lbrought:
    li t0, 0x10204000
    p.elw t1, 0x21c(t0)
    call kernel
    addi s0, s0, -1
    bnez s0, .Ltile
    mv ra, s10
    ret
.size first, .-first

.type second, @function
second:
    bnez a0, .Lrest2
    li a3, 0x10204000
    li a4, 0x10200
    sw a4, 0(a3)
    li a3, 0x10205000
    sw zero, 0(a3)
    li a4, 0x1c030000
    sw a4, 4(a3)
    li a4, {L3_BYTES}
    sw a4, 8(a3)
    li a3, 0x10204000
    p.elw a4, 0x3c(a3)
.Lrest2:
    li t0, 0x10204000
    p.elw t1, 0x21c(t0)
    ret
.size second, .-second

.type kernel, @function
kernel:
    li a4, 0x10000000
    li a5, 20
    lp.setup x0, a5, .Lkernel
    lw a6, 0(a4)
    add a7, a7, a6
.Lkernel:
    mul a7, a7, a7
    mulh a7, a7, a7
    ret
.size kernel, .-kernel
"""


def tiled_program(cores: int = 2) -> tuple[ElfImage, Target]:
    """The program and the machine it is for."""
    note = json.dumps(
        {"layers": [{"name": "one", "symbol": "first"}, {"name": "two", "symbol": "second"}]}
    ).replace('"', '\\"')
    data = LAYERS + f'.section .nmc.meta, ""\n.ascii "{note}"\n'
    elf, target = bare_program(CALLS, cores=cores, data=data)
    return read_elf(elf), target


def run_tiled(cores: int = 2, profile: bool = True) -> SimResult:
    """A run of it."""
    image, target = tiled_program(cores)
    return Simulator(image, target, profile=profile).run(100_000)
