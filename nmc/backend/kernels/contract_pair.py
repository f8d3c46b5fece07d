"""Sparse contractions on pixel-interleaved rows: word loads in place of byte gathers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from xdsl.dialects import func
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.contract_dense import PARAMETERS, Contraction
from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.finish import store_clamped, store_one
from nmc.dialects.micro import S8X4, bytes4
from nmc.dialects.micro.types import ui8, ui16
from nmc.numerics.packing import PairFormat

# Selectors of lanes: halves of two words of pixels, and two weights among zeros.
LOW_HALVES, HIGH_HALVES = 0x05040100, 0x07060302
EVEN_WEIGHTS, ODD_WEIGHTS = 0x02010200, 0x01020002
# Weights among zeros moved on by a lane.
MOVED_WEIGHTS = 0x02010001

# Offsets of a load or store.
IN_REACH = range(-2048, 2048)


def build_pair(name: str, fmt: PairFormat, spec: Contraction) -> func.FuncOp:
    """`name(a, w, out, rows, records)`: one channel of a whole group of pixels at a time.

    The inner loop takes two non-zeros. Of each it loads the words of four pixels; the low halves of
    two such words are two pixels with two non-zeros each, and so are the high ones. Their dot
    products with [w0 0 w1 0] and [0 w0 0 w1] belong to one pixel each. The records of a group
    follow each other in memory, so one pointer runs through them all. A last group that is not
    whole is computed whole and stored as far as it goes.
    """
    kernel = _PairGroup(fmt, spec)
    pixels = fmt.interleave

    def body(
        e: Emitter,
        a: SSAValue,
        w: SSAValue,
        out: SSAValue,
        rows: SSAValue,
        records: SSAValue,
    ) -> None:
        whole = e.shru(rows, pixels.bit_length() - 1)
        rest = e.mask(rows, pixels - 1)
        out = e.add(out, kernel.places.centre)

        def group(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            a, out = state
            kernel.group(e, records, a, w, out)
            groups = spec.groups
            return e.add(a, groups.a_step), e.add(out, groups.out_step * spec.out_pitch)

        a, out = e.loop(whole, [a, out], group)

        def part() -> Sequence[SSAValue]:
            kernel.group(e, records, a, w, out, rest)
            return ()

        e.when(e.compare("ne", rest, 0), part)

    # Constants stay where they are used: no register to spare across the inner loop.
    return kernel_function(name, PARAMETERS, body, hoist=False)


@dataclass(frozen=True)
class _Places:
    """Where the outputs of a group lie around a pointer: `pitch` apart, `pixels` of them.

    The pointer is `centre` bytes behind the first one, so that more of them are in reach of an
    immediate offset.
    """

    pixels: int
    pitch: int

    @property
    def centre(self) -> int:
        """Bytes from the first output to the pointer."""
        return self.pixels // 2 * self.pitch

    def pointers(self, e: Emitter, out: SSAValue) -> list[tuple[SSAValue, int]]:
        """A pointer and an offset in reach for each output."""
        found: list[tuple[SSAValue, int]] = []
        moved = 0
        for pixel in range(self.pixels):
            offset = pixel * self.pitch - self.centre
            if offset - moved not in IN_REACH:
                out, moved = e.add(out, offset - moved), offset
            found.append((out, offset - moved))
        return found


class _PairGroup:
    def __init__(self, fmt: PairFormat, spec: Contraction):
        self.fmt = fmt
        self.spec = spec
        self.words = fmt.interleave // 4
        self.places = _Places(fmt.interleave, spec.out_pitch)

    def group(
        self,
        e: Emitter,
        records: SSAValue,
        a: SSAValue,
        w: SSAValue,
        out: SSAValue,
        stored: SSAValue | None = None,
    ) -> None:
        """All channels of one group, of which `stored` (None: all) pixels are valid."""
        fmt, spec = self.fmt, self.spec
        pairs = fmt.nonzeros(spec.taps, spec.cin) // 2

        def record(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            stream, out = state
            bias, stream = e.load_next(stream, i32, 4)
            first, stream = e.load_next(stream, i32, 4)
            start = [bias] * fmt.interleave + [e.add(a, first), stream]
            ended = e.loop(pairs, start, lambda _, s: self._pair(e, s))
            accs, stream = ended[:-2], ended[-1]
            tail = -fmt.stream_bytes(spec.taps, spec.cin) % 4
            if spec.requant.kind == "clamped":
                constants = [e.load(stream, i32, tail + 4 * number) for number in range(3)]
            else:
                constants = [e.load(stream, i32, tail)]
            self._store(e, accs, constants, out, stored)
            return e.add(stream, tail + fmt.tail_bytes), e.add(out, 1)

        e.loop(records, [w, out], record)

    def _store(
        self,
        e: Emitter,
        accs: Sequence[SSAValue],
        constants: Sequence[SSAValue],
        out: SSAValue,
        stored: SSAValue | None,
    ) -> None:
        """Requantise by `constants`: the multiplier and, clamped, the offset and the bound."""
        requant = self.spec.requant

        def one(acc: SSAValue, pointer: SSAValue, offset: int) -> Sequence[SSAValue]:
            if requant.kind == "clamped":
                store_clamped(e, acc, constants, pointer, requant, offset)
            else:
                store_one(e, acc, constants[0], pointer, requant, offset)
            return ()

        for pixel, place in enumerate(self.places.pointers(e, out)):
            store = partial(one, accs[pixel], *place)
            if stored is None:
                store()
            else:
                e.when(e.compare("ult", e.const(pixel), stored), store)

    def _pair(self, e: Emitter, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
        accs, (x, stream) = list(state[:-2]), state[-2:]
        step = self.fmt.width // 8
        distance = ui8 if step == 1 else ui16
        kind = bytes4(self.spec.unsigned_input)
        # The word at the pointer itself is loaded last: that load steps the pointer.
        order = [*range(1, self.words), 0]
        at = self.fmt.distances_at
        spread = self.fmt.spread
        both = e.load(stream, S8X4) if spread else e.bytes_of(e.load(stream, ui16), S8X4)
        to_second = e.load(stream, distance, at)
        first = {word: e.load(x, kind, 4 * word) for word in order}
        x = e.add(x, to_second)
        to_next = e.load(stream, distance, at + step)
        stream = e.add(stream, self.fmt.pair_bytes)
        # Each word of the second non-zero is loaded ahead of the products of the one before.
        ahead = e.load(x, kind, 4 * order[0])
        even = both if spread else e.shuffle(both, both, e.const(EVEN_WEIGHTS))
        odd = e.shuffle(both, both, e.const(MOVED_WEIGHTS if spread else ODD_WEIGHTS))
        for word, after in zip(order, [*order[1:], None], strict=True):
            second = ahead
            if after is not None:
                ahead = e.load(x, kind, 4 * after)
            low = e.shuffle(first[word], second, e.const(LOW_HALVES))
            upper = e.shuffle(first[word], second, e.const(HIGH_HALVES))
            for pixel, (x_pair, weights) in enumerate(
                ((low, even), (low, odd), (upper, even), (upper, odd)), start=4 * word
            ):
                accs[pixel] = e.dot(accs[pixel], x_pair, weights)
        return [*accs, e.add(x, to_next), stream]
