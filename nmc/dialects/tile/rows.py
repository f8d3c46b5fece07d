"""Operations on rows of bytes."""

from abc import ABC

from xdsl.dialects.builtin import MemRefType, UnitAttr
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.tile.base import Buffer, Int, TileOperation, int_attr
from nmc.numerics.layer_norm import LayerNormParams, RowNorm, unsafe_row_reason
from nmc.numerics.packing.norm import CHANNEL_BYTES
from nmc.numerics.packing.softmax import TABLE_BYTES
from nmc.numerics.softmax import SoftmaxParams


class RowOperation(TileOperation, ABC):
    """Rows [lo, hi) of `length` bytes, from row to row `src_pitch` and `out_pitch` bytes."""

    src = operand_def(Buffer)
    out = operand_def(Buffer)
    lo = operand_def(TileOperation.T)
    hi = operand_def(TileOperation.T)

    length = prop_def(Int)
    src_pitch = prop_def(Int)
    out_pitch = prop_def(Int)
    unsigned_input = opt_prop_def(UnitAttr)

    @property
    def pitches(self) -> tuple[int, int]:
        """From row to row of the input, and of the output."""
        return self.src_pitch.value.data, self.out_pitch.value.data

    def positive(self) -> dict[str, int]:
        return {"length": self.length.value.data}

    def verify_(self) -> None:
        super().verify_()
        for name, pitch in zip(("src_pitch", "out_pitch"), self.pitches, strict=True):
            if pitch < self.length.value.data:
                raise VerifyException(f"{self.name}: {name} is below the length of a row")


@irdl_op_definition
class SoftmaxOp(RowOperation):
    """Softmax of rows.

        tile.softmax %src, %table, %out rows(%lo to %hi)
            {length = 197, src_pitch = 200, out_pitch = 200, numerator = 2139095040, shift = 23,
             value_shift = 8, element_bits = 15, part = 256, zero_point = -128, least = -128,
             most = 127} : memref<..>, memref<2048xi8>, memref<..>, index

    `table` is laid out as `nmc.numerics.packing.softmax` says, and `element_bits` are those of its
    first exponential after `value_shift`; the other constants are `qnn.softmax`'s, `least` and
    `most` the bounds. The output may be the input, row by row in its place.
    """

    name = "tile.softmax"
    table = operand_def(Buffer)
    numerator = prop_def(Int)
    shift = prop_def(Int)
    value_shift = prop_def(Int)
    element_bits = prop_def(Int)
    part = prop_def(Int)
    zero_point = prop_def(Int)
    least = prop_def(Int)
    most = prop_def(Int)

    assembly_format = (
        "$src `,` $table `,` $out `rows` `(` $lo `to` $hi `)` "
        "attr-dict `:` type($src) `,` type($table) `,` type($out) `,` type($lo)"
    )

    def __init__(
        self,
        src: SSAValue,
        table: SSAValue,
        out: SSAValue,
        rows: tuple[SSAValue, SSAValue],
        *,
        params: SoftmaxParams,
        length: int,
        src_pitch: int,
        out_pitch: int,
        unsigned_input: bool = False,
    ):
        super().__init__(
            operands=[table, src, out, *rows],
            properties={
                "length": int_attr(length),
                "src_pitch": int_attr(src_pitch),
                "out_pitch": int_attr(out_pitch),
                "unsigned_input": UnitAttr() if unsigned_input else None,
                "numerator": int_attr(params.numerator),
                "shift": int_attr(params.shift),
                "value_shift": int_attr(params.value_shift),
                "element_bits": int_attr(params.element_bits),
                "part": int_attr(params.part),
                "zero_point": int_attr(params.zero_point),
                "least": int_attr(params.lo),
                "most": int_attr(params.hi),
            },
        )

    def params(self, table: tuple[int, ...] = ()) -> SoftmaxParams:
        """The constants with the entries of the table, if they are needed."""
        return SoftmaxParams(
            table or (1 << (self.element_bits.value.data + self.value_shift.value.data),),
            self.numerator.value.data,
            self.shift.value.data,
            self.value_shift.value.data,
            self.zero_point.value.data,
            self.least.value.data,
            self.most.value.data,
            self.part.value.data,
        )

    def buffers(self) -> list[SSAValue]:
        return [self.src, self.table, self.out]

    def positive(self) -> dict[str, int]:
        names = {
            "numerator": self.numerator,
            "shift": self.shift,
            "value_shift": self.value_shift,
            "part": self.part,
        }
        return super().positive() | {name: value.value.data for name, value in names.items()}

    def verify_(self) -> None:
        super().verify_()
        kind = self.table.type
        if isinstance(kind, MemRefType) and kind.get_shape() != (TABLE_BYTES,):
            raise VerifyException(f"tile.softmax: a table has {TABLE_BYTES} bytes, got {kind}")
        if self.shift.value.data > 31:
            raise VerifyException("tile.softmax: the shift lies in [1, 31]")
        if not 0 <= self.element_bits.value.data <= 30:
            raise VerifyException("tile.softmax: element_bits lies in [0, 30]")
        if self.least.value.data > self.most.value.data:
            raise VerifyException("tile.softmax: least lies above most")


@irdl_op_definition
class LayerNormOp(RowOperation):
    """Rows with mean 0 and deviation 1, times a gain, plus an offset, both the channel's.

        tile.layer_norm %src, %weights, %out rows(%lo to %hi)
            {length = 384, src_pitch = 384, out_pitch = 384, row_bits = 25, value_bits = 13,
             epsilon = 96, epsilon_bits = 16, shift = 20, least = -128, most = 127}
            : memref<..>, memref<3072xi8>, memref<..>, index

    `weights` are the channels' gains and offsets as `nmc.numerics.packing.norm` lays them out;
    the constants are `qnn.layer_norm`'s, `least` and `most` its bounds.
    """

    name = "tile.layer_norm"
    weights = operand_def(Buffer)
    row_bits = prop_def(Int)
    value_bits = prop_def(Int)
    epsilon = prop_def(Int)
    epsilon_bits = prop_def(Int)
    shift = prop_def(Int)
    least = prop_def(Int)
    most = prop_def(Int)

    assembly_format = (
        "$src `,` $weights `,` $out `rows` `(` $lo `to` $hi `)` "
        "attr-dict `:` type($src) `,` type($weights) `,` type($out) `,` type($lo)"
    )

    def __init__(
        self,
        src: SSAValue,
        weights: SSAValue,
        out: SSAValue,
        rows: tuple[SSAValue, SSAValue],
        *,
        params: LayerNormParams,
        src_pitch: int,
        out_pitch: int,
        unsigned_input: bool = False,
    ):
        norm = params.rows
        super().__init__(
            operands=[weights, src, out, *rows],
            properties={
                "length": int_attr(norm.length),
                "src_pitch": int_attr(src_pitch),
                "out_pitch": int_attr(out_pitch),
                "unsigned_input": UnitAttr() if unsigned_input else None,
                "row_bits": int_attr(norm.row_bits),
                "value_bits": int_attr(norm.value_bits),
                "epsilon": int_attr(norm.epsilon),
                "epsilon_bits": int_attr(norm.epsilon_bits),
                "shift": int_attr(params.shift),
                "least": int_attr(params.lo),
                "most": int_attr(params.hi),
            },
        )

    def params(self) -> LayerNormParams:
        """The constants of the operation."""
        rows = RowNorm(
            self.length.value.data,
            self.row_bits.value.data,
            self.value_bits.value.data,
            self.epsilon.value.data,
            self.epsilon_bits.value.data,
        )
        return LayerNormParams(
            rows, self.shift.value.data, self.least.value.data, self.most.value.data
        )

    def buffers(self) -> list[SSAValue]:
        return [self.src, self.weights, self.out]

    def verify_(self) -> None:
        super().verify_()
        wanted, kind = CHANNEL_BYTES * self.length.value.data, self.weights.type
        if isinstance(kind, MemRefType) and kind.get_shape() != (wanted,):
            raise VerifyException(f"tile.layer_norm: weights have {wanted} bytes, got {kind}")
        if not 1 <= self.shift.value.data <= 31:
            raise VerifyException("tile.layer_norm: the shift lies in [1, 31]")
        if self.least.value.data > self.most.value.data:
            raise VerifyException("tile.layer_norm: least lies above most")
        largest = 128 if self.unsigned_input is None else 255
        reason = unsafe_row_reason(self.params().rows, largest)
        if reason is not None:
            raise VerifyException(f"tile.layer_norm: {reason}")
