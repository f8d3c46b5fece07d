"""What the profiling build records: segments that leave no gap and no cycle out, transfers."""

import numpy as np
import pytest

from nmc.measurements import Counters, ProfileEntry
from nmc.sim import SimResult, Simulator
from nmc.sim import layout as at
from nmc.sim import recorder as recorder_module
from nmc.sim import segments as seg
from nmc.sim import transfers as tr
from nmc.sim.jit import Ints
from nmc.sim.timeline import Timeline
from tests.sim.bare import run_bare
from tests.sim.tiled import L3_BYTES, TILE_BYTES, TILES, run_tiled, tiled_program

CORES = 3


@pytest.fixture(scope="module")
def result() -> SimResult:
    return run_tiled(CORES)


def timeline(result: SimResult) -> Timeline:
    assert result.timeline is not None
    return result.timeline


def of_core(line: Timeline, core: int) -> Ints:
    return line.segments[line.segments[:, seg.CORE] == core]


def sums(rows: Ints) -> Counters:
    stalls = rows[:, seg.STALLS :].sum(axis=0)
    return Counters(
        int(rows[:, seg.EXECUTED].sum()),
        {kind: int(stalls[i]) for i, kind in enumerate(at.STALL_KINDS)},
    )


def test_observing_changes_nothing(result: SimResult) -> None:
    plain = run_tiled(CORES, profile=False)
    assert (plain.cycles, plain.cores, plain.layers[0].cores, plain.bank_conflicts) == (
        result.cycles, result.cores, result.layers[0].cores, result.bank_conflicts,
    )  # fmt: skip
    assert plain.timeline is None
    assert plain.traffic is None


def assert_complete(result: SimResult) -> None:
    line = timeline(result)
    for core in range(line.cores):
        rows = of_core(line, core)
        assert rows[0, seg.START] == line.released + 1
        assert (rows[1:, seg.START] == rows[:-1, seg.END]).all()
        assert (rows[:, seg.END] > rows[:, seg.START]).all()
        assert sums(rows) == result.cores[core]
        # Every cycle of every segment is an instruction or a stall.
        spent = rows[:, seg.EXECUTED] + rows[:, seg.STALLS :].sum(axis=1)
        assert (spent == rows[:, seg.END] - rows[:, seg.START]).all()


def test_segments_add_up_to_the_counters(result: SimResult) -> None:
    assert_complete(result)
    assert timeline(result).grain == 1


@pytest.mark.parametrize("profile_of", ["symbols", "hot_spots"])
def test_profile_adds_up_to_the_counters(result: SimResult, profile_of: str) -> None:
    entries = getattr(result, profile_of)
    line = timeline(result)
    for core in range(CORES):
        total = result.cores[core]
        assert sum(entry.core_instructions[core] for entry in entries) == total.instructions
        for kind in at.STALL_KINDS:
            assert sum(of(entry, kind)[core] for entry in entries) == total.stalls[kind]
        elapsed = of_core(line, core)[-1, seg.END] - of_core(line, core)[0, seg.START]
        assert sum(entry.core_cycles[core] for entry in entries) == elapsed
    for entry in entries:
        assert entry.instructions == sum(entry.core_instructions)
        assert entry.cycles == sum(entry.core_cycles)


def of(entry: ProfileEntry, kind: str) -> tuple[int, ...]:
    return entry.core_stalls.get(kind, (0,) * (CORES + 1))


def test_stalls_belong_to_the_instruction_that_causes_them(result: SimResult) -> None:
    (load,) = [e for e in result.hot_spots if e.name == "lw a6, 0(a4)"]
    (mulh,) = [e for e in result.hot_spots if e.name.startswith("mulh")]
    for core in range(CORES):
        assert load.core_instructions[core] == 20 * TILES
        assert of(load, "load_use")[core] == 20 * TILES
        assert of(mulh, "multicycle")[core] == 4 * TILES
        assert of(mulh, "load_use")[core] == 0
    assert load.function == "kernel"
    # All of them want one bank; the same loads wait that a bank counts.
    waited = sum(of(load, "bank"))
    assert waited > 0
    assert result.bank_conflicts[0] == waited
    assert sum(result.bank_conflicts) == result.stalls["bank"]
    assert tuple(
        map(sum, zip(*(layer.bank_conflicts for layer in result.layers), strict=True))
    ) == (result.bank_conflicts)


def test_waits(result: SimResult) -> None:
    line = timeline(result)
    for core in range(CORES):
        rows = of_core(line, core)
        barriers = rows[rows[:, seg.WAIT] == at.STALL_BARRIER]
        # One a tile, one in the second layer, one at the end.
        assert len(barriers) == TILES + 2
        assert (barriers[:, seg.EXECUTED] == 1).all()
        charged = int(barriers[:, seg.STALLS + at.STALL_BARRIER].sum())
        assert charged == result.cores[core].stalls["barrier"]
    first = of_core(line, 0)
    (slept,) = first[first[:, seg.WAIT] == at.STALL_L3]
    assert slept[seg.EXECUTED] == 1
    assert slept[seg.STALLS + at.STALL_L3] == result.cores[0].stalls["l3"] > L3_BYTES
    polls = first[first[:, seg.WAIT] == at.STALL_DMA]
    assert len(polls) == TILES
    assert (polls[:, seg.POLLED] == polls[:, seg.END] - polls[:, seg.START]).all()
    assert (polls[:, seg.POLLED] > TILE_BYTES // 8).all()


def test_transfers(result: SimResult) -> None:
    rows = timeline(result).transfers
    into = rows[rows[:, tr.ENGINE] == at.RX]
    assert into[:, tr.BYTES].tolist() == [TILE_BYTES] * TILES
    assert set(into[:, tr.L1]) == {0x1000_0000}
    assert set(into[:, tr.EXT]) == {0x1C02_0000}
    assert set(into[:, tr.CORE]) == {0}
    assert ((into[:, tr.END] - into[:, tr.ASKED]) >= TILE_BYTES // 8).all()
    (l3,) = rows[rows[:, tr.ENGINE] == at.L3_CHANNEL]
    assert l3[tr.BYTES] == L3_BYTES
    assert l3[tr.END] - l3[tr.START] == 80 + L3_BYTES
    assert len(rows) == TILES + 1


def test_traffic(result: SimResult) -> None:
    total, rows = result.traffic, timeline(result).transfers
    assert total is not None
    into = rows[rows[:, tr.ENGINE] == at.RX]
    assert total.dma_in == total.dma == (into[:, tr.END] - into[:, tr.START]).sum()
    assert total.dma_out == 0
    assert total.l3 == 80 + L3_BYTES
    # Core 0 polls or sleeps, the others wait at the barrier: hardly a cycle is used besides.
    assert total.dma_overlapped < total.dma / 10
    assert total.l3_overlapped < total.l3 / 10
    polls = of_core(timeline(result), 0)[:, seg.POLLED].sum()
    assert total.polling.cycles == polls
    assert 0 < total.polling.instructions < polls
    one, two = (layer.traffic for layer in result.layers)
    assert one is not None
    assert two is not None
    assert (one.dma, one.l3, two.dma, two.l3) == (total.dma, 0, 0, total.l3)


def test_overlap_counts_cycles_in_which_a_core_computes() -> None:
    loop = "li a5, {rounds}\n.Lr: addi a5, a5, -1\nbnez a5, .Lr\n"
    start = """
        bnez a0, .Lbarrier
        li a3, 0x10204400
        lw s7, 0(a3)
        li a4, 0x22000
        sw a4, 0(a3)
        li a4, 0x10000000
        sw a4, 0(a3)
        li a4, 0x1c020000
        sw a4, 0(a3)
        {work}
        .Lbarrier:
    """
    rest = "li t0, 0x10204000\np.elw t1, 0x21c(t0)\n"
    nap = "li t0, 0x10204000\nli t1, 0x10100\nsw t1, 0(t0)\nli a4, 0x122000\n"
    busy = run_bare(start.format(work=loop.format(rounds=500)) + rest, cores=2, profile=True)
    assert busy.result.traffic is not None
    assert busy.result.traffic.dma == busy.result.traffic.dma_overlapped > 1000
    asleep = start.replace("li a4, 0x22000", nap).format(work="p.elw t1, 0x3c(t0)")
    idle = run_bare(asleep + "ret", cores=2, profile=True, max_cycles=20_000)
    assert idle.result.traffic is not None
    assert idle.result.traffic.dma > 1000
    assert idle.result.traffic.dma_overlapped < 20


def test_runs_of_one_simulator_are_recorded_apart() -> None:
    simulator = Simulator(*tiled_program(CORES), profile=True)
    first, second = simulator.run(), simulator.run()
    assert_complete(second)
    assert np.array_equal(timeline(first).segments, timeline(second).segments)
    assert first.traffic == second.traffic


def test_a_long_run_is_merged_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch, result: SimResult
) -> None:
    monkeypatch.setattr(recorder_module, "MOST_SEGMENTS", 20)
    monkeypatch.setattr(recorder_module, "MOST_TRANSFERS", 2)
    merged = timeline(run_tiled(CORES))
    assert merged.grain > 1
    assert len(merged.segments) <= 20 + 2 * (CORES + 1)
    assert len(merged.transfers) <= 2
    whole = timeline(result)
    for core in range(CORES):
        assert sums(of_core(merged, core)) == result.cores[core]
        assert of_core(merged, core)[0, seg.START] == of_core(whole, core)[0, seg.START]
        assert of_core(merged, core)[-1, seg.END] == of_core(whole, core)[-1, seg.END]
    for column in (tr.BYTES, tr.MERGED, tr.BUSY):
        assert merged.transfers[:, column].sum() == whole.transfers[:, column].sum()
    assert int(merged.segments[:, seg.POLLED].sum()) == int(whole.segments[:, seg.POLLED].sum())


def test_a_full_buffer_is_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    """More records than the engine has room for, without a layer at which they are collected."""
    rounds = at.RECORDS // 4
    body = f"""
        mv s11, ra
        li s10, {rounds}
    .Lagain:
        call one
        addi s10, s10, -1
        bnez s10, .Lagain
        mv ra, s11
    """
    data = ".type one, @function\none: nop\nret\n.size one, .-one\n"
    result = run_bare(body, cores=2, data=data, profile=True).result
    assert_complete(result)
    line = timeline(result)
    assert line.segments[:, seg.MERGED].sum() > 2 * 2 * rounds > at.RECORDS_FULL
    assert names(line, of_core(line, 1)).count("one") == rounds


def names(line: Timeline, rows: Ints) -> list[str]:
    return [line.functions[row[seg.FUNCTION]] for row in rows]
