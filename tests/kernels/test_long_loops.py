"""Estimates of kernels whose loop outgrows a private instruction cache where outputs are apart."""

import pytest

import nmc
from nmc.backend.kernels.estimates import pair_record
from nmc.backend.planning.cost import Machine
from nmc.models.builder import GraphBuilder
from nmc.models.quantise import quantise
from nmc.models.sparsity import parse_sparsity
from nmc.targets import load_target


def test_a_loop_that_fits_a_private_cache_is_fetched_once() -> None:
    machine = Machine.of(load_target("vega"))
    assert machine.refills(124) == 0
    # 36 lines and a half in 8 sets of 4: of four sets and a half all 5 lines, 2 cycles each.
    assert machine.refills(142) == pytest.approx(4.5 * 5 * 2)
    # No line stays where every set overflows.
    assert machine.refills(196) == pytest.approx(50 * 2)


def test_pointers_move_where_outputs_are_out_of_reach() -> None:
    assert pair_record(16, 256) == (0, 124)
    assert pair_record(16, 512) == (12, 136)
    assert pair_record(16, 768)[0] == 18


def _no_refills(machine: Machine, instructions: int) -> float:
    del machine, instructions
    return 0.0


def _in_reach(pixels: int, pitch: int) -> tuple[int, int]:
    del pixels, pitch
    return 0, 124


@pytest.mark.parametrize("fits", [True, False])
def test_outputs_stay_in_reach_where_code_would_come_back(
    fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """197 tokens, 192 to 768 channels: all outputs of a token in L1 at once took 12 % longer."""
    if not fits:
        monkeypatch.setattr(Machine, "refills", _no_refills)
        monkeypatch.setattr("nmc.backend.kernels.estimates.pair_record", _in_reach)
    graph = GraphBuilder("tokens", 0)
    x = graph.input("x", (1, 197, 192))
    model = quantise(graph, {"y": graph.matmul("y", x, 768, parse_sparsity("1:8"))})
    (layer,) = nmc.compile(model, kernels=["spread-1x16-1:8"]).manifest.layers
    assert (layer.tile["records"] == 128) is fits
