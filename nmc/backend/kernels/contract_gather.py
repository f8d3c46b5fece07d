"""Sparse contractions on pixel-interleaved rows whose words are gathered by index."""

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.contract_dense import Contraction
from nmc.backend.kernels.emitter import Emitter
from nmc.backend.kernels.pixel_groups import PixelGroupKernel, build_groups, products
from nmc.dialects.micro import S8X4, GatherResetOp, GatherWordOp, bytes4
from nmc.numerics.packing import GatherFormat

# Selectors of lanes: the two weights of a pair among zeros; its byte 3 is 0.
EVEN_WEIGHTS, ODD_WEIGHTS = 0x03010300, 0x01030003


def build_gather(name: str, fmt: GatherFormat, spec: Contraction) -> func.FuncOp:
    """`name(a, w, out, rows, records)`: one channel of a whole group of pixels at a time.

    As the pair kernel, but a word is gathered by the index of its non-zero: no distances are
    loaded and added, and a pair is one word.
    """
    return build_groups(name, _GatheredPairs(fmt, spec))


class _GatheredPairs(PixelGroupKernel):
    def __init__(self, fmt: GatherFormat, spec: Contraction):
        super().__init__(fmt, spec)
        self.pairs = fmt
        self.blocks = spec.taps * fmt.blocks(spec.cin)

    def accumulate(
        self, e: Emitter, a: SSAValue, bias: SSAValue, stream: SSAValue
    ) -> tuple[Sequence[SSAValue], SSAValue, int]:
        e.do(GatherResetOp())
        block_bytes = self.pairs.m * self.pairs.interleave
        state = [bias] * self.pairs.interleave + [stream]
        even = self.blocks // 2 * 2

        def pair(cursor: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            return self._pair(e, a, cursor, state, single=False)

        if even:
            state = e.loop(even * block_bytes, state, pair, step=2 * block_bytes)
        if self.blocks > even:
            state = self._pair(e, a, e.const(even * block_bytes), state, single=True)
        return state[:-1], state[-1], 0

    def _pair(
        self,
        e: Emitter,
        a: SSAValue,
        cursor: SSAValue,
        state: Sequence[SSAValue],
        *,
        single: bool,
    ) -> Sequence[SSAValue]:
        """Two blocks; with `single` the second is not there and has the weight 0."""
        accs, stream = list(state[:-1]), state[-1]
        both, stream = e.load_next(stream, i32, 4)

        def gather(number: int, word: int) -> SSAValue:
            fmt = self.pairs
            op = GatherWordOp(
                a,
                cursor,
                both,
                bytes4(self.spec.unsigned_input),
                number=number,
                word=word,
                m=fmt.m,
                width=fmt.width,
                lanes=fmt.interleave,
            )
            return e.insert(op)

        first = [gather(0, word) for word in range(self.words)]
        weights = e.bytes_of(both, S8X4)
        even = e.shuffle(weights, weights, e.const(EVEN_WEIGHTS))
        odd = e.shuffle(weights, weights, e.const(ODD_WEIGHTS))
        # Each word of the second non-zero is gathered ahead of the products of the one before.
        ahead = first[0] if single else gather(1, 0)
        for word in range(self.words):
            second = ahead
            if word + 1 < self.words:
                ahead = first[word + 1] if single else gather(1, word + 1)
            products(e, accs, 4 * word, (first[word], second), (even, odd))
        return [*accs, stream]
