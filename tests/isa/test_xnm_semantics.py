"""The extension's executable semantics against formulas of their own."""

import random
from typing import Any

import numpy as np
import pytest

from nmc.isa.table import instruction
from nmc.numerics.requant import Requant
from tests.sim.evaluation import FUNCTIONS

BASE = 0x10000000
WORD = 0xFFFFFFFF


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


def index_of(m: int, rs2: int, number: int) -> int:
    """The packed index of a non-zero, written out independently of the table."""
    width = {4: 2, 8: 4, 16: 4}[m]
    text = f"{rs2:032b}"[::-1]
    position = number % (32 // width)
    return int(text[width * position : width * (position + 1)][::-1], 2)


class Words:
    """Aligned words: the machine leaves out the two lowest bits of the address."""

    def __init__(self, memory: bytes):
        self.memory = memory

    def __call__(self, address: int) -> int:
        at = (address - BASE) & ~3
        return int.from_bytes(self.memory[at : at + 4], "little")


@pytest.mark.parametrize("m", [4, 8, 16])
@pytest.mark.parametrize("words_log2", [0, 2, 3])
def test_word_gather(m: int, words_log2: int) -> None:
    row = instruction(f"xgather.m{m}")
    rng = random.Random(m)
    words, width = 1 << words_log2, {4: 2, 8: 4, 16: 4}[m]
    load_word = Words(rng.randbytes(40 * m * 4 * words))
    for counter in range(32 * words):
        rs2, base = rng.getrandbits(32), BASE + rng.randrange(4)
        number, word = divmod(counter, words)
        state = {"rs1": base, "rs2": rs2, "p": words_log2, "xdc": counter}
        exec(row.semantics, {"M32": load_word}, state)
        lanes = 4 * words
        index = (rs2 >> 16 & 0xFF) >> (width * (number % 2)) & ((1 << width) - 1)
        pixels = BASE + lanes * (m * number + index) + 4 * word
        assert state["rd"] == load_word(pixels)
        assert state["xdc"] == counter + 1


@pytest.mark.parametrize("m", [4, 8, 16])
@pytest.mark.parametrize("unsigned", [False, True])
def test_gather_and_accumulate(m: int, unsigned: bool) -> None:
    row = instruction(f"xgmac{'u' if unsigned else ''}.m{m}")
    rng = random.Random(m)
    memory = rng.randbytes(40 * m * 16)
    helpers: dict[str, Any] = {**FUNCTIONS, "M32": Words(memory)}
    sums = [0, -1, 1 << 31, 12345]
    state: dict[str, int] = {f"xa{i}": value & WORD for i, value in enumerate(sums)} | {"xdc": 0}
    for counter in range(32):
        state |= {"rs1": BASE + 4, "rs2": rng.getrandbits(32), "rs3": rng.getrandbits(32), "p": 2}
        place = 4 + 16 * (m * counter + index_of(m, state["rs2"], counter))
        weight = state["rs3"].to_bytes(4, "little")[counter % 4]
        weight -= (weight & 0x80) << 1
        for pixel in range(4):
            x = memory[place + pixel]
            sums[pixel] += weight * (x if unsigned else x - ((x & 0x80) << 1))
        exec(row.semantics, helpers, state)
        assert [state[f"xa{i}"] & WORD for i in range(4)] == [value & WORD for value in sums]
        assert state["xdc"] == counter + 1


@pytest.mark.parametrize("unsigned", [False, True])
def test_requantisation_has_the_bits_of_the_numerics(unsigned: bool) -> None:
    row = instruction("xrqu" if unsigned else "xrq")
    rng = random.Random(3)
    lo, hi = (0, 255) if unsigned else (-128, 127)
    for _ in range(500):
        acc = rng.randrange(-(1 << 31), 1 << 31) >> rng.randrange(24)
        multiplier, shift = rng.randrange(1 << 31) >> rng.randrange(20), rng.randrange(1, 63)
        zero_point = rng.randrange(lo, hi + 1)
        constants = Requant((multiplier,), shift, zero_point, lo, hi)
        others = [rng.getrandbits(32) for _ in range(3)]
        state = {"rd": rng.getrandbits(32), "rs1": multiplier, "rs2": zero_point & WORD}
        state |= {"t": shift - 1, "xa0": acc & WORD}
        state |= {f"xa{i + 1}": value for i, value in enumerate(others)}
        old = state["rd"]
        exec(row.semantics, dict(FUNCTIONS), state)
        wanted = int(constants.apply(np.array([acc]))[0]) & 0xFF
        assert state["rd"] & WORD == (old >> 8) | (wanted << 24)
        assert [state[f"xa{i}"] for i in range(4)] == [*others, 0]


def test_start_and_pop() -> None:
    state = {"rs1": 7, "xdc": 9}
    exec(instruction("xgmac.start").semantics, {}, state)
    assert state == {"rs1": 7, "xdc": 0, "xa0": 7, "xa1": 7, "xa2": 7, "xa3": 7}
    state |= {"xa1": 8, "xa2": 9, "xa3": 10}
    exec(instruction("xgmac.pop").semantics, {}, state)
    assert [state[name] for name in ("rd", "xa0", "xa1", "xa2", "xa3")] == [7, 8, 9, 10, 0]
