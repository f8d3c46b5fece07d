"""Gathers: extract, add, load and insert, or the extension's one instruction."""

from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Operation, SSAValue

from nmc.dialects import micro
from nmc.dialects.xnm import (
    Gather,
    XdecimateClrOp,
    XdecimateM4Op,
    XdecimateM8Op,
    XdecimateM16Op,
    XdecimateSM4Op,
    XdecimateSM8Op,
    XdecimateSM16Op,
)
from nmc.dialects.xpulp.bits import PExtractuOp
from nmc.dialects.xpulp.loads import PLbuRegOp
from nmc.passes.micro_to_machine.compute import join
from nmc.passes.micro_to_machine.lowering import Lowering, Rule

FEATURE = "xdecimate"

# By (M, copies of an index).
XDECIMATE: dict[tuple[int, int], type[Gather]] = {
    (4, 2): XdecimateM4Op,
    (8, 2): XdecimateM8Op,
    (16, 2): XdecimateM16Op,
    (4, 1): XdecimateSM4Op,
    (8, 1): XdecimateSM8Op,
    (16, 1): XdecimateSM16Op,
}


def gather(low: Lowering, op: micro.GatherOp) -> None:
    """Four lanes for each pixel."""
    if op.counted is not None and FEATURE in low.features:
        _with_counter(low, op)
    else:
        _in_software(low, op)


def _with_counter(low: Lowering, op: micro.GatherOp) -> None:
    """The counter steps pixel by pixel within a lane, lane by lane."""
    make = XDECIMATE[op.m.value.data, op.copies.value.data]
    indices = low.own_reg(op.indices)
    rows = [low.own_reg(row) for row in op.rows]
    lanes = [low.own_reg(vector) for vector in op.into]
    for _ in range(4):
        for pixel, row in enumerate(rows):
            lanes[pixel] = low.emit(make(lanes[pixel], row, indices))
    low.results(op, lanes)


def _in_software(low: Lowering, op: micro.GatherOp) -> None:
    """Per non-zero an extract and an add, per pixel a byte load; two packs a vector.

    What a lane's block adds to the row's address is added where the row is known.
    """
    indices, cursor = low.own_reg(op.indices), low.own_reg(op.cursor)
    field, n, m = op.field.value.data, op.n.value.data, op.m.value.data
    width, copies = op.width.value.data, op.copies.value.data
    loaded: list[list[SSAValue]] = [[] for _ in op.rows]
    for lane in range(4):
        index = low.emit(PExtractuOp(indices, width - 1, (field + lane) * copies * width))
        at = low.emit(riscv.AddOp(index, cursor))
        for pixel, row in enumerate(op.rows):
            base = low.derived(low.own_reg(row), m * (lane // n))
            loaded[pixel].append(low.emit(PLbuRegOp(base, at)))
    vectors = [
        join(low, low.own_reg(into), *four) for into, four in zip(op.into, loaded, strict=True)
    ]
    low.results(op, vectors)


def gather_reset(low: Lowering, _: micro.GatherResetOp) -> None:
    """Nothing to clear without the extension."""
    if FEATURE in low.features:
        low.do(XdecimateClrOp())


RULES: dict[type[Operation], Rule] = {
    micro.GatherOp: gather,
    micro.GatherResetOp: gather_reset,
}
