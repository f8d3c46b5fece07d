"""What every contraction does with its accumulators: requantise, bound, pack, store."""

from collections.abc import Sequence

from xdsl.dialects.builtin import i8, i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.emitter import Emitter
from nmc.dialects.micro import bytes4
from nmc.dialects.tile import RequantAttr
from nmc.numerics.packing import RecordFormat


def clip_range(requant: RequantAttr) -> tuple[int, int]:
    """The narrowest range around the bounds that one clip instruction gives.

    From 0 on, lanes are unsigned; where int8 and uint8 both hold the bounds, the bits agree.
    """
    if requant.lo.data >= 0:
        return 0, 127 if requant.hi.data <= 127 else 255
    return -128, 127


def with_bounds(requant: RequantAttr, lo: int, hi: int) -> RequantAttr:
    """The same constants with other bounds."""
    return RequantAttr.of(
        requant.shift.data, requant.zero_point.data, lo, hi, requant.kind, requant.acc_bits.data
    )


def constants_in_code(requant: RequantAttr) -> RequantAttr:
    """The constants without those that kernels find in packed weights, so that layers share code.

    In the clamped form these are the zero point and the bounds, but for the sign of outputs.
    """
    if requant.kind != "clamped":
        return requant
    lo, hi = clip_range(requant)
    return RequantAttr.of(requant.shift.data, 0, lo, hi, requant.kind, requant.acc_bits.data)


def bound_lanes(e: Emitter, packed: SSAValue, requant: RequantAttr) -> SSAValue:
    """Applies the bounds that are tighter than the type's to four packed outputs."""
    lowest, highest = clip_range(requant)
    kind = bytes4(lowest == 0)
    if requant.lo.data > lowest:
        packed = e.maximum(packed, e.splat(requant.lo.data, kind))
    if requant.hi.data < highest:
        packed = e.minimum(packed, e.splat(requant.hi.data, kind))
    return packed


def store_four(
    e: Emitter,
    accs: Sequence[SSAValue],
    multipliers: Sequence[SSAValue],
    out: SSAValue,
    requant: RequantAttr,
) -> None:
    """Four accumulators become one word of outputs."""
    lowest, highest = clip_range(requant)
    clipped = with_bounds(requant, lowest, highest)
    packed = e.requantize_pack(accs, multipliers, clipped, bytes4(lowest == 0))
    packed = bound_lanes(e, packed, requant)
    e.store(packed, out, packed.type)


def store_one(
    e: Emitter,
    acc: SSAValue,
    multiplier: SSAValue,
    out: SSAValue,
    requant: RequantAttr,
    offset: int = 0,
) -> None:
    """One accumulator becomes one byte at out + offset."""
    e.store(e.requantize(acc, multiplier, requant), out, i8, offset)


def constants_of(
    e: Emitter,
    stream: SSAValue,
    fmt: RecordFormat,
    channel: int,
    requant: RequantAttr,
    behind: int = 0,
) -> list[SSAValue]:
    """What requantises a channel of a record whose weights end `behind` bytes after `stream`.

    The multiplier and, in the clamped form, the offset and the bound.
    """
    words = 3 if requant.kind == "clamped" else 1
    places = (behind + 4 * (word * fmt.channels + channel) for word in range(words))
    return [e.load(stream, i32, place) for place in places]


def clamped_output(
    e: Emitter, acc: SSAValue, constants: Sequence[SSAValue], requant: RequantAttr
) -> SSAValue:
    """One output within its bounds, by (multiplier, offset, bound)."""
    multiplier, addend, bound = constants
    product = e.mul(e.clip(acc, bound), multiplier)
    return e.add_round_shift(product, addend, requant.shift.data)


def store_outputs(
    e: Emitter, outputs: Sequence[SSAValue], out: SSAValue, requant: RequantAttr
) -> None:
    """Four outputs within their bounds become one word."""
    packed = e.pack(outputs, bytes4(clip_range(requant)[0] == 0))
    e.store(packed, out, packed.type)


def store_clamped(
    e: Emitter,
    acc: SSAValue,
    constants: Sequence[SSAValue],
    out: SSAValue,
    requant: RequantAttr,
    offset: int = 0,
) -> None:
    """One accumulator becomes one byte at out + offset, by (multiplier, offset, bound)."""
    e.store(clamped_output(e, acc, constants, requant), out, i8, offset)
