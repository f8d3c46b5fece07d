"""Bytes nothing has written, and accesses outside what the memory plan allows."""

import pytest

from nmc.sim import Simulator
from tests.sim.bare import bare_program
from tests.sim.sanitized import (
    L1,
    L2,
    buffer,
    kinds,
    sanitized,
    start_dma,
    wait_for_dma,
)

POINTER = f"li a1, {L1:#x}\n"

UNWRITTEN = {
    "a word": ("lw a3, 0(a1)", "reads 4 bytes at 0x10000000 of L1"),
    "one byte of a word": ("sb a0, 0(a1)\nsh a0, 2(a1)\nlw a3, 0(a1)", "reads 4 bytes"),
    "a byte": ("sb a0, 0(a1)\nlbu a3, 1(a1)", "reads 1 byte at 0x10000001"),
    "across words": ("sw a0, 0(a1)\nlhu a3, 3(a1)", "reads 2 bytes at 0x10000003"),
    "a byte that is gathered": (
        "csrw 0x8c0, x0\nli a4, 0\nxdecimate.s.m8 a3, a1, a4",
        "reads 1 byte at 0x10000000",
    ),
    "by the DMA": (
        "sw a0, 0(a1)\n" + start_dma(8, L1, L2, into=False) + wait_for_dma(),
        "reads 4 bytes at 0x10000004",
    ),
}


@pytest.mark.parametrize("name", UNWRITTEN)
def test_uninitialised_reads(name: str) -> None:
    body, what = UNWRITTEN[name]
    (found,) = sanitized(POINTER + body)
    assert found.kind == "uninitialised-read"
    assert ", in main, program.s:" in str(found)
    assert what in str(found)
    assert str(found).endswith("of L1, which nothing has written")


WRITTEN = {
    "by the core": "sb a0, 3(a1)\nlbu a3, 3(a1)\nsw a0, 0(a1)\nlw a3, 0(a1)",
    "by halves": "sh a0, 0(a1)\nsh a0, 2(a1)\nlw a3, 0(a1)",
    "by the DMA": start_dma(10, L1 + 1, L2) + wait_for_dma() + "lw a3, 4(a1)\nlhu a3, 9(a1)",
    "by the host": f"li a1, {L1 + 64:#x}\nlw a3, 0(a1)",
}


@pytest.mark.parametrize("name", WRITTEN)
def test_initialised_reads(name: str) -> None:
    assert sanitized(POINTER + WRITTEN[name], memory={L1 + 64: bytes(4)}) == ()


LAYERS = {"one": "first", "two": "second"}
CODE = """
.text
.type first, @function
first:
    {first}
    ret
.size first, .-first
.type second, @function
second:
    {second}
    ret
.size second, .-second
"""
CALLS = POINTER + "mv s11, ra\ncall first\ncall second\nmv ra, s11\n"
BUFFERS = (
    buffer("a", L1, 32, (0, 0)),
    buffer("b", L1 + 64, 32, (1, 1)),
    buffer("both", L1 + 96, 32, (0, 1)),
    buffer("always", L1 + 128, 32),
    buffer("weights", L2, 64),
)


def planned(first: str = "nop", second: str = "nop", cores: int = 1) -> list[str]:
    """Findings of a program whose layers are these lines, as `kind layer buffer`."""
    found = sanitized(
        CALLS,
        cores=cores,
        buffers=BUFFERS,
        layers=LAYERS,
        data=CODE.format(first=first, second=second),
    )
    return [f"{finding.kind} {finding.layer} {finding.buffer}" for finding in found]


def test_a_layers_own_buffers() -> None:
    own = "sw a0, {0}(a1)\nsw a0, 96(a1)\nsw a0, 128(a1)"
    assert planned(own.format(28), own.format(92)) == []


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("sw a0, 64(a1)", "nop", "outside-plan one b"),
        ("nop", "sw a0, 0(a1)", "outside-plan two a"),
        ("sw a0, 32(a1)", "nop", "outside-plan one None"),
        ("sw a0, 30(a1)", "nop", "outside-plan one a"),
        ("nop", "sb a0, 160(a1)", "outside-plan two None"),
        (start_dma(36, L1, L2) + wait_for_dma(), "nop", "outside-plan one a"),
        (start_dma(16, L1, L2 + 56) + wait_for_dma(), "nop", "outside-plan one weights"),
        ("nop", f"li a2, {L2 + 64:#x}\nlw a3, 0(a2)", "outside-plan two None"),
    ],
)
def test_outside_the_plan(first: str, second: str, expected: str) -> None:
    assert planned(first, second) == [expected]


def test_each_core_is_in_a_layer_of_its_own() -> None:
    """Core 1 is still in the first layer when core 0 has begun the second."""
    first = "beqz a0, .Lquick\n" + "nop\n" * 200 + "sw a0, 4(a1)\n.Lquick:\n"
    assert planned(first, "beqz a0, .Lwrites\nret\n.Lwrites: sw a0, 64(a1)", cores=2) == []


def test_outside_layers() -> None:
    found = sanitized(
        POINTER + "sw a0, 128(a1)\nsw a0, 0(a1)",
        buffers=BUFFERS,
        layers=LAYERS,
        data=CODE.format(first="nop", second="nop"),
    )
    assert kinds(found) == ["outside-plan"]
    assert found[0].address == L1
    assert found[0].layer is None


def test_interleaved_rows_are_read_whole() -> None:
    body = POINTER + "sw a0, 0(a1)\nlw a2, 4(a1)"
    for kind, expected in (("interleaved", []), ("tile", ["uninitialised-read"])):
        assert kinds(sanitized(body, buffers=[buffer("im2col", L1, 32, kind=kind)])) == expected


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("loaded", "lw a3, 0(a1)", ""),
        ("loaded", "sw a3, 0(a1)", "writes 4 bytes"),
        ("loaded", start_dma(32, L1, L2) + wait_for_dma(), ""),
        ("loaded", start_dma(32, L1, L2, into=False) + wait_for_dma(), "a transfer read 32 bytes"),
        ("stored", "sb a3, 31(a1)", ""),
        ("stored", "lbu a3, 31(a1)", "reads 1 byte"),
        ("stored", start_dma(32, L1, L2, into=False) + wait_for_dma(), ""),
        ("stored", start_dma(32, L1, L2) + wait_for_dma(), "a transfer write 32 bytes"),
        ("scratch", "sw a3, 0(a1)\nlw a3, 0(a1)", ""),
        ("scratch", start_dma(32, L1, L2) + wait_for_dma(), "a transfer write 32 bytes"),
        ("passed", start_dma(32, L1, L2, into=False) + wait_for_dma(), ""),
        ("passed", "lw a3, 0(a1)", "reads 4 bytes"),
    ],
)
def test_what_a_buffer_is_for(kind: str, body: str, expected: str) -> None:
    buffers = [buffer("b", L1, 32, kind=kind), buffer("l2", L2, 64)]
    found = sanitized(POINTER + body, buffers=buffers, memory={L1: bytes(32)})
    assert [expected] * bool(expected) == [expected for f in found if expected in str(f)]
    assert kinds(found) == ["outside-plan"] * bool(expected)


STACK = (L1 + 0x2_0000, 512)


@pytest.mark.parametrize(
    ("depth", "store", "expected"),
    [
        (512, "sw a0, 0(sp)", []),
        (516, "sw a0, 4(sp)", []),
        (516, "sw a0, 0(sp)", ["stack-overflow"]),
        (500, "sw a0, -16(sp)", ["stack-overflow"]),
    ],
)
def test_stacks(depth: int, store: str, expected: list[str]) -> None:
    body = f"li a2, {-depth}\nadd sp, sp, a2\n{store}\nsub sp, sp, a2"
    buffers = [buffer("y", L1 + 0x2_0000 - 2048, 1024)]
    found = sanitized(body, cores=2, buffers=buffers, stack=STACK)
    assert kinds(found) == expected
    for finding in found:
        assert "which do not lie in its stack, 0x1001f" in str(finding)
        assert finding.core == "core 0"


def test_a_stack_that_grows_into_a_buffer() -> None:
    buffers = [buffer("y", L1 + 0x2_0000 - 1024, 512)]
    body = "addi sp, sp, -528\nsw a0, 12(sp)\naddi sp, sp, 528"
    (found,) = sanitized(body, buffers=buffers, stack=STACK)
    assert str(found) == (
        "stack-overflow: core 0 at 0x1c0000c4 (sw a0, 12(sp)), in main, program.s:62, called from "
        "core_start, program.s:42, buffer y: touches 4 bytes at 0x1001fdfc, which do not lie in "
        "its stack, 0x1001fe00 to 0x10020000"
    )


def test_a_foreign_stack() -> None:
    body = "addi a1, sp, -512\nsw a0, -4(a1)"
    found = sanitized(body, cores=2, buffers=[buffer("y", L1, 4)], stack=STACK)
    assert kinds(found) == ["outside-plan"]


def test_a_second_run_begins_anew() -> None:
    elf, target = bare_program(POINTER + "lw a3, 0(a1)\nsw a0, 0(a1)")
    simulator = Simulator(elf, target, sanitize=True)
    first, second = simulator.run(), simulator.run()
    assert kinds(first.findings) == ["uninitialised-read"]
    assert first.findings == second.findings
