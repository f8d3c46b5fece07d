"""Decimated contractions of single rows, two output channels at a time, as published."""

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import i32
from xdsl.ir import Attribute, SSAValue

from nmc.backend.kernels.contract_dense import PARAMETERS, Contraction
from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.finish import store_one
from nmc.dialects.micro import S8X4, GatherOp, GatherResetOp, bytes4
from nmc.dialects.micro.types import ui16
from nmc.numerics.packing import ChannelPairFormat


def build_channel_pair(name: str, fmt: ChannelPairFormat, spec: Contraction) -> func.FuncOp:
    """`name(a, w, out, rows, records)`: two channels of one row at a time.

    The inner loop takes `fmt.unit` non-zeros of both channels: their indices in one word, and for
    each four of them eight gathers, two words of weights, two dot products.
    """
    kernel = _ChannelPair(fmt, spec)

    def body(
        e: Emitter,
        a: SSAValue,
        w: SSAValue,
        out: SSAValue,
        rows: SSAValue,
        records: SSAValue,
    ) -> None:
        def following(w: SSAValue, out: SSAValue) -> Sequence[SSAValue]:
            return e.add(w, fmt.record_bytes(spec.taps, spec.cin)), e.add(out, fmt.channels)

        def record(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            w, out = state
            if spec.single:
                kernel.row(e, w, a, out)
                return following(w, out)

            def row(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
                a, out = state
                kernel.row(e, w, a, out)
                return e.add(a, spec.a_pitch), e.add(out, spec.out_pitch)

            e.loop(rows, [a, out], row)
            return following(w, out)

        e.loop(records, [w, out], record)

    return kernel_function(name, PARAMETERS, body)


class _ChannelPair:
    def __init__(self, fmt: ChannelPairFormat, spec: Contraction):
        self.fmt = fmt
        self.spec = spec
        self.index_step = fmt.unit * fmt.width * fmt.copies // 8
        self.index_access: Attribute = i32 if self.index_step == 4 else ui16

    def row(self, e: Emitter, w: SSAValue, a: SSAValue, out: SSAValue) -> None:
        """The outputs of one row."""
        fmt, spec = self.fmt, self.spec
        stored = fmt.nonzeros(spec.taps, spec.cin)
        biases = [e.load(w, i32, 4 * channel) for channel in range(fmt.channels)]
        values = e.add(w, 4 * fmt.channels)
        indices = e.add(values, fmt.channels * stored)
        e.do(GatherResetOp())
        lanes = [e.lanes(0, bytes4(spec.unsigned_input)) for _ in biases]
        step = fmt.unit * fmt.m

        def iteration(cursor: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            return self._iteration(e, a, cursor, state)

        steps = stored // fmt.unit
        ended = e.loop(steps * step, [*biases, *lanes, values, indices], iteration, step=step)
        # The indices are padded to a word; the multipliers follow.
        tail = -(steps * self.index_step) % 4
        for channel, acc in enumerate(ended[: fmt.channels]):
            multiplier = e.load(ended[-1], i32, tail + 4 * channel)
            store_one(e, acc, multiplier, out, spec.requant, channel)

    def _iteration(
        self, e: Emitter, a: SSAValue, cursor: SSAValue, state: Sequence[SSAValue]
    ) -> Sequence[SSAValue]:
        fmt = self.fmt
        accs, lanes = list(state[: fmt.channels]), list(state[fmt.channels : -2])
        values, indices = state[-2:]
        word, indices = e.load_next(indices, self.index_access, self.index_step)
        for field in range(0, fmt.unit, 4):
            gather = GatherOp(
                lanes,
                [a, a],
                e.add(cursor, field * fmt.m),
                word,
                field=field,
                n=fmt.n,
                m=fmt.m,
                width=fmt.width,
                copies=fmt.copies,
                counted=True,
                channels=True,
            )
            e.do(gather)
            lanes = list(gather.lanes)
            for channel in range(fmt.channels):
                weights, values = e.load_next(values, S8X4, 4)
                accs[channel] = e.dot(accs[channel], lanes[channel], weights)
        return [*accs, *lanes, values, indices]
