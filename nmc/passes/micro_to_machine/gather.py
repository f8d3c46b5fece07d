"""Gathers: extract, add and load, or one instruction of the extension."""

from xdsl.dialects import rv32
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Operation, SSAValue

from nmc.dialects import micro
from nmc.dialects.xnm import (
    Gather,
    WordGather,
    XdecimateClrOp,
    XdecimateM4Op,
    XdecimateM8Op,
    XdecimateM16Op,
    XdecimateSM4Op,
    XdecimateSM8Op,
    XdecimateSM16Op,
    XgatherM4Op,
    XgatherM8Op,
    XgatherM16Op,
)
from nmc.dialects.xpulp.bits import PExtractuOp
from nmc.dialects.xpulp.loads import PLbuRegOp
from nmc.numerics.packing.gather import INDICES_AT
from nmc.passes.micro_to_machine.compute import join
from nmc.passes.micro_to_machine.lowering import IMMEDIATE, Lowering, Rule

FEATURE = "xdecimate"
WORDS = "xgather"

# By (M, copies of an index).
XDECIMATE: dict[tuple[int, int], type[Gather]] = {
    (4, 2): XdecimateM4Op,
    (8, 2): XdecimateM8Op,
    (16, 2): XdecimateM16Op,
    (4, 1): XdecimateSM4Op,
    (8, 1): XdecimateSM8Op,
    (16, 1): XdecimateSM16Op,
}


XGATHER: dict[int, type[WordGather]] = {4: XgatherM4Op, 8: XgatherM8Op, 16: XgatherM16Op}


def gather(low: Lowering, op: micro.GatherOp) -> None:
    """Four lanes for each pixel."""
    if op.counted is not None and FEATURE in low.features:
        _with_counter(low, op)
    else:
        _in_software(low, op)


def _with_counter(low: Lowering, op: micro.GatherOp) -> None:
    """The counter steps pixel by pixel (or channel by channel) within a lane, lane by lane."""
    make = XDECIMATE[op.m.value.data, op.copies.value.data]
    indices = low.own_reg(op.indices)
    rows = [low.own_reg(row) for row in op.rows]
    lanes = [low.own_reg(vector) for vector in op.into]
    for _ in range(4):
        for pixel, row in enumerate(rows):
            lanes[pixel] = low.emit(make(lanes[pixel], row, indices))
    low.results(op, lanes)


def _in_software(low: Lowering, op: micro.GatherOp) -> None:
    """Per index an extract and an add, per pixel or channel a byte load; two packs a vector.

    What a lane's block adds to the row's address is added where the row is known.
    """
    indices, cursor = low.own_reg(op.indices), low.own_reg(op.cursor)
    field, n, m = op.field.value.data, op.n.value.data, op.m.value.data
    width, copies = op.width.value.data, op.copies.value.data
    loaded: list[list[SSAValue]] = [[] for _ in op.rows]

    def place(number: int) -> SSAValue:
        index = low.emit(PExtractuOp(indices, width - 1, number * width))
        return low.emit(riscv.AddOp(index, cursor))

    for lane in range(4):
        first = (field + lane) * copies
        at = place(first)
        for number, row in enumerate(op.rows):
            if number and op.channels is not None:
                at = place(first + number)
            base = low.derived(low.own_reg(row), m * (lane // n))
            loaded[number].append(low.emit(PLbuRegOp(base, at)))
    vectors = [
        join(low, low.own_reg(into), *four) for into, four in zip(op.into, loaded, strict=True)
    ]
    low.results(op, vectors)


def gather_word(low: Lowering, op: micro.GatherWordOp) -> None:
    """An xgather; else extract, scale, add and load."""
    row, pair = low.own_reg(op.row), low.own_reg(op.pair)
    m, lanes, number = op.m.value.data, op.lanes.value.data, op.number.value.data
    if WORDS in low.features:
        words_log2 = (lanes // 4).bit_length() - 1
        low.define(op.result, low.emit(XGATHER[m](row, pair, words_log2)))
        return
    width = op.width.value.data
    index = low.emit(PExtractuOp(pair, width - 1, INDICES_AT + width * number))
    offset = low.emit(rv32.SlliOp(index, lanes.bit_length() - 1))
    block = low.emit(riscv.AddOp(row, low.own_reg(op.cursor)))
    address = low.emit(riscv.AddOp(block, offset))
    distance = m * lanes * number + 4 * op.word.value.data
    if distance not in IMMEDIATE:
        address, distance = low.add_constant(address, distance), 0
    low.define(op.result, low.emit(riscv.LwOp(address, distance)))


def gather_reset(low: Lowering, _: micro.GatherResetOp) -> None:
    """Nothing to clear without the extension."""
    if FEATURE in low.features or WORDS in low.features:
        low.do(XdecimateClrOp())


RULES: dict[type[Operation], Rule] = {
    micro.GatherOp: gather,
    micro.GatherResetOp: gather_reset,
    micro.GatherWordOp: gather_word,
}
