"""Tables of tables: one-input functions after each other are one."""

import numpy as np
from xdsl.ir import SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from nmc.dialects.constants import Array, dtype_of
from nmc.dialects.qnn.common import tensor_type
from nmc.dialects.qnn.elementwise import RequantizeOp
from nmc.dialects.qnn.lookup import LookupOp
from nmc.numerics.lookup import codes, lookup


def table_of(op: LookupOp | RequantizeOp) -> Array:
    """The results of a one-input operation for every byte, [256] of its result's dtype."""
    if isinstance(op, LookupOp):
        return op.entries()
    inputs = codes(dtype_of(tensor_type(op.input).element_type))
    outputs = op.requant.to_requant().apply(inputs - op.input_zero_point.value.data)
    return outputs.astype(dtype_of(tensor_type(op.result).element_type))


def _only_reader(value: SSAValue) -> LookupOp | RequantizeOp | None:
    """The one-input operation behind a value that has one reader, else None."""
    owner = value.owner
    if isinstance(owner, LookupOp | RequantizeOp) and value.has_one_use():
        return owner
    return None


class LookupOfTable(RewritePattern):
    """A table of a table, or of a requantisation nobody else reads, is one table."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: LookupOp, rewriter: PatternRewriter) -> None:
        inner = _only_reader(op.input)
        if inner is not None:
            table = np.ascontiguousarray(lookup(op.entries(), table_of(inner)))
            rewriter.replace(op, LookupOp(inner.input, layer=op.layer_name, table=table))


class RequantizeOfTable(RewritePattern):
    """A table whose result is only requantised holds the requantised results."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: RequantizeOp, rewriter: PatternRewriter) -> None:
        inner = _only_reader(op.input)
        if isinstance(inner, LookupOp):
            table = np.ascontiguousarray(lookup(table_of(op), inner.entries()))
            rewriter.replace(op, LookupOp(inner.input, layer=inner.layer_name, table=table))
