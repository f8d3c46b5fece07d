"""Convolutions and matrix products on im2col rows."""

from xdsl.dialects.builtin import StringAttr, UnitAttr
from xdsl.ir import SSAValue
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
)
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.tile.attrs import RequantAttr
from nmc.dialects.tile.base import Buffer, Int, TileOperation, int_attr
from nmc.numerics.tile_ops import PixelGroups


class RowsTimesRecords(TileOperation):
    """A block of outputs: a range of rows times a range of records of output channels."""

    a = operand_def(Buffer)
    a_row = operand_def(TileOperation.T)
    w = operand_def(Buffer)
    out = operand_def(Buffer)
    out_row = operand_def(TileOperation.T)
    lo = operand_def(TileOperation.T)
    hi = operand_def(TileOperation.T)
    rlo = operand_def(TileOperation.T)
    rhi = operand_def(TileOperation.T)
    # The last operand; `tile.contract` says what it is.
    starts = opt_operand_def(Buffer)

    kernel = prop_def(StringAttr)
    taps = prop_def(Int)
    a_pitch = prop_def(Int)
    out_pitch = prop_def(Int)
    requant = prop_def(RequantAttr)
    unsigned_input = opt_prop_def(UnitAttr)

    assembly_format = (
        "$a `[` $a_row `]` `,` $w `,` $out `[` $out_row `]` "
        "`rows` `(` $lo `to` $hi `)` `records` `(` $rlo `to` $rhi `)` "
        "(`starts` $starts^ `:` type($starts))? "
        "attr-dict `:` type($a) `,` type($w) `,` type($out) `,` type($lo)"
    )

    def buffers(self) -> list[SSAValue]:
        return [self.a, self.w, self.out]

    def positive(self) -> dict[str, int]:
        return {
            "taps": self.taps.value.data,
            "a_pitch": self.a_pitch.value.data,
            "out_pitch": self.out_pitch.value.data,
        }

    def verify_(self) -> None:
        super().verify_()
        if self.out_pitch.value.data % 4:
            raise VerifyException(f"{self.name}: out_pitch must be a multiple of 4")


@irdl_op_definition
class ContractOp(RowsTimesRecords):
    """Rows of activations times records of weights, requantised.

        tile.contract %a[%a_row], %w, %out[%out_row] rows(%lo to %hi) records(%rlo to %rhi)
            {kernel = "dense-4x4", taps = 9, cin = 64, a_pitch = 576, out_pitch = 64,
             requant = #tile.requant<...>} : memref<..>, memref<..>, memref<..>, index

    For i in [lo, hi) and r in [rlo, rhi), with the C channels of the kernel's record:
    out[(out_row + i) * out_pitch + r * C + c] = requantise(bias + row . weights), where row i
    lies at a + (a_row + i) * a_pitch in the row layout of the kernel's format and record r at
    w + r * record_bytes. Padding channels of the last record are written too.

    Where the kernel's format interleaves P pixels, a_row and lo are multiples of P and rows are
    groups of P: `a_step` is the bytes from one group to the next (P * a_pitch if not given), and
    `out_step` the output rows from the first of one group to the first of the next (P).

    With `beside = P` the rows of any other format are groups of P pixels as well, P being those the
    kernel has in flight: a_pitch is the bytes from one pixel of a group to the next, `out_lane`
    the output rows from one to the next (1). Pixels below each other then share what their windows
    have in common. lo and hi are multiples of P.

    With `starts %s : memref<..>` the accumulators of row i start from the bias and the int32 at
    s + 4 * (a_row + i), for dense kernels whose rows are not grouped.
    """

    name = "tile.contract"
    cin = prop_def(Int)
    a_step = opt_prop_def(Int)
    out_step = opt_prop_def(Int)
    beside = opt_prop_def(Int)
    out_lane = opt_prop_def(Int)

    def __init__(
        self,
        a: SSAValue,
        a_row: SSAValue,
        w: SSAValue,
        out: SSAValue,
        out_row: SSAValue,
        rows: tuple[SSAValue, SSAValue],
        records: tuple[SSAValue, SSAValue],
        *,
        kernel: str,
        taps: int,
        cin: int,
        a_pitch: int,
        out_pitch: int,
        requant: RequantAttr,
        unsigned_input: bool = False,
        a_step: int | None = None,
        out_step: int | None = None,
        beside: int | None = None,
        out_lane: int | None = None,
        starts: SSAValue | None = None,
    ):
        super().__init__(
            operands=[a, a_row, w, out, out_row, *rows, *records, starts],
            properties={
                "kernel": StringAttr(kernel),
                "taps": int_attr(taps),
                "cin": int_attr(cin),
                "a_step": None if a_step is None else int_attr(a_step),
                "out_step": None if out_step is None else int_attr(out_step),
                "beside": None if beside is None else int_attr(beside),
                "out_lane": None if out_lane is None else int_attr(out_lane),
                "a_pitch": int_attr(a_pitch),
                "out_pitch": int_attr(out_pitch),
                "requant": requant,
                "unsigned_input": UnitAttr() if unsigned_input else None,
            },
        )

    def groups(self, interleave: int) -> PixelGroups:
        """How the rows are grouped for a kernel whose format interleaves that many pixels."""
        pixels = interleave if self.beside is None else self.beside.value.data
        a_step, out_step, out_lane = self.a_step, self.out_step, self.out_lane
        return PixelGroups(
            pixels,
            pixels * self.a_pitch.value.data if a_step is None else a_step.value.data,
            pixels if out_step is None else out_step.value.data,
            1 if out_lane is None else out_lane.value.data,
        )

    def buffers(self) -> list[SSAValue]:
        return super().buffers() + ([] if self.starts is None else [self.starts])

    def positive(self) -> dict[str, int]:
        given = {
            "a_step": self.a_step,
            "out_step": self.out_step,
            "beside": self.beside,
            "out_lane": self.out_lane,
        }
        steps = {name: value.value.data for name, value in given.items() if value is not None}
        return super().positive() | {"cin": self.cin.value.data} | steps

    def verify_(self) -> None:
        super().verify_()
        beside = 1 if self.beside is None else self.beside.value.data
        if beside & (beside - 1):
            raise VerifyException("tile.contract: beside is a power of two")
        if self.starts is not None and self.beside is not None:
            raise VerifyException("tile.contract: rows that are grouped take no starts")


@irdl_op_definition
class DepthwiseOp(RowsTimesRecords):
    """Each channel with its own filter, over im2col rows [tap][channel].

        tile.depthwise %a[%a_row], %w, %out[%out_row] rows(%lo to %hi) records(%rlo to %rhi)
            {kernel = "depthwise-4", taps = 9, channels = 32, depth_multiplier = 1,
             tap_pitch = 32, a_pitch = 288, out_pitch = 32, requant = #tile.requant<...>} : ...

    Output channel o reads input channel o / depth_multiplier. The rest is as in tile.contract.

    With a kernel for lines a row holds what a whole line of output pixels reads, all their columns
    as [row][column][channel], and gives that line: `taps` counts its rows times columns, and
    `out_pitch` is from line to line.
    """

    name = "tile.depthwise"
    channels = prop_def(Int)
    depth_multiplier = prop_def(Int)
    tap_pitch = prop_def(Int)

    def __init__(
        self,
        a: SSAValue,
        a_row: SSAValue,
        w: SSAValue,
        out: SSAValue,
        out_row: SSAValue,
        rows: tuple[SSAValue, SSAValue],
        records: tuple[SSAValue, SSAValue],
        *,
        kernel: str,
        taps: int,
        channels: int,
        depth_multiplier: int,
        tap_pitch: int,
        a_pitch: int,
        out_pitch: int,
        requant: RequantAttr,
        unsigned_input: bool = False,
    ):
        super().__init__(
            operands=[a, a_row, w, out, out_row, *rows, *records, None],
            properties={
                "kernel": StringAttr(kernel),
                "taps": int_attr(taps),
                "channels": int_attr(channels),
                "depth_multiplier": int_attr(depth_multiplier),
                "tap_pitch": int_attr(tap_pitch),
                "a_pitch": int_attr(a_pitch),
                "out_pitch": int_attr(out_pitch),
                "requant": requant,
                "unsigned_input": UnitAttr() if unsigned_input else None,
            },
        )

    def positive(self) -> dict[str, int]:
        return super().positive() | {
            "channels": self.channels.value.data,
            "depth_multiplier": self.depth_multiplier.value.data,
            "tap_pitch": self.tap_pitch.value.data,
        }

    def verify_(self) -> None:
        super().verify_()
        if self.starts is not None:
            raise VerifyException("tile.depthwise takes no starts of rows")
