"""Depthwise convolutions on im2col rows [tap][channel]."""

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects import func
from xdsl.dialects.builtin import i8, i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.finish import store_four, store_one
from nmc.backend.kernels.signature import requant_name, sign_name
from nmc.dialects.micro import S8X4, bytes4
from nmc.dialects.micro.types import ui8
from nmc.dialects.tile import RequantAttr
from nmc.numerics.packing import DepthwiseFormat

# Lanes of a and b interleaved, their low and high halves; the low and the high halves of each.
INTERLEAVE_LOW, INTERLEAVE_HIGH, LOW_HALVES, HIGH_HALVES = (
    0x05010400,
    0x07030602,
    0x05040100,
    0x07060302,
)


@dataclass(frozen=True)
class Depthwise:
    """The static part of a depthwise convolution's code."""

    taps: int
    depth_multiplier: int
    tap_pitch: int
    a_pitch: int
    out_pitch: int
    requant: RequantAttr
    unsigned_input: bool

    def suffix(self) -> str:
        """The part of a function's name that tells these apart."""
        shape = f"t{self.taps}_d{self.depth_multiplier}_p{self.tap_pitch}_a{self.a_pitch}"
        return (
            f"{shape}_o{self.out_pitch}_{requant_name(self.requant)}"
            f"_{sign_name(self.unsigned_input)}"
        )


PARAMETERS = ("a", "w", "out", "rows", "records", "first_record")


def build_depthwise(name: str, fmt: DepthwiseFormat, spec: Depthwise) -> func.FuncOp:
    """`name(a, w, out, rows, records, first_record)`.

    `w` and `out` point at the first record; `a` at the first row's channel 0.
    """
    row = _four_channels if fmt.channels == 4 else _one_channel

    def body(
        e: Emitter,
        a: SSAValue,
        w: SSAValue,
        out: SSAValue,
        rows: SSAValue,
        records: SSAValue,
        first: SSAValue,
    ) -> None:
        selectors = [
            e.const(value)
            for value in (INTERLEAVE_LOW, INTERLEAVE_HIGH, LOW_HALVES, HIGH_HALVES)
            if fmt.channels == 4
        ]

        def record(index: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            w, out = state
            output = e.add(first, index)
            channel = e.mul(output, 4)
            if fmt.channels == 1:
                many = spec.depth_multiplier > 1
                channel = e.divu(output, spec.depth_multiplier) if many else output
            start = e.add(a, channel)

            def pixel(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
                a, o = state
                row(e, spec, selectors, a, w, o)
                return e.add(a, spec.a_pitch), e.add(o, spec.out_pitch)

            e.loop(rows, [start, out], pixel)
            return e.add(w, fmt.record_bytes(spec.taps, 1)), e.add(out, fmt.channels)

        e.loop(records, [w, out], record)

    return kernel_function(name, PARAMETERS, body)


def _four_channels(
    e: Emitter,
    spec: Depthwise,
    selectors: Sequence[SSAValue],
    a: SSAValue,
    w: SSAValue,
    out: SSAValue,
) -> None:
    """Four channels of a pixel: 4 x 4 bytes transposed, then a dot product a channel."""
    kind = bytes4(spec.unsigned_input)
    accs = [e.load(w, i32, 4 * c) for c in range(4)]

    def block(state: Sequence[SSAValue], taps: int) -> list[SSAValue]:
        accs, a, w = list(state[:4]), state[4], state[5]
        words: list[SSAValue] = []
        for _ in range(taps):
            word, a = e.load_next(a, kind, spec.tap_pitch)
            words.append(word)
        words += [e.lanes(0, kind) for _ in range(4 - taps)]
        for c, channel in enumerate(_transpose(e, words, selectors)):
            weights, w = e.load_next(w, S8X4, 4)
            accs[c] = e.dot(accs[c], channel, weights)
        return [*accs, a, w]

    state: Sequence[SSAValue] = [*accs, a, e.add(w, 16)]
    state = e.loop(spec.taps // 4, state, lambda _, s: block(s, 4))
    if spec.taps % 4:
        state = block(state, spec.taps % 4)
    multipliers = [e.load(state[5], i32, 4 * c) for c in range(4)]
    store_four(e, state[:4], multipliers, out, spec.requant)


def _transpose(
    e: Emitter, words: Sequence[SSAValue], selectors: Sequence[SSAValue]
) -> list[SSAValue]:
    low, high, low_halves, high_halves = selectors
    channels: list[SSAValue] = []
    for interleave in (low, high):
        first = e.shuffle(words[0], words[1], interleave)
        second = e.shuffle(words[2], words[3], interleave)
        channels += [e.shuffle(first, second, half) for half in (low_halves, high_halves)]
    return channels


def _one_channel(
    e: Emitter,
    spec: Depthwise,
    _selectors: Sequence[SSAValue],
    a: SSAValue,
    w: SSAValue,
    out: SSAValue,
) -> None:
    """One channel of a pixel, byte by byte."""
    access = ui8 if spec.unsigned_input else i8

    def tap(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
        acc, a, w = state
        x, a = e.load_next(a, access, spec.tap_pitch)
        weight, w = e.load_next(w, i8, 1)
        return e.mac(acc, x, weight), a, w

    acc, _taps, weights = e.loop(spec.taps, [e.load(w, i32), a, e.add(w, 4)], tap)
    multiplier = e.load(weights, i32, -spec.taps % 4)
    store_one(e, acc, multiplier, out, spec.requant)
