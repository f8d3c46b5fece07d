"""Additions done by the layer that computes one of their inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, StringAttr, TensorType
from xdsl.ir import SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from nmc.backend.kernels import KernelSet
from nmc.backend.planning.addition_cost import AdditionCost
from nmc.backend.planning.describe import layer_of
from nmc.backend.planning.target_of import resolve_target
from nmc.dialects import qnn
from nmc.dialects.constants import constant_value
from nmc.dialects.qnn.common import tensor_type
from nmc.options import Options

Contraction = qnn.Conv2dOp | qnn.MatmulOp

FUSED, APART = "fused", "apart"
"""On the fused operation, or on an addition that stays: what was compared."""


@dataclass(frozen=True)
class FuseAddPass(ModulePass):
    """A convolution or matrix product and the addition that reads it become one.

        %z = qnn.conv2d "conv2" %y, %w, %b requant <..> {..} : .. -> tensor<1x8x8x16xi8>
        %s = qnn.add "add" %z, %x {lhs_zero_point = 4 : i64, rhs_zero_point = -128 : i64,
               lhs_multiplier = 1408093 : i64, rhs_multiplier = 734452 : i64, shift = 20 : i64,
               zero_point = -128 : i64, lo = -128 : i64, hi = 127 : i64} : ..

    becomes

        %s = qnn.conv2d "conv2" %y, %w, %b plus %x requant <..> {addition = #qnn.addition<own = i8,
               zero_points = [4, -128], multipliers = [1408093, 734452], shift = 20,
               zero_point = -128, lo = -128, hi = 127>,
               fused = "add: 8200 cycles in one, 6900 + 2100 apart"} : ..

    The bits are the same: outputs are requantised to eight bits, then added and clamped, in L1.
    Fused are additions of which one input is computed for them alone, be it under another shape,
    and the other is no constant.
    Where both inputs could take the addition in, the layer of more work is asked first. An addition
    stays a layer, and its attribute `apart` says why, where the cost model gains nothing for the
    module's target, or no tile of outputs without gaps and its addend fit L1. Layers that have a
    plan stay as they are. `always` fuses where nothing is gained, too.
    """

    name = "fuse-add"

    always: bool = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        cost: AdditionCost | None = None
        for add in [o for o in op.walk() if isinstance(o, qnn.AddOp)]:
            for candidate in sorted(_candidates(add), key=_work, reverse=True):
                cost = cost or _cost_for(op)
                if _fuse(add, candidate, cost, self.always):
                    break


def _cost_for(module: ModuleOp) -> AdditionCost:
    kernels = KernelSet(Options.of_module(module).kernels.split(","))
    return AdditionCost(resolve_target(module), kernels)


@dataclass(frozen=True)
class Candidate:
    """A layer that could do an addition, the other input of that, and its constants then.

    reshape: between the layer and the addition, None where there is none.
    """

    layer: Contraction
    reshape: qnn.ReshapeOp | None
    addend: SSAValue
    addition: qnn.AdditionAttr


def _candidates(add: qnn.AddOp) -> Iterator[Candidate]:
    if "plan" in add.attributes:
        return
    params = add.params()
    swapped = replace(
        params,
        lhs_zero_point=params.rhs_zero_point,
        rhs_zero_point=params.lhs_zero_point,
        lhs_multiplier=params.rhs_multiplier,
        rhs_multiplier=params.lhs_multiplier,
    )
    for own, other, given in ((add.lhs, add.rhs, params), (add.rhs, add.lhs, swapped)):
        reshape = own.owner if isinstance(own.owner, qnn.ReshapeOp) else None
        computed = own if reshape is None else reshape.input
        layer = computed.owner
        if not isinstance(layer, Contraction):
            continue
        if not own.has_one_use() or not computed.has_one_use():
            continue
        if layer.addend is not None or "plan" in layer.attributes:
            continue
        if constant_value(other) is not None or not _channels_last(layer):
            continue
        addition = qnn.AdditionAttr.of(tensor_type(own).element_type, given)
        yield Candidate(layer, reshape, other, addition)


def _work(candidate: Candidate) -> int:
    return layer_of(candidate.layer).macs


def _channels_last(layer: Contraction) -> bool:
    return isinstance(layer, qnn.MatmulOp) or layer.layout.data == qnn.NHWC


def _fuse(add: qnn.AddOp, found: Candidate, cost: AdditionCost, always: bool) -> bool:
    """Fuse an addition with a layer if that saves anything; whether it did."""
    layer = found.layer
    own: TensorType[Any] = tensor_type(layer.result)
    addend = found.addend
    view = None
    if found.reshape is not None:
        kind = TensorType(tensor_type(addend).element_type, own.get_shape())
        view = qnn.ReshapeOp(addend, kind, layer=f"{add.layer_name}.addend")
        addend = view.result
    fused = type(layer).create(
        operands=[*layer.operands, addend],
        result_types=[TensorType(tensor_type(add.result).element_type, own.get_shape())],
        properties={**layer.properties, "addition": found.addition},
        attributes=dict(layer.attributes),
    )
    alone, before = cost.of_addition(add), cost.of_contraction(layer)
    together = cost.of_contraction(fused)
    if before is None or together is None:
        why = f"{layer.layer_name}: no tile of outputs without gaps and its addend fit L1"
    else:
        compared = f"{together} cycles in one, {before} + {alone} apart"
        if always or together < before + alone:
            fused.attributes[FUSED] = StringAttr(f"{add.layer_name}: {compared}")
            _replace(add, found, view, fused)
            return True
        why = f"{layer.layer_name}: {compared}"
    add.attributes[APART] = StringAttr(why)
    fused.erase()
    if view is not None:
        view.erase()
    return False


def _replace(
    add: qnn.AddOp, found: Candidate, view: qnn.ReshapeOp | None, fused: Contraction
) -> None:
    """Put the fused operation, between reshapes if need be, in the place of an addition."""
    place = InsertPoint.before(add)
    result: SSAValue = fused.result
    if view is not None and found.reshape is not None:
        back = qnn.ReshapeOp(result, tensor_type(add.result), layer=found.reshape.layer_name)
        Rewriter.insert_op([view, fused, back], place)
        result = back.result
    else:
        Rewriter.insert_op(fused, place)
    result.name_hint = add.result.name_hint
    add.result.replace_all_uses_with(result)
    Rewriter.erase_op(add)
    if found.reshape is not None:
        Rewriter.erase_op(found.reshape)
    Rewriter.erase_op(found.layer)
