"""Vectors and fixed point."""

from collections.abc import Callable

from xdsl.dialects import rv32
from xdsl.dialects.riscv import ops as riscv
from xdsl.ir import Operation, SSAValue

from nmc.dialects import micro
from nmc.dialects.tile.attrs import RequantAttr
from nmc.dialects.xpulp.bits import PFl1Op
from nmc.dialects.xpulp.dot import PvSdotspBOp, PvSdotupBOp, PvSdotuspBOp
from nmc.dialects.xpulp.fixed_point import PAddRNOp, PAdduRNrOp
from nmc.dialects.xpulp.formats import RdRsRsAcc
from nmc.dialects.xpulp.lanes import (
    PvPackHHOp,
    PvPackhiBOp,
    PvPackHOp,
    PvPackloBOp,
    PvShuffle2BOp,
    PvShuffleI0SciBOp,
    PvShuffleI1SciBOp,
    PvShuffleI2SciBOp,
    PvShuffleI3SciBOp,
)
from nmc.dialects.xpulp.multiply import PMacOp
from nmc.dialects.xpulp.scalar import PClipOp, PCliprOp, PClipuOp, PMaxOp, PMinOp
from nmc.dialects.xpulp.simd_arithmetic import (
    PvAddBOp,
    PvMaxBOp,
    PvMaxSciBOp,
    PvMaxuBOp,
    PvMaxuSciBOp,
    PvMinBOp,
    PvMinSciBOp,
    PvMinuBOp,
    PvMinuSciBOp,
    PvSubBOp,
)
from nmc.numerics.requant import raised_by
from nmc.passes.micro_to_machine.lowering import Lowering, Rule, signed

Pair = Callable[[SSAValue, SSAValue], Operation]
WithImmediate = Callable[[SSAValue, int], Operation]

# By (operation, unsigned): the register form, the form with an immediate, its range.
LANE_WISE: dict[tuple[type[Operation], bool], tuple[Pair, WithImmediate, range]] = {
    (micro.MaxOp, False): (PvMaxBOp, PvMaxSciBOp, range(-32, 32)),
    (micro.MaxOp, True): (PvMaxuBOp, PvMaxuSciBOp, range(64)),
    (micro.MinOp, False): (PvMinBOp, PvMinSciBOp, range(-32, 32)),
    (micro.MinOp, True): (PvMinuBOp, PvMinuSciBOp, range(64)),
}


# By whether bytes and weights are unsigned.
DOTS: dict[tuple[bool, bool], type[RdRsRsAcc]] = {
    (False, False): PvSdotspBOp,
    (True, False): PvSdotuspBOp,
    (True, True): PvSdotupBOp,
}


def dot(low: Lowering, op: micro.DotOp) -> None:
    """pv.sdotsp.b, pv.sdotusp.b, pv.sdotup.b."""
    make = DOTS[micro.is_unsigned(op.a.type), micro.is_unsigned(op.w.type)]
    registers = [low.own_reg(value) for value in (op.acc, op.a, op.w)]
    low.define(op.result, low.emit(make(*registers)))


def mac(low: Lowering, op: micro.MacOp) -> None:
    """p.mac."""
    made = PMacOp(low.own_reg(op.acc), low.reg(op.a), low.reg(op.b))
    low.define(op.result, low.emit(made))


def pack(low: Lowering, op: micro.PackOp) -> None:
    """pv.packlo.b, pv.packhi.b."""
    a, b, c, d = (low.own_reg(value) for value in op.operands)
    low.define(op.result, join(low, a, a, b, c, d))


def join(
    low: Lowering, into: SSAValue, a: SSAValue, b: SSAValue, c: SSAValue, d: SSAValue
) -> SSAValue:
    """The low bytes of a, b, c, d as lanes 0 to 3, in the register of `into`."""
    halves = low.emit(PvPackloBOp(into, b, a))
    return low.emit(PvPackhiBOp(halves, d, c))


def lanes(low: Lowering, op: micro.LanesOp) -> None:
    """li."""
    low.define(op.result, low.emit(rv32.LiOp(op.word.value.data)))


def lane_wise(low: Lowering, op: micro.MaxOp | micro.MinOp) -> None:
    """pv.max.b and its kin, with an immediate where one operand is a small constant."""
    unsigned = micro.is_unsigned(op.result.type)
    make, with_immediate, small = LANE_WISE[type(op), unsigned]
    byte = _splatted(op.b, unsigned)
    if byte is not None and byte in small:
        low.define(op.result, low.emit(with_immediate(low.own_reg(op.a), byte)))
    else:
        low.define(op.result, low.emit(make(low.own_reg(op.a), low.own_reg(op.b))))


def lane_sum(low: Lowering, op: micro.AddOp | micro.SubOp) -> None:
    """pv.add.b, pv.sub.b."""
    make = PvAddBOp if isinstance(op, micro.AddOp) else PvSubBOp
    low.define(op.result, low.emit(make(low.own_reg(op.a), low.own_reg(op.b))))


def _splatted(value: SSAValue, unsigned: bool) -> int | None:
    """The byte that every lane of a constant holds, None otherwise."""
    owner = value.owner
    if not isinstance(owner, micro.LanesOp):
        return None
    word = owner.word.value.data & 0xFFFFFFFF
    byte = word & 0xFF
    if word != byte * 0x01010101:
        return None
    return byte if unsigned or byte < 128 else byte - 256


# Halves of both vectors side by side, by the selector that takes them.
HALVES: dict[int, Pair] = {0x05040100: PvPackHOp, 0x07060302: PvPackHHOp}

# Shuffles of one vector, by what lane 3 takes.
WITHIN: tuple[WithImmediate, ...] = (
    PvShuffleI0SciBOp,
    PvShuffleI1SciBOp,
    PvShuffleI2SciBOp,
    PvShuffleI3SciBOp,
)


def bytes_of(low: Lowering, op: micro.BytesOp) -> None:
    """Nothing: the same register."""
    low.define(op.result, low.own_reg(op.word))


def word_of(low: Lowering, op: micro.WordOp) -> None:
    """Nothing: the same register."""
    low.define(op.result, low.own_reg(op.bytes))


def shuffle(low: Lowering, op: micro.ShuffleOp) -> None:
    """pv.shuffle2.b; where a constant selector allows it pv.pack.h(.h) or pv.shuffleI*.sci.b."""
    selector = low.known(op.selector)
    if selector in HALVES:
        low.define(op.result, low.emit(HALVES[selector](low.own_reg(op.b), low.own_reg(op.a))))
        return
    if selector is not None and op.a is op.b:
        lanes = [(selector >> (8 * lane)) & 3 for lane in range(4)]
        immediate = lanes[0] | lanes[1] << 2 | lanes[2] << 4
        low.define(op.result, low.emit(WITHIN[lanes[3]](low.own_reg(op.a), immediate)))
        return
    registers = [low.own_reg(value) for value in (op.a, op.b, op.selector)]
    low.define(op.result, low.emit(PvShuffle2BOp(*registers)))


def add_round_shift(low: Lowering, op: micro.AddRoundShiftOp) -> None:
    """p.addRN."""
    made = PAddRNOp(low.reg(op.a), low.reg(op.b), op.shift.value.data)
    low.define(op.result, low.emit(made))


def round_shift(low: Lowering, op: micro.RoundShiftOp) -> None:
    """p.adduRNr."""
    made = PAdduRNrOp(low.own_reg(op.value), low.zero(), low.own_reg(op.shift))
    low.define(op.result, low.emit(made))


def top_bit(low: Lowering, op: micro.TopBitOp) -> None:
    """p.fl1."""
    low.define(op.result, low.emit(PFl1Op(low.own_reg(op.value))))


def clip(low: Lowering, op: micro.ClipOp) -> None:
    """p.clipr."""
    low.define(op.result, low.emit(PCliprOp(low.reg(op.value), low.reg(op.bound))))


def clamp(low: Lowering, op: micro.ClampOp) -> None:
    """p.clip, p.clipu, p.max and p.min."""
    bounded = clamped(low, low.reg(op.value), op.lo.value.data, op.hi.value.data)
    low.define(op.result, bounded)


def clamped(low: Lowering, value: SSAValue, lo: int, hi: int) -> SSAValue:
    """value between two constants: one clip where they allow it, else at most two instructions."""
    if lo == hi:
        return low.const(lo)
    # p.clip and p.clipu have bounds (-2^k, 2^k - 1) and (0, 2^k - 1).
    bits = (hi + 1).bit_length()
    if 0 < bits < 32 and hi + 1 == 1 << (bits - 1) and lo >= -hi - 1:
        if lo == 0:
            return low.emit(PClipuOp(value, bits))
        clipped = low.emit(PClipOp(value, bits))
        return clipped if lo == -hi - 1 else low.emit(PMaxOp(clipped, low.const(lo)))
    above = low.emit(PMaxOp(value, low.const(lo)))
    return low.emit(PMinOp(above, low.const(hi)))


def requantize(low: Lowering, op: micro.RequantizeOp) -> None:
    """As `requantized` says."""
    acc, multiplier = low.own_reg(op.acc), low.own_reg(op.multiplier)
    low.define(op.result, requantized(low, acc, multiplier, op.requant))


def requantized(
    low: Lowering, acc: SSAValue, multiplier: SSAValue, constants: RequantAttr
) -> SSAValue:
    """mul (or mulh), p.addRN with the zero point, clip.

    Wide: with s > 32 the rounding constant 2^(s-1) has no low half, so the high half of the
    product shifted by s - 32 gives the same bits as the whole product shifted by s. With a smaller
    s the accumulator is moved up first, by as many bits as s lacks.
    """
    if constants.acc_bits.data:
        acc = low.emit(PClipOp(acc, constants.acc_bits.data))
    if constants.kind == "narrow":
        product = low.emit(riscv.MulOp(acc, multiplier))
        shift, reach = constants.shift.data, None
    else:
        raised = raised_by(constants.shift.data)
        if raised:
            acc = low.emit(rv32.SlliOp(acc, raised))
        product = low.emit(riscv.MulhOp(acc, multiplier))
        # |acc| and |m| are below 2^31: their product's high half is below 2^30.
        shift, reach = constants.shift.data + raised - 32, 1 << 30
    zero_point = constants.zero_point.data
    offset = zero_point << shift
    fits = signed(offset) == offset
    if reach is not None:
        limit = reach + abs(offset) + (1 << (shift - 1))
        fits = limit < 1 << 31
    if fits:
        rounded = low.emit(PAddRNOp(product, low.const(offset), shift))
    else:
        rounded = low.emit(PAddRNOp(product, low.zero(), shift))
        rounded = low.add_constant(rounded, zero_point)
    return clamped(low, rounded, constants.lo.data, constants.hi.data)


RULES: dict[type[Operation], Rule] = {
    micro.AddOp: lane_sum,
    micro.SubOp: lane_sum,
    micro.WordOp: word_of,
    micro.RoundShiftOp: round_shift,
    micro.TopBitOp: top_bit,
    micro.BytesOp: bytes_of,
    micro.DotOp: dot,
    micro.MacOp: mac,
    micro.PackOp: pack,
    micro.LanesOp: lanes,
    micro.MaxOp: lane_wise,
    micro.MinOp: lane_wise,
    micro.ShuffleOp: shuffle,
    micro.AddRoundShiftOp: add_round_shift,
    micro.ClampOp: clamp,
    micro.ClipOp: clip,
    micro.RequantizeOp: requantize,
}
