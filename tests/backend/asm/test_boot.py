"""The start-up code, executed: every core runs the program on its own stack, core 0 ends it."""

import pytest

from nmc.backend.asm.boot import Stacks, boot_program, default_stacks
from nmc.backend.asm.image import build_image
from nmc.backend.asm.parser import parse_assembly
from nmc.elf import read_elf
from nmc.errors import NmcError
from nmc.sim import Simulator
from nmc.targets import Target, load_target, with_overrides

# Core i waits the longer the greater i, then writes its number and stack pointer to L2 + 8 * i.
MAIN = """
.text
.type main, @function
main:
    csrr a0, mhartid
    andi a0, a0, 31
    slli a1, a0, 5
.Lwait:
    addi a1, a1, -1
    bgez a1, .Lwait
    li a2, {base:#x}
    slli a3, a0, 3
    add a2, a2, a3
    sw a0, 0(a2)
    sw sp, 4(a2)
    ret
.size main, .-main
.equ __base.bss.l2, {base:#x}
.section .bss.l2, "aw", @nobits
.zero 256
"""
BASE = 0x1C010000


def image(target: Target, stacks: Stacks, text: str = MAIN) -> bytes:
    program = boot_program(target, stacks)
    program.extend(parse_assembly(text.format(base=BASE), "main.s"))
    return build_image(program, target)


@pytest.mark.parametrize("cores", [1, 3, 8, 16])
def test_every_core_runs_and_core_0_ends(cores: int) -> None:
    target = with_overrides(load_target("pulp-open"), cores=cores)
    stacks = Stacks(target.l1.end - 64, 256)
    simulator = Simulator(read_elf(image(target, stacks)), target)
    result = simulator.run(max_cycles=100_000)
    assert result.exit_code == 0
    words = [int.from_bytes(simulator.read(BASE + 4 * i, 4), "little") for i in range(2 * cores)]
    assert words[::2] == list(range(cores))
    assert words[1::2] == [stacks.top - 256 * core for core in range(cores)]


def test_default_stacks() -> None:
    target = load_target("vega")
    assert default_stacks(target) == Stacks(0x10020000, target.stack_bytes)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("main:", "other:", "undefined symbol 'main'"),
        ("__base.bss.l2, {base:#x}", "__base.bss.l2, 0x1c000010", r"\.boot .* overlaps \.bss\.l2"),
        ("__base.bss.l2, {base:#x}", "__base.bss.l2, 0x20000000", r"\.bss\.l2 .* in no memory"),
        (
            ".text",
            ".text\n.zero 0x20000",
            r"\.text .* overlaps \.bss\.l2 .*l2\.code_bytes reserves",
        ),
    ],
)
def test_refused_images(old: str, new: str, message: str) -> None:
    target = load_target("vega")
    with pytest.raises(NmcError, match=message):
        image(target, default_stacks(target), MAIN.replace(old, new))
