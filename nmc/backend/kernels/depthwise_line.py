"""Depthwise convolutions on gathered lines: the window slides over their columns."""

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import i8, i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.depthwise import (
    HIGH_HALVES,
    INTERLEAVE_LOW,
    LOW_HALVES,
    PARAMETERS,
    Depthwise,
)
from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.dialects.micro import S8X4, bytes4
from nmc.dialects.micro.types import ui16
from nmc.numerics.packing import DepthwiseLineFormat

# The high half of a, then the low half of b.
ACROSS = 0x05040302


def build_depthwise_line(name: str, fmt: DepthwiseLineFormat, spec: Depthwise) -> func.FuncOp:
    """`name(a, w, out, rows, records, first_record)`: rows are lines of outputs.

    Two channels at a time. Of each column of a line the rows' bytes are put into one word a
    channel, once: it meets each column of the window that it is for an output under way. Weights,
    biases and multipliers stay in registers through all lines.
    """
    line = _Line(fmt, spec)

    def body(
        e: Emitter,
        a: SSAValue,
        w: SSAValue,
        out: SSAValue,
        rows: SSAValue,
        records: SSAValue,
        first: SSAValue,
    ) -> None:
        def record(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            a, w, out = state
            line.record(e, a, w, out, rows)
            size = fmt.record_bytes(spec.taps, 1)
            return e.add(a, fmt.channels), e.add(w, size), e.add(out, fmt.channels)

        e.loop(records, [e.add(a, e.mul(first, fmt.channels)), w, out], record)

    return kernel_function(name, PARAMETERS, body)


class _Line:
    """Writes a record's code: its two channels in all lines."""

    def __init__(self, fmt: DepthwiseLineFormat, spec: Depthwise) -> None:
        self.fmt, self.spec = fmt, spec
        self.outputs = fmt.outputs(spec.taps)
        self.pixel = spec.out_pitch // self.outputs
        self.row = spec.taps // fmt.height * spec.tap_pitch
        self.kind = bytes4(spec.unsigned_input)

    def record(self, e: Emitter, a: SSAValue, w: SSAValue, out: SSAValue, rows: SSAValue) -> None:
        fmt, both = self.fmt, range(self.fmt.channels)
        words = range(fmt.channels, fmt.channels * (1 + fmt.width), fmt.channels)
        self.biases = [e.load(w, i32, 4 * c) for c in both]
        self.weights = [[e.load(w, S8X4, 4 * (word + c)) for c in both] for word in words]
        multipliers = [e.load(w, i32, 4 * (fmt.channels * (1 + fmt.width) + c)) for c in both]
        starts = [e.add(a, self.row * r) for r in range(fmt.height)]
        before = fmt.width - fmt.stride

        def one_line(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            *pointers, out = state
            sums: list[Sequence[SSAValue]] = []
            for place in range(before):
                column, pointers = self._column(e, pointers)
                sums = self._met(e, column, place, sums)

            def pixel(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
                pointers, out = list(state[: fmt.height]), state[fmt.height]
                flat = state[fmt.height + 1 :]
                sums = [flat[i : i + 2] for i in range(0, len(flat), 2)]
                for place in range(before, fmt.width - 1):
                    column, pointers = self._column(e, pointers)
                    sums = self._met(e, column, place, sums)
                column, pointers = self._column(e, pointers)
                # First the output that is complete: its registers are those of the next.
                last = sums[0] if sums else self.biases
                for c, (acc, x) in enumerate(zip(last, column, strict=True)):
                    done = e.dot(acc, x, self.weights[-1][c])
                    e.store(e.requantize(done, multipliers[c], self.spec.requant), out, i8, c)
                left = self._met(e, column, fmt.width - 1, sums, first=1)[1:]
                out = e.add(out, self.pixel)
                return [*pointers, out, *(value for pair in left for value in pair)]

            flat = [value for pair in sums for value in pair]
            ends = e.loop(self.outputs, [*pointers, out, *flat], pixel)
            gap = self.spec.a_pitch - self.row
            return [*(e.add(p, gap) for p in ends[: fmt.height]), ends[fmt.height]]

        e.loop(rows, [*starts, out], one_line)

    def _met(
        self,
        e: Emitter,
        column: Sequence[SSAValue],
        place: int,
        sums: Sequence[Sequence[SSAValue]],
        first: int = 0,
    ) -> list[Sequence[SSAValue]]:
        """The sums of the outputs under way when the oldest's window meets its column `place`.

        Each is `stride` columns behind the one before; one begins where that leaves column 0. Only
        from number `first` on: those before stay as they are.
        """
        found = list(sums) or [self.biases] * first
        for number in range(first, place // self.fmt.stride + 1):
            before = sums[number] if number < len(sums) else self.biases
            weights = self.weights[place - number * self.fmt.stride]
            after = [e.dot(*three) for three in zip(before, column, weights, strict=True)]
            found[number : number + 1] = [after]
        return found

    def _column(
        self, e: Emitter, pointers: Sequence[SSAValue]
    ) -> tuple[list[SSAValue], list[SSAValue]]:
        """A word for each channel, its lanes as `LANES` says, and the pointers at the next."""
        halves: list[SSAValue] = []
        moved: list[SSAValue] = []
        for pointer in pointers:
            half, following = e.load_next(pointer, ui16, self.spec.tap_pitch)
            halves.append(e.bytes_of(half, self.kind))
            moved.append(following)
        if self.fmt.height == 1:
            return [halves[0]] * 2, moved
        low = e.const(INTERLEAVE_LOW)
        first = e.shuffle(halves[0], halves[1], low)
        match self.fmt.height:
            case 2:
                return [first, first], moved
            case 3:
                others = LOW_HALVES, ACROSS
                return [e.shuffle(first, halves[2], e.const(sel)) for sel in others], moved
            case _:
                second = e.shuffle(halves[2], halves[3], low)
                others = LOW_HALVES, HIGH_HALVES
                return [e.shuffle(first, second, e.const(sel)) for sel in others], moved
