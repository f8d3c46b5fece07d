"""Buffers that a transfer is filling or draining: planted faults are found, orderly use is not."""

import re

import pytest

from nmc.sim import Finding
from tests.sim.sanitized import (
    BARRIER,
    L1,
    L2,
    free,
    kinds,
    on,
    poll,
    sanitized,
    start_dma,
    wait_for_dma,
)

POINTERS = f"li a1, {L1:#x}\nli a2, {L2:#x}\n"
FILLED = {L1: bytes(256), L1 + 0x1000: bytes(256)}
INTO = start_dma(64, L1, L2)
OUT = start_dma(64, L1, L2, into=False)
INTO_OTHER = start_dma(64, L1 + 0x1000, L2 + 0x1000, keep="s3")
OUT_OTHER = start_dma(64, L1 + 0x1000, L2 + 0x1000, into=False, keep="s3")
LATER = "nop\n" * 100

L3_CHANNEL = 0x1020_5000


def start_l3(size: int, offset: int, l2: int, to_l3: bool = False) -> str:
    """Starts a transfer of the L3 channel."""
    return f"""
        li t0, {L3_CHANNEL:#x}
        li t1, {offset:#x}
        sw t1, 0(t0)
        li t1, {l2:#x}
        sw t1, 4(t0)
        li t1, {size | (to_l3 << 31):#x}
        sw t1, 8(t0)
    """


WAIT_FOR_L3 = f"""
    li t0, {L3_CHANNEL:#x}
.Ll3:
    lw t1, 12(t0)
    bnez t1, .Ll3
"""

FOUND = {
    "read of what is being filled": (INTO + "lw a3, 60(a1)", "reads 4 bytes", "(into L1) writes"),
    "write to what is being filled": (INTO + "sb a3, 9(a1)", "writes 1 byte", "(into L1) writes"),
    "write to what is being drained": (OUT + "sw a3, 4(a1)", "writes 4 bytes", "out of L1) reads"),
    "also when it is over": (INTO + LATER + "lw a3, 60(a1)", "reads 4 bytes", "(into L1) writes"),
    "filled after a read nobody waits for": (
        OUT + start_dma(64, L1 + 32, L2 + 0x1000, keep="s3") + wait_for_dma("s3"),
        "writes 64 bytes",
        "(out of L1) reads",
    ),
    "drained before it is filled": (
        INTO + start_dma(64, L1, L2 + 0x1000, into=False, keep="s3") + wait_for_dma("s3"),
        "reads 64 bytes",
        "(into L1) writes",
    ),
    "another transfer is waited for": (
        INTO + OUT_OTHER + LATER + wait_for_dma("s3") + "lw a3, 0(a1)",
        "reads 4 bytes",
        "(into L1) writes",
    ),
    "brought back from L2 too early": (
        OUT + start_dma(16, L1 + 0x1000, L2 + 32, keep="s3") + wait_for_dma("s3"),
        "reads 16 bytes",
        "(out of L1) writes",
    ),
    "read of L2 that is being written": (OUT + "lw a3, 8(a2)", "reads 4", "(out of L1) writes"),
    "write to L2 that is being read": (INTO + "sw a3, 8(a2)", "writes 4", "(into L1) reads"),
    "before L3's bytes are there": (
        start_l3(64, 0, L2) + INTO + wait_for_dma(),
        "reads 64 bytes",
        "the L3 channel writes",
    ),
    "overwritten from L3": (INTO + start_l3(64, 0, L2 + 60), "writes 64 bytes", "(into L1) reads"),
    "taken to L3 too early": (
        OUT + start_l3(64, 0, L2, to_l3=True),
        "reads 64 bytes",
        "(out of L1) writes",
    ),
    "the program ends": (OUT, "ends the program, but 64 bytes", "(out of L1) writes"),
}


@pytest.mark.parametrize("name", FOUND)
def test_found(name: str) -> None:
    body, does, did = FOUND[name]
    found = sanitized(POINTERS + body, memory=FILLED)
    check(found[0], does, did)
    # A result that nobody waits for is also found at the end.
    assert all("ends the program" in str(other) for other in found[1:])


def check(found: Finding, does: str, did: str) -> None:
    text = str(found)
    assert found.kind == "dma-race"
    assert text.startswith("dma-race: core 0 at 0x1c0"), text
    assert re.search(r", in (main|core_start), program.s:\d+", text), text
    assert does in text
    assert did in text
    assert "in a transfer started at 0x1c0" in text
    assert text.endswith(", whose end has not been waited for"), text


ORDERLY = {
    "waited for": INTO + wait_for_dma() + "lw a3, 60(a1)\nsw a3, 0(a1)",
    "beside it": INTO + "lw a3, 64(a1)\nsw a3, 64(a1)" + wait_for_dma(),
    "reads while it is drained": OUT
    + "lw a3, 0(a1)\nlw a4, 8(a1)"
    + wait_for_dma()
    + "sw a3, 0(a1)",
    "its id is freed later": INTO + poll() + "lw a3, 0(a1)\nsw a3, 4(a1)\n" + free(),
    "its id is never freed": INTO + poll() + "lw a3, 0(a1)\nsw a3, 4(a1)",
    "one after the other": INTO
    + start_dma(32, L1, L2 + 0x1000, keep="s3")
    + wait_for_dma("s3")
    + wait_for_dma()
    + "lw a3, 0(a1)",
    "the event of its end": """
        li t0, 0x10204000
        li t1, 0x10100
        sw t1, 8(t0)
    """
    + start_dma(64, L1, L2, event=True)
    + "li t0, 0x10204000\np.elw t1, 0x3c(t0)\nlw a3, 60(a1)",
    "from L3": start_l3(64, 0, L2) + WAIT_FOR_L3 + INTO + wait_for_dma() + "lw a3, 0(a1)",
    "lines between lines": start_dma(64, L1, L2, into=False) + wait_for_dma(),
    "there and back": OUT
    + wait_for_dma()
    + start_dma(64, L1 + 0x1000, L2)
    + wait_for_dma()
    + "lw a3, 0(a2)",
}


@pytest.mark.parametrize("name", ORDERLY)
def test_orderly(name: str) -> None:
    memory = FILLED | {L1 + 64: bytes(64)}
    assert sanitized(POINTERS + ORDERLY[name], memory=memory) == ()


@pytest.mark.parametrize("waits", [True, False])
def test_a_barrier_passes_on_what_its_cores_know(waits: bool) -> None:
    """Core 0 waits for the transfer, the others for core 0."""
    started = INTO + (wait_for_dma() if waits else LATER)
    found = sanitized(POINTERS + on(0, started) + BARRIER + "lw a3, 0(a1)", cores=3)
    assert kinds(found) == ([] if waits else ["dma-race"])


def test_lines_of_a_transfer() -> None:
    """Of a two-dimensional transfer's side in L2 the bytes between its lines are nobody's."""

    def lines(l2: int, into: bool, l1: int, keep: str) -> str:
        command = 16 | 1 << 18 | 1 << 19 | (into << 17)
        words = "".join(f"li t1, {word:#x}\nsw t1, 0(t0)\n" for word in (command, l1, l2, 4, 8))
        return f"li t0, 0x10204400\nlw {keep}, 0(t0)\n{words}"

    out = lines(L2, False, L1, "s2")
    waits = wait_for_dma("s2") + wait_for_dma("s3")
    for offset, expected in ((4, []), (6, ["dma-race"]), (32, []), (-4, []), (-8, ["dma-race"])):
        body = out + lines(L2 + offset, True, L1 + 0x1000, "s3") + waits
        assert kinds(sanitized(POINTERS + body, memory=FILLED)) == expected, offset
