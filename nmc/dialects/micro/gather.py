"""Gathering the activations that N:M weights meet."""

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import UnitAttr
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    RangeOf,
    RangeVarConstraint,
    SameVariadicOperandSize,
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

from nmc.dialects.micro.types import Bytes4, I32Attr, Word, word_attr


@irdl_op_definition
class GatherOp(IRDLOperation):
    """The activations of four consecutive non-zeros, for one or two pixels or channels.

        %x0, %x1 = micro.gather %v0, %v1 from %row0, %row1 at %cursor, %indices
            field 0 of 1 in 8 width 4 copies 1 : i32, i32 -> vector<4xi8>, vector<4xi8>

    Lane l of pixel p is the byte at row_p + cursor + m * (l / n) + index, where index is the
    field of `width` bits number (field + l) * copies (+ p if copies is 2, which holds the same)
    of the word `indices`. `cursor` is where the block of the first lane starts, in bytes. With
    `channels` p counts the channels of one pixel, each with an index of its own in the 2 copies.

    The vectors given are overwritten; they say which registers take the lanes. `counted`
    promises that the core's gather counter, cleared by micro.gather_reset, has been stepped by
    every gather of the row so far, two pixels each; then the extension instruction may be used.
    """

    name = "micro.gather"
    T: ClassVar = RangeVarConstraint("T", RangeOf(Bytes4))
    into = var_operand_def(T)
    rows = var_operand_def(Word)
    cursor = operand_def(Word)
    indices = operand_def(Word)
    field = prop_def(I32Attr)
    n = prop_def(I32Attr)
    m = prop_def(I32Attr)
    width = prop_def(I32Attr)
    copies = prop_def(I32Attr)
    counted = opt_prop_def(UnitAttr)
    channels = opt_prop_def(UnitAttr)
    lanes = var_result_def(T)
    irdl_options = (SameVariadicOperandSize(),)
    # The counter is state.
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = (
        "$into `from` $rows `at` $cursor `,` $indices (`counted` $counted^)? "
        "(`channels` $channels^)? "
        "`field` $field `of` $n `in` $m `width` $width `copies` $copies "
        "attr-dict `:` type($rows) `->` type($lanes)"
    )

    def __init__(
        self,
        into: Sequence[SSAValue],
        rows: Sequence[SSAValue],
        cursor: SSAValue,
        indices: SSAValue,
        *,
        field: int,
        n: int,
        m: int,
        width: int,
        copies: int,
        counted: bool,
        channels: bool = False,
    ):
        super().__init__(
            operands=[into, rows, cursor, indices],
            properties={
                "field": word_attr(field),
                "n": word_attr(n),
                "m": word_attr(m),
                "width": word_attr(width),
                "copies": word_attr(copies),
                "counted": UnitAttr() if counted else None,
                "channels": UnitAttr() if channels else None,
            },
            result_types=[[value.type for value in into]],
        )

    def verify_(self) -> None:
        if len(self.rows) not in (1, 2) or len(self.lanes) != len(self.rows):
            raise VerifyException("micro.gather: one or two pixels, a vector and a row each")
        if self.counted is not None and (len(self.rows) != 2 or self.n.value.data != 1):
            raise VerifyException("micro.gather: the counter steps over two pixels of 1:M")
        if self.channels is not None and (len(self.rows), self.copies.value.data) != (2, 2):
            raise VerifyException("micro.gather: two channels have two rows and two copies")
        last = (self.field.value.data + 4) * self.copies.value.data * self.width.value.data
        if last > 32:
            raise VerifyException("micro.gather: the fields end beyond the word of indices")


@irdl_op_definition
class GatherResetOp(IRDLOperation):
    """The gather counter of the core becomes 0.

    micro.gather_reset
    """

    name = "micro.gather_reset"
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "attr-dict"

    def __init__(self):
        super().__init__()


@irdl_op_definition
class GatherWordOp(IRDLOperation):
    """Four pixels of a non-zero, on pixel-interleaved rows.

        %x = micro.gather_word %row at %cursor, %pair number 1 word 2 in 8 width 4 lanes 16
            : vector<4xi8>

    Byte 2 of the word `pair` holds the indices of two non-zeros of consecutive blocks, `width` bits
    each, that of number 0 lowest. The pixels are the bytes from row + cursor + (in * number +
    index) * lanes + 4 * word on: `lanes` pixels of each position lie beside each other, `cursor`
    is where the first of the two blocks starts, in bytes.

    Every such gather since micro.gather_reset has stepped the core's counter: the words of a
    non-zero in order, non-zero after non-zero.
    """

    name = "micro.gather_word"
    row = operand_def(Word)
    cursor = operand_def(Word)
    pair = operand_def(Word)
    number = prop_def(I32Attr)
    word = prop_def(I32Attr)
    m = prop_def(I32Attr)
    width = prop_def(I32Attr)
    lanes = prop_def(I32Attr)
    result = result_def(Bytes4)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = (
        "$row `at` $cursor `,` $pair `number` $number `word` $word `in` $m `width` $width "
        "`lanes` $lanes attr-dict `:` type($result)"
    )

    def __init__(
        self,
        row: SSAValue,
        cursor: SSAValue,
        pair: SSAValue,
        result_type: Attribute,
        *,
        number: int,
        word: int,
        m: int,
        width: int,
        lanes: int,
    ):
        super().__init__(
            operands=[row, cursor, pair],
            properties={
                "number": word_attr(number),
                "word": word_attr(word),
                "m": word_attr(m),
                "width": word_attr(width),
                "lanes": word_attr(lanes),
            },
            result_types=[result_type],
        )

    def verify_(self) -> None:
        lanes, word = self.lanes.value.data, self.word.value.data
        if self.number.value.data not in (0, 1):
            raise VerifyException(f"{self.name}: a pair has the numbers 0 and 1")
        if lanes < 4 or lanes & (lanes - 1):
            raise VerifyException(f"{self.name}: lanes is a power of two from 4 on")
        if not 0 <= word < lanes // 4:
            raise VerifyException(f"{self.name}: {lanes} lanes have words 0 to {lanes // 4 - 1}")
        if (self.m.value.data, self.width.value.data) not in ((4, 2), (8, 4), (16, 4)):
            raise VerifyException(f"{self.name}: blocks of 4, 8, 16 have indices of 2, 4, 4 bits")
