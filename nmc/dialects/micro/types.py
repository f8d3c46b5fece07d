"""The types of the micro dialect."""

from typing import TypeAlias

from xdsl.dialects.builtin import I32, IntegerAttr, IntegerType, Signedness, VectorType, i8, i32
from xdsl.ir import Attribute
from xdsl.irdl import EqAttrConstraint
from xdsl.irdl.constraints import AttrSetConstraint

I32Attr: TypeAlias = IntegerAttr[I32]

ui8 = IntegerType(8, Signedness.UNSIGNED)
ui16 = IntegerType(16, Signedness.UNSIGNED)
i16 = IntegerType(16)

# Four bytes in a word, lane 0 in the lowest byte.
S8X4: VectorType[IntegerType] = VectorType(i8, [4])
U8X4: VectorType[IntegerType] = VectorType(ui8, [4])

# Sums of four pixels, which may not be in registers: see nmc.dialects.micro.sums.
SUMS: VectorType[IntegerType] = VectorType(i32, [4])

Word = EqAttrConstraint(i32)
Sums = EqAttrConstraint(SUMS)
Bytes4 = AttrSetConstraint[Attribute].get(S8X4, U8X4)
WordOrBytes4 = AttrSetConstraint[Attribute].get(i32, S8X4, U8X4)


def bytes4(unsigned: bool) -> VectorType[IntegerType]:
    """The vector type of four signed or unsigned bytes."""
    return U8X4 if unsigned else S8X4


def is_vector(kind: Attribute) -> bool:
    """Whether a type is one of the two vector types."""
    return kind in (S8X4, U8X4)


def is_unsigned(kind: Attribute) -> bool:
    """Whether a vector type holds unsigned bytes."""
    return kind == U8X4


def word_attr(value: int) -> I32Attr:
    """A 32-bit integer attribute (wrapped to signed)."""
    return IntegerAttr(((value + (1 << 31)) % (1 << 32)) - (1 << 31), i32)
