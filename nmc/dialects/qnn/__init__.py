"""`qnn`: quantised neural-network operations on tensors, the graph level."""

from xdsl.ir import Dialect

from nmc.dialects.nm import EncodedConstants
from nmc.dialects.qnn.addition import AdditionAttr
from nmc.dialects.qnn.attention import AttentionOp, HeadsView, YieldOp
from nmc.dialects.qnn.batch_matmul import BatchMatmulOp
from nmc.dialects.qnn.boundary import DequantizeOp, FloatOp, QuantizeOp
from nmc.dialects.qnn.canonicalization import register_all
from nmc.dialects.qnn.common import LayerOp, i8, ui8
from nmc.dialects.qnn.contraction import NCHW, NHWC, Conv2dOp, MatmulOp
from nmc.dialects.qnn.elementwise import AddOp, RequantizeOp
from nmc.dialects.qnn.layer_norm import LayerNormOp
from nmc.dialects.qnn.lookup import LookupOp
from nmc.dialects.qnn.movement import ConcatOp, PadOp, ReshapeOp, TransposeOp
from nmc.dialects.qnn.pooling import AvgPool2dOp, MaxPool2dOp
from nmc.dialects.qnn.requant import RequantAttr
from nmc.dialects.qnn.slicing import SliceOp
from nmc.dialects.qnn.softmax import SoftmaxOp

__all__ = [
    "NCHW",
    "NHWC",
    "AddOp",
    "AdditionAttr",
    "AttentionOp",
    "AvgPool2dOp",
    "BatchMatmulOp",
    "ConcatOp",
    "Conv2dOp",
    "DequantizeOp",
    "FloatOp",
    "HeadsView",
    "LayerNormOp",
    "LayerOp",
    "LookupOp",
    "MatmulOp",
    "MaxPool2dOp",
    "PadOp",
    "Qnn",
    "QuantizeOp",
    "RequantAttr",
    "RequantizeOp",
    "ReshapeOp",
    "SliceOp",
    "SoftmaxOp",
    "TransposeOp",
    "YieldOp",
    "i8",
    "ui8",
]

register_all()

Qnn = Dialect(
    "qnn",
    [
        Conv2dOp,
        MatmulOp,
        BatchMatmulOp,
        AttentionOp,
        YieldOp,
        AddOp,
        RequantizeOp,
        LookupOp,
        SoftmaxOp,
        LayerNormOp,
        MaxPool2dOp,
        AvgPool2dOp,
        ConcatOp,
        PadOp,
        SliceOp,
        ReshapeOp,
        TransposeOp,
        QuantizeOp,
        DequantizeOp,
        FloatOp,
    ],
    [RequantAttr, AdditionAttr],
    # Folded constants of this dialect are materialised as nm's: encoded or plain.
    [EncodedConstants()],
)
