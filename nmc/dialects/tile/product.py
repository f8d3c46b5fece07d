"""What a matrix product of two activations needs beside the contraction itself."""

from xdsl.dialects.builtin import UnitAttr
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.tile.base import Buffer, Int, TileOperation, int_attr


@irdl_op_definition
class PackRecordsOp(TileOperation):
    """An activation as records of dense weights, four outputs each.

        tile.pack_records %src, %dst records(%lo to %hi) whole %whole
            {depth = 64, pitch = 64, rest = 1, lhs_zero_point = 3, zero_point = -2,
             multiplier = 77} : memref<..>, memref<..>, index

    The weights of output n are the `depth` bytes from src + n * pitch on; with `columns` those at
    src + k * pitch + n. Records below `whole` have four outputs, one behind them the first `rest`.
    Record r is written to dst + r * record_bytes as `nmc.numerics.packing.record` says, with what a
    contraction of rows x needs for sums of (x - lhs_zero_point) * (w - zero_point) beside
    `tile.row_starts`: the bias -lhs_zero_point * sum over k of (w[k] - zero_point). Bytes of
    uint8 (`unsigned_input`) are stored less 128, and so is their zero-point.
    """

    name = "tile.pack_records"
    src = operand_def(Buffer)
    dst = operand_def(Buffer)
    lo = operand_def(TileOperation.T)
    hi = operand_def(TileOperation.T)
    whole = operand_def(TileOperation.T)
    depth = prop_def(Int)
    pitch = prop_def(Int)
    rest = prop_def(Int)
    lhs_zero_point = prop_def(Int)
    zero_point = prop_def(Int)
    multiplier = prop_def(Int)
    columns = opt_prop_def(UnitAttr)
    unsigned_input = opt_prop_def(UnitAttr)

    assembly_format = (
        "$src `,` $dst `records` `(` $lo `to` $hi `)` `whole` $whole "
        "attr-dict `:` type($src) `,` type($dst) `,` type($lo)"
    )

    def __init__(
        self,
        src: SSAValue,
        dst: SSAValue,
        records: tuple[SSAValue, SSAValue],
        whole: SSAValue,
        *,
        depth: int,
        pitch: int,
        rest: int,
        lhs_zero_point: int,
        zero_point: int,
        multiplier: int,
        columns: bool = False,
        unsigned_input: bool = False,
    ):
        super().__init__(
            operands=[src, dst, *records, whole],
            properties={
                "depth": int_attr(depth),
                "pitch": int_attr(pitch),
                "rest": int_attr(rest),
                "lhs_zero_point": int_attr(lhs_zero_point),
                "zero_point": int_attr(zero_point),
                "multiplier": int_attr(multiplier),
                "columns": UnitAttr() if columns else None,
                "unsigned_input": UnitAttr() if unsigned_input else None,
            },
        )

    def buffers(self) -> list[SSAValue]:
        return [self.src, self.dst]

    def positive(self) -> dict[str, int]:
        return {"depth": self.depth.value.data, "pitch": self.pitch.value.data}

    def verify_(self) -> None:
        super().verify_()
        if not 0 <= self.rest.value.data < 4:
            raise VerifyException(f"{self.name}: rest lies in [0, 4)")
        if self.pitch.value.data % 4:
            raise VerifyException(f"{self.name}: pitch must be a multiple of 4")
        if self.columns is None and self.pitch.value.data < self.depth.value.data:
            raise VerifyException(f"{self.name}: rows of {self.depth.value.data} bytes overlap")


@irdl_op_definition
class RowStartsOp(TileOperation):
    """What the accumulators of each row start from, beside the bias: a multiple of its sum.

        tile.row_starts %src[%row], %dst rows(%lo to %hi) {depth = 64, pitch = 64, factor = 2}
            : memref<..>, memref<..>, index

    For i in [lo, hi): the int32 at dst + 4 * i becomes factor times the sum of the `depth` bytes
    from src + (row + i) * pitch on.
    """

    name = "tile.row_starts"
    src = operand_def(Buffer)
    row = operand_def(TileOperation.T)
    dst = operand_def(Buffer)
    lo = operand_def(TileOperation.T)
    hi = operand_def(TileOperation.T)
    depth = prop_def(Int)
    pitch = prop_def(Int)
    factor = prop_def(Int)
    unsigned_input = opt_prop_def(UnitAttr)

    assembly_format = (
        "$src `[` $row `]` `,` $dst `rows` `(` $lo `to` $hi `)` "
        "attr-dict `:` type($src) `,` type($dst) `,` type($lo)"
    )

    def __init__(
        self,
        src: SSAValue,
        row: SSAValue,
        dst: SSAValue,
        rows: tuple[SSAValue, SSAValue],
        *,
        depth: int,
        pitch: int,
        factor: int,
        unsigned_input: bool = False,
    ):
        super().__init__(
            operands=[src, row, dst, *rows],
            properties={
                "depth": int_attr(depth),
                "pitch": int_attr(pitch),
                "factor": int_attr(factor),
                "unsigned_input": UnitAttr() if unsigned_input else None,
            },
        )

    def buffers(self) -> list[SSAValue]:
        return [self.src, self.dst]

    def positive(self) -> dict[str, int]:
        return {"depth": self.depth.value.data, "pitch": self.pitch.value.data}

    def verify_(self) -> None:
        super().verify_()
        if self.pitch.value.data % 4:
            raise VerifyException(f"{self.name}: pitch must be a multiple of 4")
