"""The ONNX operators the frontend takes: each checks one node and says what it computes."""

from collections.abc import Callable, Sequence

from nmc.frontend.graph import Node
from nmc.frontend.operators.contraction import gemm, matmul
from nmc.frontend.operators.convolution import conv
from nmc.frontend.operators.elementwise import clip, relu
from nmc.frontend.operators.functions import identity, one_input, two_inputs
from nmc.frontend.operators.movement import concat, flatten, pad, reshape, transpose
from nmc.frontend.operators.parts import gather, slice_, split, squeeze, unsqueeze
from nmc.frontend.operators.pooling import average_pool, global_average_pool, max_pool
from nmc.frontend.operators.rows import layer_normalization, reduce_mean, softmax
from nmc.frontend.tensors import FloatOperation, Tensors
from nmc.numerics.functions import ONE_INPUT

Handler = Callable[[Node, Tensors], FloatOperation | Sequence[FloatOperation]]

FLOAT_OPERATORS: dict[str, Handler] = {
    "Add": two_inputs,
    "AveragePool": average_pool,
    "Clip": clip,
    "Concat": concat,
    "Conv": conv,
    "Div": two_inputs,
    "Dropout": identity,
    "Flatten": flatten,
    "Gather": gather,
    "Gemm": gemm,
    "GlobalAveragePool": global_average_pool,
    "Identity": identity,
    "LayerNormalization": layer_normalization,
    "MatMul": matmul,
    "MaxPool": max_pool,
    "Mul": two_inputs,
    "Pad": pad,
    "Pow": two_inputs,
    "ReduceMean": reduce_mean,
    "Relu": relu,
    "Reshape": reshape,
    "Slice": slice_,
    "Softmax": softmax,
    "Split": split,
    "Squeeze": squeeze,
    "Sub": two_inputs,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
    **dict.fromkeys(ONE_INPUT, one_input),
}
"""By ONNX name, in the standard domain. Each gives the operations of a node in their order."""
