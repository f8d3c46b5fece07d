"""Sparse contractions of single rows: a pointer walks over the activations that are needed."""

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.contract_dense import PARAMETERS, Contraction
from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.finish import store_four
from nmc.dialects.micro import S8X4, bytes4
from nmc.dialects.micro.types import ui8
from nmc.numerics.packing import WalkFormat
from nmc.numerics.packing.walk import STEP


def build_walk(name: str, fmt: WalkFormat, spec: Contraction) -> func.FuncOp:
    """`name(a, w, out, rows, records)`: four channels of one row at a time.

    The inner loop takes four non-zeros of a channel: a word of weights, one of distances that are
    extracted, four activations whose loads step the pointer, two packs and a dot product.
    """

    def body(
        e: Emitter,
        a: SSAValue,
        w: SSAValue,
        out: SSAValue,
        rows: SSAValue,
        records: SSAValue,
    ) -> None:
        def record(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            w, out = state

            def row(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
                a, out = state
                _row(e, fmt, spec, a, w, out)
                return e.add(a, spec.a_pitch), e.add(out, spec.out_pitch)

            e.loop(rows, [a, out], row)
            return e.add(w, fmt.record_bytes(spec.taps, spec.cin)), e.add(out, fmt.channels)

        e.loop(records, [w, out], record)

    return kernel_function(name, PARAMETERS, body)


def _row(
    e: Emitter, fmt: WalkFormat, spec: Contraction, a: SSAValue, w: SSAValue, out: SSAValue
) -> None:
    """The outputs of one row."""
    head = 4 * fmt.channels
    stream = e.add(w, head + fmt.channels)
    accs: list[SSAValue] = []
    for channel in range(fmt.channels):
        x = e.add(a, e.load(w, ui8, head + channel))
        bias = e.load(w, i32, 4 * channel)
        steps = fmt.nonzeros(spec.taps, spec.cin) // STEP
        acc, _, stream = e.loop(steps, [bias, x, stream], lambda _, s: _step(e, spec, *s))
        accs.append(acc)
    multipliers = [e.load(stream, i32, 4 * channel) for channel in range(fmt.channels)]
    store_four(e, accs, multipliers, out, spec.requant)


def _step(
    e: Emitter, spec: Contraction, acc: SSAValue, x: SSAValue, stream: SSAValue
) -> Sequence[SSAValue]:
    # The word at the pointer itself is loaded last: that load steps the pointer.
    # One word of distances: a load of each byte would be three more accesses to the banks.
    word = e.load(stream, i32, STEP)
    distances = [e.mask(e.shru(word, 8 * lane), 0xFF) for lane in range(STEP - 1)]
    distances.append(e.shru(word, 8 * (STEP - 1)))
    weights, stream = e.load_next(stream, S8X4, 2 * STEP)
    lanes: list[SSAValue] = []
    for distance in distances:
        lanes.append(e.load(x, ui8))
        x = e.add(x, distance)
    return e.dot(acc, e.pack(lanes, bytes4(spec.unsigned_input)), weights), x, stream
