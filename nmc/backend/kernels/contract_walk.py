"""Sparse contractions of single rows: a pointer walks over the activations that are needed."""

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.contract_dense import PARAMETERS, Contraction
from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.finish import store_clamped, store_one
from nmc.dialects.micro import S8X4, bytes4
from nmc.dialects.micro.types import ui8
from nmc.numerics.packing import WalkFormat
from nmc.numerics.packing.walk import (
    BIAS,
    BOUND,
    FIRST,
    MULTIPLIER,
    OFFSET,
    STREAM,
    TAIL,
)


def build_walk(name: str, fmt: WalkFormat, spec: Contraction) -> func.FuncOp:
    """`name(a, w, out, rows, records)`: one channel of one row at a time.

    The inner loop takes four or eight non-zeros of a channel: a word of distances that are
    extracted and, of each four, a word of weights, four activations whose loads step the pointer,
    two packs and a dot product. Both
    pointers walk on from record to record. Of a single row nothing is kept for the next.
    """

    def body(
        e: Emitter,
        a: SSAValue,
        w: SSAValue,
        out: SSAValue,
        rows: SSAValue,
        records: SSAValue,
    ) -> None:
        first = e.load(w, i32, FIRST)
        if spec.single:
            e.loop(records, [e.add(a, first), w, out], lambda _, s: _record(e, fmt, spec, *s))
            return

        def row(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            a, out = state
            e.loop(records, [e.add(a, first), w, out], lambda _, s: _record(e, fmt, spec, *s))
            return e.add(a, spec.a_pitch), e.add(out, spec.out_pitch)

        e.loop(rows, [a, out], row)

    return kernel_function(name, PARAMETERS, body)


def _record(
    e: Emitter, fmt: WalkFormat, spec: Contraction, x: SSAValue, w: SSAValue, out: SSAValue
) -> Sequence[SSAValue]:
    """One output; the pointers at the next record."""
    acc, multiplier = e.load(w, i32, BIAS), e.load(w, i32, MULTIPLIER)
    steps = fmt.nonzeros(spec.taps, spec.cin) // fmt.unit
    acc, x, w = e.loop(steps, [acc, x, e.add(w, STREAM)], lambda _, s: _step(e, fmt, spec, *s))
    if fmt.around:
        x = e.add(x, -fmt.span(spec.taps, spec.cin))
    if spec.requant.kind == "clamped":
        bound, offset = e.load(w, i32, BOUND), e.load(w, i32, OFFSET)
        store_clamped(e, acc, [multiplier, offset, bound], out, spec.requant)
    else:
        store_one(e, acc, multiplier, out, spec.requant)
    return x, e.add(w, TAIL), e.add(out, 1)


def _step(
    e: Emitter, fmt: WalkFormat, spec: Contraction, acc: SSAValue, x: SSAValue, stream: SSAValue
) -> Sequence[SSAValue]:
    # One word of distances: a load of each byte would be three more accesses to the banks.
    word = e.load(stream, i32, fmt.unit)
    later = [e.load(stream, S8X4, place) for place in range(4, fmt.unit, 4)]
    # The word at the pointer itself is loaded last: that load steps the pointer.
    weights, stream = e.load_next(stream, S8X4, fmt.unit + 4)
    for quad, four in enumerate((weights, *later)):
        distances = [_distance(e, fmt, word, 4 * quad + lane) for lane in range(4)]
        lanes: list[SSAValue] = []
        for distance in distances:
            lanes.append(e.load(x, ui8))
            x = e.add(x, distance)
        acc = e.dot(acc, e.pack(lanes, bytes4(spec.unsigned_input)), four)
    return acc, x, stream


def _distance(e: Emitter, fmt: WalkFormat, word: SSAValue, number: int) -> SSAValue:
    """One of the distances of a word."""
    if not fmt.around:
        return e.byte(word, number)
    high = e.shru(word, number * fmt.width)
    return high if number + 1 == fmt.unit else e.mask(high, (1 << fmt.width) - 1)
