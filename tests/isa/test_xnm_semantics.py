"""The N:M gathers' executable semantics against the published formula."""

import random

import pytest

from nmc.isa.table import instruction

BASE = 0x10000000


def gather(m: int, shared: bool, rs2: int, old: int, counter: int, memory: bytes) -> int:
    """The published definition, written out independently of the table."""
    width = {4: 2, 8: 4, 16: 4}[m]
    position = ((counter >> 1) if shared else counter) % (32 // width)
    index = int(f"{rs2:032b}"[::-1][width * position : width * (position + 1)][::-1], 2)
    lane = (counter >> 1) % 4
    lanes = list(old.to_bytes(4, "little"))
    lanes[lane] = memory[m * (counter >> 1) + index]
    return int.from_bytes(bytes(lanes), "little")


@pytest.mark.parametrize("m", [4, 8, 16])
@pytest.mark.parametrize("shared", [False, True])
def test_gather(m: int, shared: bool) -> None:
    row = instruction(f"xdecimate.{'s.' if shared else ''}m{m}")
    rng = random.Random(m)
    memory = rng.randbytes(16 * 64 + 16)

    def load_byte(address: int) -> int:
        return memory[address - BASE]

    for counter in range(128):
        rs2, old = rng.getrandbits(32), rng.getrandbits(32)
        state = {"rs1": BASE, "rs2": rs2, "rd": old, "xdc": counter}
        exec(row.semantics, {"M8": load_byte}, state)
        assert state["rd"] & 0xFFFFFFFF == gather(m, shared, rs2, old, counter, memory)
        assert state["xdc"] == counter + 1


def test_clear() -> None:
    state = {"xdc": 5}
    exec(instruction("xdecimate.clr").semantics, {}, state)
    assert state == {"xdc": 0}
