"""Operands of tile operations as words."""

from xdsl.dialects import arith
from xdsl.dialects.builtin import MemRefType, i32
from xdsl.ir import SSAValue

from nmc.backend.kernels.emitter import Emitter, known
from nmc.dialects.cluster import AddressOp


def address(e: Emitter, buffer: SSAValue) -> SSAValue:
    """The address of a buffer."""
    if isinstance(buffer.type, MemRefType):
        return e.insert(AddressOp(buffer))
    return buffer


def word(e: Emitter, scalar: SSAValue) -> SSAValue:
    """An index or i32 as i32."""
    if scalar.type == i32:
        return scalar
    number = known(scalar)
    if number is not None:
        return e.const(number)
    return e.insert(arith.IndexCastOp(scalar, i32))


def offset(e: Emitter, base: SSAValue, position: SSAValue, pitch: int) -> SSAValue:
    """base + position * pitch."""
    return e.add(base, e.mul(position, pitch))
