"""Gathering the inputs of output pixels into rows."""

from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.tile.attrs import WindowAttr
from nmc.dialects.tile.base import Buffer, Int, TileOperation, int_attr


@irdl_op_definition
class Im2colOp(TileOperation):
    """The taps of output pixels, side by side.

        tile.im2col %src, %dst, %first_pixel, %src_row pixels(%lo to %hi)
            {window = #tile.window<...>, tap_pitch = 64, row_pitch = 576, pad_value = 0}
            : memref<..>, memref<..>, index

    For i in [lo, hi), output pixel p = first_pixel + i: the channels of tap t go to
    dst + i * row_pitch + t * tap_pitch. `src` holds the input rows from absolute row `src_row`
    on, as [row][image width][channels]. A tap outside the image, the bytes of a tap beyond the
    channels and the tail of the row become `pad_value` (a byte, 0..255).

    With `interleave = P` the rows of P pixels lie byte by byte beside each other: byte k of row i
    is at (i / P * row_pitch + k) * P + i mod P.
    """

    name = "tile.im2col"
    src = operand_def(Buffer)
    dst = operand_def(Buffer)
    first_pixel = operand_def(TileOperation.T)
    src_row = operand_def(TileOperation.T)
    lo = operand_def(TileOperation.T)
    hi = operand_def(TileOperation.T)

    window = prop_def(WindowAttr)
    tap_pitch = prop_def(Int)
    row_pitch = prop_def(Int)
    pad_value = prop_def(Int)
    interleave = opt_prop_def(Int)

    assembly_format = (
        "$src `,` $dst `,` $first_pixel `,` $src_row `pixels` `(` $lo `to` $hi `)` "
        "attr-dict `:` type($src) `,` type($dst) `,` type($lo)"
    )

    def __init__(
        self,
        src: SSAValue,
        dst: SSAValue,
        first_pixel: SSAValue,
        src_row: SSAValue,
        pixels: tuple[SSAValue, SSAValue],
        *,
        window: WindowAttr,
        tap_pitch: int,
        row_pitch: int,
        pad_value: int,
        interleave: int = 1,
    ):
        super().__init__(
            operands=[src, dst, first_pixel, src_row, *pixels],
            properties={
                "window": window,
                "tap_pitch": int_attr(tap_pitch),
                "row_pitch": int_attr(row_pitch),
                "pad_value": int_attr(pad_value & 0xFF),
                "interleave": int_attr(interleave) if interleave > 1 else None,
            },
        )

    def buffers(self) -> list[SSAValue]:
        return [self.src, self.dst]

    @property
    def pixels_beside(self) -> int:
        """Pixels whose rows are interleaved, 1 for none."""
        return 1 if self.interleave is None else self.interleave.value.data

    def verify_(self) -> None:
        super().verify_()
        window = self.window.window
        tap_pitch = self.tap_pitch.value.data
        if tap_pitch < window.channels:
            raise VerifyException("tile.im2col: tap_pitch is below the number of channels")
        if self.row_pitch.value.data < tap_pitch * window.taps:
            raise VerifyException("tile.im2col: row_pitch is below taps * tap_pitch")
        beside = self.pixels_beside
        if beside < 1 or beside & (beside - 1):
            raise VerifyException("tile.im2col: interleave is a power of two")
        if not 0 <= self.pad_value.value.data < 256:
            raise VerifyException("tile.im2col: pad_value is a byte, 0..255")
