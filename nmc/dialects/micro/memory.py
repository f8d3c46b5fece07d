"""Loads and stores at an address plus a constant."""

from collections.abc import Set as AbstractSet

from xdsl.dialects.builtin import UnitAttr, i32
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import EffectInstance, MemoryEffect, MemoryEffectKind, MemoryWriteEffect
from xdsl.utils.exceptions import VerifyException

from nmc.dialects.micro.types import (
    S8X4,
    U8X4,
    I32Attr,
    Word,
    WordOrBytes4,
    i16,
    is_vector,
    ui8,
    ui16,
    word_attr,
)

# What a load can fetch; scalars narrower than a word are extended to i32.
LOADED: tuple[Attribute, ...] = (S8X4.element_type, ui8, i16, ui16, i32, S8X4, U8X4)


def _register_type(access: Attribute) -> Attribute:
    return access if is_vector(access) else i32


def _verify(name: str, access: Attribute, register: Attribute) -> None:
    if access not in LOADED:
        raise VerifyException(f"{name}: cannot access memory as {access}")
    if register != _register_type(access):
        raise VerifyException(f"{name}: {access} is held as {_register_type(access)}")


class LoadEffect(MemoryEffect):
    """A load reads; a volatile one counts as a write too, so that a loop that polls stays."""

    @classmethod
    def get_effects(cls, op: Operation) -> AbstractSet[EffectInstance]:
        read = EffectInstance(MemoryEffectKind.READ)
        if isinstance(op, LoadOp) and op.volatile is not None:
            return {read, EffectInstance(MemoryEffectKind.WRITE)}
        return {read}


@irdl_op_definition
class LoadOp(IRDLOperation):
    """A value from memory.

        %x = micro.load %p[4] as ui8 : i32
        %v = micro.load %p[0] as vector<4xi8> : vector<4xi8>
        %s = micro.load %p[0] volatile as i32 : i32

    i8 and i16 are sign-extended, ui8 and ui16 zero-extended. A word need not be aligned.
    `volatile` keeps its place among all other memory accesses, and stays if nothing reads it.
    """

    name = "micro.load"
    address = operand_def(Word)
    offset = prop_def(I32Attr)
    access = prop_def(Attribute)
    volatile = opt_prop_def(UnitAttr)
    result = result_def(WordOrBytes4)
    traits = traits_def(LoadEffect())
    assembly_format = (
        "$address `[` $offset `]` (`volatile` $volatile^)? `as` $access attr-dict `:` type($result)"
    )

    def __init__(
        self, address: SSAValue, offset: int, access: Attribute, *, volatile: bool = False
    ):
        super().__init__(
            operands=[address],
            properties={
                "offset": word_attr(offset),
                "access": access,
                "volatile": UnitAttr() if volatile else None,
            },
            result_types=[_register_type(access)],
        )

    def verify_(self) -> None:
        _verify(self.name, self.access, self.result.type)


@irdl_op_definition
class StoreOp(IRDLOperation):
    """A value to memory.

        micro.store %x, %p[4] as i8 : i32

    A narrow access stores the low bits. `volatile` as in micro.load.
    """

    name = "micro.store"
    value = operand_def(WordOrBytes4)
    address = operand_def(Word)
    offset = prop_def(I32Attr)
    access = prop_def(Attribute)
    volatile = opt_prop_def(UnitAttr)
    traits = traits_def(MemoryWriteEffect())
    assembly_format = (
        "$value `,` $address `[` $offset `]` (`volatile` $volatile^)? `as` $access attr-dict "
        "`:` type($value)"
    )

    def __init__(
        self,
        value: SSAValue,
        address: SSAValue,
        offset: int,
        access: Attribute,
        *,
        volatile: bool = False,
    ):
        super().__init__(
            operands=[value, address],
            properties={
                "offset": word_attr(offset),
                "access": access,
                "volatile": UnitAttr() if volatile else None,
            },
        )

    def verify_(self) -> None:
        _verify(self.name, self.access, self.value.type)
