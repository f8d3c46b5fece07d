"""The code of layers that move data: transposition, concatenation, slices, padding of any axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.ir import SSAValue
from xdsl.rewriter import Rewriter

from nmc.backend.planning.cost import ALIGN
from nmc.backend.planning.movement import (
    Cut,
    Lines,
    Swap,
    concat_lines,
    frame_of,
    pad_lines,
    slice_cuts,
    swaps_of,
)
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
        code, (_, positions, size) = self.code, lines.unit
        count = self._tile(positions)
        buffer = self._passing_buffer(round_up(count * size, ALIGN))

        def piece(line: Index, first: Index, number: Index) -> None:
            code.copy(source, _source(code, lines, line, first), buffer, 0, code.mul(number, size))
            self._out(buffer, target, lines, (line, first, number))

        self._pieces(lines, count, piece)

    def _constant(self, value: int, target: SSAValue, lines: Lines) -> None:
        """Lines of one value."""
        code, (_, positions, size) = self.code, lines.unit
        count = self._tile(positions)
        buffer = self._passing_buffer(round_up(count * size, ALIGN))
        span = (code.value(0), code.value(count * size))
        code.insert(tile.FillOp(buffer, span, value=value))
        self._pieces(
            lines,
            count,
            lambda line, first, number: self._out(buffer, target, lines, (line, first, number)),
        )

    def _pieces(
        self, lines: Lines, count: int, body: Callable[[Index, Index, Index], None]
    ) -> None:
        """`body(line, first, number)` for tiles of `count` positions; line 0 where all are one."""
        ranges, positions, _ = lines.unit
        self.code.loop(
            ranges,
            lambda line: self.code.tiles(
                positions, count, lambda first, number: body(line, first, number)
            ),
        )

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
        code, (_, positions, size) = self.code, lines.unit
        count = self._tile(positions)
        buffers = [code.alloc(label, round_up(count * size, ALIGN)) for label in ("x", "out")]

        def piece(line: Index, first: Index, number: Index) -> None:
            length = code.mul(number, size)
            code.copy(source, _source(code, lines, line, first), buffers[0], 0, length)
            span = (code.value(0), code.value(length))
            code.insert(requantize(requant, zero_point, value, buffers, span))
            self._out(buffers[1], target, lines, (line, first, number))

        self._pieces(lines, count, piece)

    def _out(
        self,
        buffer: SSAValue,
        target: SSAValue,
        lines: Lines,
        where: tuple[Index, Index, Index],
    ) -> None:
        """Positions [first, first + number) of a line, or of all, to their places."""
        code, (line, first, number) = self.code, where
        if lines.one_by_one:
            place = code.add(code.mul(line, lines.total), lines.offset)
            code.copy(buffer, 0, target, code.add(place, first), number)
            return
        place = code.add(code.mul(first, lines.total), lines.offset)
        code.copy(buffer, 0, target, place, lines.length, lines=number, stride=lines.total)

    def slice(self, op: qnn.SliceOp, source: SSAValue, target: SSAValue) -> None:
        """One axis after another; a plain copy where all is taken."""
        cuts = slice_cuts(shape_of(op.input), *op.ranges)
        if not cuts:
            size = cluster.size_of(target.type)
            self._copy(source, target, Lines(1, size, 0, size))
        for number, cut in enumerate(cuts):
            size = cut.batch * cut.lines.count * cut.lines.length
            place = self._between(number, len(cuts), size, target)
            self._take(source, place, cut)
            source = place

    def _take(self, source: SSAValue, target: SSAValue, cut: Cut) -> None:
        """Parts of lines, one after the other in the target."""
        code, lines = self.code, cut.lines
        _, positions, size = lines.unit
        count = self._tile(positions)
        buffer = self._passing_buffer(round_up(count * size, ALIGN))

        def block(number: Index) -> None:
            origin = code.add(code.mul(number, cut.pitch), lines.offset)
            start = code.mul(number, lines.count * lines.length)

            def piece(line: Index, first: Index, number: Index) -> None:
                place = code.add(start, _source(code, lines, line, first))
                if lines.one_by_one:
                    at = code.add(origin, code.add(code.mul(line, lines.total), first))
                    code.copy(source, at, buffer, 0, number)
                    code.copy(buffer, 0, target, place, number)
                    return
                at = code.add(origin, code.mul(first, lines.total))
                length = lines.length
                code.copy(source, at, buffer, 0, length, lines=number, stride=lines.total)
                code.copy(buffer, 0, target, place, code.mul(number, length))

            self._pieces(lines, count, piece)

        code.loop(cut.batch, block)

    def pad(self, op: qnn.PadOp, source: SSAValue, target: SSAValue) -> None:
        """One axis after another: the lines into the middle, then what is before and after."""
        before, after = op.before.get_values(), op.after.get_values()
        steps = pad_lines(shape_of(op.input), before, after)
        if not steps:
            size = cluster.size_of(target.type)
            self._copy(source, target, Lines(1, size, 0, size))
        for number, lines in enumerate(steps):
            place = self._between(number, len(steps), lines.count * lines.total, target)
            self._copy(source, place, lines)
            for part in frame_of(lines):
                self._constant(op.value.value.data, place, part)
            source = place


def _source(code: Code, lines: Lines, line: Index, first: Index) -> Index:
    """Where a piece begins in a source of lines without gaps."""
    if lines.one_by_one:
        return code.add(code.mul(line, lines.length), first)
    return code.mul(first, lines.length)
