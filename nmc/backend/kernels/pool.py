"""Pooling on im2col rows, four channels at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects import func
from xdsl.ir import SSAValue

from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.finish import store_four
from nmc.backend.kernels.signature import number, requant_name, sign_name, window_name
from nmc.dialects.micro import S8X4, bytes4
from nmc.dialects.tile import RequantAttr
from nmc.numerics.window import Window

PARAMETERS = ("a", "out", "rows", "groups", "first_pixel")


@dataclass(frozen=True)
class Pool:
    """The static part of a pooling's code; see `tile.pool`. `requant` is None for a maximum."""

    taps: int
    tap_pitch: int
    a_pitch: int
    out_pitch: int
    unsigned_input: bool
    input_zero_point: int = 0
    multipliers: tuple[int, ...] = ()
    requant: RequantAttr | None = None
    counted: Window | None = None

    def name(self) -> str:
        """The name of the function."""
        shape = f"t{self.taps}_p{self.tap_pitch}_a{self.a_pitch}_o{self.out_pitch}"
        sign = sign_name(self.unsigned_input)
        if self.requant is None:
            return f"pool_max_{shape}_{sign}"
        parts = [f"pool_avg_{shape}_{sign}z{number(self.input_zero_point)}"]
        parts += ["m" + "_".join(number(m) for m in self.multipliers), requant_name(self.requant)]
        if self.counted is not None:
            parts.append(window_name(self.counted))
        return "_".join(parts)


def build_pool(spec: Pool) -> func.FuncOp:
    """`pool_...(a, out, rows, groups, first_pixel)`, groups of four channels from `a` on."""
    kind = bytes4(spec.unsigned_input)

    def body(
        e: Emitter,
        a: SSAValue,
        out: SSAValue,
        rows: SSAValue,
        groups: SSAValue,
        first: SSAValue,
    ) -> None:
        ones = [e.lanes(1 << (8 * c), S8X4) for c in range(4) if spec.requant is not None]

        def row(index: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            a, out = state
            multiplier = _multiplier(e, spec, e.add(first, index))

            def group(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
                a, out = state
                if spec.requant is None or multiplier is None:
                    largest = _largest(e, spec, a)
                    e.store(largest, out, kind)
                else:
                    sums = _sums(e, spec, ones, a)
                    store_four(e, sums, [multiplier] * 4, out, spec.requant)
                return e.add(a, 4), e.add(out, 4)

            e.loop(groups, [a, out], group)
            return e.add(a, spec.a_pitch), e.add(out, spec.out_pitch)

        e.loop(rows, [a, out], row)

    return kernel_function(spec.name(), PARAMETERS, body)


def _largest(e: Emitter, spec: Pool, a: SSAValue) -> SSAValue:
    kind = bytes4(spec.unsigned_input)
    first, a = e.load_next(a, kind, spec.tap_pitch)
    if spec.taps == 1:
        return first

    def tap(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
        largest, a = state
        value, a = e.load_next(a, kind, spec.tap_pitch)
        return e.maximum(largest, value), a

    return e.loop(spec.taps - 1, [first, a], tap)[0]


def _sums(e: Emitter, spec: Pool, ones: Sequence[SSAValue], a: SSAValue) -> list[SSAValue]:
    """Sums of x - zero_point over the taps, one a channel: dot products with unit vectors."""
    kind = bytes4(spec.unsigned_input)
    start = e.const(-spec.taps * spec.input_zero_point)

    def tap(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
        x, a = e.load_next(state[4], kind, spec.tap_pitch)
        return [*(e.dot(acc, x, one) for acc, one in zip(state[:4], ones, strict=True)), a]

    return e.loop(spec.taps, [start] * 4 + [a], tap)[:4]


def _multiplier(e: Emitter, spec: Pool, pixel: SSAValue) -> SSAValue | None:
    """The multiplier of a pixel: the constant one, or the one for the positions it counts."""
    if spec.requant is None:
        return None
    window = spec.counted
    if window is None or len(spec.multipliers) == 1:
        return e.const(spec.multipliers[-1])
    oy = e.divu(pixel, window.out_width)
    ox = e.sub(pixel, e.mul(oy, window.out_width))
    count = e.mul(_count(e, window, 0, oy), _count(e, window, 1, ox))
    rows_of_output = -(-(window.height + window.pad[0]) // window.stride[0])
    down = set(window.valid_counts(0, rows_of_output))
    across = set(window.valid_counts(1, window.out_width))
    chosen = e.const(spec.multipliers[0])
    for possible in sorted({max(1, y * x) for y in down for x in across} - {1}):
        matches = e.compare("eq", count, possible)
        chosen = e.select(matches, e.const(spec.multipliers[possible - 1]), chosen)
    return chosen


def _count(e: Emitter, window: Window, axis: int, position: SSAValue) -> SSAValue:
    """How many taps along an axis lie inside the image."""
    start = e.add(e.mul(position, window.stride[axis]), -window.pad[axis])
    size = (window.height, window.width)[axis]

    def tap(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
        at, count = state
        inside = e.extend(e.compare("ult", at, size))
        return e.add(at, window.dilation[axis]), e.add(count, inside)

    return e.loop(window.kernel[axis], [start, e.const(0)], tap)[1]
