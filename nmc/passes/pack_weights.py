"""Pack the constants of planned layers into the bytes their kernels read."""

import math
from dataclasses import dataclass

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, SymbolRefAttr, i64
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import (
    GreedyRewritePatternApplier,
    PatternRewriter,
    PatternRewriteWalker,
    RewritePattern,
    op_type_rewrite_pattern,
)
from xdsl.rewriter import InsertPoint
from xdsl.traits import SymbolTable

from nmc.backend.planning.describe import engine_named
from nmc.backend.planning.plans import read_plan
from nmc.backend.planning.work import KernelEngine
from nmc.dialects import cluster, qnn
from nmc.dialects.constants import constant_value
from nmc.errors import NmcError
from nmc.numerics.packing.norm import pack_norm
from nmc.numerics.packing.softmax import pack_table

PACKED = "packed"
"""On an operation: the `cluster.data` of its table."""


@dataclass(frozen=True)
class PackWeightsPass(ModulePass):
    """Weights, bias and multipliers of every planned layer become one `cluster.data`.

        %w = arith.constant dense<..> : tensor<64x3x3x16xi8>
        %b = arith.constant dense<..> : tensor<64xi32>
        %y = qnn.conv2d "conv1" %x, %w, %b requant <..> {plan = {kernel = "dense-4x4", ..}} : ..

    becomes

        cluster.data @conv1.weights <l2> = dense<"0x.."> : tensor<9728xi8>
        %w = cluster.packed @conv1.weights : tensor<64x3x3x16xi8>
        %b = cluster.packed @conv1.weights : tensor<64xi32>
        %y = qnn.conv2d "conv1" %x, %w, %b requant <..> {plan = {kernel = "dense-4x4", ..}} : ..

    The bytes are whole records of the plan's kernel and do not depend on tiles. Gains and offsets
    of a layer normalisation lie beside each other, a pair for each channel. Activations that are
    constant become a `cluster.data` of their bytes, and so do tables, which the attribute `packed`
    of their operation names then.
    """

    name = "pack-weights"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        patterns: list[RewritePattern] = [
            PackContraction(op),
            PackLayerNorm(op),
            PackTable(op),
            PackActivation(op),
        ]
        applier = GreedyRewritePatternApplier(patterns)
        PatternRewriteWalker(applier, apply_recursively=False).rewrite_module(op)


def _add_data(module: ModuleOp, name: str, contents: np.ndarray) -> cluster.DataOp:
    """A new `cluster.data` at the module's start, its name made unique."""
    unique, number = name, 0
    while SymbolTable.lookup_symbol(module, unique) is not None:
        number += 1
        unique = f"{name}.{number}"
    data = cluster.DataOp(unique, cluster.Space.L2, contents.view(np.uint8).reshape(-1))
    block = module.body.block
    last = next((o for o in reversed(list(block.ops)) if isinstance(o, cluster.DataOp)), None)
    if last is not None:
        block.insert_op_after(data, last)
    elif block.first_op is not None:
        block.insert_op_before(data, block.first_op)
    else:
        block.add_op(data)
    return data


@dataclass
class PackContraction(RewritePattern):
    """Pack a convolution or matrix product that has a plan."""

    module: ModuleOp

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.Conv2dOp | qnn.MatmulOp, rewriter: PatternRewriter) -> None:
        weights, bias = constant_value(op.weight), constant_value(op.bias)
        if weights is None or bias is None:
            if isinstance(op.weight.owner, cluster.PackedOp):
                return
            raise NmcError(f"layer {op.layer_name}: its weights and bias are not constant")
        plan = read_plan(op.attributes.get("plan"), op.layer_name)
        engine = engine_named(op, plan.kernel)
        if not isinstance(engine, KernelEngine):
            raise NmcError(f"layer {op.layer_name}: kernel {plan.kernel} has no weights")
        outputs = weights.shape[0]
        packed = engine.kernel.pack_layer(
            weights.reshape(outputs, math.prod(weights.shape[1:-1]), -1),
            bias.astype(np.int32),
            op.requant.to_requant(),
        )
        _stand_in(self.module, op, packed, rewriter)
        op.attributes["nonzeros"] = IntegerAttr(int(np.count_nonzero(weights)), i64)
        rewriter.notify_op_modified(op)


@dataclass
class PackLayerNorm(RewritePattern):
    """Pack the gains and offsets of a layer normalisation."""

    module: ModuleOp

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.LayerNormOp, rewriter: PatternRewriter) -> None:
        gain, offset = constant_value(op.gain), constant_value(op.offset)
        if gain is None or offset is None:
            if isinstance(op.gain.owner, cluster.PackedOp):
                return
            raise NmcError(f"layer {op.layer_name}: its gain and offset are not constant")
        packed = pack_norm(gain.astype(np.int32), offset.astype(np.int32), op.params().shift)
        _stand_in(self.module, op, packed, rewriter)
        rewriter.notify_op_modified(op)


def _stand_in(
    module: ModuleOp, op: qnn.LayerOp, packed: np.ndarray, rewriter: PatternRewriter
) -> None:
    """Let packed bytes stand in for the constants of a layer, its second and third operand."""
    data = _add_data(module, f"{op.layer_name}.weights", packed)
    for index, operand in enumerate(op.operands[1:3], start=1):
        stand_in = cluster.PackedOp(data.sym_name.data, operand.type)
        rewriter.insert(stand_in, InsertPoint.before(op))
        op.operands[index] = stand_in.result
        _erase_unused(operand, rewriter)


def _table(op: qnn.LookupOp | qnn.SoftmaxOp) -> np.ndarray:
    """The table of an operation as its kernel reads it."""
    return op.entries() if isinstance(op, qnn.LookupOp) else pack_table(op.params())


@dataclass
class PackTable(RewritePattern):
    """Give the table of an operation a place in memory; `packed` names it."""

    module: ModuleOp

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: qnn.LookupOp | qnn.SoftmaxOp, rewriter: PatternRewriter
    ) -> None:
        if PACKED in op.attributes:
            return
        data = _add_data(self.module, f"{op.layer_name}.table", _table(op))
        op.attributes[PACKED] = SymbolRefAttr(data.sym_name.data)
        rewriter.notify_op_modified(op)


@dataclass
class PackActivation(RewritePattern):
    """Give the bytes of a constant activation a place in memory."""

    module: ModuleOp

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: qnn.LayerOp, rewriter: PatternRewriter) -> None:
        packed = isinstance(op, qnn.Conv2dOp | qnn.MatmulOp | qnn.LayerNormOp)
        for index, operand in enumerate(op.operands):
            value = constant_value(operand)
            if value is None or (packed and index in (1, 2)):
                continue
            data = _add_data(self.module, f"{op.layer_name}.constant", np.ascontiguousarray(value))
            stand_in = cluster.PackedOp(data.sym_name.data, operand.type)
            rewriter.insert(stand_in, InsertPoint.before(op))
            op.operands[index] = stand_in.result
            _erase_unused(operand, rewriter)
            rewriter.notify_op_modified(op)


def _erase_unused(value: SSAValue, rewriter: PatternRewriter) -> None:
    owner = value.owner
    if not value.uses and isinstance(owner, Operation):
        rewriter.erase(owner)
