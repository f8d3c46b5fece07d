"""Dense contractions, register-blocked: C channels x P pixels in accumulators."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from xdsl.dialects import func
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.finish import (
    clamped_output,
    constants_of,
    store_four,
    store_one,
    store_outputs,
)
from nmc.backend.kernels.signature import requant_name, sign_name
from nmc.dialects.micro import S8X4, bytes4
from nmc.dialects.tile import RequantAttr
from nmc.numerics.packing import RecordFormat
from nmc.numerics.tile_ops import PixelGroups


@dataclass(frozen=True)
class Contraction:
    """The static part of a contraction's code.

    groups: how the rows are grouped; single pixels if not. starts: whether each row's accumulators
    start from a word of its own beside the bias. single: whether there is one row and no more.
    """

    taps: int
    cin: int
    a_pitch: int
    out_pitch: int
    requant: RequantAttr
    unsigned_input: bool
    groups: PixelGroups
    starts: bool = False
    single: bool = False

    def suffix(self) -> str:
        """The part of a function's name that tells these apart."""
        shape = f"t{self.taps}_c{self.cin}_a{self.a_pitch}_o{self.out_pitch}"
        if self.groups.pixels > 1:
            shape += "_g" + "x".join(map(str, astuple(self.groups)))
        if self.starts:
            shape += "_starts"
        if self.single:
            shape += "_single"
        return f"{shape}_{requant_name(self.requant)}_{sign_name(self.unsigned_input)}"


PARAMETERS = ("a", "w", "out", "rows", "records")


def build_dense(name: str, fmt: RecordFormat, pixels: int, spec: Contraction) -> func.FuncOp:
    """`name(a, w, out, rows, records)`: rows x records of outputs, a record at a time.

    The inner loop takes 4 bytes of K: P activation words, C weight words from one pointer and
    C * P dot products, on accumulators that started from the bias. Rows come one by one, or in
    groups of P of which none is cut. With starts there is a sixth argument, their address.
    """
    kernel = _DenseBlock(fmt, spec)

    def body(
        e: Emitter,
        a: SSAValue,
        w: SSAValue,
        out: SSAValue,
        rows: SSAValue,
        records: SSAValue,
        *starts: SSAValue,
    ) -> None:
        whole = e.shru(rows, pixels.bit_length() - 1)
        rest = e.mask(rows, pixels - 1)

        def record(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            w, out = state
            nest = [a, w, out, *starts]
            if spec.single and pixels == 1:
                nest = kernel.group(e, 1, *nest)
            else:
                nest = e.loop(whole, nest, lambda _, s: kernel.group(e, pixels, *s))
            if pixels > 1 and not kernel.grouped:
                nest = e.loop(rest, nest, lambda _, s: kernel.group(e, 1, *s))
            return (
                e.add(nest[1], fmt.record_bytes(spec.taps, spec.cin)),
                e.add(out, fmt.channels),
            )

        e.loop(records, [w, out], record)

    # Constants stay where they are used: no register to spare across the inner loop.
    parameters = (*PARAMETERS, "starts") if spec.starts else PARAMETERS
    return kernel_function(name, parameters, body, hoist=False)


class _DenseBlock:
    def __init__(self, fmt: RecordFormat, spec: Contraction):
        self.fmt = fmt
        self.spec = spec
        self.bytes_of_k = fmt.row_pitch(spec.taps, spec.cin)
        groups = spec.groups
        self.grouped = groups.pixels > 1
        self.out_lane = groups.out_lane * spec.out_pitch
        # From the output of a group's last pixel to that of the next group's first.
        self.out_back = (groups.out_step - (groups.pixels - 1) * groups.out_lane) * spec.out_pitch

    def group(
        self,
        e: Emitter,
        pixels: int,
        a: SSAValue,
        w: SSAValue,
        out: SSAValue,
        *starts: SSAValue,
    ) -> Sequence[SSAValue]:
        """One block of outputs; returns the pointers for the next pixels."""
        channels, spec = self.fmt.channels, self.spec
        # accs[c * pixels + p]
        accs = [
            bias for c in range(channels) for bias in [e.load(w, i32, 4 * c)] for _ in range(pixels)
        ]
        if starts:
            words = [e.load(starts[0], i32, 4 * p) for p in range(pixels)]
            accs = [e.add(acc, words[i % pixels]) for i, acc in enumerate(accs)]
        rows = [a]
        for _ in range(pixels - 1):
            rows.append(e.add(rows[-1], spec.a_pitch))
        stream = e.add(w, 4 * channels)

        def step(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            return self._step(e, pixels, state)

        ended = e.loop(self.bytes_of_k // 4, [*accs, *rows, stream], step)
        accs, rows, stream = ended[: len(accs)], ended[len(accs) : -1], ended[-1]
        out = self._finish(e, pixels, accs, stream, out)
        # Pointers are derived from where they ended: fewer registers live across the inner loop.
        return (
            e.add(
                rows[0],
                (spec.groups.a_step if self.grouped else pixels * spec.a_pitch) - self.bytes_of_k,
            ),
            e.add(stream, -channels * (4 + self.bytes_of_k)),
            out,
            *(e.add(pointer, 4 * pixels) for pointer in starts),
        )

    def _step(self, e: Emitter, pixels: int, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
        channels = self.fmt.channels
        accs, rows, stream = (
            list(state[: channels * pixels]),
            list(state[-pixels - 1 : -1]),
            state[-1],
        )
        # Every value is loaded at least one instruction before its first use: no stall.
        ahead, stream = e.load_next(stream, S8X4, 4)
        x: list[SSAValue] = []
        for p in range(pixels):
            value, rows[p] = e.load_next(rows[p], bytes4(self.spec.unsigned_input), 4)
            x.append(value)
        for c in range(channels):
            weights = ahead
            if c + 1 < channels:
                ahead, stream = e.load_next(stream, S8X4, 4)
            for p in range(pixels):
                at = c * pixels + p
                accs[at] = e.dot(accs[at], x[p], weights)
        return [*accs, *rows, stream]

    def _finish(
        self, e: Emitter, pixels: int, accs: Sequence[SSAValue], stream: SSAValue, out: SSAValue
    ) -> SSAValue:
        """Stores the block and returns where the next pixel's outputs go."""
        channels, requant = self.fmt.channels, self.spec.requant
        constants: list[list[SSAValue]] = []
        outputs = list(accs)
        # In the clamped form channel by channel: its constants need three registers at a time.
        for c in range(channels):
            constants.append(constants_of(e, stream, self.fmt, c, requant))
            for at in range(c * pixels, (c + 1) * pixels) if requant.kind == "clamped" else ():
                outputs[at] = clamped_output(e, accs[at], constants[c], requant)
        for p in range(pixels):
            column = outputs[p::pixels]
            if requant.kind == "clamped":
                store_outputs(e, column, out, requant)
            elif channels == 4:
                store_four(e, column, [own for (own,) in constants], out, requant)
            else:
                for c in range(channels):
                    store_one(e, column[c], constants[c][0], e.add(out, c), requant)
            last = self.grouped and p + 1 == pixels
            out = e.add(out, self.out_back if last else self.out_lane)
        return out
