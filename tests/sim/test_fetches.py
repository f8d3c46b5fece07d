"""Lines of code fetched ahead of their time, and taken back."""

import numpy as np
import pytest

from nmc.sim import ahead_layout as ahead
from nmc.sim import layout as at
from nmc.sim.fetches import fetch_ahead, serve_fetch, take_back_lines
from nmc.sim.icache import fetch_shared
from nmc.sim.jit import Words, compiled
from nmc.sim.state import Machine, new_machine

CORES, LINES, SETS, WAYS, HIT, MISS = 2, 40, 4, 2, 2, 18
NOW = 1000


def machine() -> Machine:
    config = np.ones(at.AT_CODE, np.int64)
    config[at.CFG_CORES] = CORES
    config[at.CFG_LINES] = LINES
    config[at.CFG_PRIVATE_SETS], config[at.CFG_PRIVATE_WAYS] = SETS, WAYS
    config[at.CFG_AGES] = SETS * WAYS + 1
    config[at.CFG_SHARED_SETS], config[at.CFG_SHARED_WAYS], config[at.CFG_SHARED_BANKS] = 8, 2, 2
    config[at.CFG_SHARED_HIT], config[at.CFG_MISS] = HIT, MISS
    config[at.CFG_STREAMS] = ahead.STREAM
    m = new_machine(config, 64, ahead.STREAM * (CORES + 2), False)
    m.s[m.s[at.AT_WAYS] : m.s[at.AT_SHARED]] = -1
    m.s[m.s[at.AT_SHARED] : m.s[at.AT_SHARED_FREE] : 3] = -1
    m.s[at.ICACHE_ENABLED] = 1
    return m


@compiled
def fetch(s: Words, mem8: Words, core: int, line: int, time: int, full: int) -> bool:
    stream = s[at.CFG_STREAMS] + (core << ahead.STREAM_SHIFT) + time - NOW
    return fetch_ahead(s, mem8, core, line, time, stream, full)


@compiled
def take_back(s: Words, core: int) -> None:
    take_back_lines(s, core)


@compiled
def serve(s: Words, mem8: Words, core: int, now: int) -> None:
    serve_fetch(s, mem8, core, now)


@compiled
def ask(s: Words, line: int, now: int) -> int:
    return fetch_shared(s, line, now)


def new_line(m: Machine, core: int, random: np.random.Generator) -> int:
    """A line that is not in the core's cache."""
    lines = m.area(int(m.s[at.AT_LINES]) + core * LINES, (LINES,))
    return int(random.choice(np.flatnonzero(lines == 0)))


@pytest.mark.parametrize("seed", range(10))
def test_taken_back_the_cache_is_as_before(seed: int) -> None:
    random = np.random.default_rng(seed)
    m = machine()
    for time in range(int(random.integers(0, 20))):
        assert fetch(m.s, m.mem8, 1, new_line(m, 1, random), NOW + time, NOW + 100)
    m.s[at.FETCHED + 1] = 0
    caches = slice(int(m.s[at.AT_LINES]), int(m.s[at.AT_AGES]))
    ways = slice(int(m.s[at.AT_WAYS]), int(m.s[at.AT_SHARED]))
    before = m.s[caches].copy(), m.s[ways].copy()
    for time in range(int(random.integers(1, ahead.FETCHES_MAX + 1))):
        assert fetch(m.s, m.mem8, 1, new_line(m, 1, random), NOW + time, NOW + 100)
    assert not np.array_equal(m.s[ways], before[1])
    take_back(m.s, 1)
    assert np.array_equal(m.s[caches], before[0])
    assert np.array_equal(m.s[ways], before[1])
    assert m.s[at.FETCHED + 1] == 0


def test_what_is_not_fetched_ahead() -> None:
    m = machine()
    # No time is left.
    assert not fetch(m.s, m.mem8, 0, 3, NOW + 5, NOW + 5)
    # Again from the start: only those that were served.
    m.s[at.FETCHES_KNOWN] = 1
    assert fetch(m.s, m.mem8, 0, 3, NOW + 5, 0)
    assert not fetch(m.s, m.mem8, 0, 4, NOW + 6, 0)
    m.s[at.ICACHE_ENABLED] = 0
    assert not fetch(m.s, m.mem8, 0, 4, NOW, NOW + 5)
    m.s[at.ICACHE_ENABLED] = 1
    m.s[at.CFG_MISS] = ahead.MISS_MAX + 1
    assert not fetch(m.s, m.mem8, 0, 4, NOW, NOW + 5)
    m.s[at.CFG_MISS] = MISS
    m.s[at.FETCHED] = ahead.FETCHES_MAX
    assert not fetch(m.s, m.mem8, 0, 4, NOW, NOW + 5)


def test_what_follows_comes_later() -> None:
    m, other = machine(), machine()
    stream = int(m.s[at.CFG_STREAMS]) + (1 << ahead.STREAM_SHIFT)
    m.s[at.FEEDS + 1] = stream - NOW
    noted = m.mem8[stream : stream + 20]
    noted[:] = 7
    assert fetch(m.s, m.mem8, 1, 3, NOW + 6, NOW + 100)
    assert noted[6] == ahead.FETCH
    serve(m.s, m.mem8, 1, NOW + 6)
    arrives = ask(other.s, 3, NOW + 6)
    assert arrives > NOW + 6 + HIT
    assert m.s[at.STALLS + (1 << at.STALL_SHIFT) + at.STALL_ICACHE] == arrives - (NOW + 6)
    # The place that comes behind the fetch is reached when the line is there; until then nothing.
    assert m.s[at.FEEDS + 1] + arrives == stream + 7
    first = int(m.s[at.FEEDS + 1]) + NOW + 6
    assert not m.mem8[first : stream + 7].any()
    assert (noted[7:] == 7).all()
    assert m.s[at.FETCHES_SERVED + 1] == 1
    assert m.s[at.LAST_FETCH + 1] == 6
