"""Sparse contractions on pixel-interleaved rows: word loads in place of byte gathers."""

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.contract_dense import Contraction
from nmc.backend.kernels.emitter import Emitter
from nmc.backend.kernels.pixel_groups import PixelGroupKernel, build_groups, products
from nmc.dialects.micro import S8X4, bytes4
from nmc.dialects.micro.types import ui8, ui16
from nmc.numerics.packing import PairFormat

# Selectors of lanes: two weights among zeros, and those moved on by a lane.
EVEN_WEIGHTS, ODD_WEIGHTS = 0x02010200, 0x01020002
MOVED_WEIGHTS = 0x02010001


def build_pair(name: str, fmt: PairFormat, spec: Contraction) -> func.FuncOp:
    """`name(a, w, out, rows, records)`: one channel of a whole group of pixels at a time.

    The inner loop takes two non-zeros. Of each it loads the words of four pixels; the low halves of
    two such words are two pixels with two non-zeros each, and so are the high ones. Their dot
    products with [w0 0 w1 0] and [0 w0 0 w1] belong to one pixel each.
    """
    return build_groups(name, _Pairs(fmt, spec))


class _Pairs(PixelGroupKernel):
    def __init__(self, fmt: PairFormat, spec: Contraction):
        super().__init__(fmt, spec)
        self.pairs = fmt

    def accumulate(
        self, e: Emitter, a: SSAValue, bias: SSAValue, stream: SSAValue
    ) -> tuple[Sequence[SSAValue], SSAValue, int]:
        fmt, spec = self.pairs, self.spec
        first, stream = e.load_next(stream, i32, 4)
        start = [bias] * fmt.interleave + [e.add(a, first), stream]
        pairs = fmt.nonzeros(spec.taps, spec.cin) // 2
        ended = e.loop(pairs, start, lambda _, s: self._pair(e, s))
        return ended[:-2], ended[-1], -fmt.stream_bytes(spec.taps, spec.cin) % 4

    def _pair(self, e: Emitter, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
        accs, (x, stream) = list(state[:-2]), state[-2:]
        step = self.pairs.width // 8
        distance = ui8 if step == 1 else ui16
        kind = bytes4(self.spec.unsigned_input)
        # The word at the pointer itself is loaded last: that load steps the pointer.
        order = [*range(1, self.words), 0]
        at = self.pairs.distances_at
        spread = self.pairs.spread
        both = e.load(stream, S8X4) if spread else e.bytes_of(e.load(stream, ui16), S8X4)
        to_second = e.load(stream, distance, at)
        first = {word: e.load(x, kind, 4 * word) for word in order}
        x = e.add(x, to_second)
        to_next = e.load(stream, distance, at + step)
        stream = e.add(stream, self.pairs.pair_bytes)
        # Each word of the second non-zero is loaded ahead of the products of the one before.
        ahead = e.load(x, kind, 4 * order[0])
        even = both if spread else e.shuffle(both, both, e.const(EVEN_WEIGHTS))
        odd = e.shuffle(both, both, e.const(MOVED_WEIGHTS if spread else ODD_WEIGHTS))
        for word, after in zip(order, [*order[1:], None], strict=True):
            second = ahead
            if after is not None:
                ahead = e.load(x, kind, 4 * after)
            products(e, accs, 4 * word, (first[word], second), (even, odd))
        return [*accs, e.add(x, to_next), stream]
