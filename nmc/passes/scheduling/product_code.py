"""The code of products of two activations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.ir import SSAValue

from nmc.backend.kernels import kernel_by_name
from nmc.backend.planning.cost import ALIGN
from nmc.backend.planning.describe import is_unsigned
from nmc.backend.planning.plans import ProductPlan
from nmc.backend.planning.product_plan import buffers_of
from nmc.backend.planning.product_work import Factors, product_work
from nmc.dialects import qnn, tile
from nmc.numerics.packing import round_up
from nmc.numerics.product_ops import CHANNELS, stored_zero_point
from nmc.passes.scheduling.code import Code, Index
from nmc.passes.scheduling.operations import tile_requant

Span = tuple[SSAValue, SSAValue]


@dataclass(frozen=True)
class Rows:
    """Rows of a matrix in L2: where row 0 begins, and bytes from one row to the next."""

    buffer: SSAValue
    origin: Index
    stride: int

    def load(
        self, code: Code, place: tuple[Index, Index, Index], into: SSAValue, pitch: int
    ) -> None:
        """Bring `length` bytes of `count` rows from row `first` on: place = (first, count, length).

        A row starts `pitch` bytes after the one before in L1.
        """
        first, count, length = place
        at = code.add(self.origin, code.mul(first, self.stride))
        self._move(code, (self.buffer, at), (into, 0), count, length, pitch)

    def store(
        self, code: Code, place: tuple[Index, Index, Index], source: SSAValue, pitch: int
    ) -> None:
        """The way back."""
        first, count, length = place
        at = code.add(self.origin, code.mul(first, self.stride))
        self._move(code, (source, 0), (self.buffer, at), count, length, pitch)

    def _move(
        self,
        code: Code,
        source: tuple[SSAValue, Index],
        target: tuple[SSAValue, Index],
        count: Index,
        length: Index,
        pitch: int,
    ) -> None:
        if length == self.stride == pitch:
            code.copy(*source, *target, code.mul(count, length))
            return
        stride = None if length == self.stride else self.stride
        packed = None if length == pitch else pitch
        code.copy(*source, *target, length, lines=count, stride=stride, pitch=packed)


@dataclass(frozen=True)
class Multiplication:
    """Writes the tile operations of one product; `op` says its constants."""

    op: qnn.BatchMatmulOp
    factors: Factors
    kernel: str
    code: Code

    def pack(
        self, source: SSAValue, pitch: int, records: SSAValue, count: Index, whole: Index
    ) -> None:
        """The right factor in `source` as `count` records, the first `whole` with all outputs.

        pitch: bytes from one row of what lies in memory to the next.
        """
        op, f, code = self.op, self.factors, self.code
        lowered = kernel_by_name(self.kernel).lower_requant(op.requant.to_requant())
        code.insert(
            tile.PackRecordsOp(
                source,
                records,
                (code.value(0), code.value(count)),
                code.value(whole),
                depth=f.depth,
                pitch=pitch,
                rest=f.outputs % CHANNELS,
                lhs_zero_point=op.lhs_zero_point.value.data,
                zero_point=op.rhs_zero_point.value.data,
                multiplier=int(lowered.multiplier[0]),
                columns=f.columns,
                unsigned_input=is_unsigned(op.rhs),
            )
        )

    def starts(self, rows: SSAValue, starts: SSAValue, count: Index) -> None:
        """The starts of `count` rows of the left factor, where the product needs any."""
        op, f, code = self.op, self.factors, self.code
        zero = stored_zero_point(op.rhs_zero_point.value.data, is_unsigned(op.rhs))
        code.insert(
            tile.RowStartsOp(
                rows,
                code.value(0),
                starts,
                (code.value(0), code.value(count)),
                depth=f.depth,
                pitch=f.pitch,
                factor=-zero,
                unsigned_input=is_unsigned(op.lhs),
            )
        )

    def contract(
        self,
        a: tuple[SSAValue, Index],
        records: SSAValue,
        out: tuple[SSAValue, Index],
        sizes: tuple[Index, Index],
        out_pitch: int,
        starts: SSAValue | None,
    ) -> None:
        """`sizes` rows and records of outputs; a and out are (buffer, first row)."""
        op, f, code = self.op, self.factors, self.code
        rows, count = sizes
        zero = code.value(0)
        lowered = kernel_by_name(self.kernel).lower_requant(op.requant.to_requant())
        code.insert(
            tile.ContractOp(
                a[0],
                code.value(a[1]),
                records,
                out[0],
                code.value(out[1]),
                (zero, code.value(rows)),
                (zero, code.value(count)),
                kernel=self.kernel,
                taps=1,
                cin=f.depth,
                a_pitch=f.pitch,
                out_pitch=out_pitch,
                requant=tile_requant(lowered),
                unsigned_input=is_unsigned(op.lhs),
                starts=starts,
            )
        )


def product(
    op: qnn.BatchMatmulOp,
    plan: ProductPlan,
    code: Code,
    sources: Sequence[SSAValue],
    target: SSAValue,
) -> None:
    """For each product tiles of records, and of each tiles of rows."""
    work = product_work(op)
    f = work.factors
    engine = f.engine(kernel_by_name(plan.kernel))
    tile_rows, tile_records = min(plan.tile_rows, f.rows), min(plan.tile_records, f.records)
    sizes = buffers_of(work, tile_rows, tile_records, engine.unit_bytes)
    buffers = {label: code.alloc(label, round_up(size, ALIGN)) for label, size in sizes.items()}
    starts = buffers.get("starts")
    steps = Multiplication(op, f, plan.kernel, code)
    width = CHANNELS * tile_records
    # With one tile its transfers come before anything is computed: they can start early.
    once = tile_records == f.records

    def matrix(number: Index) -> None:
        left = Rows(sources[0], code.mul(number, f.rows * f.depth), f.depth)
        origin = code.mul(number, f.depth * f.outputs)
        y = code.mul(number, f.rows * f.outputs)

        def load_rows(first: Index, count: Index) -> None:
            left.load(code, (first, count, f.depth), buffers["a"], f.pitch)

        def starts_of(count: Index) -> None:
            if starts is not None:
                steps.starts(buffers["a"], starts, count)

        def records(first: Index, count: Index) -> None:
            start = code.mul(first, CHANNELS)
            outputs = code.least(code.mul(count, CHANNELS), code.sub(f.outputs, start))
            if f.columns:
                right = Rows(sources[1], code.add(origin, start), f.outputs)
                right.load(code, (0, f.depth, outputs), buffers["b"], width)
            else:
                right = Rows(sources[1], origin, f.depth)
                right.load(code, (start, outputs, f.depth), buffers["b"], f.pitch)
            whole = code.least(count, code.sub(f.outputs // CHANNELS, first))
            steps.pack(buffers["b"], width if f.columns else f.pitch, buffers["w"], count, whole)

            def rows(row: Index, rows: Index) -> None:
                if tile_rows < f.rows:
                    load_rows(row, rows)
                    starts_of(rows)
                elif once:
                    starts_of(rows)
                places = (buffers["a"], 0), buffers["w"], (buffers["out"], 0)
                steps.contract(*places, (rows, count), width, starts)
                out = Rows(target, code.add(y, start), f.outputs)
                out.store(code, (row, rows, outputs), buffers["out"], width)

            code.tiles(f.rows, tile_rows, rows)

        if tile_rows == f.rows:
            load_rows(0, f.rows)
            if not once:
                starts_of(f.rows)
        code.tiles(f.records, tile_records, records)

    code.loop(work.batch, matrix)
