"""Values of index arithmetic known at compile time."""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import SSAValue


def constant_index(value: SSAValue) -> int | None:
    """The integer behind a value that `arith.constant` defines, None for other values."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
        return owner.value.value.data
    return None
