"""Additions inside convolutions and products: the same bits at every stage, in any L1."""

from dataclasses import replace

import numpy as np
import pytest
from xdsl.dialects.builtin import DictionaryAttr, ModuleOp

from nmc.backend.planning.plans import WindowPlan, read_plan
from nmc.dialects import qnn
from nmc.errors import NmcError
from nmc.reference.graph_interpreter import interpret
from tests.schedule import added
from tests.schedule.running import check, random_inputs, run_passes


@pytest.mark.parametrize(
    ("build", "shape", "cores", "l1", "unsigned", "fused"),
    [
        (added.residual, (1, 9, 7, 16), 8, 131072, True, 2),
        (added.residual, (1, 6, 5, 16), 8, 5376, False, 2),
        (added.sparse, (1, 8, 8, 32), 1, 131072, False, 1),
        (added.sparse, (1, 9, 6, 32), 4, 4096, True, 1),
        (added.strided, (1, 11, 6, 8), 8, 131072, False, 1),
        (added.strided, (1, 11, 6, 8), 2, 1536, True, 1),
        (added.depthwise, (1, 7, 9, 12), 8, 131072, False, 1),
        (added.depthwise, (1, 7, 9, 12), 8, 5376, True, 1),
        (added.unsigned_own, (1, 6, 5, 8), 8, 131072, False, 1),
        (added.reshaped, (1, 13, 24), 8, 131072, True, 1),
        (added.odd, (1, 6, 5, 13), 8, 131072, False, 0),
        (added.tokens, (1, 197, 40), 8, 131072, True, 1),
        (added.tokens, (1, 197, 40), 8, 16384, False, 1),
    ],
)
def test_same_bits(
    build: added.Build,
    shape: tuple[int, ...],
    cores: int,
    l1: int,
    unsigned: bool,
    fused: int,
) -> None:
    """Roomy L1, and the least, or little more, into which a tile with its addend fits."""
    module = added.module_of(build, shape, cores=cores, l1=l1, unsigned=unsigned)
    inputs = random_inputs(module)
    wanted = interpret(module, inputs).outputs
    run_passes(module, "fuse-add{always=true}")
    assert added.fused_in(module) == fused
    found = interpret(module, inputs).outputs
    assert all(np.array_equal(found[name], wanted[name]) for name in wanted)
    check(module)


def planned(build: added.Build, shape: tuple[int, ...]) -> tuple[ModuleOp, qnn.LayerOp]:
    """A network with plans, and the layer that adds."""
    module = added.module_of(build, shape)
    run_passes(module, "fuse-add{always=true},select-kernels")
    (layer,) = [op for op in module.walk() if isinstance(op, qnn.Conv2dOp) and op.addend]
    return module, layer


@pytest.mark.parametrize("order", ["weights-rows-groups", "rows-weights-groups"])
@pytest.mark.parametrize("double", [(), ("addend",), ("addend", "out", "w", "x")])
def test_plans_written_by_hand(order: str, double: tuple[str, ...]) -> None:
    """In every nesting of the loops the addend of a tile is there, doubled or not."""
    module, layer = planned(added.unsigned_own, (1, 6, 5, 8))
    plan = read_plan(layer.attributes["plan"], "conv1")
    assert isinstance(plan, WindowPlan)
    cut = replace(
        plan,
        kernel="dense-4x4",
        order=order,
        tile_rows=4,
        tile_records=1,
        double=double,
        split=(8, 1),
        band=1,
        group=32,
        row_step=4,
    )
    layer.attributes["plan"] = DictionaryAttr(cut.to_attributes())
    check(module)


def test_tiles_with_gaps_are_refused() -> None:
    module, layer = planned(added.strided, (1, 11, 6, 8))
    plan = read_plan(layer.attributes["plan"], "conv1")
    assert isinstance(plan, WindowPlan)
    uneven = replace(plan, kernel="dense-4x4", tile_records=5, split=(8, 1))
    layer.attributes["plan"] = DictionaryAttr(uneven.to_attributes())
    with pytest.raises(NmcError, match="its addend needs outputs without gaps in L1; choose"):
        run_passes(module, "pack-weights,tile")
