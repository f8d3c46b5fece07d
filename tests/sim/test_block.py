"""Operations on blocks and rows of streams, against the same in NumPy."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from nmc.sim import block, rows
from nmc.sim.ahead_layout import BANK_MASK, FETCH, STOP, WRITES
from nmc.sim.jit import Ints, Words, compiled

BYTES = np.uint8


@compiled
def on_streams(
    mem8: Words,
    feeds: Words,
    cores: int,
    now: int,
    late: int,
    row: int,
    counts: int,
    out: Words,
) -> None:
    """`out` becomes the block of these streams and what is made of it."""
    found = block.noted(mem8, block.take(feeds, 0), cores, now)
    behind = block.noted_behind(mem8, block.take(feeds, 0), cores, now)
    block.put(out, 0, found)
    block.put(out, 8, block.passed_by_some(found, behind, late))
    block.put(out, 32, behind)
    block.put(out, 16, block.held_back(block.take(feeds, 0), counts))
    out[24] = block.special(found)
    odd = block.count_row(block.nothing(0), rows.row_of(found, 3))
    out[25] = block.odd_banks(block.count_row(odd, rows.row_of(found, 5)))
    out[26] = block.present(found)
    out[27] = rows.row_of(found, row)
    out[28] = block.any_of(found)
    block.put(out, 40, block.skipped(found, behind, row))


@compiled
def on_row(row: int, bank: int, cores: int, others: Words, out: Words) -> None:
    """`out` becomes what is made of a row."""
    out[0] = rows.clashing(row)
    out[1] = rows.asking(row, bank)
    out[2] = rows.accessing(row)
    out[3] = rows.writing(row)
    out[4] = rows.whole_bytes(out[1])
    block.put(out, 8, rows.wanted(block.take(others, 0), row, cores))
    out[5] = rows.row_for(block.take(others, 0), cores)
    out[16] = rows.fetching(row)


def some_bytes(random: np.random.Generator, count: int) -> Ints:
    """Bytes of streams: mostly accesses of few banks, some of them stores, stops or fetches."""
    banks = random.integers(0, random.choice([4, 17, 33]), count)
    flags = random.choice([0, 0, 0, 0, 0, 0, WRITES, STOP], count)
    noted = np.where(banks != 0, banks | flags, flags & STOP)
    return np.where(random.integers(0, 20, count) == 0, FETCH, noted).astype(BYTES)


def number(values: Ints) -> int:
    """Eight bytes as an int64."""
    return int(np.ascontiguousarray(values, BYTES).view(np.int64)[0])


def in_conflict(row: Ints) -> Ints:
    """For each core whether another one asks for its bank."""
    banks = row & BANK_MASK
    return np.array([b != 0 and np.count_nonzero(banks == b) > 1 for b in banks])


def bits(chosen: Iterable[Any]) -> int:
    """An int with these bits."""
    return sum(1 << i for i, one in enumerate(chosen) if one)


@pytest.mark.parametrize("seed", range(40))
def test_blocks(seed: int) -> None:
    random = np.random.default_rng(seed)
    mem8 = some_bytes(random, 8 * 64)
    cores = int(random.integers(0, 256)) if seed else 255
    now = int(random.integers(0, 1000))
    # Where a core's stream begins that is not among them does not matter.
    places = np.array([64 * c + random.integers(0, 45) for c in range(8)])
    chosen = np.array([(cores >> c) & 1 == 1 for c in range(8)])
    feeds = np.where(chosen, places - now, 1 << 60)
    late = np.where(random.integers(0, 2, 8) & chosen, 0xFF, 0).astype(BYTES)
    row, counts = int(random.integers(8)), random.integers(0, 9, 8)
    out = np.zeros(48, np.int64)
    on_streams(mem8, feeds, cores, now, number(late), row, number(counts.astype(BYTES)), out)

    expected, behind = np.zeros((2, 8, 8), BYTES)
    for c in np.flatnonzero(chosen):
        expected[:, c] = mem8[places[c] : places[c] + 8]
        behind[:, c] = mem8[places[c] + 8 : places[c] + 16]
    assert np.array_equal(out[:8].view(BYTES).reshape(8, 8), expected)
    assert np.array_equal(out[32:40].view(BYTES).reshape(8, 8), behind)
    behind = np.vstack([expected, behind])
    assert np.array_equal(
        out[8:16].view(BYTES).reshape(8, 8), np.where(late, expected, behind[1:9])
    )
    assert np.array_equal(out[16:24], feeds - counts)
    assert np.array_equal(out[40:48].view(BYTES).reshape(8, 8), behind[row : row + 8])
    special = [
        any(in_conflict(expected[r])) or any(expected[r] & (STOP | WRITES)) for r in range(8)
    ]
    found = out[24:25].view(BYTES)
    assert [bool(found[r]) for r in range(8)] == special
    odd = 0
    for asked in (np.vstack([expected[3], expected[5]]) & BANK_MASK).flat:
        odd ^= 1 << int(asked) >> 1
    assert out[25] == odd
    assert out[26] == bits(r.any() for r in expected)
    assert out[27] == number(expected[row])
    assert out[28] == number(np.bitwise_or.reduce(expected, 0))


@pytest.mark.parametrize("seed", range(40))
def test_rows(seed: int) -> None:
    random = np.random.default_rng(seed)
    row = some_bytes(random, 8)
    core = int(random.integers(8))
    bank = int(row[core] & BANK_MASK)
    cores = int(random.integers(0, 256))
    others = random.integers(-1, 32, 8)
    out = np.zeros(17, np.int64)
    on_row(number(row), bank, cores, others, out)

    assert out[0] == number(np.where(in_conflict(row), 0x80, 0))
    assert out[16] == number(np.where(row == FETCH, 0x80, 0))
    same = row & BANK_MASK == bank
    assert out[1] == number(np.where(same, 0x80, 0))
    assert out[2] == bits(row != 0)
    assert out[3] == bits(row & WRITES != 0)
    assert out[4] == number(np.where(same, 0xFF, 0))
    banks = (row & BANK_MASK).astype(int) - 1
    asked = [banks[c] if (cores >> c) & 1 else others[c] for c in range(8)]
    assert np.array_equal(out[8:16], asked)
    chosen = np.array([(cores >> c) & 1 == 1 for c in range(8)])
    assert out[5] == number(np.where(chosen, others + 1, 0).astype(BYTES))


@compiled
def on_notes(notes: Words, count: int, shift: int) -> int:
    """The pages that eight notes are about."""
    return block.any_of(block.touched(block.take(notes, 0), count, shift))


@pytest.mark.parametrize("count", [0, 1, 5, 8, 100])
def test_pages_of_notes(count: int) -> None:
    random = np.random.default_rng(count)
    offsets = random.integers(0, 64 << 11, 8)
    notes = (random.integers(0, 1 << 31, 8) << 32) | offsets
    expected = 0
    for offset in offsets[:count]:
        expected |= 1 << int(offset >> 11)
    assert on_notes(notes, count, 11) & (2**64 - 1) == expected
