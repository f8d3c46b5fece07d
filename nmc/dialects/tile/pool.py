"""Pooling on im2col rows."""

from collections.abc import Sequence

from xdsl.dialects.builtin import DenseArrayBase, StringAttr, UnitAttr, i32
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.tile.attrs import RequantAttr, WindowAttr
from nmc.dialects.tile.base import Buffer, Int, TileOperation, int_attr


@irdl_op_definition
class PoolOp(TileOperation):
    """The maximum or the average over the taps of im2col rows, channel by channel.

        tile.pool %a[%a_row], %out[%out_row], %first_pixel rows(%lo to %hi) groups(%glo to %ghi)
            {kind = "max", taps = 4, tap_pitch = 64, a_pitch = 256, out_pitch = 64}
            : memref<..>, memref<..>, index

    A group is four channels: for i in [lo, hi) and channel c in [4 * glo, 4 * ghi),
    out[(out_row + i) * out_pitch + c] is reduced over the bytes at
    a + (a_row + i) * a_pitch + t * tap_pitch + c.

    `max`: outside the image the row holds the type's minimum (0 or -128).
    `avg`: outside the image it holds `input_zero_point`; with acc = sum(x - input_zero_point),
    the result is requantise(acc) by `multipliers[n - 1]`, n the number of positions counted:
    all taps, or, with `counted`, the taps of output pixel first_pixel + i inside that image
    (give the padded image to count padding). One multiplier stands for every count.
    """

    name = "tile.pool"
    a = operand_def(Buffer)
    a_row = operand_def(TileOperation.T)
    out = operand_def(Buffer)
    out_row = operand_def(TileOperation.T)
    first_pixel = operand_def(TileOperation.T)
    lo = operand_def(TileOperation.T)
    hi = operand_def(TileOperation.T)
    glo = operand_def(TileOperation.T)
    ghi = operand_def(TileOperation.T)

    kind = prop_def(StringAttr)
    taps = prop_def(Int)
    tap_pitch = prop_def(Int)
    a_pitch = prop_def(Int)
    out_pitch = prop_def(Int)
    unsigned_input = opt_prop_def(UnitAttr)
    input_zero_point = opt_prop_def(Int)
    multipliers = opt_prop_def(DenseArrayBase.constr(i32))
    requant = opt_prop_def(RequantAttr)
    counted = opt_prop_def(WindowAttr)

    assembly_format = (
        "$a `[` $a_row `]` `,` $out `[` $out_row `]` `,` $first_pixel "
        "`rows` `(` $lo `to` $hi `)` `groups` `(` $glo `to` $ghi `)` "
        "attr-dict `:` type($a) `,` type($out) `,` type($lo)"
    )

    def __init__(
        self,
        a: SSAValue,
        a_row: SSAValue,
        out: SSAValue,
        out_row: SSAValue,
        first_pixel: SSAValue,
        rows: tuple[SSAValue, SSAValue],
        groups: tuple[SSAValue, SSAValue],
        *,
        kind: str,
        taps: int,
        tap_pitch: int,
        a_pitch: int,
        out_pitch: int,
        unsigned_input: bool = False,
        input_zero_point: int | None = None,
        multipliers: Sequence[int] | None = None,
        requant: RequantAttr | None = None,
        counted: WindowAttr | None = None,
    ):
        super().__init__(
            operands=[a, a_row, out, out_row, first_pixel, *rows, *groups],
            properties={
                "kind": StringAttr(kind),
                "taps": int_attr(taps),
                "tap_pitch": int_attr(tap_pitch),
                "a_pitch": int_attr(a_pitch),
                "out_pitch": int_attr(out_pitch),
                "unsigned_input": UnitAttr() if unsigned_input else None,
                "input_zero_point": None
                if input_zero_point is None
                else int_attr(input_zero_point),
                "multipliers": None
                if multipliers is None
                else DenseArrayBase.from_list(i32, list(multipliers)),
                "requant": requant,
                "counted": counted,
            },
        )

    @property
    def multiplier_values(self) -> tuple[int, ...]:
        """The multipliers as plain numbers, empty for a maximum."""
        return () if self.multipliers is None else self.multipliers.get_values()

    def buffers(self) -> list[SSAValue]:
        return [self.a, self.out]

    def positive(self) -> dict[str, int]:
        return {
            "taps": self.taps.value.data,
            "tap_pitch": self.tap_pitch.value.data,
            "a_pitch": self.a_pitch.value.data,
            "out_pitch": self.out_pitch.value.data,
        }

    def verify_(self) -> None:
        super().verify_()
        pitches = (self.tap_pitch, self.a_pitch, self.out_pitch)
        if any(pitch.value.data % 4 for pitch in pitches):
            raise VerifyException("tile.pool: pitches must be multiples of 4")
        if self.kind.data == "max":
            return
        if self.kind.data != "avg":
            raise VerifyException(f"tile.pool: kind is max or avg, not {self.kind.data}")
        if self.requant is None or self.multipliers is None or self.input_zero_point is None:
            raise VerifyException(
                "tile.pool: an average needs requant, multipliers and input_zero_point"
            )
        if len(self.multipliers) not in (1, self.taps.value.data):
            raise VerifyException("tile.pool: one multiplier, or one for each count of taps")
