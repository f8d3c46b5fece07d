"""The trace file: what the trace event format demands, and that it tells what was counted."""

import gzip
import json
from collections import defaultdict
from itertools import pairwise
from typing import Any

import pytest

from nmc.sim import SimResult
from nmc.sim import layout as at
from nmc.sim.trace import trace_bytes
from tests.sim.tiled import L3_BYTES, TILE_BYTES, TILES, run_tiled

CORES = 3
Event = dict[str, Any]


@pytest.fixture(scope="module")
def result() -> SimResult:
    return run_tiled(CORES)


@pytest.fixture(scope="module")
def trace(result: SimResult) -> dict[str, Any]:
    return json.loads(trace_bytes(result, compress=False))


def events(trace: dict[str, Any], *kinds: str) -> list[Event]:
    return [e for e in trace["traceEvents"] if e["ph"] == "X" and (e["cat"] in kinds or not kinds)]


def tracks(found: list[Event]) -> dict[tuple[int, int], list[Event]]:
    by_track: defaultdict[tuple[int, int], list[Event]] = defaultdict(list)
    for event in found:
        by_track[event["pid"], event["tid"]].append(event)
    return by_track


def track_names(trace: dict[str, Any]) -> dict[tuple[int, int], str]:
    return {
        (e["pid"], e["tid"]): e["args"]["name"]
        for e in trace["traceEvents"]
        if e["ph"] == "M" and e["name"] == "thread_name"
    }


def test_every_event_is_well_formed(trace: dict[str, Any]) -> None:
    for event in trace["traceEvents"]:
        assert event["ph"] in "XM"
        assert all(isinstance(event[key], int) for key in ("pid", "tid"))
        assert isinstance(event["name"], str)
        if event["ph"] == "X":
            assert isinstance(event["ts"], int)
            assert isinstance(event["dur"], int)
            assert event["ts"] >= 0
            assert event["dur"] > 0
            assert isinstance(event["cat"], str)
    named = track_names(trace)
    assert set(tracks(events(trace))) <= set(named)
    # Perfetto takes threads for the same whose ids are equal, and 0 for the idle one.
    threads = [thread for _, thread in named]
    assert len(set(threads)) == len(threads)
    assert 0 not in threads
    assert trace["otherData"]["time unit"] == "1 us is 1 cycle since reset"


def test_slices_of_a_track_nest(trace: dict[str, Any]) -> None:
    for found in tracks(events(trace)).values():
        open_until: list[int] = []
        # In the file outer slices come before those inside them that begin with them.
        for event in sorted(found, key=lambda e: e["ts"]):
            while open_until and open_until[-1] <= event["ts"]:
                open_until.pop()
            end = event["ts"] + event["dur"]
            assert not open_until or end <= open_until[-1]
            open_until.append(end)


def test_slices_add_up_to_the_counters(trace: dict[str, Any], result: SimResult) -> None:
    names = track_names(trace)
    by_track = tracks(events(trace, "run", "wait"))
    for place, found in by_track.items():
        assert all(a["ts"] + a["dur"] == b["ts"] for a, b in pairwise(found))
        if names[place] == "fabric controller":
            continue
        core = result.cores[int(names[place].removeprefix("core "))]
        assert sum(e["args"]["instructions"] for e in found) == core.instructions
        for kind in at.STALL_KINDS:
            assert sum(e["args"].get(kind, 0) for e in found) == core.stalls[kind]
        total = core.instructions + sum(core.stalls.values())
        assert sum(e["dur"] for e in found) == total
    assert len(by_track) == CORES + 1


def test_layers_tiles_kernels_and_waits(trace: dict[str, Any], result: SimResult) -> None:
    names = track_names(trace)
    (layers,) = [v for k, v in tracks(events(trace, "layer")).items() if names[k] == "layers"]
    assert [(e["name"], e["dur"]) for e in layers] == [(x.name, x.cycles) for x in result.layers]
    for core in range(CORES):
        (place,) = [k for k, name in names.items() if name == f"core {core}"]
        own = [e for e in events(trace) if (e["pid"], e["tid"]) == place]
        assert [e["name"] for e in own if e["cat"] == "layer"] == ["one", "two"]
        tiles = [e for e in own if e["cat"] == "tile"]
        assert [e["name"] for e in tiles] == [f"tile {i}" for i in range(TILES)]
        kernels = [e for e in own if e["name"] == "kernel"]
        for tile, kernel in zip(tiles, kernels, strict=True):
            assert tile["ts"] < kernel["ts"]
            assert kernel["ts"] + kernel["dur"] <= tile["ts"] + tile["dur"]
        waits = [e["name"] for e in own if e["cat"] == "wait"]
        assert waits.count("wait: barrier") == TILES + 2
        assert waits.count("wait: dma") == (TILES if core == 0 else 0)
        assert waits.count("wait: l3") == (core == 0)


def test_transfers(trace: dict[str, Any], result: SimResult) -> None:
    names = track_names(trace)
    moves = {names[k]: v for k, v in tracks(events(trace, "transfer")).items()}
    assert set(moves) == {"DMA into L1", "L3"}
    assert [e["args"]["bytes"] for e in moves["DMA into L1"]] == [TILE_BYTES] * TILES
    assert result.traffic is not None
    assert sum(e["dur"] for e in moves["DMA into L1"]) == result.traffic.dma_in
    (l3,) = moves["L3"]
    assert l3["args"] == {
        "bytes": L3_BYTES, "from": "L3", "to": "L2", "L2": "0x1c030000", "L3": "0x0",
        "asked by core": 0, "asked at": l3["ts"],
    }  # fmt: skip
    assert l3["dur"] == result.traffic.l3


def test_compressed_it_is_the_same(result: SimResult) -> None:
    packed = trace_bytes(result, compress=True)
    assert gzip.decompress(packed) == trace_bytes(result, compress=False)
    assert packed == trace_bytes(result, compress=True)
