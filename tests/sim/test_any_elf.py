"""Programs as other toolchains lay them out: where code, data and contents of L1 may be."""

import struct
from collections.abc import Callable

import pytest

from nmc.backend.asm.image import section_bases
from nmc.backend.asm.layout import lay_out
from nmc.backend.asm.linking import link
from nmc.backend.asm.parser import parse_assembly
from nmc.elf import read_elf, write_elf
from nmc.errors import NmcError, ProgramFault
from nmc.sim import Simulator
from nmc.targets import load_target
from tests.sim.equality import assert_same_run

TARGET = load_target("pulp-open")
HEADER, SEGMENT = 52, 32
P_TYPE, P_OFFSET, P_VADDR, P_PADDR, P_FILESZ, P_MEMSZ, P_FLAGS = range(0, 28, 4)
E_ENTRY, E_SHOFF, E_SHNUM = 24, 32, 48

# Adds up the words at `numbers`, writes the sum behind them, and ends with it.
TEXT = """
.equ __base.more, {more:#x}
.equ __base.data.l2, {data:#x}
.section .boot, "ax", @progbits
.globl _start
_start:
    la a1, numbers
    lw a2, 0(a1)
    lw a3, 4(a1)
    add a2, a2, a3
    sw a2, 8(a1)
    la t0, finish
    jr t0
.section .more, "ax", @progbits
finish:
    lw a2, 8(a1)
    li a3, 0x80000000
    or a2, a2, a3
    li a1, 0x1A1040A0
    sw a2, 0(a1)
.section .data.l2, "aw", @progbits
numbers: .word 30, 12, 0, 0
"""


def program(text: str = TEXT, data: int = 0x1C00_0100, more: int = 0x1C00_0200) -> bytearray:
    """The ELF file, in the order of addresses one segment for each section."""
    parsed = parse_assembly(text.format(data=data, more=more), "program")
    layout = lay_out(parsed)
    linked = link(layout, section_bases(layout, TARGET))
    return bytearray(write_elf(linked.sections, [], linked.symbols["_start"].value))


def patch(elf: bytearray, segment: int, field: int, value: int) -> None:
    """Writes a field of a program header."""
    struct.pack_into("<I", elf, HEADER + SEGMENT * segment + field, value)


def read(elf: bytearray, segment: int, field: int) -> int:
    """A field of a program header."""
    return struct.unpack_from("<I", elf, HEADER + SEGMENT * segment + field)[0]


def run(elf: bytes | bytearray) -> int:
    """The program's status, the same on both engines."""
    image = read_elf(bytes(elf))
    return assert_same_run(Simulator(image, TARGET), image, TARGET, {}, 100_000).exit_code


def one_segment(elf: bytearray) -> None:
    """Makes one segment, to be read, written and executed, of all three."""
    size = read(elf, 2, P_PADDR) + read(elf, 2, P_FILESZ) - read(elf, 0, P_PADDR)
    # In the file the sections lie closer to each other than in memory.
    content = bytearray(size)
    for i in range(3):
        place = read(elf, i, P_PADDR) - read(elf, 0, P_PADDR)
        part = elf[read(elf, i, P_OFFSET) :][: read(elf, i, P_FILESZ)]
        content[place : place + len(part)] = part
    offset = (len(elf) + 15) & ~15
    elf += bytes(offset - len(elf)) + content
    patch(elf, 0, P_OFFSET, offset)
    patch(elf, 0, P_FILESZ, size)
    patch(elf, 0, P_MEMSZ, size)
    patch(elf, 0, P_FLAGS, 7)
    for i in (1, 2):
        patch(elf, i, P_TYPE, 0)


def test_segments_of_their_own() -> None:
    assert run(program()) == 42


def test_data_between_code_can_be_written() -> None:
    elf = program()
    one_segment(elf)
    assert len(read_elf(bytes(elf)).segments) == 1
    assert run(elf) == 42


def test_code_in_such_a_segment_cannot() -> None:
    elf = program(TEXT.replace("sw a2, 8(a1)", "la a4, finish\nsw a2, 0(a4)"))
    one_segment(elf)
    with pytest.raises(ProgramFault, match="write to code at 0x1c000200"):
        run(elf)


def test_without_sections_the_whole_segment_is_code() -> None:
    elf = program()
    one_segment(elf)
    struct.pack_into("<I", elf, E_SHOFF, 0)
    struct.pack_into("<HH", elf, E_SHNUM, 0, 0)
    with pytest.raises(ProgramFault, match="write to code at 0x1c000108"):
        run(elf)


def test_data_is_not_executed() -> None:
    elf = program(TEXT.replace("la t0, finish", "la t0, numbers"))
    with pytest.raises(ProgramFault, match=r"at 0x1c000100 .*illegal instruction"):
        run(elf)


def test_segments_are_loaded_at_their_physical_addresses() -> None:
    elf = program(TEXT.replace("la a1, numbers", "li a1, 0x1c00a000"))
    patch(elf, 1, P_PADDR, 0x1C00_A000)
    assert run(elf) == 42


def test_code_that_moves_is_refused() -> None:
    elf = program()
    patch(elf, 0, P_VADDR, 0x1C00_8000)
    with pytest.raises(NmcError, match="the code at 0x1c000000 is linked for 0x1c008000"):
        run(elf)


def test_contents_of_l1_are_loaded_at_every_start() -> None:
    simulator = Simulator(bytes(program(data=0x1000_0040)), TARGET)
    for _ in range(2):
        assert simulator.run().exit_code == 42
        assert simulator.read(0x1000_0048, 4) == (42).to_bytes(4, "little")
    assert run(program(data=0x1000_0040)) == 42


def moved(address: int) -> Callable[[bytearray], None]:
    """Moves the data."""

    def change(elf: bytearray) -> None:
        patch(elf, 1, P_PADDR, address)

    return change


def grown(elf: bytearray) -> None:
    """Lets the data end behind L2."""
    patch(elf, 1, P_MEMSZ, 2 << 20)


def no_code(elf: bytearray) -> None:
    """Nothing is executable."""
    for i in (0, 2):
        patch(elf, i, P_FLAGS, 6)


def entered(address: int) -> Callable[[bytearray], None]:
    """Begins elsewhere."""

    def change(elf: bytearray) -> None:
        struct.pack_into("<I", elf, E_ENTRY, address)

    return change


def code_in_l1(elf: bytearray) -> None:
    """The second piece of code is in L1."""
    for field in (P_PADDR, P_VADDR):
        patch(elf, 2, field, 0x1000_0000)


REFUSED = {
    "data in no memory": (moved(0x2000_0000), "16 bytes at 0x20000000 does not lie in a memory"),
    "data across the end of L1": (moved(0x1000_FFF8), "at 0x1000fff8 does not lie in a memory"),
    "more than L2 holds": (grown, "segment of 2097152 bytes at 0x1c000100 does not lie in"),
    "nothing to execute": (no_code, "the program has no executable segment"),
    "entry outside the code": (entered(0x1C00_0300), "entry 0x1c000300 is not in its code"),
    "entry between instructions": (entered(0x1C00_0002), "entry 0x1c000002 is not in its code"),
    "code in L1": (code_in_l1, "the code at 0x10000000 is not in L2 of target pulp-open"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    change, words = REFUSED[name]
    elf = program()
    change(elf)
    with pytest.raises(NmcError, match=words) as error:
        Simulator(bytes(elf), TARGET)
    assert "\n" not in str(error.value)
    assert error.value.exit_code == 2
