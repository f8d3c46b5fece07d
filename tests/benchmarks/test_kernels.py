"""The tables of benchmarks.kernels, and that each kernel is measured on the machine it needs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import kernel_runs, kernels
from benchmarks.kernel_runs import Measured
from benchmarks.shapes import GROUPS, convolution
from nmc.backend.kernels import ContractionKernel, kernel_by_name


def _one(kernel: str, cycles: int, sparsity: str = "1:16", needs: str = "") -> Measured:
    layer = kernels.GOAL_LAYER
    return Measured("sweep", layer, "conv", sparsity, kernel, needs, cycles, cycles, 9000, True)


EVERY = [
    _one("dense-1x2", 900, "dense"),
    _one("dense-4x4", 500, "dense"),
    _one("decimate-1x2-1:16", 300),
    _one("pair-1x16-1:16", 100),
    _one("xgmac-4x4of16-1:16", 50, needs="xgmac"),
]


def test_the_goals_layer_is_measured() -> None:
    assert kernels.GOAL_LAYER in [shape.name for shape in GROUPS["sweep"]]


def test_goals_take_the_fastest_kernel_a_machine_can_run() -> None:
    rows = {(row[0], row[1]): row[2:] for row in kernels.goals(EVERY).rows}
    assert rows["dense", "no"] == ["dense-4x4", "500", "18.0", "19", "NO"]
    assert rows["1:16", "no"] == ["pair-1x16-1:16", "100", "90.0", "82", "yes"]
    assert rows["1:16", "yes"] == ["xgmac-4x4of16-1:16", "50", "180.0", "150", "yes"]
    assert ("1:8", "no") not in rows


def test_the_fastest_kernels_stand_beside_the_fastest_dense_one() -> None:
    rows = {row[1]: row[2:] for row in kernels.best(EVERY).rows}
    assert rows["dense"] == ["dense-4x4", "18.00", "1.00", "", "", ""]
    fastest = ["pair-1x16-1:16", "90.00", "5.00", "xgmac-4x4of16-1:16", "180.00", "10.00"]
    assert rows["1:16"] == fastest


def test_ratios_to_the_baselines_stand_beside_the_published_ones() -> None:
    rows = kernels.ratios(EVERY).rows
    assert rows[0] == [
        "conv", "1:16", "decimate-1x2", "dense-1x2", "1", "3.00", "3.00", "3.00", "2.60",
    ]  # fmt: skip
    assert ["conv", "1:16", "pair-1x16", "dense-1x2", "1", "9.00", "9.00", "9.00", ""] in rows


def test_what_does_not_fit_says_so() -> None:
    small = convolution(512, 8, 4)
    one = kernel_runs.measure("wide", small, "1:4", kernel_by_name("xgmac-4x4of32-1:4"))
    assert one.problem and not one.cycles
    (row,) = kernels.details("wide", [one]).rows
    assert "more than the" in row[-1] and "L1" in row[-1] and row[4] == ""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(kernel_runs, "KEPT", tmp_path)
    few = [kernel_by_name(name) for name in ("dense-4x2", *XGMAC)]

    def kernels_for(*_: object) -> list[ContractionKernel]:
        return few

    monkeypatch.setattr(kernel_runs, "kernels_for", kernels_for)
    monkeypatch.setitem(GROUPS, "small", (convolution(16, 8, 4),))
    yield


XGMAC = ("xgmac-4x4of16-1:16", "xgmac-xrq-4x4of16-1:16")


def test_a_kernel_is_compiled_with_what_it_needs_and_no_more(
    small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = kernel_runs.measure_all("small", 0, "1:16")
    assert [m.kernel for m in found] == list(XGMAC), "the dense one is for dense weights"
    assert [m.needs for m in found] == ["xgmac", "xgmac, xrq"]
    # An output takes one instruction with xrq; were it on both machines, both would be as fast.
    assert found[1].cycles < found[0].cycles and all(m.exact for m in found)
    monkeypatch.delattr(kernel_runs, "measure")
    assert kernel_runs.measure_all("small", 0, "1:16") == found, "kept"
