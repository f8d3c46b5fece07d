"""The code of a window layer: loops over tiles, transfers, gathering, computing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from xdsl.ir import Operation, SSAValue

from nmc.backend.planning.cost import ALIGN
from nmc.backend.planning.describe import is_unsigned
from nmc.backend.planning.gathering import (
    banded,
    dealt,
    gathered_bytes,
    group_pitch,
    lines_of,
    strips_of,
)
from nmc.backend.planning.growing import check_lead, tile_sizes
from nmc.backend.planning.plans import WindowPlan
from nmc.backend.planning.window_choice import choice_of, gathers_at_once
from nmc.backend.planning.work import (
    Engine,
    KernelEngine,
    PadEngine,
    PoolEngine,
    WindowWork,
    out_bytes,
    out_pitch,
)
from nmc.dialects import cluster, qnn, tile
from nmc.errors import NmcError
from nmc.numerics.interleave import LineLayout
from nmc.numerics.packing import round_up
from nmc.passes.scheduling.code import Code, Index
from nmc.passes.scheduling.contract_code import Steps, contract_operation
from nmc.passes.scheduling.operations import add_operation, pool_operation


@dataclass(frozen=True)
class RowTile:
    """Output rows [first, first + rows) of a tile and input rows [source_row, source_end) in L1."""

    first: Index
    rows: Index
    pixels: Index
    source_row: Index
    source_end: Index


@dataclass(frozen=True)
class UnitTile:
    """Units [first, first + count) of a tile."""

    first: Index
    count: Index


@dataclass
class WindowCode:
    """Writes one window layer.

    x, w, addend, y: the input in L2, the packed weights (None where there are none), what is added
    to the outputs (None: nothing is), the output in L2.
    """

    op: qnn.LayerOp
    work: WindowWork
    engine: Engine
    plan: WindowPlan
    code: Code
    x: SSAValue
    w: SSAValue | None
    addend: SSAValue | None
    y: SSAValue
    buffers: dict[str, SSAValue] = field(default_factory=dict[str, SSAValue])

    def emit(self) -> None:
        """Write the layer into the code's block."""
        plan, engine, work = self.plan, self.engine, self.work
        self.tile_rows = min(plan.tile_rows, work.out_height)
        self.tile_units = min(plan.tile_records, engine.units) if engine.divisible else engine.units
        room = engine.units, self.tile_units, self.op.layer_name
        check_lead(plan.lead, plan.growth, *room)
        tiling = engine.units, self.tile_units, plan.lead, plan.growth
        self.unit_sizes = tile_sizes(*tiling, ragged_first=plan.ahead)
        # Tiles of each core's own end anywhere, those of all cores with a tile of known size.
        own = choice_of(engine, plan).loads_own
        self.last_units = 0 if own else self.unit_sizes[-1]
        self.unit_tiled = len(self.unit_sizes) > 1
        if plan.apart and not gathers_at_once(work, choice_of(engine, plan)):
            raise NmcError(
                f"layer {self.op.layer_name}: plan apart needs a group that holds a whole tile of "
                f"rows; make tile_rows {plan.tile_rows} less or group {plan.group} more"
            )
        if self.addend is not None and not choice_of(engine, plan).without_gaps(work):
            raise NmcError(
                f"layer {self.op.layer_name}: its addend needs outputs without gaps in L1; choose "
                f"another kernel than {plan.kernel}, or tile_records that divide {engine.units}"
            )
        apart = plan.apart or plan.order == "weights-rows-groups"
        self.whole_out = not self.unit_tiled or not apart
        self.pitch = out_pitch(engine, engine.units if self.whole_out else self.tile_units)
        self.direct = work.is_direct(engine) or isinstance(engine, PadEngine)
        lines = None if self.direct else lines_of(work, engine, plan.group)
        if lines is not None:
            lines = dealt(lines, -(-plan.group // lines.lanes), plan.cores)
        self.lines = lines
        self._allocate()
        row_tiled = self.tile_rows < work.out_height
        if not self.unit_tiled:
            self._load_weights(UnitTile(0, engine.units))
        if plan.order == "weights-rows-groups":
            rows = None if row_tiled else self._enter_rows(0, work.out_height)
            self._units(lambda units: self._rows(rows, lambda r: self._compute_tile(r, units)))
        elif plan.order == "rows-weights-groups":
            self._rows(None, self._all_units)
        else:
            self._rows(None, self._all_groups)

    def _allocate(self) -> None:
        engine, work, plan = self.engine, self.work, self.plan
        pixels = self.tile_rows * work.window.out_width
        sizes = {
            "x": work.input_rows(self.tile_rows) * work.row_bytes,
            "w": self.tile_units * engine.unit_bytes,
            "im2col": 0 if self.direct else gathered_bytes(work, engine, plan.group, plan.band),
            "pad": 0 if self.lines is None else work.window.channels,
            "out": out_bytes(engine, pixels, self.tile_units, self.whole_out, self.last_units),
        }
        if self.addend is not None:
            sizes["addend"] = sizes["out"]
        for label, size in sizes.items():
            if size:
                self.buffers[label] = self.code.alloc(label, round_up(size, ALIGN))
        if self.lines is not None:
            zero, size = self.code.value(0), self.code.value(sizes["pad"])
            self.code.insert(
                tile.FillOp(self.buffers["pad"], (zero, size), value=self._pad_value())
            )

    def _units(self, body: Callable[[UnitTile], None]) -> None:
        if not self.unit_tiled:
            body(UnitTile(0, self.engine.units))
            return

        def piece(first: Index, count: Index) -> None:
            units = UnitTile(first, count)
            self._load_weights(units)
            body(units)

        plan, sizes = self.plan, (self.engine.units, self.tile_units)
        if plan.lead:
            self.code.groups(*sizes, piece, plan.lead, plan.growth)
        else:
            self.code.tiles(*sizes, piece, ragged_first=plan.ahead)

    def _rows(self, known: RowTile | None, body: Callable[[RowTile], None]) -> None:
        if known is not None:
            body(known)
            return
        self.code.tiles(
            self.work.out_height,
            self.tile_rows,
            lambda first, rows: body(self._enter_rows(first, rows)),
        )

    def _enter_rows(self, first: Index, rows: Index) -> RowTile:
        """Load the input rows of a tile of output rows."""
        code, window = self.code, self.work.window
        reach = (window.kernel[0] - 1) * window.dilation[0] + 1
        low = code.sub(code.mul(first, window.stride[0]), window.pad[0])
        high = code.add(low, code.mul(code.sub(rows, 1), window.stride[0]))
        high = code.least(code.add(high, reach), window.height)
        low = code.least(code.most(low, 0), window.height - 1)
        high = code.most(high, code.add(low, 1))
        size = self.work.row_bytes
        length = code.mul(code.sub(high, low), size)
        code.copy(self.x, code.mul(low, size), self.buffers["x"], 0, length)
        return RowTile(first, rows, code.mul(rows, window.out_width), low, high)

    def _load_weights(self, units: UnitTile) -> None:
        if self.w is not None:
            code, size = self.code, self.engine.unit_bytes
            offset, length = code.mul(units.first, size), code.mul(units.count, size)
            code.copy(self.w, offset, self.buffers["w"], 0, length)

    def _compute_tile(self, rows: RowTile, units: UnitTile) -> None:
        """One tile of rows and units, and its way out."""
        self._load_addend(rows, units)
        self._groups(rows, lambda first, count: self._compute(first, count, units))
        self._store(rows, units)

    def _all_units(self, rows: RowTile) -> None:
        self._load_addend(rows, UnitTile(0, self.engine.units))
        self._units(
            lambda units: self._groups(
                rows, lambda first, count: self._compute(first, count, units)
            )
        )
        self._store(rows, UnitTile(0, self.engine.units))

    def _all_groups(self, rows: RowTile) -> None:
        if self.plan.apart:
            self._groups(rows, partial(self._all_units_apart, rows))
            return
        self._load_addend(rows, UnitTile(0, self.engine.units))
        self._groups(
            rows,
            lambda first, count: self._units(lambda units: self._compute(first, count, units)),
        )
        self._store(rows, UnitTile(0, self.engine.units))

    def _all_units_apart(self, rows: RowTile, first: Index, count: Index) -> None:
        """Each tile of units of the one group there is, and its way out."""

        def piece(units: UnitTile) -> None:
            self._load_addend(rows, units)
            self._compute(first, count, units)
            self._store(rows, units)

        self._units(piece)

    def _groups(self, rows: RowTile, body: Callable[[Index, Index], None]) -> None:
        """Gather the rows of each group, then `body(first, count)`.

        Once, where there is nothing to gather or one group holds everything.
        """
        if self.direct:
            if isinstance(self.engine, PadEngine):
                self._gather(rows, 0, rows.pixels)
            body(0, rows.pixels)
            return
        if self.lines is not None:
            self._strips(self.lines, rows, body)
            return

        if self.plan.band > 1:
            self._bands(rows, body)
            return

        def group(first: Index, count: Index) -> None:
            self._gather(rows, first, count)
            body(first, count)

        pixels = self.tile_rows * self.work.window.out_width
        if not self.plan.private and self.plan.group >= pixels:
            group(0, rows.pixels)
        else:
            self.code.groups(rows.pixels, self.plan.group, group)

    def _bands(self, rows: RowTile, body: Callable[[Index, Index], None]) -> None:
        """Gather groups of pixels that lie below each other, band of output rows by band.

        `body` gets the output row of the tile at which a group of pixels begins.
        """
        code, plan, width = self.code, self.plan, self.work.window.out_width
        pixels = plan.band * width

        def band(number: Index) -> None:
            start = code.mul(number, pixels)

            def group(first: Index, count: Index) -> None:
                self._gather(rows, code.add(start, first), count)
                body(code.add(start, code.div(first, plan.band)), count)

            if not plan.private and plan.group >= pixels:
                group(0, pixels)
            else:
                code.groups(pixels, plan.group, group)

        code.loop(self.tile_rows // plan.band, band)

    def _strips(
        self, lines: LineLayout, rows: RowTile, body: Callable[[Index, Index], None]
    ) -> None:
        """Gather lines of groups of pixels that lie below each other, strip by strip."""
        code, plan = self.code, self.plan
        strips = strips_of(self.work, lines)
        width = self.work.window.out_width // strips

        def strip(number: Index) -> None:
            def group(first: Index, count: Index) -> None:
                place = code.add(code.mul(number, lines.columns), code.mul(first, strips))
                self._interleave(lines, rows, place, count)
                body(place, count)

            if plan.group >= self.tile_rows * width:
                group(0, code.mul(rows.rows, width))
            else:
                code.groups(code.mul(rows.rows, width), plan.group, group)

        code.loop(strips, strip)

    def _interleave(self, lines: LineLayout, rows: RowTile, place: Index, count: Index) -> None:
        """Gather the lines of `count` pixels, the first being number `place` of the tile."""
        code = self.code
        groups = code.div(code.add(count, lines.lanes - 1), lines.lanes)
        high = code.mul(code.sub(groups, 1), lines.group_lines)
        slabs = code.mul(code.add(high, self.work.window.kernel[0]), lines.line_slabs)
        pixel = code.add(code.mul(rows.first, self.work.window.out_width), place)
        code.insert(
            tile.InterleaveOp(
                self.buffers["x"],
                self.buffers["pad"],
                self.buffers["im2col"],
                code.value(pixel),
                (code.value(rows.source_row), code.value(rows.source_end)),
                (code.value(0), code.value(slabs)),
                lines=lines,
                pad_value=self._pad_value(),
            )
        )

    def _gather(self, rows: RowTile, first: Index, count: Index) -> None:
        code, engine, band = self.code, self.engine, self.plan.band
        target = self.buffers["out" if isinstance(engine, PadEngine) else "im2col"]
        window = self.work.window
        # Of a band each group of pixels below each other is a pixel of the taller window.
        pixel = code.div(code.add(code.mul(rows.first, window.out_width), first), band)
        code.insert(
            tile.Im2colOp(
                self.buffers["x"],
                target,
                code.value(pixel),
                code.value(rows.source_row),
                (code.value(0), code.value(code.div(count, band))),
                window=tile.WindowAttr.of(banded(window, band)),
                tap_pitch=engine.tap_pitch,
                row_pitch=group_pitch(window, engine, band),
                pad_value=self._pad_value(),
                interleave=engine.interleave,
            )
        )
        self.first_pixel = pixel

    def _pad_value(self) -> int:
        match self.op:
            case qnn.Conv2dOp() | qnn.MatmulOp() | qnn.AvgPool2dOp():
                return self.op.input_zero_point.value.data
            case qnn.MaxPool2dOp():
                return 0 if is_unsigned(self.op.input) else -128
            case qnn.PadOp():
                return self.op.value.value.data
            case _:
                return 0

    def _compute(self, first: Index, count: Index, units: UnitTile) -> None:
        if isinstance(self.engine, PadEngine):
            return
        code = self.code
        out = self.buffers["out"]
        if self.whole_out and self.unit_tiled:
            width = self.engine.unit_channels
            last = self.engine.units - self.last_units
            size = cluster.size_of(out.type) - last * width
            out = code.view(out, code.mul(units.first, width), size)
        a = self.buffers["x" if self.direct else "im2col"]
        spans = (code.value(0), code.value(count)), (code.value(0), code.value(units.count))
        code.insert(self._operation(a, out, code.value(first), *spans))

    def _operation(
        self,
        a: SSAValue,
        out: SSAValue,
        out_row: SSAValue,
        rows: tuple[SSAValue, SSAValue],
        units: tuple[SSAValue, SSAValue],
    ) -> Operation:
        op, engine, zero = self.op, self.engine, self.code.value(0)
        if isinstance(engine, PoolEngine):
            places = (zero, self.code.value(0 if self.direct else self.first_pixel))
            return pool_operation(op, engine, self.pitch, a, (out, out_row), places, rows, units)
        assert isinstance(engine, KernelEngine)
        assert isinstance(op, qnn.Conv2dOp | qnn.MatmulOp)
        operands = (a, zero, self.buffers["w"], out, out_row, rows, units)
        steps = Steps(self.pitch, self.plan.band, self.lines)
        return contract_operation(op, engine, self.work, steps, operands)

    def _load_addend(self, rows: RowTile, units: UnitTile) -> None:
        """Load what is added to a tile of outputs; it lies as they do, without gaps."""
        if self.addend is None:
            return
        code, channels, target = self.code, self.work.out_channels, self.buffers["addend"]
        offset = code.mul(rows.first, self.work.window.out_width * channels)
        if self.pitch == channels:
            code.copy(self.addend, offset, target, 0, code.mul(rows.pixels, channels))
            return
        offset = code.add(offset, code.mul(units.first, self.engine.unit_channels))
        code.copy(self.addend, offset, target, 0, self.pitch, lines=rows.pixels, stride=channels)

    def _add(self, rows: RowTile) -> None:
        """Add the addend to a tile of outputs, in its place."""
        op = self.op
        if self.addend is None:
            return
        assert isinstance(op, qnn.Conv2dOp | qnn.MatmulOp)
        assert op.addition is not None
        assert op.addend is not None
        code, out = self.code, self.buffers["out"]
        span = code.value(0), code.value(code.mul(rows.pixels, self.pitch))
        signs = op.addition.own == qnn.ui8, is_unsigned(op.addend)
        operands = (out, self.buffers["addend"], out)
        code.insert(add_operation(op.addition.params(), operands, span, signs))

    def _store(self, rows: RowTile, units: UnitTile) -> None:
        """Add to a tile of outputs what is to be added, and move it to L2."""
        self._add(rows)
        code, channels = self.code, self.work.out_channels
        width = self.engine.unit_channels
        offset = code.mul(rows.first, self.work.window.out_width * channels)
        if self.whole_out and self.pitch == channels:
            length = code.mul(rows.pixels, channels)
            code.copy(self.buffers["out"], 0, self.y, offset, length)
            return
        first = code.mul(units.first, width)
        length = code.least(code.mul(units.count, width), code.sub(channels, first))
        packed = isinstance(length, int) and length == self.pitch
        code.copy(
            self.buffers["out"],
            0,
            self.y,
            code.add(offset, first),
            length,
            lines=rows.pixels,
            stride=channels,
            pitch=None if packed else self.pitch,
        )
