"""`qnn`: quantised neural-network operations on tensors, the graph level."""

from xdsl.ir import Dialect

from nmc.dialects.nm import EncodedConstants
from nmc.dialects.qnn.boundary import DequantizeOp, FloatOp, QuantizeOp
from nmc.dialects.qnn.canonicalization import register_all
from nmc.dialects.qnn.common import LayerOp, i8, ui8
from nmc.dialects.qnn.contraction import NCHW, NHWC, Conv2dOp, MatmulOp
from nmc.dialects.qnn.elementwise import AddOp, RequantizeOp
from nmc.dialects.qnn.movement import ConcatOp, PadOp, ReshapeOp, TransposeOp
from nmc.dialects.qnn.pooling import AvgPool2dOp, MaxPool2dOp
from nmc.dialects.qnn.requant import RequantAttr

__all__ = [
    "NCHW",
    "NHWC",
    "AddOp",
    "AvgPool2dOp",
    "ConcatOp",
    "Conv2dOp",
    "DequantizeOp",
    "FloatOp",
    "LayerOp",
    "MatmulOp",
    "MaxPool2dOp",
    "PadOp",
    "Qnn",
    "QuantizeOp",
    "RequantAttr",
    "RequantizeOp",
    "ReshapeOp",
    "TransposeOp",
    "i8",
    "ui8",
]

register_all()

Qnn = Dialect(
    "qnn",
    [
        Conv2dOp,
        MatmulOp,
        AddOp,
        RequantizeOp,
        MaxPool2dOp,
        AvgPool2dOp,
        ConcatOp,
        PadOp,
        ReshapeOp,
        TransposeOp,
        QuantizeOp,
        DequantizeOp,
        FloatOp,
    ],
    [RequantAttr],
    # Folded constants of this dialect are materialised as nm's: encoded or plain.
    [EncodedConstants()],
)
