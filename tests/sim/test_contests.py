"""Who is served in a row, all banks at once, against one bank after the other."""

import numpy as np
import pytest

from nmc.sim import block, contests, turns
from nmc.sim import layout as at
from nmc.sim.ahead_layout import BANK_MASK, WRITES
from nmc.sim.jit import Ints, Words, compiled
from nmc.sim.vectors import CORES, MOST_BANKS, ROWS

BYTES = np.uint8


@compiled
def in_a_row(row: int, following: Words, passed: Words, out: Words) -> None:
    """`out` becomes what is made of a row; `following` is a block, `passed` are the turns."""
    sets = contests.as_sets(block.take(passed, 0))
    wanted = contests.wanted_of(row)
    lost = contests.lost(wanted, sets)
    out[0] = contests.late_of(lost)
    block.put(out, 8, contests.as_numbers(lost))
    block.put(out, 16, contests.as_numbers(contests.turned(wanted, sets)))
    rows = block.take(following, 0)
    block.put(out, 24, contests.as_numbers(contests.or_next(lost, contests.wanted_behind(rows))))
    out[1] = contests.banks_of(contests.changed(wanted, lost))
    out[2] = contests.banks_of(contests.with_rows(rows, out[3], contests.no_banks(0)))


@compiled
def one_turn(s: Words, askers: int, bank: int) -> int:
    """The core that is served."""
    return turns.take_turn(s, askers, bank)


@compiled
def some_lost(s: Words, rows: Words, count: int) -> None:
    """Notes rows, and counts them."""
    for place in range(count):
        turns.note_lost(s, rows[place])
        if s[at.LOST_ROWS] == at.LOST_MAX:
            turns.count_lost(s)
    turns.count_lost(s)


def some_rows(random: np.random.Generator, count: int, banks: int = MOST_BANKS) -> Ints:
    """Rows of bytes: of few banks or of many, some of them stores, and with gaps."""
    asked = random.integers(0, random.choice([3, banks + 1]), (count, CORES))
    stores = random.integers(0, 4, asked.shape) == 0
    return np.where((asked != 0) & stores, asked | WRITES, asked).astype(BYTES)


def numbers(rows: Ints) -> Ints:
    """Eight bytes each as an int64."""
    return np.ascontiguousarray(rows, BYTES).view(np.int64)[:, 0]


def machine(cores: int, banks: int) -> Ints:
    """What is needed of one."""
    s = np.zeros(at.FIXED, np.int64)
    s[at.CFG_CORES], s[at.CFG_BANK_MASK] = cores, banks - 1
    return s


@pytest.mark.parametrize("seed", range(40))
def test_rows_in_turn(seed: int) -> None:
    random = np.random.default_rng(seed)
    firsts = [0] * MOST_BANKS
    passed = np.zeros(CORES, np.int64)
    s = machine(CORES, MOST_BANKS)
    for row in some_rows(random, 50):
        following = some_rows(random, ROWS)
        out = np.zeros(32, np.int64)
        out[3] = first_rows = int(random.integers(ROWS + 1))
        in_a_row(int(numbers(row[None])[0]), numbers(following), passed, out)

        banks = (row & BANK_MASK).astype(int) - 1
        losers: dict[int, int] = {}
        for bank in range(MOST_BANKS):
            asking = [c for c in range(CORES) if banks[c] == bank]
            if len(asking) > 1:
                winner = min(asking, key=lambda c: (c < firsts[bank], c))
                firsts[bank] = winner + 1
                losers |= {c: bank for c in asking if c != winner}
                assert one_turn(s, sum(1 << c for c in asking), bank) == 1 << winner
        lost = [1 << losers[c] if c in losers else 0 for c in range(CORES)]
        assert out[0:1].view(BYTES).tolist() == [0xFF if one else 0 for one in lost]
        assert out[8:16].tolist() == lost
        behind = (following[1] & BANK_MASK).astype(int)
        wanted = [1 << bank >> 1 for bank in behind]
        assert out[24:32].tolist() == [a or b for a, b in zip(lost, wanted, strict=True)]
        served = [1 << bank >> 1 for c, bank in enumerate(banks + 1) if c not in losers]
        assert out[1] == np.bitwise_xor.reduce(served)
        rows = (following[:first_rows] & BANK_MASK).astype(int).flat
        assert out[2] == np.bitwise_xor.reduce([1 << bank >> 1 for bank in rows] or [0])
        passed = out[16:24].copy()
        expected = [sum(1 << b for b in range(MOST_BANKS) if c < firsts[b]) for c in range(CORES)]
        assert passed.tolist() == expected
        assert s[at.TURNS : at.TURNS + CORES].tolist() == expected


@pytest.mark.parametrize(("cores", "banks"), [(1, 4), (8, 16), (8, 32), (16, 32), (31, 8)])
def test_turns_of_any_number(cores: int, banks: int) -> None:
    """The main core has the number behind the cluster's cores, and takes its turn like them."""
    random = np.random.default_rng(cores)
    s = machine(cores, banks)
    firsts = [0] * banks
    for _ in range(300):
        bank = int(random.integers(banks))
        asking = [c for c in range(cores + 1) if random.integers(3) == 0] or [cores]
        winner = min(asking, key=lambda c: (c < firsts[bank], c))
        assert one_turn(s, sum(1 << c for c in asking), bank) == 1 << winner
        firsts[bank] = winner + 1
        above = sum(1 << b for b in range(banks) if firsts[b] > CORES)
        assert s[at.PASSED_ABOVE] == above
        assert turns.in_rows(s) == (above == 0 and banks <= MOST_BANKS)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 63, 64, 65, 200])
def test_conflicts_are_counted(count: int) -> None:
    rows = some_rows(np.random.default_rng(count), count, 32)
    s = machine(CORES, 32)
    for _ in range(2):
        some_lost(s, numbers(rows) if count else np.zeros(0, np.int64), count)
    banks = rows & BANK_MASK
    found = s[at.CONFLICTS : at.CONFLICTS + 32].tolist()
    assert found == [2 * np.count_nonzero(banks == bank + 1) for bank in range(32)]
    assert s[at.LOST_ROWS] == 0
