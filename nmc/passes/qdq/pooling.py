"""AveragePool and GlobalAveragePool between dequantise and quantise; MaxPool of integers."""

from typing import Any

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Operation, SSAValue

from nmc.dialects import qnn
from nmc.dialects.qnn.common import shape_of
from nmc.numerics.derive import RequantError
from nmc.numerics.geometry import PoolGeometry
from nmc.numerics.pooling import derive_average
from nmc.passes.qdq.operands import Output, RefusalError, activation


def pool_geometry(node: qnn.FloatOp) -> PoolGeometry:
    """The window of a pooling node over [1, C, H, W]; a global one covers the image."""
    shape = shape_of(node.inputs[0])
    if len(shape) != 4:
        raise RefusalError("only two-dimensional pooling is done")
    size = (shape[2], shape[3])
    if node.op_type.data.startswith("Global"):
        return PoolGeometry(size, size)
    kernel = node.int_list("kernel_shape", ())
    strides = node.int_list("strides", (1, 1))
    dilations = node.int_list("dilations", (1, 1))
    top, left, bottom, right = node.int_list("pads", (0, 0, 0, 0))
    return PoolGeometry(
        size,
        (kernel[0], kernel[1]),
        (strides[0], strides[1]),
        (top, left, bottom, right),
        (dilations[0], dilations[1]),
        node.int_param("ceil_mode", 0) != 0,
    )


def fold_average(node: qnn.FloatOp, output: Output) -> list[Operation]:
    """AveragePool or GlobalAveragePool of a quantised image."""
    x = activation(node.inputs[0])
    geometry = pool_geometry(node)
    include_pad = node.int_param("count_include_pad", 0) != 0
    try:
        requant = derive_average(
            x.scale / output.scale,
            geometry.counts(include_pad),
            geometry.kernel[0] * geometry.kernel[1],
            input_zero_point=x.zero_point,
            input_range=x.range,
            zero_point=output.zero_point,
            bounds=output.bounds,
        )
    except RequantError as error:
        raise RefusalError(str(error)) from error
    pool = qnn.AvgPool2dOp(
        x.value,
        output.type_like(node.result),
        layer=node.layer_name,
        requant=qnn.RequantAttr.from_requant(requant),
        kernel=geometry.kernel,
        strides=geometry.strides,
        pads=geometry.pads,
        dilations=geometry.dilations,
        ceil_mode=geometry.ceil,
        count_include_pad=include_pad,
        input_zero_point=x.zero_point,
        layout=qnn.NCHW,
    )
    return [pool]


def integer_max_pool(
    node: qnn.FloatOp, x: SSAValue, result_type: TensorType[Any]
) -> qnn.MaxPool2dOp:
    """The maximum pool of `node` on the integers `x`: quantisation is monotonous."""
    geometry = pool_geometry(node)
    return qnn.MaxPool2dOp(
        x,
        result_type,
        layer=node.layer_name,
        kernel=geometry.kernel,
        strides=geometry.strides,
        pads=geometry.pads,
        dilations=geometry.dilations,
        ceil_mode=geometry.ceil,
        layout=qnn.NCHW,
    )
