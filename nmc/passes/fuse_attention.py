"""Attention as one operation, so that its scores need not leave the scratchpad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from nmc.backend.planning.attention_plan import fits_attention
from nmc.backend.planning.cost import Machine
from nmc.backend.planning.target_of import resolve_target
from nmc.dialects import qnn
from nmc.dialects.qnn.common import tensor_type
from nmc.passes.attention.match import Attention, Input, find_attention, heads_shape


@dataclass(frozen=True)
class FuseAttentionPass(ModulePass):
    """A product of queries and keys, its softmax and the product with the values become one.

        %q = qnn.slice "q" %heads {offsets = array<i64: 0, 0, 0, 0>, ..} : .. -> tensor<1x2x9x8xi8>
        ...
        %s = qnn.batch_matmul "scores" %q, %k requant <..> {transpose_rhs} : ..
        %p = qnn.softmax "softmax" %s exponentials .. : ..
        %o = qnn.batch_matmul "values" %p, %v requant <..> : ..
        %y = qnn.transpose "back" %o {permutation = array<i64: 0, 2, 1, 3>} : ..

    becomes

        %y = qnn.attention "back" %qkv, %qkv, %qkv {query_view = array<i64: 0, 8, 48>,
               key_view = array<i64: 16, 8, 48>, value_view = array<i64: 32, 8, 48>,
               result_view = array<i64: 0, 8, 16>} heads {
        ^0(%q: tensor<2x9x8xi8>, %k: tensor<2x9x8xi8>, %v: tensor<2x9x8xi8>):
          %s = qnn.batch_matmul "scores" %q, %k requant <..> {transpose_rhs} : ..
          %p = qnn.softmax "softmax" %s exponentials .. : ..
          %o = qnn.batch_matmul "values" %p, %v requant <..> : ..
          qnn.yield %o : tensor<2x9x8xi8>
        } : (tensor<9x48xi8>, tensor<9x48xi8>, tensor<9x48xi8>) -> tensor<1x9x2x8xi8>

    Slices, transposes and reshapes around it are gone where rows of heads are regular without
    them: heads are read and written where they lie. A change of scale of queries or keys moves
    inside where their rows are whole words. So does the addition of a mask to the scores, `masked
    %mask {mask_view = ..}`, which is read where it lies before it is repeated for rows and heads.
    Not fused are products whose scores or probabilities something else reads, and heads of which
    not one fits L1 on the module's target.
    """

    name = "fuse-attention"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        machine: Machine | None = None
        for values in [o for o in op.walk() if isinstance(o, qnn.BatchMatmulOp)]:
            found = None if _is_fused(values) else find_attention(values)
            if found is None:
                continue
            machine = machine or Machine.of(resolve_target(op))
            fused = _fused(found)
            if fits_attention(fused, machine):
                _replace(found, fused)
            else:
                # It would stay a user of what the layers read.
                fused.erase()


def _is_fused(op: Operation) -> bool:
    return isinstance(op.parent_op(), qnn.AttentionOp)


def _fused(found: Attention) -> qnn.AttentionOp:
    """The operation, in no block yet."""
    inputs = [found.query, found.key, found.value]
    factors = [found.scores.lhs, found.scores.rhs, found.values.rhs]
    mask = None if found.masked is None else found.masked.mask
    if mask is not None:
        inputs.append(mask)
        factors.append(found.scores.result)
    block = Block(
        arg_types=[
            TensorType(tensor_type(given.source).element_type, heads_shape(factor))
            for given, factor in zip(inputs, factors, strict=True)
        ]
    )
    for argument, name in zip(block.args, "qkvm", strict=False):
        argument.name_hint = name
    query, key = (
        _rescaled(block, given, argument)
        for given, argument in zip(inputs[:2], block.args[:2], strict=True)
    )
    scores = _on_heads(block, found.scores, query, key)
    if found.masked is not None:
        sides = found.masked.sum.operands
        pair = [scores if side is found.scores.result else block.args[3] for side in sides]
        scores = _on_heads(block, found.masked.sum, *pair)
    probabilities = _on_heads(block, found.softmax, scores)
    result = _on_heads(block, found.values, probabilities, block.args[2])
    block.add_op(qnn.YieldOp(result))
    last = found.last.results[0]
    assert isinstance(found.last, qnn.LayerOp)
    kind: TensorType[Any] = tensor_type(last)
    query, key, value = (given.source for given in inputs[:3])
    views = inputs[0].view, inputs[1].view, inputs[2].view, found.view
    return qnn.AttentionOp(
        (query, key, value),
        views,
        kind,
        block,
        layer=found.last.layer_name,
        mask=None if mask is None else (mask.source, mask.view),
    )


def _rescaled(block: Block, given: Input, argument: SSAValue) -> SSAValue:
    return argument if given.rescale is None else _on_heads(block, given.rescale, argument)


def _on_heads(block: Block, op: Operation, *operands: SSAValue) -> SSAValue:
    """A copy of an operation on [heads, rows, width] at the end of the block."""
    copy = op.clone(dict(zip(op.operands, operands, strict=True)))
    result = copy.results[0]
    shape = heads_shape(op.results[0])
    if isinstance(op, qnn.RequantizeOp):
        shape = heads_shape(operands[0])
    block.add_op(copy)
    kind: TensorType[Any] = TensorType(tensor_type(result).element_type, shape)
    return Rewriter.replace_value_with_new_type(result, kind)


def _replace(found: Attention, fused: qnn.AttentionOp) -> None:
    """Put the operation in the place of the last, and erase what nothing reads any more."""
    Rewriter.insert_op(fused, InsertPoint.before(found.last))
    fused.result.name_hint = found.last.results[0].name_hint
    found.last.results[0].replace_all_uses_with(fused.result)
    block = fused.parent_block()
    assert block is not None
    moving = qnn.ReshapeOp | qnn.TransposeOp | qnn.SliceOp | qnn.ConcatOp | qnn.RequantizeOp
    computing = qnn.BatchMatmulOp | qnn.AddOp | qnn.SoftmaxOp
    for op in reversed(list(block.ops)):
        if isinstance(op, moving | computing) and not op.results[0].uses:
            Rewriter.erase_op(op)
