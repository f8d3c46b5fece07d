"""Sums of four pixels: N:M weights gathered on pixel-interleaved rows.

A value of type `vector<4xi32>` holds the sums of four pixels. It becomes four registers, or the
accumulators of a core that has them. There is one set of those, so such values form chains: each
is used once, and a new one starts where none is left.
"""

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import UnitAttr, i32
from xdsl.ir import SSAValue
from xdsl.irdl import (
    IRDLOperation,
    RangeOf,
    RangeVarConstraint,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.micro.types import S8X4, SUMS, Bytes4, I32Attr, Sums, Word, word_attr
from nmc.dialects.tile.attrs import RequantAttr

# The weights of a word, and the pixels of one.
FOUR = 4


@irdl_op_definition
class SumsStartOp(IRDLOperation):
    """Four sums that start from one value; the core's gather counter becomes 0.

    %s = micro.sums_start %bias
    """

    name = "micro.sums_start"
    bias = operand_def(Word)
    result = result_def(Sums)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "$bias attr-dict"

    def __init__(self, bias: SSAValue):
        super().__init__(operands=[bias], result_types=[SUMS])


@irdl_op_definition
class SumsGatherOp(IRDLOperation):
    """Adds up to four consecutive non-zeros times four pixels.

        %s1 = micro.sums_gather %s, %row at %cursor, %indices, %weights
            first 4 count 4 in 8 width 4 lanes 16 unsigned

    Non-zero l of `count` has the weight in lane (first + l) mod 4 of the word `weights`, a signed
    byte, and the index in field (first + l) mod (32 / width) of the word `indices`, counted in
    fields of `width` bits. Its four pixels are the bytes from row + cursor + (in * l + index) *
    lanes on: `lanes` pixels of each position lie beside each other, `cursor` is where the
    block of the first non-zero starts, in bytes.

    Every gather since micro.sums_start has stepped the core's counter, which is `first` modulo 32 /
    width, and cursor is in * lanes times it.
    """

    name = "micro.sums_gather"
    sums = operand_def(Sums)
    row = operand_def(Word)
    cursor = operand_def(Word)
    indices = operand_def(Word)
    weights = operand_def(Word)
    first = prop_def(I32Attr)
    count = prop_def(I32Attr)
    m = prop_def(I32Attr)
    width = prop_def(I32Attr)
    lanes = prop_def(I32Attr)
    unsigned = opt_prop_def(UnitAttr)
    result = result_def(Sums)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = (
        "$sums `,` $row `at` $cursor `,` $indices `,` $weights `first` $first `count` $count "
        "`in` $m `width` $width `lanes` $lanes (`unsigned` $unsigned^)? attr-dict"
    )

    def __init__(
        self,
        sums: SSAValue,
        row: SSAValue,
        cursor: SSAValue,
        indices: SSAValue,
        weights: SSAValue,
        *,
        first: int,
        count: int,
        m: int,
        width: int,
        lanes: int,
        unsigned: bool,
    ):
        super().__init__(
            operands=[sums, row, cursor, indices, weights],
            properties={
                "first": word_attr(first),
                "count": word_attr(count),
                "m": word_attr(m),
                "width": word_attr(width),
                "lanes": word_attr(lanes),
                "unsigned": UnitAttr() if unsigned else None,
            },
            result_types=[SUMS],
        )

    def verify_(self) -> None:
        if not 1 <= self.count.value.data <= FOUR:
            raise VerifyException(f"{self.name}: one to four non-zeros share a word of weights")
        if (self.m.value.data, self.width.value.data) not in ((4, 2), (8, 4), (16, 4)):
            raise VerifyException(f"{self.name}: blocks of 4, 8, 16 have indices of 2, 4, 4 bits")
        lanes = self.lanes.value.data
        if lanes < FOUR or lanes & (lanes - 1):
            raise VerifyException(f"{self.name}: lanes is a power of two from 4 on")
        if self.first.value.data < 0:
            raise VerifyException(f"{self.name}: first counts from 0")


@irdl_op_definition
class SumsReadOp(IRDLOperation):
    """The four sums as words.

    %a, %b, %c, %d = micro.sums_read %s
    """

    name = "micro.sums_read"
    sums = operand_def(Sums)
    a = result_def(Word)
    b = result_def(Word)
    c = result_def(Word)
    d = result_def(Word)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "$sums attr-dict"

    def __init__(self, sums: SSAValue):
        super().__init__(operands=[sums], result_types=[i32] * FOUR)


@irdl_op_definition
class SumsRequantizeOp(IRDLOperation):
    """Each of the four sums, requantised, moves into a vector from the top.

        %y0, %y1, %y2, %y3 = micro.sums_requantize %s into %x0, %x1, %x2, %x3 by %m, <shift = ..>
            : vector<4xi8>, vector<4xi8>, vector<4xi8>, vector<4xi8>

    Lane 3 of y_q is sum q in the scale of the output (see micro.requantize), lanes 0 to 2 are
    lanes 1 to 3 of x_q. After four channels a vector holds them in order.
    """

    name = "micro.sums_requantize"
    T: ClassVar = RangeVarConstraint("T", RangeOf(Bytes4).of_length(FOUR))
    sums = operand_def(Sums)
    into = var_operand_def(T)
    multiplier = operand_def(Word)
    requant = prop_def(RequantAttr)
    vectors = var_result_def(T)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "$sums `into` $into `by` $multiplier `,` $requant attr-dict `:` type($into)"

    def __init__(
        self,
        sums: SSAValue,
        into: Sequence[SSAValue],
        multiplier: SSAValue,
        requant: RequantAttr,
    ):
        super().__init__(
            operands=[sums, into, multiplier],
            properties={"requant": requant},
            result_types=[[value.type for value in into]],
        )

    def verify_(self) -> None:
        lo, hi = self.requant.lo.data, self.requant.hi.data
        signed = all(vector.type == S8X4 for vector in self.vectors)
        if not (-128 <= lo <= hi <= 127 if signed else 0 <= lo <= hi <= 255):
            raise VerifyException(f"{self.name}: the bounds do not fit the vectors' lanes")
