"""Gathering the inputs of output pixels into lines of interleaved pixels."""

from xdsl.dialects.builtin import UnitAttr
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.tile.attrs import WindowAttr
from nmc.dialects.tile.base import Buffer, Int, TileOperation, int_attr
from nmc.numerics.interleave import LineLayout


@irdl_op_definition
class InterleaveOp(TileOperation):
    """The taps of a block of output pixels, the pixels of a tap byte by byte beside each other.

        tile.interleave %src, %pad, %dst, %first_pixel rows(%src_row to %src_end)
            slabs(%lo to %hi) shared {window = #tile.window<...>, lane_rows = 1,
            lane_columns = 16, tap_pitch = 64, slab = 64, pad_value = 0}
            : memref<..>, memref<..>, memref<..>, index

    A group is lane_rows x lane_columns output pixels, its lanes; groups follow each other down
    the image, the first lane of the first one being output pixel `first_pixel`. `dst` consists of
    lines [kernel column][tap_pitch channels][lane], a byte each. Apart, group g has the lines of
    its kernel rows, g * kernel rows and so on; `shared`, line z is the kernel row z of the first
    group, and the next group starts lane_rows * stride lines on (dilation 1 along y).

    A slab is `slab` channels of a line, in all its kernel columns; those number [lo, hi) are
    written.
    `src` holds input rows [src_row, src_end) as [row][image width][channels]. A tap outside them or
    the image reads `pad`, which holds a byte for each channel; channels beyond the image's are
    `pad_value` (0..255).
    """

    name = "tile.interleave"
    src = operand_def(Buffer)
    pad = operand_def(Buffer)
    dst = operand_def(Buffer)
    first_pixel = operand_def(TileOperation.T)
    src_row = operand_def(TileOperation.T)
    src_end = operand_def(TileOperation.T)
    lo = operand_def(TileOperation.T)
    hi = operand_def(TileOperation.T)

    window = prop_def(WindowAttr)
    lane_rows = prop_def(Int)
    lane_columns = prop_def(Int)
    shared = opt_prop_def(UnitAttr)
    tap_pitch = prop_def(Int)
    slab = prop_def(Int)
    pad_value = prop_def(Int)

    assembly_format = (
        "$src `,` $pad `,` $dst `,` $first_pixel `rows` `(` $src_row `to` $src_end `)` "
        "`slabs` `(` $lo `to` $hi `)` (`shared` $shared^)? "
        "attr-dict `:` type($src) `,` type($pad) `,` type($dst) `,` type($lo)"
    )

    def __init__(
        self,
        src: SSAValue,
        pad: SSAValue,
        dst: SSAValue,
        first_pixel: SSAValue,
        rows: tuple[SSAValue, SSAValue],
        slabs: tuple[SSAValue, SSAValue],
        *,
        lines: LineLayout,
        pad_value: int,
    ):
        super().__init__(
            operands=[src, pad, dst, first_pixel, *rows, *slabs],
            properties={
                "window": WindowAttr.of(lines.window),
                "lane_rows": int_attr(lines.rows),
                "lane_columns": int_attr(lines.columns),
                "shared": UnitAttr() if lines.shared else None,
                "tap_pitch": int_attr(lines.tap_pitch),
                "slab": int_attr(lines.slab),
                "pad_value": int_attr(pad_value & 0xFF),
            },
        )

    def buffers(self) -> list[SSAValue]:
        return [self.src, self.pad, self.dst]

    def positive(self) -> dict[str, int]:
        return {
            "lane_rows": self.lane_rows.value.data,
            "lane_columns": self.lane_columns.value.data,
            "slab": self.slab.value.data,
        }

    @property
    def lines(self) -> LineLayout:
        """The attributes as one value."""
        return LineLayout(
            self.window.window,
            self.lane_rows.value.data,
            self.lane_columns.value.data,
            self.shared is not None,
            self.tap_pitch.value.data,
            self.slab.value.data,
        )

    def verify_(self) -> None:
        super().verify_()
        window, lines = self.window.window, self.lines
        tap_pitch, slab = lines.tap_pitch, lines.slab
        if lines.lanes % 4 or (lines.columns % 4 and 4 % lines.columns):
            raise VerifyException("tile.interleave: four lanes lie in a row or fill rows")
        if tap_pitch < window.channels:
            raise VerifyException("tile.interleave: tap_pitch is below the number of channels")
        if slab != tap_pitch and (slab % 4 or tap_pitch != window.channels or tap_pitch % slab):
            raise VerifyException(
                "tile.interleave: a slab is a whole tap, or a multiple of 4 channels that "
                "divides it and tap_pitch is the number of channels"
            )
        if self.shared is not None and window.dilation[0] != 1:
            raise VerifyException("tile.interleave: dilated kernel rows are not neighbours")
        if not 0 <= self.pad_value.value.data < 256:
            raise VerifyException("tile.interleave: pad_value is a byte, 0..255")
