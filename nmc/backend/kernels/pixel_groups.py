"""What kernels share that hold the sums of a whole group of interleaved pixels in registers."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from xdsl.dialects import func
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.contract_dense import PARAMETERS, Contraction
from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.finish import constants_of, store_clamped, store_one
from nmc.numerics.packing import RecordFormat

# Selectors of lanes: halves of two words of pixels.
LOW_HALVES, HIGH_HALVES = 0x05040100, 0x07060302

# Offsets of a load or store.
IN_REACH = range(-2048, 2048)


def build_groups(name: str, kernel: "PixelGroupKernel") -> func.FuncOp:
    """`name(a, w, out, rows, records)`: one channel of a whole group of pixels at a time.

    The records of a group follow each other in memory, so one pointer runs through them all. A last
    group that is not whole is computed whole and stored as far as it goes.
    """
    spec, pixels = kernel.spec, kernel.fmt.interleave

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


def products(
    e: Emitter,
    accs: list[SSAValue],
    at: int,
    words: tuple[SSAValue, SSAValue],
    weights: tuple[SSAValue, SSAValue],
) -> None:
    """Adds two non-zeros times four pixels to the sums from `at` on.

    words: of the two non-zeros, four pixels each. weights: [w0 0 w1 0] and [0 w0 0 w1].
    """
    low = e.shuffle(*words, e.const(LOW_HALVES))
    upper = e.shuffle(*words, e.const(HIGH_HALVES))
    for pixel, (x_pair, pair) in enumerate(
        ((low, weights[0]), (low, weights[1]), (upper, weights[0]), (upper, weights[1])), start=at
    ):
        accs[pixel] = e.dot(accs[pixel], x_pair, pair)


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


class PixelGroupKernel(ABC):
    """A kernel whose records are one channel each; how it sums is its own."""

    def __init__(self, fmt: RecordFormat, spec: Contraction):
        self.fmt = fmt
        self.spec = spec
        self.words = fmt.interleave // 4
        self.places = _Places(fmt.interleave, spec.out_pitch)

    @abstractmethod
    def accumulate(
        self, e: Emitter, a: SSAValue, bias: SSAValue, stream: SSAValue
    ) -> tuple[Sequence[SSAValue], SSAValue, int]:
        """The sums of all pixels, a pointer, and how far behind it the weights end."""

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

        def record(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            stream, out = state
            bias, stream = e.load_next(stream, i32, 4)
            accs, stream, tail = self.accumulate(e, a, bias, stream)
            constants = constants_of(e, stream, self.fmt, 0, self.spec.requant, tail)
            self._store(e, accs, constants, out, stored)
            return e.add(stream, tail + self.fmt.tail_bytes), e.add(out, 1)

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
