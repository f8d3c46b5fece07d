"""Plans: they survive their attribute form, and a wrong one is refused by name."""

from dataclasses import replace

import pytest
from xdsl.dialects.builtin import BoolAttr, DictionaryAttr, IntegerAttr, StringAttr, i64
from xdsl.ir import Attribute

from nmc.backend.planning.plans import FlatPlan, Plan, WindowPlan, read_plan
from nmc.errors import NmcError

WINDOW = WindowPlan(
    kernel="dense-4x4",
    reason="1 cycle",
    cores=8,
    double=("w", "x"),
    l1_bytes=1000,
    dma_bytes=2000,
    cycles=3000,
    busiest=1010,
    order="rows-groups-weights",
    tile_rows=4,
    tile_records=2,
    group=32,
    private=False,
    split=(4, 2),
    row_step=4,
)
FLAT = FlatPlan("add", "1 cycle", 8, (), 10, 20, 30, 1000, (64, 32))


@pytest.mark.parametrize("plan", [WINDOW, FLAT, replace(WINDOW, double=(), private=True)])
def test_a_plan_survives_its_attribute(plan: Plan) -> None:
    assert read_plan(DictionaryAttr(plan.to_attributes()), "l") == plan


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("tile_rows", IntegerAttr(0, i64), "plan tile_rows must be positive, not 0"),
        ("group", IntegerAttr(-1, i64), "plan group must not be negative"),
        ("order", StringAttr("groups"), "plan order must be one of"),
        ("band", IntegerAttr(0, i64), "plan band must be positive"),
        ("band", IntegerAttr(8, i64), "plan tile_rows must be a multiple of band 8"),
        ("apart", BoolAttr.from_bool(True), "plan apart needs the order rows-groups-weights"),
        ("lead", IntegerAttr(2, i64), "plan lead needs the order rows-weights-groups and no group"),
        ("ahead", BoolAttr.from_bool(True), "plan ahead needs the order rows-weights-groups"),
        ("lead", IntegerAttr(-2, i64), "plan lead must not be negative"),
        ("split", StringAttr("4x2"), 'plan split cannot be "4x2"'),
        ("colour", StringAttr("red"), "unknown key 'colour'"),
        ("kind", StringAttr("round"), "plan kind must be one of window, flat"),
    ],
)
def test_a_wrong_plan_is_refused(key: str, value: Attribute, message: str) -> None:
    order = WINDOW.order if key != "apart" else "weights-rows-groups"
    attributes = replace(WINDOW, order=order).to_attributes() | {key: value}
    with pytest.raises(NmcError, match=message) as caught:
        read_plan(DictionaryAttr(attributes), "conv1")
    assert "layer conv1" in str(caught.value)


def test_a_key_with_a_default_may_be_missing() -> None:
    attributes = replace(WINDOW, band=4).to_attributes()
    assert read_plan(DictionaryAttr(attributes), "l") == replace(WINDOW, band=4)
    del attributes["band"]
    assert read_plan(DictionaryAttr(attributes), "l") == WINDOW


def test_a_missing_key_is_named() -> None:
    attributes = WINDOW.to_attributes()
    del attributes["group"]
    with pytest.raises(NmcError, match="layer conv1: the plan has no 'group'"):
        read_plan(DictionaryAttr(attributes), "conv1")


def test_no_plan() -> None:
    with pytest.raises(NmcError, match="layer conv1: it has no plan"):
        read_plan(None, "conv1")
