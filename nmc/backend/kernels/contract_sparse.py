"""Decimated contractions: gather the activations that the stored weights meet, then dot."""

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import i32
from xdsl.ir import Attribute, SSAValue

from nmc.backend.kernels.contract_dense import PARAMETERS, Contraction
from nmc.backend.kernels.emitter import Emitter, kernel_function
from nmc.backend.kernels.finish import store_one
from nmc.dialects.micro import S8X4, GatherOp, GatherResetOp, bytes4
from nmc.dialects.micro.types import ui16
from nmc.numerics.packing import SparseFormat


def build_sparse(name: str, fmt: SparseFormat, counted: bool, spec: Contraction) -> func.FuncOp:
    """`name(a, w, out, rows, records)`: one output channel a record, two pixels at a time.

    The inner loop takes `fmt.unit` non-zeros: their indices in one word (or half of it), and for
    each four of them two gathered vectors, one word of weights, two dot products. With
    `counted` the gathers step the core's counter and can become the extension's instruction.
    """
    kernel = _SparseRow(fmt, counted, spec)

    def body(
        e: Emitter,
        a: SSAValue,
        w: SSAValue,
        out: SSAValue,
        rows: SSAValue,
        records: SSAValue,
    ) -> None:
        whole = e.shru(rows, 1)
        rest = e.mask(rows, 1)

        def record(_: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            w, out = state
            nest = e.loop(whole, [a, out], lambda _, s: kernel.group(e, 2, w, *s))
            e.loop(rest, nest, lambda _, s: kernel.group(e, 1, w, *s))
            return e.add(w, fmt.record_bytes(spec.taps, spec.cin)), e.add(out, 1)

        e.loop(records, [w, out], record)

    return kernel_function(name, PARAMETERS, body)


class _SparseRow:
    def __init__(self, fmt: SparseFormat, counted: bool, spec: Contraction):
        self.fmt = fmt
        self.counted = counted
        self.spec = spec
        self.iterations = fmt.nonzeros(spec.taps, spec.cin) // fmt.unit
        self.index_step = fmt.unit * fmt.width * fmt.copies // 8
        self.index_access: Attribute = i32 if self.index_step == 4 else ui16

    def group(
        self, e: Emitter, pixels: int, w: SSAValue, a: SSAValue, out: SSAValue
    ) -> Sequence[SSAValue]:
        """One or two outputs; returns the pointers for the next pixels."""
        fmt, spec = self.fmt, self.spec
        bias = e.load(w, i32)
        values = e.add(w, 4)
        indices = e.add(values, fmt.nonzeros(spec.taps, spec.cin))
        rows = [a] if pixels == 1 else [a, e.add(a, spec.a_pitch)]
        if self.counted:
            e.do(GatherResetOp())
            # The counter always steps over two pixels: a last row is gathered twice.
            rows = rows if pixels == 2 else [a, a]
        kind = bytes4(spec.unsigned_input)
        inits = [bias] * pixels + [e.lanes(0, kind) for _ in rows] + [values, indices]
        step = fmt.unit // fmt.n * fmt.m

        def iteration(cursor: SSAValue, state: Sequence[SSAValue]) -> Sequence[SSAValue]:
            return self._iteration(e, pixels, rows, cursor, state)

        ended = e.loop(self.iterations * step, inits, iteration, step=step)
        # The indices are padded to a word; the multiplier follows.
        multiplier = e.load(ended[-1], i32, -(self.iterations * self.index_step) % 4)
        for acc in ended[:pixels]:
            store_one(e, acc, multiplier, out, spec.requant)
            out = e.add(out, spec.out_pitch)
        return e.add(a, pixels * spec.a_pitch), out

    def _iteration(
        self,
        e: Emitter,
        pixels: int,
        rows: Sequence[SSAValue],
        cursor: SSAValue,
        state: Sequence[SSAValue],
    ) -> Sequence[SSAValue]:
        fmt = self.fmt
        accs, lanes = list(state[:pixels]), list(state[pixels:-2])
        values, indices = state[-2:]
        word, indices = e.load_next(indices, self.index_access, self.index_step)
        for field in range(0, fmt.unit, 4):
            weights, values = e.load_next(values, S8X4, 4)
            gather = GatherOp(
                lanes,
                rows,
                e.add(cursor, field // fmt.n * fmt.m),
                word,
                field=field,
                n=fmt.n,
                m=fmt.m,
                width=fmt.width,
                copies=fmt.copies,
                counted=self.counted,
            )
            e.do(gather)
            lanes = list(gather.lanes)
            accs = [e.dot(accs[p], lanes[p], weights) for p in range(pixels)]
        return [*accs, *lanes, values, indices]
