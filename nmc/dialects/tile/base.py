"""What the operations of the tile dialect have in common."""

from abc import ABC
from typing import ClassVar, TypeAlias, cast

from xdsl.dialects.builtin import (
    I64,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    i32,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    BaseAttr,
    EqAttrConstraint,
    IRDLOperation,
    ParsePropInAttrDict,
    VarConstraint,
    traits_def,
)
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect
from xdsl.utils.exceptions import VerifyException

Int: TypeAlias = IntegerAttr[I64]

# A buffer is a flat memref of bytes, or, once addresses are known, its address as an i32.
Buffer = BaseAttr(MemRefType) | EqAttrConstraint(i32)


class TileOperation(IRDLOperation, ABC):
    """An operation of one core on buffers in L1.

    Buffers are flat bytes (`memref<Nxi8, space>` or an i32 address). Ranges are half open and
    may be empty. Everything that is not a position is an attribute.
    """

    # Positions and bounds: index at the scheduled level, i32 below it; one type in an operation.
    T: ClassVar = VarConstraint("T", EqAttrConstraint(IndexType()) | EqAttrConstraint(i32))
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    def buffers(self) -> list[SSAValue]:
        """The operands that are buffers."""
        return []

    def positive(self) -> dict[str, int]:
        """Attributes that must be positive, by name."""
        return {}

    def verify_(self) -> None:
        for value in self.buffers():
            kind = value.type
            if isinstance(kind, MemRefType):
                element: Attribute = cast(Attribute, kind.get_element_type())
                flat = len(kind.get_shape()) == 1
                if not flat or not isinstance(element, IntegerType) or element.width.data != 8:
                    raise VerifyException(
                        f"{self.name}: a buffer is a flat memref of bytes, got {kind}"
                    )
        for name, value in self.positive().items():
            if value < 1:
                raise VerifyException(f"{self.name}: {name} must be positive, got {value}")


def int_attr(value: int) -> Int:
    """A 64-bit integer attribute."""
    return IntegerAttr(value, i64)
