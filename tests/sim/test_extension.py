"""The extension on the simulated machine: timing of its pipeline, and state that is saved."""

import pytest

from nmc.isa.csrs import STATE_CSRS
from nmc.targets import load_target, target_text
from tests.sim.bare import run_bare
from tests.sim.measure import measure

L1 = "lui a2, 0x10000\nxgmac.start zero"
MAC = "xgmac.m8 a2, a3, a4, 2"
L2 = "lui a2, 0x1c020\nxgmac.start zero"

CASES = {
    "gathers of words, back to back": (L1, "xgather.m8 a1, a2, a3, 2\n" * 4, 4),
    "word gather, use": (L1, "xgather.m8 a1, a2, a3, 2\nadd a1, a1, a1", 3),
    "gather and accumulate, back to back": (L1, f"{MAC}\n" * 4, 4),
    "accumulate, then arithmetic": (L1, f"{MAC}\nadd a1, a1, a1\nmul a1, a1, a1", 3),
    "indices loaded right before": (L1, f"lw a3, 0(a2)\n{MAC}", 3),
    "weights loaded right before": (L1, f"lw a4, 0(a2)\n{MAC}", 3),
    "read right behind": (L1, f"{MAC}\nxgmac.pop a1", 1 + 2 + 1),
    "read, one between": (L1, f"{MAC}\nnop\nxgmac.pop a1", 2 + 1 + 1),
    "read, two between": (L1, f"{MAC}\nnop\nnop\nxgmac.pop a1", 4),
    # The interlock counts instructions, however long they take.
    "read behind a long instruction": (L1, f"{MAC}\nmulh a1, a2, a3\nxgmac.pop a1", 1 + 5 + 1 + 1),
    "start anew right behind": (L1, f"{MAC}\nxgmac.start a1", 1 + 2 + 1),
    "read four": (L1, f"{MAC}\nnop\nnop\n" + "xgmac.pop a1\n" * 4, 7),
    "gather right behind a start": (L1, f"xgmac.start a1\n{MAC}\nnop\nnop\nxgmac.pop a1", 5),
    "requantise right behind": (L1, f"{MAC}\nxrq a1, a3, a4, 7", 1 + 2 + 1),
    "requantise into one register": (L1, "xrq a1, a3, a4, 7\n" * 4, 4),
    "requantised, use": (L1, "xrq a1, a3, a4, 7\nadd a1, a1, a1", 3),
    "requantised, use later": (L1, "xrq a1, a3, a4, 7\nnop\nadd a1, a1, a1", 3),
    "requantise with a multiplier just loaded": (L1, "lw a3, 0(a2)\nxrq a1, a3, a4, 7", 3),
    "shift into a register just loaded": (L1, "lw a1, 0(a2)\nxrq a1, a3, a4, 7", 2),
    "accumulator's register right behind": (L1, f"{MAC}\ncsrr a1, xa0", 1 + 2 + 1),
    "counter's register right behind": (L1, f"{MAC}\ncsrr a1, xdc", 2),
    "gather from L2, read right behind": (L2, f"{MAC}\nxgmac.pop a1", 15 + 2 + 1),
    "end of a loop, read behind it": (
        L1 + "\nli a5, 3",
        f"lp.setup x0, a5, .Le\n{MAC}\n{MAC}\n.Le: {MAC}\nxgmac.pop a1",
        1 + 9 + 2 + 1,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_cycles(name: str) -> None:
    setup, code, expected = CASES[name]
    cycles, _ = measure(code, f"{setup}\nli a3, 0\nli a4, 0")
    assert cycles == expected


def test_latencies_come_from_the_target() -> None:
    text, _ = target_text("vega")
    slow = load_target(
        text.replace("accumulate = 2", "accumulate = 4").replace("requantise = 1", "requantise = 5")
    )
    cycles, _ = measure(f"{MAC}\nxrq a1, a3, a4, 7", f"{L1}\nli a3, 0\nli a4, 0", target=slow)
    assert cycles == 1 + 4 + 5


WEIGHTS = 0x04FD02FF
"""-1, 2, -3, 4."""
PIXELS = (0x80402010, 0xFF017F81, 0x00FE8005, 0x7D6B1122, 0x31415926)
"""One word of four pixels for each of the positions used, the last of them never multiplied."""
INDICES = 0x00003120
"""Positions 0, 2, 1 and 3 in blocks of 8."""


def sums(count: int) -> list[int]:
    """The accumulators after the first `count` non-zeros, each in a block of its own."""
    found = [100] * 4
    for c in range(count):
        weight = ((WEIGHTS >> (8 * c) & 0xFF) ^ 0x80) - 0x80
        word = PIXELS[c]
        for pixel in range(4):
            found[pixel] += weight * (((word >> (8 * pixel) & 0xFF) ^ 0x80) - 0x80)
    return found


SAVE = "".join(f"csrr t2, {name}\nsw t2, {4 * i}(sp)\n" for i, name in enumerate(STATE_CSRS))
RESTORE = "".join(f"lw t2, {4 * i}(sp)\ncsrw {name}, t2\n" for i, name in enumerate(STATE_CSRS))
OTHER = "li a6, 5\nxgmac.start a6\nxgmac.m4 a2, a6, a6, 0\nxgmac.pop a7\nxdecimate.clr\n"


def stores() -> str:
    """Pixels where the non-zeros find them: word of block c and its position, 4 pixels wide."""
    lines: list[str] = []
    for c in range(4):
        position = 8 * c + (INDICES >> (4 * c) & 15)
        lines += [f"li a6, {PIXELS[c]:#x}", f"sw a6, {4 * position}(a2)"]
    return "\n".join(lines)


@pytest.mark.parametrize("at", range(5))
def test_state_is_saved_and_restored_between_any_two_gathers(at: int) -> None:
    gather = "xgmac.m8 a2, a3, a4, 0\n"
    handler = f"addi sp, sp, -32\n{SAVE}{OTHER}{RESTORE}addi sp, sp, 32\n"
    run = run_bare(
        f"""
        lui a2, 0x10000
        {stores()}
        li a3, {INDICES:#x}
        li a4, {WEIGHTS:#x}
        li a5, 100
        xgmac.start a5
        {gather * at}
        {handler}
        {gather * (4 - at)}
        csrr s2, xdc
        xgmac.pop s3
        xgmac.pop s4
        xgmac.pop s5
        xgmac.pop s6
        xgmac.pop s7
        """
    )
    found = [run.register(0, name) for name in ("s3", "s4", "s5", "s6")]
    assert found == [value & 0xFFFFFFFF for value in sums(4)]
    assert run.register(0, "s2") == 4
    # Accumulators that have moved up leave 0.
    assert run.register(0, "s7") == 0


def test_requantisation_in_turn() -> None:
    run = run_bare(
        """
        li a1, 1000
        csrw xa0, a1
        li a1, -1000
        csrw xa1, a1
        li a1, 77
        csrw xa2, a1
        csrw xa3, zero
        li a3, 0x20000000
        li a4, -3
        li s2, 0
        xrq s2, a3, a4, 31
        xrq s2, a3, a4, 31
        xrq s2, a3, a4, 31
        xrq s2, a3, a4, 31
        """
    )
    # Times 2^29, rounded at bit 32, less 3: an eighth, rounded half up.
    expected = [122, -128, 7, -3]
    assert run.register(0, "s2") == int.from_bytes(bytes(v & 0xFF for v in expected), "little")
