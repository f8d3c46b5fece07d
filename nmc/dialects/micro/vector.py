"""Operations on vectors of four bytes."""

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import i32
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    VarConstraint,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.micro.types import Bytes4, I32Attr, Word, is_unsigned, word_attr


@irdl_op_definition
class DotOp(IRDLOperation):
    """acc + the sum of four products, wrapping at 32 bits. Unsigned weights meet unsigned bytes.

    %acc1 = micro.dot %acc, %x, %w : vector<4xui8>, vector<4xi8>
    """

    name = "micro.dot"
    acc = operand_def(Word)
    a = operand_def(Bytes4)
    w = operand_def(Bytes4)
    result = result_def(Word)
    traits = traits_def(Pure())
    assembly_format = "$acc `,` $a `,` $w attr-dict `:` type($a) `,` type($w)"

    def __init__(self, acc: SSAValue, a: SSAValue, w: SSAValue):
        super().__init__(operands=[acc, a, w], result_types=[i32])

    def verify_(self) -> None:
        if is_unsigned(self.w.type) and not is_unsigned(self.a.type):
            raise VerifyException("micro.dot: unsigned weights meet unsigned bytes")


@irdl_op_definition
class BytesOp(IRDLOperation):
    """A word as its four bytes.

    %v = micro.bytes %word : vector<4xi8>
    """

    name = "micro.bytes"
    word = operand_def(Word)
    result = result_def(Bytes4)
    traits = traits_def(Pure())
    assembly_format = "$word attr-dict `:` type($result)"

    def __init__(self, word: SSAValue, result_type: Attribute):
        super().__init__(operands=[word], result_types=[result_type])


@irdl_op_definition
class WordOp(IRDLOperation):
    """Four bytes as a word.

    %w = micro.word %v : vector<4xi8>
    """

    name = "micro.word"
    bytes = operand_def(Bytes4)
    result = result_def(Word)
    traits = traits_def(Pure())
    assembly_format = "$bytes attr-dict `:` type($bytes)"

    def __init__(self, bytes: SSAValue):
        super().__init__(operands=[bytes], result_types=[i32])


@irdl_op_definition
class PackOp(IRDLOperation):
    """The low bytes of four words as lanes 0 to 3.

    %v = micro.pack %a, %b, %c, %d : vector<4xi8>
    """

    name = "micro.pack"
    a = operand_def(Word)
    b = operand_def(Word)
    c = operand_def(Word)
    d = operand_def(Word)
    result = result_def(Bytes4)
    traits = traits_def(Pure())
    assembly_format = "$a `,` $b `,` $c `,` $d attr-dict `:` type($result)"

    def __init__(
        self, lanes: tuple[SSAValue, SSAValue, SSAValue, SSAValue], result_type: Attribute
    ):
        super().__init__(operands=list(lanes), result_types=[result_type])


@irdl_op_definition
class LanesOp(IRDLOperation):
    """A constant vector, given as the word of its bytes, lane 0 the lowest.

    %ones = micro.lanes 16843009 : vector<4xi8>
    """

    name = "micro.lanes"
    word = prop_def(I32Attr)
    result = result_def(Bytes4)
    traits = traits_def(Pure())
    assembly_format = "$word attr-dict `:` type($result)"

    def __init__(self, word: int, result_type: Attribute):
        super().__init__(properties={"word": word_attr(word)}, result_types=[result_type])


class LaneWise(IRDLOperation, ABC):
    """An operation lane by lane, signed or unsigned as the type says."""

    T: ClassVar = VarConstraint("T", Bytes4)
    a = operand_def(T)
    b = operand_def(T)
    result = result_def(T)
    traits = traits_def(Pure())
    assembly_format = "$a `,` $b attr-dict `:` type($result)"

    def __init__(self, a: SSAValue, b: SSAValue):
        super().__init__(operands=[a, b], result_types=[a.type])


@irdl_op_definition
class MaxOp(LaneWise):
    """The larger of two lanes.

    %v = micro.max %a, %b : vector<4xi8>
    """

    name = "micro.max"


@irdl_op_definition
class MinOp(LaneWise):
    """The smaller of two lanes.

    %v = micro.min %a, %b : vector<4xui8>
    """

    name = "micro.min"


@irdl_op_definition
class AddOp(LaneWise):
    """Sums of lanes, wrapping at 8 bits.

    %v = micro.add %a, %b : vector<4xi8>
    """

    name = "micro.add"


@irdl_op_definition
class SubOp(LaneWise):
    """Differences of lanes, wrapping at 8 bits.

    %v = micro.sub %a, %b : vector<4xi8>
    """

    name = "micro.sub"


@irdl_op_definition
class ShuffleOp(IRDLOperation):
    """Lanes chosen from two vectors.

        %v = micro.shuffle %a, %b, %selector : vector<4xi8>

    Lane i is lane s of `a` followed by `b`, with s the low three bits of byte i of the selector.
    """

    T: ClassVar = VarConstraint("T", Bytes4)
    name = "micro.shuffle"
    a = operand_def(T)
    b = operand_def(T)
    selector = operand_def(Word)
    result = result_def(T)
    traits = traits_def(Pure())
    assembly_format = "$a `,` $b `,` $selector attr-dict `:` type($result)"

    def __init__(self, a: SSAValue, b: SSAValue, selector: SSAValue):
        super().__init__(operands=[a, b, selector], result_types=[a.type])
