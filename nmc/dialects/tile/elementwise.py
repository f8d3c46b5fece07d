"""Operations on flat ranges of bytes."""

from xdsl.dialects.builtin import MemRefType, UnitAttr
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.tile.attrs import RequantAttr
from nmc.dialects.tile.base import Buffer, Int, TileOperation, int_attr
from nmc.numerics.lookup import ENTRIES


def _flag(value: bool) -> UnitAttr | None:
    return UnitAttr() if value else None


@irdl_op_definition
class AddOp(TileOperation):
    """The sum of two activations in different scales, with one rounding.

        tile.add %a, %b, %out bytes(%lo to %hi)
            {a_zero_point = 3, b_zero_point = 0, a_multiplier = 8000, b_multiplier = 9000,
             requant = #tile.requant<...>} : memref<..>, memref<..>, memref<..>, index

    out = clamp((((a - z_a) * m_a + (b - z_b) * m_b + 2^(s-1)) >> s) + z, lo, hi), m below 2^21,
    s in [1, 31]. Of `requant` shift, zero point and bounds count.
    """

    name = "tile.add"
    a = operand_def(Buffer)
    b = operand_def(Buffer)
    out = operand_def(Buffer)
    lo = operand_def(TileOperation.T)
    hi = operand_def(TileOperation.T)

    a_zero_point = prop_def(Int)
    b_zero_point = prop_def(Int)
    a_multiplier = prop_def(Int)
    b_multiplier = prop_def(Int)
    requant = prop_def(RequantAttr)
    a_unsigned = opt_prop_def(UnitAttr)
    b_unsigned = opt_prop_def(UnitAttr)

    assembly_format = (
        "$a `,` $b `,` $out `bytes` `(` $lo `to` $hi `)` "
        "attr-dict `:` type($a) `,` type($b) `,` type($out) `,` type($lo)"
    )

    def __init__(
        self,
        a: SSAValue,
        b: SSAValue,
        out: SSAValue,
        span: tuple[SSAValue, SSAValue],
        *,
        a_zero_point: int,
        b_zero_point: int,
        a_multiplier: int,
        b_multiplier: int,
        requant: RequantAttr,
        a_unsigned: bool = False,
        b_unsigned: bool = False,
    ):
        super().__init__(
            operands=[a, b, out, *span],
            properties={
                "a_zero_point": int_attr(a_zero_point),
                "b_zero_point": int_attr(b_zero_point),
                "a_multiplier": int_attr(a_multiplier),
                "b_multiplier": int_attr(b_multiplier),
                "requant": requant,
                "a_unsigned": _flag(a_unsigned),
                "b_unsigned": _flag(b_unsigned),
            },
        )

    def buffers(self) -> list[SSAValue]:
        return [self.a, self.b, self.out]

    def verify_(self) -> None:
        super().verify_()
        for multiplier in (self.a_multiplier, self.b_multiplier):
            if abs(multiplier.value.data) >= 1 << 21:
                raise VerifyException("tile.add: multipliers lie below 2^21")
        if self.requant.shift.data > 31:
            raise VerifyException("tile.add: the shift lies in [1, 31]")


@irdl_op_definition
class RequantizeOp(TileOperation):
    """A change of scale and zero point.

        tile.requantize %src, %out bytes(%lo to %hi)
            {input_zero_point = 0, multiplier = 12345, requant = #tile.requant<...>}
            : memref<..>, memref<..>, index

    out = requantise(x - input_zero_point), with one multiplier.
    """

    name = "tile.requantize"
    src = operand_def(Buffer)
    out = operand_def(Buffer)
    lo = operand_def(TileOperation.T)
    hi = operand_def(TileOperation.T)

    input_zero_point = prop_def(Int)
    multiplier = prop_def(Int)
    requant = prop_def(RequantAttr)
    unsigned_input = opt_prop_def(UnitAttr)

    assembly_format = (
        "$src `,` $out `bytes` `(` $lo `to` $hi `)` "
        "attr-dict `:` type($src) `,` type($out) `,` type($lo)"
    )

    def __init__(
        self,
        src: SSAValue,
        out: SSAValue,
        span: tuple[SSAValue, SSAValue],
        *,
        input_zero_point: int,
        multiplier: int,
        requant: RequantAttr,
        unsigned_input: bool = False,
    ):
        super().__init__(
            operands=[src, out, *span],
            properties={
                "input_zero_point": int_attr(input_zero_point),
                "multiplier": int_attr(multiplier),
                "requant": requant,
                "unsigned_input": _flag(unsigned_input),
            },
        )

    def buffers(self) -> list[SSAValue]:
        return [self.src, self.out]


@irdl_op_definition
class LookupOp(TileOperation):
    """A function of each byte, through a table of 256.

        tile.lookup %src, %table, %out bytes(%lo to %hi) : memref<..>, memref<..>, memref<..>, index

    out[i] = table[src[i]] for i in [lo, hi), bytes taken as unsigned.
    """

    name = "tile.lookup"
    src = operand_def(Buffer)
    table = operand_def(Buffer)
    out = operand_def(Buffer)
    lo = operand_def(TileOperation.T)
    hi = operand_def(TileOperation.T)

    assembly_format = (
        "$src `,` $table `,` $out `bytes` `(` $lo `to` $hi `)` "
        "attr-dict `:` type($src) `,` type($table) `,` type($out) `,` type($lo)"
    )

    def __init__(
        self, src: SSAValue, table: SSAValue, out: SSAValue, span: tuple[SSAValue, SSAValue]
    ):
        super().__init__(operands=[src, table, out, *span])

    def buffers(self) -> list[SSAValue]:
        return [self.src, self.table, self.out]

    def verify_(self) -> None:
        super().verify_()
        kind = self.table.type
        if isinstance(kind, MemRefType) and kind.get_shape() != (ENTRIES,):
            raise VerifyException(f"tile.lookup: a table has {ENTRIES} bytes, got {kind}")


@irdl_op_definition
class FillOp(TileOperation):
    """Bytes [lo, hi) of a buffer become a value.

    tile.fill %dst bytes(%lo to %hi) {value = 0} : memref<..>, index
    """

    name = "tile.fill"
    dst = operand_def(Buffer)
    lo = operand_def(TileOperation.T)
    hi = operand_def(TileOperation.T)
    value = prop_def(Int)

    assembly_format = "$dst `bytes` `(` $lo `to` $hi `)` attr-dict `:` type($dst) `,` type($lo)"

    def __init__(self, dst: SSAValue, span: tuple[SSAValue, SSAValue], *, value: int):
        super().__init__(operands=[dst, *span], properties={"value": int_attr(value & 0xFF)})

    def buffers(self) -> list[SSAValue]:
        return [self.dst]

    def verify_(self) -> None:
        super().verify_()
        if not 0 <= self.value.value.data < 256:
            raise VerifyException("tile.fill: value is a byte, 0..255")


@irdl_op_definition
class TransposeOp(TileOperation):
    """Swapping the two outer axes of [rows][columns][bytes].

        tile.transpose %src, %dst columns(%lo to %hi) {rows = 64, columns = 100, bytes = 1}
            : memref<..>, memref<..>, index

    For s in [lo, hi): dst[(s * rows + r) * bytes + b] = src[(r * columns + s) * bytes + b].
    """

    name = "tile.transpose"
    src = operand_def(Buffer)
    dst = operand_def(Buffer)
    lo = operand_def(TileOperation.T)
    hi = operand_def(TileOperation.T)
    rows = prop_def(Int)
    columns = prop_def(Int)
    bytes = prop_def(Int)

    assembly_format = (
        "$src `,` $dst `columns` `(` $lo `to` $hi `)` "
        "attr-dict `:` type($src) `,` type($dst) `,` type($lo)"
    )

    def __init__(
        self,
        src: SSAValue,
        dst: SSAValue,
        span: tuple[SSAValue, SSAValue],
        *,
        rows: int,
        columns: int,
        element_bytes: int,
    ):
        super().__init__(
            operands=[src, dst, *span],
            properties={
                "rows": int_attr(rows),
                "columns": int_attr(columns),
                "bytes": int_attr(element_bytes),
            },
        )

    def buffers(self) -> list[SSAValue]:
        return [self.src, self.dst]

    def positive(self) -> dict[str, int]:
        return {
            "rows": self.rows.value.data,
            "columns": self.columns.value.data,
            "bytes": self.bytes.value.data,
        }
