"""MatMul of two activations between dequantise and quantise."""

import numpy as np
from xdsl.ir import Operation

from nmc.dialects import qnn
from nmc.dialects.qnn.common import shape_of
from nmc.numerics.batch_matmul import product_bounds
from nmc.numerics.derive import RequantError, derive_requant
from nmc.passes.qdq.operands import Activation, Output, RefusalError, activation


def fold_product(node: qnn.FloatOp, output: Output) -> list[Operation]:
    """Matrices with equal axes in front, both quantised."""
    a = activation(node.inputs[0], "left operand")
    b = activation(node.inputs[1], "right operand")
    left, right = shape_of(a.value), shape_of(b.value)
    if len(left) != len(right) or len(left) < 2 or left[:-2] != right[:-2]:
        raise RefusalError(
            f"its operands have shapes {list(left)} and {list(right)}; only matrices with equal "
            "axes in front are multiplied"
        )
    low, high = product_bounds(left[-1], _steps(a), _steps(b))
    real = np.array([a.scale * b.scale / output.scale])
    try:
        requant = derive_requant(real, low, high, output.zero_point, output.bounds)
    except RequantError as error:
        raise RefusalError(str(error)) from error
    product = qnn.BatchMatmulOp(
        a.value,
        b.value,
        output.type_like(node.result),
        layer=node.layer_name,
        requant=qnn.RequantAttr.from_requant(requant),
        lhs_zero_point=a.zero_point,
        rhs_zero_point=b.zero_point,
    )
    return [product]


def _steps(x: Activation) -> tuple[int, int]:
    """Smallest and largest distance to the zero-point."""
    low, high = x.range
    return low - x.zero_point, high - x.zero_point
