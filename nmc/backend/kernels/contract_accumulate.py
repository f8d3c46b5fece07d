"""Sparse contractions that gather and accumulate four pixels of a channel at a time."""

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.contract_dense import PARAMETERS, Contraction
from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.finish import with_bounds
from nmc.dialects.micro import CoreIdOp, SumsGatherOp, SumsRequantizeOp, SumsStartOp, bytes4
from nmc.numerics.packing import AccumulateFormat
from nmc.numerics.packing.accumulate import WEIGHTS, Chunk

# Pixels of a word.
PIXELS = 4


def build_accumulate(name: str, fmt: AccumulateFormat, spec: Contraction) -> func.FuncOp:
    """`name(a, w, out, rows, records)`: four pixels, a word of each position, at a time.

    Each word runs through all records: their weights stream from one pointer, four channels fill
    the words of outputs of four pixels. The words of a group are taken from another one on by every
    core, so that cores in step with each other are at different banks. A last word that is not
    whole is computed whole and stored as far as it goes.
    """
    kernel = _Word(fmt, spec)
    kind = bytes4(kernel.unsigned_output)
    a_step, out_step = spec.groups.a_step, spec.groups.out_step * spec.out_pitch

    def body(
        e: Emitter,
        a: SSAValue,
        w: SSAValue,
        out: SSAValue,
        rows: SSAValue,
        records: SSAValue,
    ) -> None:
        own = e.mul(e.mask(e.insert(CoreIdOp()), fmt.lanes // PIXELS - 1), PIXELS)
        outputs = [e.lanes(0, kind)] * PIXELS

        def group(first: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            a, out, *outputs = state
            left = e.sub(rows, first)
            whole = e.compare("sge", left, fmt.lanes)
            lane, words = e.when(
                whole,
                lambda: [own, e.const(fmt.lanes // PIXELS)],
                lambda: [e.const(0), e.shru(left, 2)],
            )

            def word(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
                lane, *outputs = state
                outputs = kernel.channels(e, *kernel.place(e, a, out, lane), w, records, outputs)
                return [e.mask(e.add(lane, PIXELS), fmt.lanes - 1), *outputs]

            lane, *outputs = e.loop(words, [lane, *outputs], word)

            def part() -> Sequence[SSAValue]:
                rest = e.mask(left, PIXELS - 1)
                place = kernel.place(e, a, out, lane)
                kernel.channels(e, *place, w, records, outputs, rest)
                return ()

            ragged = e.compare("ne", e.mask(left, PIXELS - 1), 0)
            e.when(e.both(ragged, e.compare("slt", left, fmt.lanes)), part)
            return [e.add(a, a_step), e.add(out, out_step), *outputs]

        e.loop(rows, [a, out, *outputs], group, step=fmt.lanes)

    return kernel_function(name, PARAMETERS, body)


class _Word:
    def __init__(self, fmt: AccumulateFormat, spec: Contraction):
        self.fmt = fmt
        self.spec = spec
        requant = spec.requant
        self.unsigned_output = requant.hi.data > 127
        self.lowest, self.highest = (0, 255) if self.unsigned_output else (-128, 127)
        # Bounds tighter than the type's are applied to four outputs at once.
        self.requant = with_bounds(requant, self.lowest, self.highest)
        self.passes = fmt.passes(spec.taps, spec.cin)
        self.block_bytes = fmt.m * fmt.lanes

    def place(
        self, e: Emitter, a: SSAValue, out: SSAValue, lane: SSAValue
    ) -> tuple[SSAValue, SSAValue]:
        """Where the word of a lane and its outputs are."""
        return e.add(a, lane), e.add(out, e.mul(lane, self.spec.out_pitch))

    def channels(
        self,
        e: Emitter,
        a: SSAValue,
        out: SSAValue,
        w: SSAValue,
        records: SSAValue,
        outputs: Sequence[SSAValue],
        stored: SSAValue | None = None,
    ) -> list[SSAValue]:
        """All channels of one word, of which `stored` (None: all) pixels are valid.

        The vectors `outputs` say which registers take the outputs; what they hold is shifted out.
        """

        def record(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            *channels, out = state

            def channel(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
                return self._channel(e, a, *state)

            channels = e.loop(self.fmt.channels, channels, channel)
            self._store(e, channels[1:], out, stored)
            return [*channels, e.add(out, self.fmt.channels)]

        return e.loop(records, [w, *outputs, out], record)[1:-1]

    def _channel(
        self, e: Emitter, a: SSAValue, stream: SSAValue, *outputs: SSAValue
    ) -> Sequence[SSAValue]:
        """One channel.

        The multiplier is loaded before the sums are read, which have to wait for the last gather.
        """
        bias, stream = e.load_next(stream, i32, 4)
        sums: SSAValue | None = None
        for number, chunks in enumerate(self.passes):
            # The counter goes on from pass to pass; the blocks start again.
            blocks = chunks[0].first
            row = e.add(a, -blocks * self.block_bytes) if number else a
            indices, weights, stream = self._load(e, chunks[0], stream)
            if sums is None:
                sums = e.insert(SumsStartOp(bias))
            cursor = e.const(blocks * self.block_bytes)
            sums = self._gather(e, sums, row, cursor, chunks[0], indices, weights)
            sums, stream = self._loop(e, sums, row, chunks[1:], stream)
        assert sums is not None
        multiplier, stream = e.load_next(stream, i32, 4)
        op = SumsRequantizeOp(sums, outputs, multiplier, self.requant)
        e.do(op)
        return [stream, *op.vectors]

    def _loop(
        self,
        e: Emitter,
        sums: SSAValue,
        row: SSAValue,
        chunks: Sequence[Chunk],
        stream: SSAValue,
    ) -> Sequence[SSAValue]:
        """The chunks behind the first one, all whole."""
        if not chunks:
            return sums, stream

        def step(cursor: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            sums, stream = state
            indices, weights, stream = self._load(e, chunks[0], stream)
            sums = self._gather(e, sums, row, cursor, chunks[0], indices, weights)
            return sums, stream

        first, unit = chunks[0].first, self.fmt.unit
        bounds = [count * self.block_bytes for count in (first, first + unit * len(chunks), unit)]
        return e.loop(bounds[1], [sums, stream], step, lo=bounds[0], step=bounds[2])

    def _load(
        self, e: Emitter, chunk: Chunk, stream: SSAValue
    ) -> tuple[SSAValue, list[SSAValue], SSAValue]:
        """A chunk's indices and words of weights, and the pointer moved on."""
        indices, stream = e.load_next(stream, i32, 4)
        weights: list[SSAValue] = []
        for _ in range(chunk.weight_words):
            word, stream = e.load_next(stream, i32, 4)
            weights.append(word)
        return indices, weights, stream

    def _gather(
        self,
        e: Emitter,
        sums: SSAValue,
        row: SSAValue,
        cursor: SSAValue,
        chunk: Chunk,
        indices: SSAValue,
        weights: Sequence[SSAValue],
    ) -> SSAValue:
        fmt = self.fmt
        for number, word in enumerate(weights):
            before = number * WEIGHTS
            sums = e.insert(
                SumsGatherOp(
                    sums,
                    row,
                    e.add(cursor, before * self.block_bytes),
                    indices,
                    word,
                    first=(chunk.first + before) % fmt.unit,
                    count=min(WEIGHTS, chunk.count - before),
                    m=fmt.m,
                    width=fmt.width,
                    lanes=fmt.lanes,
                    unsigned=self.spec.unsigned_input,
                )
            )
        return sums

    def _store(
        self, e: Emitter, outputs: Sequence[SSAValue], out: SSAValue, stored: SSAValue | None
    ) -> None:
        kind, requant = bytes4(self.unsigned_output), self.spec.requant
        for pixel, shifted_in in enumerate(outputs):
            packed = shifted_in
            if requant.lo.data > self.lowest:
                packed = e.maximum(packed, e.splat(requant.lo.data, kind))
            if requant.hi.data < self.highest:
                packed = e.minimum(packed, e.splat(requant.hi.data, kind))
            place = pixel * self.spec.out_pitch
            if stored is None:
                e.store(packed, out, kind, place)
            else:
                self._store_valid(e, pixel, stored, packed, e.add(out, place))

    def _store_valid(
        self, e: Emitter, pixel: int, stored: SSAValue, packed: SSAValue, out: SSAValue
    ) -> None:
        def store() -> Sequence[SSAValue]:
            e.store(packed, out, packed.type)
            return ()

        e.when(e.compare("ult", e.const(pixel), stored), store)
