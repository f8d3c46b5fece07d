"""The ONNX operators the frontend takes: each checks one node and says what it computes."""

from collections.abc import Callable

from nmc.frontend.graph import Node
from nmc.frontend.operators.contraction import gemm, matmul
from nmc.frontend.operators.convolution import conv
from nmc.frontend.operators.elementwise import add, clip, relu
from nmc.frontend.operators.movement import concat, flatten, pad, reshape, transpose
from nmc.frontend.operators.pooling import average_pool, global_average_pool, max_pool
from nmc.frontend.tensors import FloatOperation, Tensors

Handler = Callable[[Node, Tensors], FloatOperation]

FLOAT_OPERATORS: dict[str, Handler] = {
    "Add": add,
    "AveragePool": average_pool,
    "Clip": clip,
    "Concat": concat,
    "Conv": conv,
    "Flatten": flatten,
    "Gemm": gemm,
    "GlobalAveragePool": global_average_pool,
    "MatMul": matmul,
    "MaxPool": max_pool,
    "Pad": pad,
    "Relu": relu,
    "Reshape": reshape,
    "Transpose": transpose,
}
"""By ONNX name, in the standard domain."""
