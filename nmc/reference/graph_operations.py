"""What each operation of the graph level computes on NumPy arrays: the definition of its bits."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from xdsl.dialects import arith
from xdsl.ir import Operation, SSAValue

from nmc.dialects import nm, qnn
from nmc.dialects.constants import dtype_of, numpy_from_dense
from nmc.dialects.qnn.common import shape_of, tensor_type
from nmc.numerics import affine, contraction, pooling
from nmc.numerics.batch_matmul import batch_matmul
from nmc.numerics.lookup import lookup
from nmc.numerics.pruning import prune_nm

Array = npt.NDArray[Any]
Implementation = Callable[[Any, Sequence[Array]], Array]

_TO_NHWC, _TO_NCHW, _OIHW_TO_OHWI = (0, 2, 3, 1), (0, 3, 1, 2), (0, 2, 3, 1)


def _cast(op: Operation, values: Array) -> Array:
    """`values` in the dtype of the operation's result."""
    return values.astype(dtype_of(tensor_type(op.results[0]).element_type))


def _conv2d(op: qnn.Conv2dOp, operands: Sequence[Array]) -> Array:
    x, weights, bias = operands[:3]
    nchw = op.layout.data == qnn.NCHW
    if nchw:
        x, weights = x.transpose(_TO_NHWC), weights.transpose(_OIHW_TO_OHWI)
    y = contraction.conv2d(
        x,
        weights,
        bias,
        op.requant.to_requant(),
        op.geometry(),
        groups=op.groups.value.data,
        input_zero_point=op.input_zero_point.value.data,
    )
    return _cast(op, _added(op, y.transpose(_TO_NCHW) if nchw else y, operands[3:]))


def _matmul(op: qnn.MatmulOp, operands: Sequence[Array]) -> Array:
    x, weights, bias = operands[:3]
    y = contraction.matmul(x, weights, bias, op.requant.to_requant())
    return _cast(op, _added(op, y, operands[3:]))


def _added(op: qnn.Conv2dOp | qnn.MatmulOp, y: Array, addends: Sequence[Array]) -> Array:
    """What an operation requantises to, with its addend, if there is one, added."""
    return y if op.addition is None else op.addition.params().apply(y, *addends)


def _batch_matmul(op: qnn.BatchMatmulOp, operands: Sequence[Array]) -> Array:
    lhs, rhs = operands
    y = batch_matmul(
        lhs,
        rhs,
        op.requant.to_requant(),
        lhs_zero_point=op.lhs_zero_point.value.data,
        rhs_zero_point=op.rhs_zero_point.value.data,
        transpose_rhs=op.transpose_rhs is not None,
    )
    return _cast(op, y)


def _attention(op: qnn.AttentionOp, operands: Sequence[Array]) -> Array:
    """The body on the heads, wherever they lie."""
    *_, result = op.views()
    block = op.body.block
    values: dict[SSAValue, Array] = {
        argument: tensor.reshape(-1)[view.places(shape_of(argument))]
        for argument, tensor, view in zip(block.args, operands, op.operand_views(), strict=True)
    }
    y = np.empty(shape_of(op.result), dtype_of(tensor_type(op.result).element_type))
    for inner in block.ops:
        if isinstance(inner, qnn.YieldOp):
            heads = values[inner.value]
            y.reshape(-1)[result.places(heads.shape)] = heads
        else:
            values[inner.results[0]] = IMPLEMENTATIONS[type(inner)](
                inner, [values[operand] for operand in inner.operands]
            )
    return y


def _add(op: qnn.AddOp, operands: Sequence[Array]) -> Array:
    return _cast(op, op.params().apply(*operands))


def _requantize(op: qnn.RequantizeOp, operands: Sequence[Array]) -> Array:
    acc = operands[0].astype(np.int64) - op.input_zero_point.value.data
    return _cast(op, op.requant.to_requant().apply(acc))


def _lookup(op: qnn.LookupOp, operands: Sequence[Array]) -> Array:
    return lookup(op.entries(), operands[0])


def _softmax(op: qnn.SoftmaxOp, operands: Sequence[Array]) -> Array:
    return _cast(op, op.params().apply(operands[0]))


def _layer_norm(op: qnn.LayerNormOp, operands: Sequence[Array]) -> Array:
    x, gain, offset = operands
    return _cast(op, op.params().apply(x, gain, offset))


def _max_pool2d(op: qnn.MaxPool2dOp, operands: Sequence[Array]) -> Array:
    if op.layout.data == qnn.NCHW:
        y = pooling.max_pool2d(operands[0].transpose(_TO_NHWC), op.geometry())
        return y.transpose(_TO_NCHW)
    return pooling.max_pool2d(operands[0], op.geometry())


def _avg_pool2d(op: qnn.AvgPool2dOp, operands: Sequence[Array]) -> Array:
    nchw = op.layout.data == qnn.NCHW
    y = pooling.avg_pool2d(
        operands[0].transpose(_TO_NHWC) if nchw else operands[0],
        op.requant.to_requant(),
        op.geometry(),
        input_zero_point=op.input_zero_point.value.data,
        count_include_pad=op.count_include_pad is not None,
    )
    return _cast(op, y.transpose(_TO_NCHW) if nchw else y)


def _concat(op: qnn.ConcatOp, operands: Sequence[Array]) -> Array:
    parts: list[Array] = []
    zeros = op.input_zero_points.get_values()
    for x, zero, requant in zip(operands, zeros, op.input_requants(), strict=True):
        part = x if requant is None else requant.to_requant().apply(x.astype(np.int64) - zero)
        parts.append(_cast(op, part))
    return np.concatenate(parts, axis=op.axis.value.data)


def _pad(op: qnn.PadOp, operands: Sequence[Array]) -> Array:
    x = operands[0]
    widths = list(zip(op.before.get_values(), op.after.get_values(), strict=True))
    return np.pad(x, widths, constant_values=x.dtype.type(op.value.value.data))


def _slice(op: qnn.SliceOp, operands: Sequence[Array]) -> Array:
    return operands[0][op.index()]


def _reshape(op: qnn.ReshapeOp, operands: Sequence[Array]) -> Array:
    return operands[0].reshape(tensor_type(op.result).get_shape())


def _transpose(op: qnn.TransposeOp, operands: Sequence[Array]) -> Array:
    return operands[0].transpose(op.permutation.get_values())


def _quantize(op: qnn.QuantizeOp, operands: Sequence[Array]) -> Array:
    dtype = dtype_of(tensor_type(op.result).element_type)
    limits = np.iinfo(dtype)
    lo = int(limits.min) if op.lo is None else op.lo.value.data
    hi = int(limits.max) if op.hi is None else op.hi.value.data
    return affine.quantize(
        operands[0],
        op.scale.get_values(),
        op.zero_point.get_values(),
        dtype,
        axis=None if op.axis is None else op.axis.value.data,
        bounds=(lo, hi),
    )


def _dequantize(op: qnn.DequantizeOp, operands: Sequence[Array]) -> Array:
    return affine.dequantize(
        operands[0],
        op.scale.get_values(),
        op.zero_point.get_values(),
        axis=None if op.axis is None else op.axis.value.data,
    )


def _constant(op: arith.ConstantOp | nm.ConstantOp, operands: Sequence[Array]) -> Array:
    del operands
    return numpy_from_dense(op.value)


def _prune(op: nm.PruneOp, operands: Sequence[Array]) -> Array:
    sparsity = cast(nm.SparsityAttr, nm.sparsity_of(op.result.type))
    return prune_nm(operands[0], *sparsity.pattern, sparsity.axis.data)


def _same(op: Operation, operands: Sequence[Array]) -> Array:
    """Encodings say how values are stored, not what they are."""
    del op
    return operands[0]


IMPLEMENTATIONS: dict[type[Operation], Implementation] = {
    qnn.Conv2dOp: _conv2d,
    qnn.MatmulOp: _matmul,
    qnn.BatchMatmulOp: _batch_matmul,
    qnn.AttentionOp: _attention,
    qnn.AddOp: _add,
    qnn.RequantizeOp: _requantize,
    qnn.LookupOp: _lookup,
    qnn.SoftmaxOp: _softmax,
    qnn.LayerNormOp: _layer_norm,
    qnn.MaxPool2dOp: _max_pool2d,
    qnn.AvgPool2dOp: _avg_pool2d,
    qnn.ConcatOp: _concat,
    qnn.PadOp: _pad,
    qnn.SliceOp: _slice,
    qnn.ReshapeOp: _reshape,
    qnn.TransposeOp: _transpose,
    qnn.QuantizeOp: _quantize,
    qnn.DequantizeOp: _dequantize,
    nm.ConstantOp: _constant,
    nm.PruneOp: _prune,
    nm.EncodeOp: _same,
    nm.DecodeOp: _same,
    arith.ConstantOp: _constant,
}
"""By operation class: a function of the operation and its operand arrays that gives its result."""
