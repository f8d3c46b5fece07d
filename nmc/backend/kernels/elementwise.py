"""Kernels over flat ranges of bytes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xdsl.dialects import func
from xdsl.dialects.builtin import i8
from xdsl.ir import SSAValue

from nmc.backend.kernels.copying import copy, each_word
from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.finish import bound_lanes, clip_range, with_bounds
from nmc.backend.kernels.signature import number, requant_name, sign_name
from nmc.dialects.micro import bytes4
from nmc.dialects.micro.types import ui8
from nmc.dialects.tile import RequantAttr

INT32 = range(-(1 << 31), 1 << 31)


@dataclass(frozen=True)
class Operand:
    """One input of a linear combination: (x - zero_point) * multiplier."""

    zero_point: int
    multiplier: int
    unsigned: bool

    def name(self) -> str:
        """The part of a function's name."""
        return f"{sign_name(self.unsigned)}z{number(self.zero_point)}m{number(self.multiplier)}"

    def products(self) -> tuple[int, int]:
        """The least and the greatest x * multiplier."""
        ends = (0, 255) if self.unsigned else (-128, 127)
        values = sorted(x * self.multiplier for x in ends)
        return values[0], values[1]


def combination_name(kind: str, operands: Sequence[Operand], requant: RequantAttr) -> str:
    """The name of the function for these constants."""
    return "_".join([kind, *(o.name() for o in operands), requant_name(requant)])


def build_combination(kind: str, operands: Sequence[Operand], requant: RequantAttr) -> func.FuncOp:
    """`kind_...(inputs..., out, count)`: the requantised sum of one or two scaled inputs."""
    scalar = _output(operands, requant)
    clip = clip_range(requant)
    name = combination_name(kind, operands, requant)
    parameters = [*("ab"[: len(operands)]), "out", "count"]

    def body(e: Emitter, *arguments: SSAValue) -> None:
        *inputs, out, count = arguments

        def loads(pointers: Sequence[SSAValue], lane: int) -> list[SSAValue]:
            accesses = [ui8 if o.unsigned else i8 for o in operands]
            return [e.load(p, t, lane) for p, t in zip(pointers, accesses, strict=True)]

        def word(*pointers: SSAValue) -> None:
            taken = [loads(pointers[:-1], lane) for lane in range(4)]
            lanes = [scalar(e, values, *clip) for values in taken]
            packed = bound_lanes(e, e.pack(lanes, bytes4(clip[0] == 0)), requant)
            e.store(packed, pointers[-1], packed.type)

        def byte(*pointers: SSAValue) -> None:
            value = scalar(e, loads(pointers[:-1], 0), requant.lo.data, requant.hi.data)
            e.store(value, pointers[-1], i8)

        each_word(e, count, [*inputs, out], word, byte)

    return kernel_function(name, parameters, body)


Scalar = Callable[[Emitter, Sequence[SSAValue], int, int], SSAValue]


def _output(operands: Sequence[Operand], requant: RequantAttr) -> Scalar:
    """How one output is computed from loaded inputs, then clamped to (lo, hi)."""
    shift, zero_point = requant.shift.data, requant.zero_point.data
    offset = -sum(o.zero_point * o.multiplier for o in operands)
    ends = [o.products() for o in operands]
    low, high = (sum(pair[i] for pair in ends) for i in (0, 1))
    if requant.kind == "wide" or requant.acc_bits.data:
        return _general(operands, requant)
    # The zero point joins the sum where that stays in 32 bits, else it is added afterwards.
    half = 1 << (shift - 1)
    joined = offset + (zero_point << shift)
    folded = all(value + joined + half in INT32 and value in INT32 for value in (low, high))
    if not folded and not all(value + offset + half in INT32 for value in (low, high)):
        return _general(operands, requant)

    def scalar(e: Emitter, inputs: Sequence[SSAValue], lo: int, hi: int) -> SSAValue:
        total = e.mul(inputs[0], operands[0].multiplier)
        for value, operand in zip(inputs[1:], operands[1:], strict=True):
            total = e.mac(total, value, e.const(operand.multiplier))
        y = e.add_round_shift(total, e.const(joined if folded else offset), shift)
        return e.clamp(y if folded else e.add(y, zero_point), lo, hi)

    return scalar


def _general(operands: Sequence[Operand], requant: RequantAttr) -> Scalar:
    """Any constants, one input."""
    (operand,) = operands

    def scalar(e: Emitter, inputs: Sequence[SSAValue], lo: int, hi: int) -> SSAValue:
        acc = e.add(inputs[0], -operand.zero_point)
        return e.requantize(acc, e.const(operand.multiplier), with_bounds(requant, lo, hi))

    return scalar


def build_fill(value: int) -> func.FuncOp:
    """`fill_V(dst, count)`."""

    def body(e: Emitter, dst: SSAValue, count: SSAValue) -> None:
        word = e.splat(value, bytes4(True))

        def words(dst: SSAValue) -> None:
            e.store(word, dst, word.type)

        def byte(dst: SSAValue) -> None:
            e.store(e.const(value), dst, i8)

        each_word(e, count, [dst], words, byte)

    return kernel_function(f"fill_{value}", ("dst", "count"), body)


def transpose_name(rows: int, columns: int, element_bytes: int) -> str:
    """The name of the function for these constants."""
    return f"transpose_{rows}x{columns}x{element_bytes}"


def build_transpose(rows: int, columns: int, element_bytes: int) -> func.FuncOp:
    """`transpose_RxSxB(src, dst, columns)` from the first of the range's columns on."""

    def body(e: Emitter, src: SSAValue, dst: SSAValue, count: SSAValue) -> None:
        def column(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            src, dst = state

            def row(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
                at, dst = state
                at, dst = copy(e, at, dst, element_bytes)
                return e.add(at, (columns - 1) * element_bytes), dst

            ended = e.loop(rows, [src, dst], row)
            return e.add(src, element_bytes), ended[1]

        e.loop(count, [src, dst], column)

    name = transpose_name(rows, columns, element_bytes)
    return kernel_function(name, ("src", "dst", "columns"), body)
