"""The kernel of one-input functions: a byte of a table for every byte."""

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import i8, i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.dialects.micro import U8X4
from nmc.dialects.micro.types import ui8

NAME = "lookup"

# Words of an iteration: the first word's entries are fetched while the second is on its way.
WORDS = 2


def build_lookup() -> func.FuncOp:
    """`lookup(src, table, out, count)`: out[i] = table[src[i]], bytes."""

    def body(e: Emitter, src: SSAValue, table: SSAValue, out: SSAValue, count: SSAValue) -> None:
        def words(number: int, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            src, out = state
            loaded = [e.load(src, i32, 4 * word) for word in range(number)]
            for at, word in enumerate(loaded):
                fetched = [e.load(e.add(table, lane), ui8) for lane in bytes_of_word(e, word)]
                e.store(e.pack(fetched, U8X4), out, U8X4, 4 * at)
            return e.add(src, 4 * number), e.add(out, 4 * number)

        def byte(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            value, src = e.load_next(state[0], ui8, 1)
            e.store(e.load(e.add(table, value), ui8), state[1], i8)
            return src, e.add(state[1], 1)

        pieces = e.shru(count, 2 + WORDS.bit_length() - 1)
        state = e.loop(pieces, [src, out], lambda _, s: words(WORDS, s))
        rest = e.mask(e.shru(count, 2), WORDS - 1)
        state = e.loop(rest, state, lambda _, s: words(1, s))
        e.loop(e.mask(count, 3), state, byte)

    return kernel_function(NAME, ("src", "table", "out", "count"), body)


def bytes_of_word(e: Emitter, word: SSAValue) -> list[SSAValue]:
    """The four bytes of a word, zero-extended, the lowest first."""
    return [e.mask(e.shru(word, 8 * lane), 0xFF) for lane in range(3)] + [e.shru(word, 24)]


def words_of_word(e: Emitter, word: SSAValue) -> list[SSAValue]:
    """Four times the four bytes of a word, the lowest first: places in a table of words.

    Bytes two apart are shifted together; a field below a byte that was cleared holds it shifted.
    """
    even = e.mask(word, 0x00FF00FF)
    odd = e.mask(word, 0xFF00FF00)
    shifted = e.shift_left(even, 2)
    return [
        e.mask(shifted, 0x3FF),
        e.mask(e.shru(odd, 6), 0x3FF),
        e.shru(shifted, 16),
        e.shru(odd, 22),
    ]
