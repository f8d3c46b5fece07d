"""Beats moved eight at a time, against the same one by one."""

import numpy as np
import pytest

from nmc.sim import dma
from nmc.sim import layout as at
from nmc.sim.beats import move_beats, run_of_beats
from nmc.sim.block import present, take
from nmc.sim.contests import no_banks
from nmc.sim.jit import Ints, Words, compiled
from nmc.sim.state import Machine, new_machine

L1, L1_BYTES, L2, L2_BYTES = 0x1000_0000, 1 << 16, 0x1C00_0000, 1 << 16
CYCLES = 1000


@compiled
def command(s: Words, core: int, words: Words, now: int) -> int:
    """Gives a command of five words; returns its fault."""
    dma.allocate(s, core)
    fault = 0
    for i in range(5):
        if i < 3 or words[0] & dma.TWO_D:
            _, fault = dma.write_command_word(s, core, words[i], now)
    return fault


@compiled
def transfer(s: Words, mem8: Words, mem32: Words, at_once: bool) -> int:
    """Lets the DMA work, and returns how often eight cycles passed at once."""
    now = runs = 0
    while now < CYCLES:
        place = at.WHEEL_AT + now
        slot = s[place]
        if at_once and slot != 0 and present(take(s, place)) == 1 and run_of_beats(s, mem8, now):
            runs += 1
            now += 8
            continue
        if slot != 0:
            s[place] = 0
            move_beats(s, mem8, mem32, slot, 0, no_banks(0), now)
        now += 1
    return runs


def machine(seed: int) -> Machine:
    """A cluster with a DMA whose beats are as wide as the port of L2."""
    config = np.ones(at.AT_CODE, np.int64)
    config[at.CFG_L1_BASE], config[at.CFG_L1_BYTES] = L1, L1_BYTES
    config[at.CFG_L2_BASE], config[at.CFG_L2_BYTES] = L2, L2_BYTES
    config[at.CFG_L2_OFFSET] = L1_BYTES
    config[at.CFG_BANK_MASK] = 15
    config[at.CFG_DMA_WIDTH] = config[at.CFG_L2_WIDTH] = 8
    config[at.CFG_DMA_BURST], config[at.CFG_DMA_OUTSTANDING] = 256, 8
    config[at.CFG_DMA_IDS], config[at.CFG_DMA_MAX] = 16, 1 << 16
    config[at.CFG_CODE_BYTES] = 0
    made = new_machine(config, 64, L1_BYTES + L2_BYTES, False)
    made.mem8[:] = np.random.default_rng(seed).integers(0, 256, made.mem8.size)
    made.area(at.CHANNELS, (2, 32))[:, dma.CH_RING :] = -(1 << 30)
    return made


def commands(random: np.random.Generator) -> list[Ints]:
    """Some commands, long enough together for a few bursts; of them some have lines."""
    found: list[Ints] = []
    for _ in range(random.integers(1, 4)):
        length = int(random.integers(100, 1500))
        to_l1 = dma.TO_L1 * int(random.integers(2))
        two = dma.TWO_D * int(random.integers(2))
        step = int(random.choice([1, 4, 8]))
        l1 = L1 + step * int(random.integers(1000))
        l2 = L2 + step * int(random.integers(1000))
        line = int(random.integers(60, 400))
        found.append(np.array([length | to_l1 | two, l1, l2, line, line + 24]))
    return found


@pytest.mark.parametrize("seed", range(60))
def test_eight_beats_at_once(seed: int) -> None:
    machines = machine(seed), machine(seed)
    runs: list[int] = []
    for at_once, m in enumerate(machines):
        for words in commands(np.random.default_rng(seed)):
            assert command(m.s, 0, words, 0) == at.FAULT_NONE
        runs.append(transfer(m.s, m.mem8, m.mem32, bool(at_once)))
        assert not m.s[at.CHANNELS + dma.CH_ACTIVE] and not m.s[at.CHANNELS + 32 + dma.CH_ACTIVE]
    one, other = machines
    assert np.array_equal(one.s, other.s)
    assert np.array_equal(one.mem8, other.mem8)
    assert runs[0] == 0


def test_eight_beats_at_once_happen() -> None:
    m = machine(0)
    words = np.array([2048 | dma.TO_L1, L1 + 64, L2 + 3, 0, 0])
    assert command(m.s, 0, words, 0) == at.FAULT_NONE
    # Of each burst's 32 beats the last ones are moved one by one.
    assert transfer(m.s, m.mem8, m.mem32, True) == 8 * 3
    assert np.array_equal(m.mem8[64 : 64 + 2048], m.mem8[L1_BYTES + 3 :][:2048])
