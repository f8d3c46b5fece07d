"""Tiles of flat layers: how many positions, doubled or not."""

from dataclasses import replace

import pytest

from nmc.backend.planning.cost import Machine
from nmc.backend.planning.flat_plan import flat_l1, plan_flat
from nmc.backend.planning.work import FlatWork, Layer
from nmc.errors import NmcError
from nmc.targets import load_target

MACHINE = Machine.of(load_target("vega"))


def rows(count: int, length: int) -> FlatWork:
    """Rows of 10 cycles a byte."""
    layer = Layer("norm", "layer_norm", (count, length))
    fixed = 8 * length
    where = (length,), length, 1, 10.0 * length, ("x",)
    return FlatWork(layer, "layer_norm", count, *where, fixed_bytes=fixed)


@pytest.mark.parametrize("length", [64, 384, 1024, 4096])
def test_every_core_has_rows_of_every_tile(length: int) -> None:
    work = rows(64, length)
    plan = plan_flat(work, MACHINE)
    assert plan.tiles[0] % MACHINE.cores == 0
    assert plan.busiest == 1000
    assert plan.l1_bytes == flat_l1(work, plan.tiles[0], bool(plan.double))
    assert plan.l1_bytes <= MACHINE.l1_bytes


def test_few_rows_are_one_tile() -> None:
    plan = plan_flat(rows(3, 64), MACHINE)
    assert (plan.tiles, plan.double) == ((3,), ())


def test_what_barely_fits_goes_row_by_row() -> None:
    work = rows(5, 4096)
    machine = replace(MACHINE, l1_bytes=flat_l1(work, 1, False))
    assert plan_flat(work, machine).tiles == (1,)
    with pytest.raises(NmcError, match="its smallest tile needs 8 bytes more than the"):
        plan_flat(work, replace(machine, l1_bytes=machine.l1_bytes - 8))
