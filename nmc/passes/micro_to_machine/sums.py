"""Sums of four pixels: the extension's accumulators, or four registers and plain instructions."""

from collections.abc import Sequence

from xdsl.dialects import rv32
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Operation, SSAValue

from nmc.dialects import micro
from nmc.dialects.tile.attrs import RequantAttr
from nmc.dialects.xnm import (
    GatherMac,
    XgmacM4Op,
    XgmacM8Op,
    XgmacM16Op,
    XgmacPopOp,
    XgmacStartOp,
    XgmacuM4Op,
    XgmacuM8Op,
    XgmacuM16Op,
    XrqOp,
    XrquOp,
)
from nmc.dialects.xpulp.bits import PExtractuOp
from nmc.dialects.xpulp.dot import PvSdotspBOp, PvSdotuspBOp
from nmc.dialects.xpulp.lanes import PvShuffle2BOp
from nmc.dialects.xpulp.simd_arithmetic import PvMaxSciBOp
from nmc.passes.micro_to_machine.compute import join, requantized
from nmc.passes.micro_to_machine.lowering import Lowering, Rule

REQUANTISE = "xrq"

# By (M, unsigned pixels).
XGMAC: dict[tuple[int, bool], type[GatherMac]] = {
    (4, False): XgmacM4Op,
    (8, False): XgmacM8Op,
    (16, False): XgmacM16Op,
    (4, True): XgmacuM4Op,
    (8, True): XgmacuM8Op,
    (16, True): XgmacuM16Op,
}

# Lanes 1 to 3 of the old vector, then lane 0 of the other operand.
SHIFT_IN = 0x04030201

# Bounds of outputs that xrq and xrqu have, and those that xrq needs a maximum for.
BOUNDS, HALF = ((-128, 127), (0, 255)), (0, 127)


def start(low: Lowering, op: micro.SumsStartOp) -> None:
    """xgmac.start, or the same register four times."""
    if low.sums.held:
        low.do(XgmacStartOp(low.reg(op.bias)))
        low.sums.begin(op.result, ())
    else:
        low.sums.begin(op.result, [low.own_reg(op.bias)] * 4)


def gather(low: Lowering, op: micro.SumsGatherOp) -> None:
    """An xgmac for each non-zero, or what follows."""
    sums = low.sums.take(op.sums)
    indices, weights = low.own_reg(op.indices), low.own_reg(op.weights)
    if low.sums.held:
        make = XGMAC[op.m.value.data, op.unsigned is not None]
        words_log2 = (op.lanes.value.data // 4).bit_length() - 1
        for _ in range(op.count.value.data):
            low.do(make(low.own_reg(op.row), indices, weights, words_log2))
        low.sums.give(op.result, ())
        return
    low.sums.give(op.result, _in_software(low, op, sums, indices, weights))


def _in_software(
    low: Lowering,
    op: micro.SumsGatherOp,
    sums: Sequence[SSAValue],
    indices: SSAValue,
    weights: SSAValue,
) -> list[SSAValue]:
    """A weight alone in a word, in each of its lanes, makes a dot product a product.

    Per non-zero five instructions for the address and the load, then three to move the weight
    to the next lane and four products.
    """
    first, width, lanes = op.first.value.data, op.width.value.data, op.lanes.value.data
    dot = PvSdotuspBOp if op.unsigned is not None else PvSdotspBOp
    base = low.emit(riscv.AddOp(low.own_reg(op.row), low.own_reg(op.cursor)))
    sums = list(sums)
    for number in range(op.count.value.data):
        field, lane = (first + number) % (32 // width), (first + number) % 4
        index = low.emit(PExtractuOp(indices, width - 1, field * width))
        offset = low.emit(rv32.SlliOp(index, lanes.bit_length() - 1))
        address = low.emit(riscv.AddOp(base, offset))
        block = op.m.value.data * lanes * number
        if block >= 2048:
            address = low.add_constant(address, block)
            block = 0
        pixels = low.emit(riscv.LwOp(address, block))
        weight = low.emit(PExtractuOp(weights, 7, 8 * lane))
        for pixel in range(4):
            sums[pixel] = low.emit(dot(sums[pixel], pixels, weight))
            if pixel < 3:
                weight = low.emit(rv32.SlliOp(weight, 8))
    return sums


def read(low: Lowering, op: micro.SumsReadOp) -> None:
    """xgmac.pop four times, or nothing."""
    low.results(op, _read(low, op.sums))


def _read(low: Lowering, value: SSAValue) -> Sequence[SSAValue]:
    sums = low.sums.take(value)
    return [low.emit(XgmacPopOp()) for _ in range(4)] if low.sums.held else sums


def requantize(low: Lowering, op: micro.SumsRequantizeOp) -> None:
    """xrq for each pixel; or the sums are read, requantised and shifted in."""
    constants = op.requant
    if low.sums.held and REQUANTISE in low.features and _in_one(constants):
        low.sums.take(op.sums)
        make = XrquOp if constants.lo.data >= 0 else XrqOp
        zero_point = low.outer_const(constants.zero_point.data)
        multiplier, shift = low.own_reg(op.multiplier), constants.shift.data
        vectors = [
            low.emit(make(low.own_reg(into), multiplier, zero_point, shift - 1)) for into in op.into
        ]
    else:
        selector = low.outer_const(SHIFT_IN)
        multiplier = low.own_reg(op.multiplier)
        outputs = [requantized(low, acc, multiplier, constants) for acc in _read(low, op.sums)]
        vectors = [
            low.emit(PvShuffle2BOp(low.own_reg(into), output, selector))
            for into, output in zip(op.into, outputs, strict=True)
        ]
    low.results(op, vectors)


def requantize_pack(low: Lowering, op: micro.RequantizePackOp) -> None:
    """Through an accumulator, where there is xrq: a start and an xrq each; else as they are."""
    constants = op.requant
    bounds = constants.lo.data, constants.hi.data
    accs = [low.own_reg(acc) for acc in op.accs]
    multipliers = [low.own_reg(multiplier) for multiplier in op.multipliers]
    held = low.sums.held and low.sums.current is None and REQUANTISE in low.features
    if not held or bounds not in (*BOUNDS, HALF) or constants.acc_bits.data:
        pairs = zip(accs, multipliers, strict=True)
        lanes = [requantized(low, acc, multiplier, constants) for acc, multiplier in pairs]
        low.define(op.result, join(low, lanes[0], *lanes))
        return
    zero_point, shift = low.outer_const(constants.zero_point.data), constants.shift.data
    make = XrquOp if bounds == (0, 255) else XrqOp
    packed = accs[0]
    for acc, multiplier in zip(accs, multipliers, strict=True):
        low.do(XgmacStartOp(acc))
        packed = low.emit(make(packed, multiplier, zero_point, shift - 1))
    low.define(op.result, low.emit(PvMaxSciBOp(packed, 0)) if bounds == HALF else packed)


def _in_one(constants: RequantAttr) -> bool:
    """Whether xrq has these bounds, and no saturation before the product is asked for."""
    bounds = constants.lo.data, constants.hi.data
    return bounds in BOUNDS and constants.acc_bits.data == 0


RULES: dict[type[Operation], Rule] = {
    micro.SumsStartOp: start,
    micro.SumsGatherOp: gather,
    micro.SumsReadOp: read,
    micro.SumsRequantizeOp: requantize,
    micro.RequantizePackOp: requantize_pack,
}
