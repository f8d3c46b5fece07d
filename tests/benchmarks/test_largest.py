"""The search for the largest network, and the networks it is made over."""

from pathlib import Path

import pytest

from benchmarks.fitting import Case, Network, Refusal, largest, plan_of
from nmc.frontend import import_onnx
from nmc.models.vit import Vit, build_vit
from nmc.pipelines.choices import attach_choices
from nmc.pipelines.context import make_context
from nmc.pipelines.lowering import lower_module
from nmc.targets.loading import target_text

SMALL = Vit(input=32, width=64, heads=1, mlp=128, depth=3)


@pytest.mark.parametrize("guess", [1, 2, 7, 8, 30])
@pytest.mark.parametrize("limit", [0, 1, 7, 29])
def test_largest(guess: int, limit: int) -> None:
    assert largest(lambda number: number <= limit, guess) == limit


def test_copies_of_a_block_take_what_blocks_take(tmp_path: Path) -> None:
    """A network of copies is planned like one built so deep, and refused in a line."""
    source = tmp_path / "small.toml"
    text, _ = target_text("vega")
    little_l2 = text.replace("bytes = 0x18_0000", "bytes = 0x2_0000")
    little_l3 = little_l2.replace("bytes = 0x100_0000", "bytes = 0x1000")
    assert text != little_l2 != little_l3
    source.write_text(little_l2)
    case = Case(str(source), "dense", "none")
    network = Network(SMALL)
    built = import_onnx(build_vit("vit", SMALL, samples=2))
    attach_choices(built, case.options)
    lower_module(make_context(), built, "planned")
    planned = plan_of(built)
    assert planned.peaks["l3"] > 0
    assert network.plan(case) == planned
    source.write_text(little_l3)
    refused = network.plan(case)
    assert isinstance(refused, Refusal)
    assert "\n" not in refused.reason and "bytes more than L3 has" in refused.reason
