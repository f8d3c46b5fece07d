"""The code of layers that move data: transposition, concatenation, padding of any axes."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import SSAValue
from xdsl.rewriter import Rewriter

from nmc.backend.planning.cost import ALIGN
from nmc.backend.planning.describe import unit_of
from nmc.backend.planning.movement import Lines, Swap, concat_lines, pad_lines, swaps_of
from nmc.backend.planning.plans import FlatPlan
from nmc.dialects import cluster, qnn, tile
from nmc.dialects.qnn.common import shape_of
from nmc.errors import NmcError
from nmc.numerics.packing import round_up
from nmc.passes.scheduling.code import Code, Index
from nmc.passes.scheduling.flat_code import requantize


class Movement:
    """Writes one layer that moves data from buffers in L2 to another."""

    def __init__(self, plan: FlatPlan, code: Code, layer: str):
        self.plan, self.code, self.layer = plan, code, layer
        self.steps = 0
        self.passing: cluster.AllocOp | None = None

    def _tile(self, positions: int) -> int:
        """The tile of the next step, as the plan says."""
        if self.steps >= len(self.plan.tiles):
            raise NmcError(
                f"layer {self.layer}: the plan has {len(self.plan.tiles)} tiles and needs more"
            )
        self.steps += 1
        return min(self.plan.tiles[self.steps - 1], positions)

    def _between(self, number: int, count: int, size: int, target: SSAValue) -> SSAValue:
        """Where step `number` of `count` writes: a buffer in L2, in the end the target."""
        if number == count - 1:
            return target
        op = cluster.AllocOp(f"{self.layer}.step{number}", size, cluster.Space.L2)
        self.code.insert_outside(op)
        return op.result

    def transpose(self, op: qnn.TransposeOp, source: SSAValue, target: SSAValue) -> None:
        """A chain of swaps; a plain copy where the bytes keep their order."""
        shape = shape_of(op.input)
        swaps = swaps_of(shape, op.permutation.get_values())
        size = cluster.size_of(target.type)
        if not swaps:
            self._copy(source, target, Lines(1, size, 0, size))
        for number, swap in enumerate(swaps):
            place = self._between(number, len(swaps), size, target)
            self._swap(source, place, swap)
            source = place

    def _swap(self, source: SSAValue, target: SSAValue, swap: Swap) -> None:
        code = self.code
        width = self._tile(swap.columns)
        column = swap.rows * swap.size
        buffers = [code.alloc(label, round_up(width * column, ALIGN)) for label in ("x", "out")]
        ragged = swap.columns % width != 0

        def batch(number: Index) -> None:
            start = code.mul(number, swap.columns * column)

            def piece(first: Index, count: Index) -> None:
                code.copy(
                    source,
                    code.add(start, code.mul(first, swap.size)),
                    buffers[0],
                    0,
                    code.mul(count, swap.size),
                    lines=swap.rows,
                    stride=swap.columns * swap.size,
                    pitch=width * swap.size if ragged else None,
                )
                code.insert(
                    tile.TransposeOp(
                        buffers[0],
                        buffers[1],
                        (code.value(0), code.value(count)),
                        rows=swap.rows,
                        columns=width,
                        element_bytes=swap.size,
                    )
                )
                place = code.add(start, code.mul(first, column))
                code.copy(buffers[1], 0, target, place, code.mul(count, column))

            code.tiles(swap.columns, width, piece)

        code.loop(swap.batch, batch)

    def concat(self, op: qnn.ConcatOp, sources: Sequence[SSAValue], target: SSAValue) -> None:
        """Every input into its lines of the output."""
        shapes = [shape_of(value) for value in op.inputs]
        places = concat_lines(shapes, op.axis.value.data)
        zeros, requants = op.input_zero_points.get_values(), op.input_requants()
        for index, lines in enumerate(places):
            found = requants[index]
            if found is None:
                self._copy(sources[index], target, lines)
            else:
                value = op.inputs[index]
                self._requantize(found, zeros[index], value, sources[index], target, lines)

    def _copy(self, source: SSAValue, target: SSAValue, lines: Lines) -> None:
        """Lines through L1, untouched."""
        code, (positions, size) = self.code, unit_of(lines)
        count = self._tile(positions)
        buffer = self._passing_buffer(round_up(count * size, ALIGN))

        def piece(first: Index, number: Index) -> None:
            code.copy(source, code.mul(first, size), buffer, 0, code.mul(number, size))
            self._out(buffer, target, lines, first, number)

        code.tiles(positions, count, piece)

    def _passing_buffer(self, size: int) -> SSAValue:
        """The one buffer through which all copies of the layer pass, large enough for each.

        No barrier separates copies, as no core computes: buffers of their own could not share.
        """
        if self.passing is None:
            self.passing = cluster.AllocOp("copy", size, cluster.Space.L1)
            self.code.insert(self.passing)
        elif self.passing.size < size:
            kind = cluster.buffer_type(size, cluster.Space.L1)
            Rewriter.replace_value_with_new_type(self.passing.result, kind)
        return self.passing.result

    def _requantize(
        self,
        requant: qnn.RequantAttr,
        zero_point: int,
        value: SSAValue,
        source: SSAValue,
        target: SSAValue,
        lines: Lines,
    ) -> None:
        code, (positions, size) = self.code, unit_of(lines)
        count = self._tile(positions)
        buffers = [code.alloc(label, round_up(count * size, ALIGN)) for label in ("x", "out")]

        def piece(first: Index, number: Index) -> None:
            length = code.mul(number, size)
            code.copy(source, code.mul(first, size), buffers[0], 0, length)
            span = (code.value(0), code.value(length))
            code.insert(requantize(requant, zero_point, value, buffers, span))
            self._out(buffers[1], target, lines, first, number)

        code.tiles(positions, count, piece)

    def _out(
        self, buffer: SSAValue, target: SSAValue, lines: Lines, first: Index, number: Index
    ) -> None:
        """Positions [first, first + number) of the lines to their places."""
        code = self.code
        if lines.count == 1:
            code.copy(buffer, 0, target, code.add(first, lines.offset), number)
            return
        place = code.add(code.mul(first, lines.total), lines.offset)
        code.copy(buffer, 0, target, place, lines.length, lines=number, stride=lines.total)

    def pad(self, op: qnn.PadOp, source: SSAValue, target: SSAValue) -> None:
        """One axis after another: fill a tile of lines, load into its middle, store it."""
        before, after = op.before.get_values(), op.after.get_values()
        steps = pad_lines(shape_of(op.input), before, after)
        if not steps:
            size = cluster.size_of(target.type)
            self._copy(source, target, Lines(1, size, 0, size))
        for number, lines in enumerate(steps):
            place = self._between(number, len(steps), lines.count * lines.total, target)
            self._pad(source, place, lines, op.value.value.data)
            source = place

    def _pad(self, source: SSAValue, target: SSAValue, lines: Lines, value: int) -> None:
        code = self.code
        count = self._tile(lines.count)
        buffer = code.alloc("padded", round_up(count * lines.total, ALIGN))

        def piece(first: Index, number: Index) -> None:
            length = code.mul(number, lines.total)
            code.insert(tile.FillOp(buffer, (code.value(0), code.value(length)), value=value))
            code.copy(
                source,
                code.mul(first, lines.length),
                buffer,
                lines.offset,
                lines.length,
                lines=number,
                pitch=lines.total,
            )
            code.copy(buffer, 0, target, code.mul(first, lines.total), length)

        code.tiles(lines.count, count, piece)
