"""Costs of window layers that plans differ by."""

from dataclasses import replace

import pytest

from nmc.backend.planning.choose import plan_network
from nmc.backend.planning.cost import Machine
from nmc.backend.planning.window_cost import WindowCost
from nmc.backend.planning.window_plan import choices
from nmc.dialects import qnn
from nmc.targets import load_target, with_overrides
from tests.schedule.networks import Network


def test_outputs_with_gaps_leave_line_by_line() -> None:
    """Tiles that do not divide the channels evenly: a transfer a pixel, which nothing hides."""
    n = Network((1, 64, 1, 32))
    x = n.conv(n.inputs[0], 96, (1, 1))
    target = load_target("vega")
    layers = [op for op in n.module(x).walk() if isinstance(op, qnn.LayerOp)]
    (planned,) = plan_network(layers, target)
    assert planned.search is not None
    choice = next(c for _, c, _ in planned.search.scored if c.apart and c.engine.unit_channels == 4)
    model = WindowCost(planned.search.work, choice.engine, Machine.of(target))
    even = model.estimate(replace(choice, tile_units=8))
    ragged = model.estimate(replace(choice, tile_units=9))
    assert even.dma_bytes == ragged.dma_bytes
    assert ragged.cycles > even.cycles + 64 * Machine.of(target).transfer(36)


@pytest.mark.parametrize("cores", [2, 4, 8])
def test_cores_divide_private_buffers_into_whole_groups(cores: int) -> None:
    """A part below a band's or an interleaved group's pixels would run into the next core's."""
    n = Network((1, 256, 4, 4))
    x = n.conv(n.inputs[0], 16, (3, 3), pads=(1, 1, 1, 1))
    target = with_overrides(load_target("vega"), cores=cores, l1=16384)
    layers = [op for op in n.module(x).walk() if isinstance(op, qnn.LayerOp)]
    (planned,) = plan_network(layers, target)
    assert planned.search is not None
    work, machine = planned.search.work, Machine.of(target)
    engines = {id(c.engine): c.engine for _, c, _ in planned.search.scored}
    found = [c for e in engines.values() for c in choices(work, e, machine) if c.private]
    assert any(c.band > 1 for c in found)
    for choice in found:
        part = choice.group / choice.split.rows
        assert part % max(choice.band, choice.engine.interleave) == 0, choice
