"""The code of attention: head by head, scores in L1 only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xdsl.ir import SSAValue

from nmc.backend.kernels import kernel_by_name
from nmc.backend.planning.attention_plan import buffers_of
from nmc.backend.planning.attention_work import attention_work
from nmc.backend.planning.describe import is_unsigned
from nmc.backend.planning.plans import AttentionPlan
from nmc.dialects import qnn, tile
from nmc.numerics.packing.softmax import TABLE_BYTES
from nmc.numerics.product_ops import CHANNELS
from nmc.passes.scheduling.code import Code, Index
from nmc.passes.scheduling.flat_code import add, requantize
from nmc.passes.scheduling.product_code import Multiplication, Rows


@dataclass
class AttentionCode:
    """Writes one attention layer. sources: queries, keys, values, a mask, the softmax's table."""

    op: qnn.AttentionOp
    plan: AttentionPlan
    code: Code
    sources: Sequence[SSAValue]
    target: SSAValue
    buffers: dict[str, SSAValue] = field(default_factory=dict[str, SSAValue])

    def emit(self) -> None:
        """Write the layer into the code's block."""
        plan, code = self.plan, self.code
        self.work = attention_work(self.op)
        self.steps = self.op.steps()
        self.rows = min(plan.tile_rows, self.work.scores.rows)
        sizes = buffers_of(self.work, self.rows, plan.group, kernel_by_name(plan.kernel))
        self.buffers = {label: code.alloc(label, size) for label, size in sizes.items()}
        self.scores = Multiplication(self.steps.scores, self.work.scores, plan.kernel, code)
        self.values = Multiplication(self.steps.values, self.work.values, plan.kernel, code)
        code.copy(self.sources[-1], 0, self.buffers["table"], 0, TABLE_BYTES)
        code.loop(self.work.heads, self._head)

    def _head(self, head: Index) -> None:
        code, scores, values = self.code, self.work.scores, self.work.values
        query, key, value, result = self.op.views()
        buffers = self.buffers

        def rows_of(buffer: SSAValue, view: qnn.HeadsView) -> Rows:
            origin = code.add(view.offset, code.mul(head, view.head))
            return Rows(buffer, origin, view.row)

        queries, y = rows_of(self.sources[0], query), rows_of(self.target, result)

        def load_queries(first: Index, count: Index) -> None:
            queries.load(code, (first, count, scores.depth), buffers["q"], scores.pitch)

        # Transfers in come before anything is computed, so that they can start a head early.
        whole = self.rows == scores.rows
        if whole:
            load_queries(0, scores.rows)
            if self.work.mask_rows:
                self._load_mask(head, 0, scores.rows)
        place = (0, scores.outputs, scores.depth)
        rows_of(self.sources[1], key).load(code, place, buffers["k"], scores.pitch)
        place = (0, values.depth, values.outputs)
        width = CHANNELS * values.records
        rows_of(self.sources[2], value).load(code, place, buffers["v"], width)
        if self.work.mask and not self.work.mask_rows:
            self._load_mask(head, 0, 1)
        self._rescale(self.steps.rescale_key, "k", scores.outputs)
        for step, source, pitch, packed in (
            (self.scores, "k", scores.pitch, "kw"),
            (self.values, "v", width, "vw"),
        ):
            f = step.factors
            step.pack(buffers[source], pitch, buffers[packed], f.records, f.outputs // CHANNELS)

        def block(first: Index, count: Index) -> None:
            if not whole:
                load_queries(first, count)
                if self.work.mask_rows:
                    self._load_mask(head, first, count)
            self._rescale(self.steps.rescale_query, "q", count)
            if "qsums" in buffers:
                self.scores.starts(buffers["q"], buffers["qsums"], count)
            code.groups(count, self.plan.group, self._group)
            y.store(code, (first, count, values.outputs), buffers["out"], width)

        code.tiles(scores.rows, self.rows, block)

    def _rescale(self, op: qnn.RequantizeOp | None, label: str, count: Index) -> None:
        """Requantise `count` rows in their place."""
        if op is None:
            return
        buffer, code = self.buffers[label], self.code
        span = (code.value(0), code.value(code.mul(count, self.work.scores.pitch)))
        zero = op.input_zero_point.value.data
        code.insert(requantize(op.requant, zero, op.input, (buffer, buffer), span))

    def _load_mask(self, head: Index, first: Index, count: Index) -> None:
        """Bring `count` rows of a head's mask from row `first` on."""
        code, values, view = self.code, self.work.values, self.op.operand_views()[3]
        source, buffer = self.sources[3], self.buffers["mask"]
        origin = code.add(view.offset, code.mul(head, view.head))
        if not self.work.mask_rows:
            code.copy(source, origin, buffer, 0, values.depth)
            return
        rows = Rows(source, origin, view.row)
        rows.load(code, (first, count, values.depth), buffer, values.pitch)

    def _mask(self, op: qnn.AddOp, first: Index, count: Index) -> None:
        """Add the mask to `count` rows of scores in their place, row by row.

        first: of the tile of queries, with which the rows of a mask that has them came.
        """
        code, pitch = self.code, self.work.values.pitch

        def row(number: Index) -> None:
            of_mask = code.mul(code.add(first, number), pitch) if self.work.mask_rows else 0
            mask = code.view(self.buffers["mask"], of_mask, pitch)
            scores = code.view(self.buffers["scores"], code.mul(number, pitch), pitch)
            sides = [
                scores if op_side is self.steps.scores.result else mask for op_side in op.operands
            ]
            code.insert(
                add(op, (*sides, scores), (code.value(0), code.value(self.work.values.depth)))
            )

        code.loop(count, row)

    def _group(self, first: Index, count: Index) -> None:
        """Scores, probabilities in their place, and outputs of a few rows."""
        code, buffers, values = self.code, self.buffers, self.work.values
        matrix, sums = buffers["scores"], buffers.get("psums")
        pitch = values.pitch
        records = self.work.scores.records
        queries = buffers["q"], first
        self.scores.contract(
            queries, buffers["kw"], (matrix, 0), (count, records), pitch, buffers.get("qsums")
        )
        if self.steps.masked is not None:
            self._mask(self.steps.masked, first, count)
        code.insert(
            tile.SoftmaxOp(
                matrix,
                buffers["table"],
                matrix,
                (code.value(0), code.value(count)),
                params=self.steps.softmax.params(),
                length=values.depth,
                src_pitch=pitch,
                out_pitch=pitch,
                unsigned_input=is_unsigned(self.steps.softmax.input),
            )
        )
        if sums is not None:
            self.values.starts(matrix, sums, count)
        out = buffers["out"], first
        sizes = count, values.records
        width = CHANNELS * values.records
        self.values.contract((matrix, 0), buffers["vw"], out, sizes, width, sums)
