"""The kernel of softmax: rows of bytes, in three passes over each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xdsl.dialects import arith, func
from xdsl.dialects.builtin import i8, i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.lookup import words_of_word
from nmc.backend.kernels.signature import number, sign_name
from nmc.dialects.micro import U8X4, bytes4
from nmc.dialects.micro.types import ui8
from nmc.numerics.packing.softmax import EXPONENTIALS_BYTES
from nmc.numerics.softmax import SoftmaxParams

# A byte times this is in every lane.
EVERY_LANE = 0x01010101
# Words of an iteration that looks for the maximum.
WORDS = 4
# Selectors of lanes that turn a vector by two lanes, and by one within its halves.
HALVES, PAIRS = 0x01000302, 0x02030001


@dataclass(frozen=True)
class Softmax:
    """What is static about a softmax: its constants (the table is data), and where rows lie."""

    params: SoftmaxParams
    length: int
    src_pitch: int
    out_pitch: int
    unsigned: bool

    def name(self) -> str:
        """The function's name."""
        p = self.params
        parts = (
            f"softmax_{sign_name(self.unsigned)}n{self.length}_a{self.src_pitch}_o{self.out_pitch}",
            f"q{p.numerator}s{p.shift}v{p.value_shift}w{p.element_bits}p{p.part}",
            f"z{number(p.zero_point)}_{number(p.lo)}to{number(p.hi)}",
        )
        return "_".join(parts)


def build_softmax(spec: Softmax) -> func.FuncOp:
    """`softmax_...(src, table, out, rows)`; `out` may be `src`."""

    def body(e: Emitter, src: SSAValue, table: SSAValue, out: SSAValue, rows: SSAValue) -> None:
        elements = e.add(table, EXPONENTIALS_BYTES)

        def row(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            src, out = state
            Row(e, spec, table, elements, _largest(e, spec, src)).write(src, out)
            return e.add(src, spec.src_pitch), e.add(out, spec.out_pitch)

        e.loop(rows, [src, out], row)

    return kernel_function(spec.name(), ("src", "table", "out", "rows"), body)


def _largest(e: Emitter, spec: Softmax, src: SSAValue) -> SSAValue:
    """The row's maximum in all lanes."""
    kind = bytes4(spec.unsigned)

    def spread(offset: int) -> SSAValue:
        return e.bytes_of(e.mul(e.load(src, ui8, offset), EVERY_LANE), kind)

    if spec.length < 4:
        largest = spread(0)
        for offset in range(1, spec.length):
            largest = e.maximum(largest, spread(offset))
        return largest
    # The last four bytes may overlap the words before: a maximum does not mind.
    first = e.load(src, kind, spec.length - 4)

    def words(count: int, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
        largest, at = state
        for _ in range(count):
            value, at = e.load_next(at, kind, 4)
            largest = e.maximum(largest, value)
        return largest, at

    rounds, rest = divmod((spec.length - 1) // 4, WORDS)
    state = e.loop(rounds, [first, src], lambda _, s: words(WORDS, s))
    largest, _ = words(rest, state)
    for selector in (HALVES, PAIRS):
        turned = e.shuffle(largest, largest, e.const(selector))
        largest = e.maximum(largest, turned)
    return largest


@dataclass(frozen=True)
class Row:
    """One row whose maximum is known, in all lanes."""

    e: Emitter
    spec: Softmax
    table: SSAValue
    elements: SSAValue
    largest: SSAValue

    def write(self, src: SSAValue, out: SSAValue) -> None:
        """The row's outputs."""
        e, p = self.e, self.spec.params
        total = self._total(src)
        drop = e.clamp(e.add(e.top_bit(total), -p.element_bits), 0, 31 - p.shift)
        divisor = e.insert(arith.ShRUIOp(total, drop))
        half = e.add(e.const(p.numerator), e.shru(divisor, 1))
        reciprocal = e.divu(half, divisor)
        shift = e.add(drop, p.shift)
        self._outputs(src, out, lambda place: self._steps(place, reciprocal, shift))

    def _entry(self, place: SSAValue) -> SSAValue:
        """The exponential at a place of the table."""
        return self.e.load(self.e.add(self.table, place), i32)

    def _element(self, place: SSAValue) -> SSAValue:
        """The exponential as it is multiplied."""
        return self.e.load(self.e.add(self.elements, place), i32)

    def _places(self, at: SSAValue) -> list[SSAValue]:
        """Where the exponentials of four elements are: words at their distances to the maximum."""
        e = self.e
        x = e.load(at, bytes4(self.spec.unsigned))
        return words_of_word(e, e.word_of(e.sub_lanes(self.largest, x)))

    def _place(self, at: SSAValue, offset: int) -> SSAValue:
        """Where the exponential of one element is."""
        e = self.e
        x = e.load(at, ui8, offset)
        return e.mul(e.mask(e.sub(e.word_of(self.largest), x), 0xFF), 4)

    def _total(self, src: SSAValue) -> SSAValue:
        """The sum of the row's exponentials, shifted part by part."""
        e, p = self.e, self.spec.params
        parts, rest = divmod(self.spec.length, p.part)

        def part(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            total, at = state
            partial, at = self._sum(at, p.part)
            return e.add(total, e.shru(partial, p.value_shift)), at

        total, at = e.loop(parts, [e.const(0), src], part) if parts > 1 else (None, src)
        if parts == 1:
            partial, at = self._sum(src, p.part)
            total = e.shru(partial, p.value_shift)
        if rest:
            partial = e.shru(self._sum(at, rest)[0], p.value_shift)
            total = partial if total is None else e.add(total, partial)
        assert total is not None  # a row has elements
        return total

    def _sum(self, at: SSAValue, count: int) -> tuple[SSAValue, SSAValue]:
        """The sum of `count` exponentials, and the pointer past their elements."""
        e = self.e

        def word(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            total, before, at = state
            places = self._places(at)
            # What the word before fetched last is added while this word is on its way.
            total = e.add(total, before)
            *entries, last = (self._entry(place) for place in places)
            for entry in entries:
                total = e.add(total, entry)
            return total, last, e.add(at, 4)

        zero = e.const(0)
        total, last, at = e.loop(count // 4, [zero, zero, at], word)
        total = e.add(total, last)
        for offset in range(count % 4):
            total = e.add(total, self._entry(self._place(at, offset)))
        return total, e.add(at, count % 4)

    def _steps(self, place: SSAValue, reciprocal: SSAValue, shift: SSAValue) -> SSAValue:
        """An element's output before the zero point, held to the bounds."""
        e, p = self.e, self.spec.params
        steps = e.round_shift(e.mul(self._element(place), reciprocal), shift)
        low, high = p.lo - p.zero_point, p.hi - p.zero_point
        if low <= 0 and p.largest_step <= high:
            return steps
        if low <= 0 <= high:
            return e.insert(arith.MinUIOp(steps, e.const(high)))
        return e.clamp(steps, low, high)

    def _outputs(self, src: SSAValue, out: SSAValue, steps: Callable[[SSAValue], SSAValue]) -> None:
        e, zero_point = self.e, self.spec.params.zero_point

        def word(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            src, out = state
            packed = e.pack([steps(place) for place in self._places(src)], U8X4)
            if zero_point:
                packed = e.add_lanes(packed, e.splat(zero_point, U8X4))
            e.store(packed, out, U8X4)
            return e.add(src, 4), e.add(out, 4)

        src, out = e.loop(self.spec.length // 4, [src, out], word)
        for offset in range(self.spec.length % 4):
            value = e.add(steps(self._place(src, offset)), zero_point)
            e.store(value, out, i8, offset)
