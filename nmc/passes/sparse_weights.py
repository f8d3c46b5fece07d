"""What the passes over N:M weights share: which weights there are, and how to replace them."""

from typing import Any

import numpy as np
import numpy.typing as npt
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from nmc.dialects import nm, qnn
from nmc.dialects.constants import constant_op, constant_value, dense_from_numpy, tensor_type_of
from nmc.dialects.qnn.common import tensor_type

Array = npt.NDArray[Any]
Contraction = qnn.Conv2dOp | qnn.MatmulOp


def contractions(module: ModuleOp) -> list[Contraction]:
    """Convolutions (not depthwise) and matrix products with constant weights, in program order."""
    return [
        op
        for function in module.ops
        if isinstance(function, func.FuncOp)
        for op in function.walk()
        if isinstance(op, qnn.Conv2dOp | qnn.MatmulOp)
        and not (isinstance(op, qnn.Conv2dOp) and op.is_depthwise)
        and constant_value(op.weight) is not None
    ]


def channel_axis(op: Contraction) -> int:
    """The axis of the weights that blocks run along: the input channels."""
    if isinstance(op, qnn.MatmulOp):
        return 1
    return 3 if op.layout.data == qnn.NHWC else 1


def weights_of(op: Contraction) -> Array:
    """The constant weights. Raises TypeError when they are none (see `contractions`)."""
    values = constant_value(op.weight)
    if values is None:
        raise TypeError(f"{op.layer_name} has no constant weights")
    return values


def encoded_constant(values: Array, encoding: nm.SparsityAttr) -> nm.ConstantOp:
    """`nm.constant` of int8 weights with an encoding."""
    return nm.ConstantOp(dense_from_numpy(values, tensor_type_of(values, encoding)))


def set_weight(op: Contraction, constant: Operation) -> None:
    """Give one operation another constant as weights; an old one nobody reads goes."""
    _set_operand(op, 1, constant)


def set_bias(op: Contraction, values: npt.NDArray[np.int32]) -> None:
    """Give one operation another constant as bias."""
    _set_operand(op, 2, constant_op(values))


def _set_operand(op: Contraction, index: int, constant: Operation) -> None:
    old: SSAValue = op.operands[index]
    name = old.name_hint
    Rewriter.insert_op(constant, InsertPoint.before(op))
    constant.results[0].name_hint = name
    op.operands[index] = constant.results[0]
    if isinstance(old.owner, Operation) and not list(old.uses):
        Rewriter.erase_op(old.owner)


def weight_encoding(op: Contraction) -> nm.SparsityAttr | None:
    """The encoding of an operation's weights."""
    return nm.sparsity_of(tensor_type(op.weight))
