"""What benchmarks make of measurements, and how they are kept."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import nmc
from benchmarks import breakdown, extensions, results, scaling
from benchmarks.calibration import Calibration
from benchmarks.commands import Measurement
from benchmarks.stored_weights import stored_by_kernel, stored_weights
from nmc.cli.console import TextTable
from nmc.models.small import small_model


def test_results_are_kept_as_markdown_data_and_plots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Figure:
        def to_html(self, **_: Any) -> str:
            return "<figure>"

    monkeypatch.setattr(results, "RESULTS", tmp_path / "results")
    table = TextTable("cycles", ["layer", ">n"], [["conv", "7"]])
    results.publish("some", [table], ["a note"], {"conv": 7}, "gap9", [Figure()])
    page = (tmp_path / "results/some.md").read_text()
    assert "target gap9 (sha256 " in page and results.commit() in page
    assert "| layer | n |\n| --- | ---: |\n| conv | 7 |" in page and page.endswith("a note\n")
    kept = json.loads((tmp_path / "results/some.json").read_text())
    assert kept["figures"] == {"conv": 7} and kept["of"] in page
    assert "<figure>" in (tmp_path / "results/some.html").read_text()


def test_the_parts_of_a_run_are_all_its_cycles() -> None:
    program = nmc.compile(small_model("conv-wide", "1:8"))
    result = breakdown.profiled(program)
    assert result.exact
    parts = breakdown.parts_of(result)
    assert parts.total() == pytest.approx(result.cycles, rel=0.001)
    assert set(parts) == set(breakdown.PARTS) and all(parts[part] > 0 for part in parts)
    assert result.profile is not None
    entries = result.profile.instructions
    loops = breakdown.product_loops(entries)
    inside = [e for e in entries if breakdown.part_of(e, loops) == breakdown.LOOPS]
    dots = [e for e in entries if e.name.startswith("pv.sdot")]
    # Each dot product is in a loop, or in a copy of its body for what does not fill an iteration.
    assert inside and sum(e.instructions for e in dots if e in inside) > 0.9 * sum(
        e.instructions for e in dots
    )


def _measurement(directory: Path, layers: list[dict[str, Any]]) -> Measurement:
    cycles = sum(layer["cycles"] for layer in layers)
    run = {"exact": True, "cycles": cycles, "layers": layers}
    return Measurement("1:8", "none", 1.0, Calibration(1.0, 1.0), run, directory, directory)


def test_stored_weights_count_what_lies_in_memory(tmp_path: Path) -> None:
    program = nmc.compile(small_model("conv-wide", "1:8"), kernels=["decimate"])
    program.save(tmp_path / "p")
    (row,) = stored_weights([_measurement(tmp_path / "p", [])]).rows
    # 40 to 36 channels, 3x3: 45 non-zeros a filter, and an index of four bits for each.
    assert row[2:4] == [f"{36 * 9 * 40:,}", f"{36 * 45:,}"]
    stored = int(row[4].replace(",", ""))
    assert 36 * 45 * 1.5 < stored < 36 * 45 * 1.5 + 36 * 32
    assert row[7] == "81.25%"
    (row,) = stored_by_kernel([_measurement(tmp_path / "p", [])]).rows
    # Beside them a bias and a multiplier a channel, and what fills a record to words.
    assert row[2] == "decimate-1x2-1:8" and row[6] == f"{36 * 8:,}"
    assert int(row[7].replace(",", "")) + 36 * 8 == stored and 1.5 <= float(row[8]) < 1.8


def _found(cycles: int, layers: dict[str, tuple[int, int]]) -> scaling.Found:
    return scaling.Found(cycles, True, "", 1000, layers)


def test_efficiency_and_layers_that_l3_binds() -> None:
    alone, many = (scaling.Point("vega", cores, 131072, "dense", "none") for cores in (1, 8))
    found = {
        alone: _found(900, {"conv": (800, 0), "streamed": (100, 90)}),
        many: _found(200, {"conv": (110, 0), "streamed": (90, 90)}),
    }
    assert scaling.efficiency(many, found) == pytest.approx(900 / 1600)
    assert scaling.efficiency(alone, {alone: found[alone]}) == 1
    assert scaling.efficiency(many, {many: found[many]}) is None
    (row,) = scaling.eight_against_one(found).rows
    assert row[3:] == ["4.50", "1", "7.27"]


def test_a_sweep_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point = scaling.Point("vega", 8, 131072, "1:8", "none")
    monkeypatch.setattr(scaling, "DIRECTORY", tmp_path)

    def once(_: scaling.Point) -> scaling.Found:
        return _found(5, {"conv": (5, 2)})

    def again(_: scaling.Point) -> scaling.Found:
        raise AssertionError("measured again")

    monkeypatch.setattr(scaling, "measured", once)
    first = scaling.known(point)
    monkeypatch.setattr(scaling, "measured", again)
    assert scaling.known(point).cycles == first.cycles == 5
    assert [list(pair) for pair in scaling.known(point).layers.values()] == [[5, 2]]


def test_machines_equal_but_for_names_are_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[scaling.Point] = []

    def count(point: scaling.Point) -> scaling.Found:
        measured.append(point)
        return _found(len(measured), {})

    monkeypatch.setattr(scaling, "known", count)
    points = [
        scaling.Point(target, 8, l1, sparsity, "none")
        for target in ("vega", "pulp-open", "gap9")
        for l1 in (65536, 131072)
        for sparsity in ("dense", "1:8")
    ]
    found = scaling.sweep(points, 1)
    assert list(found) == points and len(measured) == 8
    assert {point.target for point in measured} == {"vega", "gap9"}
    assert all(found[replace(p, target="vega")] == found[p] for p in points if "pulp" in p.target)


def test_the_extension_asks_for_no_more_ports_than_the_core_has() -> None:
    rows = {row[0]: row[1:] for row in extensions.hardware().rows}
    assert list(rows) == list(extensions.ARITHMETIC)
    for _, reads, writes, ports, access, state, _, _ in rows.values():
        assert int(reads) <= 3 and int(writes) <= 2 and int(ports) <= 1 and int(access) <= 4
        assert int(state) <= 160
    assert rows["xgather"][1:6] == ["2", "1", "1", "4", "32"]
    sets = {one.label: one.parts for one in extensions.SETS}
    assert sets["xnm (all)"] == tuple(rows) and sets["xgmac, xrq"] == ("xgmac", "xrq")


def test_savings_of_the_extension_are_against_none_of_it(tmp_path: Path) -> None:
    cycles = [1000, 900, 950, 500, 420, 400, 440]
    runs = [
        _measurement(tmp_path, [{"name": "a", "cycles": each, "estimate": 1}]) for each in cycles
    ]
    table = extensions.networks({"1:8": runs})
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert [row[4] for row in table.rows] == ["0%", "10%", "5%", "50%", "58%", "60%", "56%"]
    assert [row[2] for row in table.rows] == ["0", "32", "32", "160", "160", "160", "160"]


def test_layers_are_matched_where_networks_fuse_differently(tmp_path: Path) -> None:
    def run(cycles: dict[str, int]) -> Measurement:
        each = [{"name": n, "cycles": c, "kernel": f"k-{n}"} for n, c in cycles.items()]
        return _measurement(tmp_path, each)

    apart, fused = run({"a": 100, "add": 10, "b": 50}), run({"a": 80, "b": 40})
    sets = len(extensions.SETS)
    table = extensions.layers("1:8", [apart, *[fused] * (sets - 1)])
    assert [row[0] for row in table.rows] == ["a", "add", "b"]
    assert table.rows[0][1:3] == ["100", "80"] and table.rows[0][-2:] == ["20%", "k-a"]
    assert table.rows[1][1:] == ["10", *[""] * (sets + 1)]
    table = extensions.layers("1:8", [fused, *[apart] * (sets - 1)])
    assert [row[0] for row in table.rows] == ["a", "add", "b"]
    assert table.rows[1][1] == "" and table.rows[1][-2:] == ["", "k-add"]
