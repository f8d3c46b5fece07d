"""Sparse contractions on pixel-interleaved rows: word loads in place of byte gathers."""

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.contract_dense import PARAMETERS, Contraction
from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.finish import store_one
from nmc.dialects.micro import S8X4, bytes4
from nmc.dialects.micro.types import ui8, ui16
from nmc.numerics.packing import PairFormat

# Selectors of lanes: halves of two words of pixels, and two weights among zeros.
LOW_HALVES, HIGH_HALVES = 0x05040100, 0x07060302
EVEN_WEIGHTS, ODD_WEIGHTS = 0x02010200, 0x01020002


def build_pair(name: str, fmt: PairFormat, spec: Contraction) -> func.FuncOp:
    """`name(a, w, out, rows, records)`: one channel of a whole group of pixels at a time.

    The inner loop takes two non-zeros. Of each it loads the words of four pixels; the low halves of
    two such words are two pixels with two non-zeros each, and so are the high ones. Their dot
    products with [w0 0 w1 0] and [0 w0 0 w1] belong to one pixel each. A last group that is not
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

        def record(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            w, out = state
            start = [a, e.const(0)]
            nest = e.loop(whole, start, lambda _, s: kernel.group(e, w, out, s[0], s[1]))

            def part() -> Sequence[SSAValue]:
                kernel.group(e, w, out, nest[0], nest[1], rest)
                return ()

            e.when(e.compare("ne", rest, 0), part)
            return e.add(w, fmt.record_bytes(spec.taps, spec.cin)), e.add(out, 1)

        e.loop(records, [w, out], record)

    # Constants stay where they are used: no register to spare across the inner loop.
    return kernel_function(name, PARAMETERS, body, hoist=False)


class _PairGroup:
    def __init__(self, fmt: PairFormat, spec: Contraction):
        self.fmt = fmt
        self.spec = spec
        self.words = fmt.interleave // 4

    def group(
        self,
        e: Emitter,
        w: SSAValue,
        base: SSAValue,
        a: SSAValue,
        position: SSAValue,
        stored: SSAValue | None = None,
    ) -> Sequence[SSAValue]:
        """A channel of one group, of which `stored` (None: all) pixels are valid.

        Outputs go to base + position. Returns where the next group lies, and its position.
        """
        fmt, spec = self.fmt, self.spec
        # Pointers beside the inner loop lie in memory, so each is used rarely: the bias is copied.
        x = e.add(a, e.load(w, i32, 4))
        start = e.add(w, 8)
        accs = [e.load(w, i32)] * fmt.interleave
        pairs = fmt.nonzeros(spec.taps, spec.cin) // 2
        ended = e.loop(pairs, [*accs, x, start], lambda _, state: self._pair(e, state))
        accs, stream = ended[:-2], ended[-1]
        multiplier = e.load(stream, i32, -fmt.stream_bytes(spec.taps, spec.cin) % 4)
        out = e.add(base, position)
        for pixel, acc in enumerate(accs):
            if stored is None:
                store_one(e, acc, multiplier, out, spec.requant)
            else:
                self._store_valid(e, pixel, stored, acc, multiplier, out)
            out = e.add(out, spec.out_pitch)
        groups = spec.groups
        return e.add(a, groups.a_step), e.add(position, groups.out_step * spec.out_pitch)

    def _store_valid(
        self,
        e: Emitter,
        pixel: int,
        stored: SSAValue,
        acc: SSAValue,
        multiplier: SSAValue,
        out: SSAValue,
    ) -> None:
        def store() -> Sequence[SSAValue]:
            store_one(e, acc, multiplier, out, self.spec.requant)
            return ()

        e.when(e.compare("ult", e.const(pixel), stored), store)

    def _pair(self, e: Emitter, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
        accs, (x, stream) = list(state[:-2]), state[-2:]
        step = self.fmt.width // 8
        distance = ui8 if step == 1 else ui16
        both = e.bytes_of(e.load(stream, ui16), S8X4)
        to_second = e.load(stream, distance, 2)
        to_next = e.load(stream, distance, 2 + step)
        stream = e.add(stream, self.fmt.pair_bytes)
        first, x = self._words(e, x, to_second)
        second, x = self._words(e, x, to_next)
        even = e.shuffle(both, both, e.const(EVEN_WEIGHTS))
        odd = e.shuffle(both, both, e.const(ODD_WEIGHTS))
        # The word at the pointer itself is loaded last: that load steps the pointer.
        for word in [*range(1, self.words), 0]:
            low = e.shuffle(first[word], second[word], e.const(LOW_HALVES))
            upper = e.shuffle(first[word], second[word], e.const(HIGH_HALVES))
            for pixel, (x_pair, weights) in enumerate(
                ((low, even), (low, odd), (upper, even), (upper, odd)), start=4 * word
            ):
                accs[pixel] = e.dot(accs[pixel], x_pair, weights)
        return [*accs, x, stream]

    def _words(self, e: Emitter, x: SSAValue, step: SSAValue) -> tuple[list[SSAValue], SSAValue]:
        """The words of all pixels at a pointer, and the pointer moved on."""
        kind = bytes4(self.spec.unsigned_input)
        later = [e.load(x, kind, 4 * word) for word in range(1, self.words)]
        return [e.load(x, kind), *later], e.add(x, step)
