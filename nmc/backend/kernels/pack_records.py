"""Activations as records of dense weights: words copied or transposed, sums of each output."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from xdsl.dialects import func
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.emitter import Body, Emitter, kernel_function
from nmc.backend.kernels.interleave import EVEN_BYTES, HIGH_HALVES, LOW_HALVES, ODD_BYTES
from nmc.backend.kernels.signature import number, sign_name
from nmc.dialects.micro import S8X4
from nmc.dialects.micro.types import ui8
from nmc.numerics.packing import DenseFormat
from nmc.numerics.product_ops import CHANNELS, stored_zero_point

SIGNS = 0x80808080


@dataclass(frozen=True)
class Packing:
    """The static part of a packing's code; see `tile.pack_records`."""

    depth: int
    pitch: int
    rest: int
    lhs_zero_point: int
    zero_point: int
    multiplier: int
    columns: bool
    unsigned: bool

    @property
    def record_bytes(self) -> int:
        """Bytes of a record."""
        return DenseFormat(CHANNELS).record_bytes(1, self.depth)

    @property
    def source_step(self) -> int:
        """Bytes from the source of a record to that of the next."""
        return CHANNELS * (1 if self.columns else self.pitch)

    def name(self) -> str:
        """The function's name: every constant is in it."""
        *numbers, columns, unsigned = astuple(self)
        shape = "_".join(number(value) for value in numbers)
        return f"pack_{'columns' if columns else 'rows'}_{shape}_{sign_name(unsigned)}"


def build_pack(spec: Packing) -> func.FuncOp:
    """`pack_..(src, dst, whole, rest)`: whole records, then `rest` (0 or 1) of fewer outputs."""

    def body(
        e: Emitter, src: SSAValue, dst: SSAValue, whole: SSAValue, rest: SSAValue | None = None
    ) -> None:
        def record(channels: int) -> Body:
            return lambda _, state: _record(e, spec, channels, *state)

        state = e.loop(whole, [src, dst], record(CHANNELS))
        if rest is not None:
            e.loop(rest, state, record(spec.rest))

    parameters = ("src", "dst", "whole", *(["rest"] if spec.rest else []))
    return kernel_function(spec.name(), parameters, body)


def _record(
    e: Emitter, spec: Packing, channels: int, src: SSAValue, dst: SSAValue
) -> Sequence[SSAValue]:
    """One record of `channels` outputs, zeros for the others; the pointers to the next."""
    ones = e.splat(1, S8X4)
    load = _columns if spec.columns else _rows
    starts = [src]
    if not spec.columns:
        for _ in range(channels - 1):
            starts.append(e.add(starts[-1], spec.pitch))

    def step(state: Sequence[SSAValue], count: int) -> list[SSAValue]:
        sums, pointers, stream = list(state[:channels]), list(state[channels:-1]), state[-1]
        words, pointers = load(e, spec, channels, pointers, count)
        for channel, word in enumerate(words):
            sums[channel] = e.dot(sums[channel], word, ones)
        for word in [*words, *(e.lanes(0, S8X4) for _ in range(CHANNELS - channels))]:
            e.store(word, stream, S8X4)
            stream = e.add(stream, 4)
        return [*sums, *pointers, stream]

    state: Sequence[SSAValue] = [
        *(e.const(0) for _ in range(channels)),
        *starts,
        e.add(dst, 4 * CHANNELS),
    ]
    state = e.loop(spec.depth // 4, state, lambda _, s: step(s, 4))
    if spec.depth % 4:
        state = step(state, spec.depth % 4)
    constant = spec.depth * spec.lhs_zero_point
    constant *= stored_zero_point(spec.zero_point, spec.unsigned)
    for channel in range(CHANNELS):
        bias = e.const(0)
        if channel < channels:
            bias = e.add(e.mul(state[channel], -spec.lhs_zero_point), constant)
        e.store(bias, dst, i32, 4 * channel)
        e.store(e.const(spec.multiplier), state[-1], i32, 4 * channel)
    return e.add(src, spec.source_step), e.add(dst, spec.record_bytes)


Words = tuple[list[SSAValue], list[SSAValue]]


def _rows(
    e: Emitter, spec: Packing, channels: int, pointers: Sequence[SSAValue], count: int
) -> Words:
    """`count` bytes of each of the rows at the pointers, as words; the pointers moved on."""
    if count < 4:
        words = [_gathered(e, spec, [(p, at) for at in range(count)]) for p in pointers]
        return words, list(pointers)
    del channels
    loaded = [e.load_next(pointer, i32, 4) for pointer in pointers]
    return [_signed(e, spec, word) for word, _ in loaded], [pointer for _, pointer in loaded]


def _columns(
    e: Emitter, spec: Packing, channels: int, pointers: Sequence[SSAValue], count: int
) -> Words:
    """`count` bytes of each of the columns beside each other at the pointer, as words."""
    (src,) = pointers
    lines = [src]
    for _ in range(count - 1):
        lines.append(e.add(lines[-1], spec.pitch))
    after = [e.add(lines[-1], spec.pitch)]
    if count < 4 or channels < CHANNELS:
        places = [[(line, channel) for line in lines] for channel in range(channels)]
        return [_gathered(e, spec, column) for column in places], after
    a, b, c, d = (_signed(e, spec, e.load(line, i32)) for line in lines)
    halves = [
        (e.shuffle(a, b, e.const(half)), e.shuffle(c, d, e.const(half)))
        for half in (LOW_HALVES, HIGH_HALVES)
    ]
    selectors = EVEN_BYTES, ODD_BYTES
    return [e.shuffle(*pair, e.const(s)) for pair in halves for s in selectors], after


def _gathered(e: Emitter, spec: Packing, places: Sequence[tuple[SSAValue, int]]) -> SSAValue:
    """Up to four single bytes at (pointer, offset) as a word, zeros behind them."""
    lanes = [e.load(pointer, ui8, offset) for pointer, offset in places]
    if spec.unsigned:
        lanes = [e.xor(lane, 0x80) for lane in lanes]
    return e.pack([*lanes, *(e.const(0) for _ in range(4 - len(lanes)))], S8X4)


def _signed(e: Emitter, spec: Packing, word: SSAValue) -> SSAValue:
    """Four bytes as they are stored."""
    return e.bytes_of(e.xor(word, SIGNS) if spec.unsigned else word, S8X4)
