"""Fixed-point arithmetic on words."""

from collections.abc import Sequence

from xdsl.dialects.builtin import i32
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    RangeOf,
    SameVariadicOperandSize,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.micro.types import Bytes4, I32Attr, Word, is_unsigned, word_attr
from nmc.dialects.tile.attrs import RequantAttr


@irdl_op_definition
class MacOp(IRDLOperation):
    """acc + a * b, wrapping at 32 bits.

    %acc1 = micro.mac %acc, %a, %b
    """

    name = "micro.mac"
    acc = operand_def(Word)
    a = operand_def(Word)
    b = operand_def(Word)
    result = result_def(Word)
    traits = traits_def(Pure())
    assembly_format = "$acc `,` $a `,` $b attr-dict"

    def __init__(self, acc: SSAValue, a: SSAValue, b: SSAValue):
        super().__init__(operands=[acc, a, b], result_types=[i32])


@irdl_op_definition
class AddRoundShiftOp(IRDLOperation):
    """(a + b + 2^(shift - 1)) >> shift, the sum wrapping at 32 bits, shift in [1, 31].

    %y = micro.add_round_shift %a, %b, 12
    """

    name = "micro.add_round_shift"
    a = operand_def(Word)
    b = operand_def(Word)
    shift = prop_def(I32Attr)
    result = result_def(Word)
    traits = traits_def(Pure())
    assembly_format = "$a `,` $b `,` $shift attr-dict"

    def __init__(self, a: SSAValue, b: SSAValue, shift: int):
        super().__init__(
            operands=[a, b], properties={"shift": word_attr(shift)}, result_types=[i32]
        )

    def verify_(self) -> None:
        if not 1 <= self.shift.value.data <= 31:
            raise VerifyException("micro.add_round_shift: the shift lies in [1, 31]")


@irdl_op_definition
class RoundShiftOp(IRDLOperation):
    """(value + 2^(shift - 1)) >> shift, unsigned, the sum below 2^32, shift a word in [1, 31].

    %y = micro.round_shift %x, %shift
    """

    name = "micro.round_shift"
    value = operand_def(Word)
    shift = operand_def(Word)
    result = result_def(Word)
    traits = traits_def(Pure())
    assembly_format = "$value `,` $shift attr-dict"

    def __init__(self, value: SSAValue, shift: SSAValue):
        super().__init__(operands=[value, shift], result_types=[i32])


@irdl_op_definition
class TopBitOp(IRDLOperation):
    """The position of the highest bit that is set, of a word that is not 0.

    %bit = micro.top_bit %x
    """

    name = "micro.top_bit"
    value = operand_def(Word)
    result = result_def(Word)
    traits = traits_def(Pure())
    assembly_format = "$value attr-dict"

    def __init__(self, value: SSAValue):
        super().__init__(operands=[value], result_types=[i32])


@irdl_op_definition
class ClipOp(IRDLOperation):
    """A word held between -bound - 1 and bound, which is not negative.

    %y = micro.clip %x, %bound
    """

    name = "micro.clip"
    value = operand_def(Word)
    bound = operand_def(Word)
    result = result_def(Word)
    traits = traits_def(Pure())
    assembly_format = "$value `,` $bound attr-dict"

    def __init__(self, value: SSAValue, bound: SSAValue):
        super().__init__(operands=[value, bound], result_types=[i32])


@irdl_op_definition
class ClampOp(IRDLOperation):
    """A word held between two constants.

    %y = micro.clamp %x, -128 to 127
    """

    name = "micro.clamp"
    value = operand_def(Word)
    lo = prop_def(I32Attr)
    hi = prop_def(I32Attr)
    result = result_def(Word)
    traits = traits_def(Pure())
    assembly_format = "$value `,` $lo `to` $hi attr-dict"

    def __init__(self, value: SSAValue, lo: int, hi: int):
        super().__init__(
            operands=[value],
            properties={"lo": word_attr(lo), "hi": word_attr(hi)},
            result_types=[i32],
        )

    def verify_(self) -> None:
        if self.lo.value.data > self.hi.value.data:
            raise VerifyException("micro.clamp: lo is above hi")


@irdl_op_definition
class RequantizeOp(IRDLOperation):
    """An accumulator in the scale of the output.

        %y = micro.requantize %acc, %multiplier, <shift = 12, zero_point = 0, ...>

    clamp(((sat(acc) * m + 2^(s-1)) >> s) + z, lo, hi) over unbounded integers.
    """

    name = "micro.requantize"
    acc = operand_def(Word)
    multiplier = operand_def(Word)
    requant = prop_def(RequantAttr)
    result = result_def(Word)
    traits = traits_def(Pure())
    assembly_format = "$acc `,` $multiplier `,` $requant attr-dict"

    def __init__(self, acc: SSAValue, multiplier: SSAValue, requant: RequantAttr):
        super().__init__(
            operands=[acc, multiplier], properties={"requant": requant}, result_types=[i32]
        )


@irdl_op_definition
class RequantizePackOp(IRDLOperation):
    """Four accumulators in the scale of the output, lane by lane.

        %y = micro.requantize_pack %a, %b, %c, %d by %m0, %m1, %m2, %m3 requant <shift = 12, ...>
            : vector<4xi8>

    Lane i is the low byte of micro.requantize of accumulator i and multiplier i.
    """

    name = "micro.requantize_pack"
    accs = var_operand_def(RangeOf(Word).of_length(4))
    multipliers = var_operand_def(RangeOf(Word).of_length(4))
    requant = prop_def(RequantAttr)
    result = result_def(Bytes4)
    irdl_options = (SameVariadicOperandSize(),)
    traits = traits_def(Pure())
    assembly_format = "$accs `by` $multipliers `requant` $requant attr-dict `:` type($result)"

    def __init__(
        self,
        accs: Sequence[SSAValue],
        multipliers: Sequence[SSAValue],
        requant: RequantAttr,
        result_type: Attribute,
    ):
        super().__init__(
            operands=[accs, multipliers],
            properties={"requant": requant},
            result_types=[result_type],
        )

    def verify_(self) -> None:
        lo, hi = self.requant.lo.data, self.requant.hi.data
        lowest, highest = (0, 255) if is_unsigned(self.result.type) else (-128, 127)
        if not lowest <= lo <= hi <= highest:
            raise VerifyException(f"{self.name}: the bounds do not fit the vector's lanes")
