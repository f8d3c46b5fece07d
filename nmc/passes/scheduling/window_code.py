"""The code of a window layer: loops over tiles, transfers, gathering, computing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from xdsl.ir import Operation, SSAValue

from nmc.backend.planning.cost import ALIGN
from nmc.backend.planning.describe import is_depthwise, is_unsigned
from nmc.backend.planning.plans import WindowPlan
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
from nmc.dialects.qnn.common import shape_of
from nmc.numerics.packing import round_up
from nmc.numerics.window import Window
from nmc.passes.scheduling.code import Code, Index


@dataclass(frozen=True)
class RowTile:
    """Output rows [first, first + rows) of a tile and the input rows in L1 from `source_row` on."""

    first: Index
    pixels: Index
    source_row: Index


@dataclass(frozen=True)
class UnitTile:
    """Units [first, first + count) of a tile."""

    first: Index
    count: Index


@dataclass
class WindowCode:
    """Writes one window layer.

    x, w, y: the input in L2, the packed weights (None where there are none), the output in L2.
    """

    op: qnn.LayerOp
    work: WindowWork
    engine: Engine
    plan: WindowPlan
    code: Code
    x: SSAValue
    w: SSAValue | None
    y: SSAValue
    buffers: dict[str, SSAValue] = field(default_factory=dict[str, SSAValue])

    def emit(self) -> None:
        """Write the layer into the code's block."""
        plan, engine, work = self.plan, self.engine, self.work
        self.tile_rows = min(plan.tile_rows, work.out_height)
        self.tile_units = min(plan.tile_records, engine.units) if engine.divisible else engine.units
        self.unit_tiled = self.tile_units < engine.units
        self.whole_out = not self.unit_tiled or plan.order != "weights-rows-groups"
        self.pitch = out_pitch(engine, engine.units if self.whole_out else self.tile_units)
        self.direct = work.is_direct(engine) or isinstance(engine, PadEngine)
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
        engine, work = self.engine, self.work
        pixels = self.tile_rows * work.window.out_width
        sizes = {
            "x": work.input_rows(self.tile_rows) * work.row_bytes,
            "w": self.tile_units * engine.unit_bytes,
            "im2col": 0 if self.direct else self.plan.group * engine.row_pitch,
            "out": out_bytes(engine, pixels, self.tile_units, self.whole_out),
        }
        for label, size in sizes.items():
            if size:
                self.buffers[label] = self.code.alloc(label, round_up(size, ALIGN))

    def _units(self, body: Callable[[UnitTile], None]) -> None:
        if not self.unit_tiled:
            body(UnitTile(0, self.engine.units))
            return

        def piece(first: Index, count: Index) -> None:
            units = UnitTile(first, count)
            self._load_weights(units)
            body(units)

        self.code.tiles(self.engine.units, self.tile_units, piece)

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
        return RowTile(first, code.mul(rows, window.out_width), low)

    def _load_weights(self, units: UnitTile) -> None:
        if self.w is not None:
            code, size = self.code, self.engine.unit_bytes
            offset, length = code.mul(units.first, size), code.mul(units.count, size)
            code.copy(self.w, offset, self.buffers["w"], 0, length)

    def _compute_tile(self, rows: RowTile, units: UnitTile) -> None:
        """One tile of rows and units, and its way out."""
        self._groups(rows, lambda first, count: self._compute(first, count, units))
        self._store(rows, units)

    def _all_units(self, rows: RowTile) -> None:
        self._units(
            lambda units: self._groups(
                rows, lambda first, count: self._compute(first, count, units)
            )
        )
        self._store(rows, UnitTile(0, self.engine.units))

    def _all_groups(self, rows: RowTile) -> None:
        self._groups(
            rows,
            lambda first, count: self._units(lambda units: self._compute(first, count, units)),
        )
        self._store(rows, UnitTile(0, self.engine.units))

    def _groups(self, rows: RowTile, body: Callable[[Index, Index], None]) -> None:
        """Gather the rows of each group, then `body(first, count)`.

        Once, where there is nothing to gather or one group holds everything.
        """
        if self.direct:
            if isinstance(self.engine, PadEngine):
                self._gather(rows, 0, rows.pixels)
            body(0, rows.pixels)
            return

        def group(first: Index, count: Index) -> None:
            self._gather(rows, first, count)
            body(first, count)

        pixels = self.tile_rows * self.work.window.out_width
        if not self.plan.private and self.plan.group >= pixels:
            group(0, rows.pixels)
        else:
            self.code.groups(rows.pixels, self.plan.group, group)

    def _gather(self, rows: RowTile, first: Index, count: Index) -> None:
        code, engine = self.code, self.engine
        target = self.buffers["out" if isinstance(engine, PadEngine) else "im2col"]
        pixel = code.add(code.mul(rows.first, self.work.window.out_width), first)
        code.insert(
            tile.Im2colOp(
                self.buffers["x"],
                target,
                code.value(pixel),
                code.value(rows.source_row),
                (code.value(0), code.value(count)),
                window=tile.WindowAttr.of(self.work.window),
                tap_pitch=engine.tap_pitch,
                row_pitch=engine.row_pitch,
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
            last = (self.engine.units - 1) // self.tile_units * self.tile_units
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
        requant, unsigned = tile_requant(op.requant), is_unsigned(op.input)
        if is_depthwise(op):
            return tile.DepthwiseOp(
                *operands,
                kernel=engine.name,
                taps=engine.taps,
                channels=engine.channels,
                depth_multiplier=shape_of(op.weight)[0] // engine.channels,
                tap_pitch=engine.tap_pitch,
                a_pitch=engine.row_pitch,
                out_pitch=self.pitch,
                requant=requant,
                unsigned_input=unsigned,
            )
        return tile.ContractOp(
            *operands,
            kernel=engine.name,
            taps=engine.taps,
            cin=engine.channels,
            a_pitch=engine.row_pitch,
            out_pitch=self.pitch,
            requant=requant,
            unsigned_input=unsigned,
        )

    def _store(self, rows: RowTile, units: UnitTile) -> None:
        """Move a tile of outputs to L2."""
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


def pool_operation(
    op: qnn.LayerOp,
    engine: PoolEngine,
    out_pitch: int,
    a: SSAValue,
    out: tuple[SSAValue, SSAValue],
    places: tuple[SSAValue, SSAValue],
    rows: tuple[SSAValue, SSAValue],
    groups: tuple[SSAValue, SSAValue],
) -> tile.PoolOp:
    """`tile.pool` of a pooling layer; out is (buffer, row), places (row of a, first pixel)."""
    a_row, first_pixel = places
    pool = partial(
        tile.PoolOp,
        a,
        a_row,
        *out,
        first_pixel,
        rows,
        groups,
        kind=engine.kind,
        taps=engine.taps,
        tap_pitch=engine.tap_pitch,
        a_pitch=engine.row_pitch,
        out_pitch=out_pitch,
        unsigned_input=is_unsigned(op.operands[0]),
    )
    if not isinstance(op, qnn.AvgPool2dOp):
        return pool()
    return pool(
        input_zero_point=op.input_zero_point.value.data,
        multipliers=[int(m) for m in op.requant.multipliers],
        requant=tile_requant(op.requant),
        counted=counted_image(op),
    )


def counted_image(op: qnn.AvgPool2dOp) -> tile.WindowAttr | None:
    """The window over the image whose positions an average counts; None: it counts all taps."""
    geometry = op.geometry()
    if int(op.divisors().min()) == math.prod(geometry.kernel):
        return None
    (height, width), (top, left, bottom, right) = geometry.size, geometry.pads
    pad = (top, left)
    if op.count_include_pad is not None:
        height, width, pad = height + top + bottom, width + left + right, (0, 0)
    return tile.WindowAttr.of(
        Window(
            height,
            width,
            op.channels,
            geometry.kernel,
            geometry.strides,
            pad,
            geometry.dilations,
            geometry.output()[1],
        )
    )


def tile_requant(requant: qnn.RequantAttr) -> tile.RequantAttr:
    """The constants of a requantisation that all channels share."""
    return tile.RequantAttr(
        requant.shift,
        requant.zero_point,
        requant.lo,
        requant.hi,
        requant.form,
        requant.acc_bits,
    )
