"""`nm`: N:M sparse tensors. An encoding on tensor types, constants that keep it, casts."""

from typing import Any, cast

from xdsl.dialect_interfaces.constant_materialization import ConstantMaterializationInterface
from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr
from xdsl.ir import Attribute, Dialect, Operation

from nmc.dialects.nm.encoding import (
    SparsityAttr,
    sparsity_of,
    verify_encoded_constant,
    verify_encoded_type,
)
from nmc.dialects.nm.ops import ConstantOp, DecodeOp, EncodeOp, PruneOp

__all__ = [
    "ConstantOp",
    "DecodeOp",
    "EncodeOp",
    "EncodedConstants",
    "Nm",
    "PruneOp",
    "SparsityAttr",
    "sparsity_of",
    "verify_encoded_constant",
    "verify_encoded_type",
]


class EncodedConstants(ConstantMaterializationInterface):
    """Folded constants: `nm.constant` when the type is encoded, else `arith.constant`."""

    def materialize_constant(self, value: Attribute, type: Attribute) -> Operation | None:
        if not isinstance(value, DenseIntOrFPElementsAttr):
            return None
        dense = cast(DenseIntOrFPElementsAttr[Any], value)
        return ConstantOp(dense) if sparsity_of(type) is not None else arith.ConstantOp(dense)


Nm = Dialect("nm", [ConstantOp, PruneOp, EncodeOp, DecodeOp], [SparsityAttr], [EncodedConstants()])
