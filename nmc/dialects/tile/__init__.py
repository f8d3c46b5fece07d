"""The tile dialect: what one core computes on buffers in its scratchpad.

It is the vocabulary of the scheduled level. An operation works on a range of rows, records or
bytes that one core was given; its semantics on bytes is `nmc.numerics.tile_ops`, and its code is
a kernel of `nmc.backend.kernels`, called after `convert-tile-to-micro`.
"""

from xdsl.ir import Dialect

from nmc.dialects.tile.attrs import RequantAttr, WindowAttr
from nmc.dialects.tile.base import TileOperation
from nmc.dialects.tile.contract import ContractOp, DepthwiseOp, RowsTimesRecords
from nmc.dialects.tile.elementwise import (
    AddOp,
    FillOp,
    LookupOp,
    RequantizeOp,
    TransposeOp,
)
from nmc.dialects.tile.im2col import Im2colOp
from nmc.dialects.tile.interleave import InterleaveOp
from nmc.dialects.tile.pool import PoolOp
from nmc.dialects.tile.product import PackRecordsOp, RowStartsOp
from nmc.dialects.tile.rows import LayerNormOp, RowOperation, SoftmaxOp

Tile = Dialect(
    "tile",
    [
        AddOp,
        ContractOp,
        DepthwiseOp,
        FillOp,
        Im2colOp,
        InterleaveOp,
        LayerNormOp,
        LookupOp,
        PackRecordsOp,
        PoolOp,
        RequantizeOp,
        RowStartsOp,
        SoftmaxOp,
        TransposeOp,
    ],
    [RequantAttr, WindowAttr],
)

__all__ = [
    "AddOp",
    "ContractOp",
    "DepthwiseOp",
    "FillOp",
    "Im2colOp",
    "InterleaveOp",
    "LayerNormOp",
    "LookupOp",
    "PackRecordsOp",
    "PoolOp",
    "RequantAttr",
    "RequantizeOp",
    "RowOperation",
    "RowStartsOp",
    "RowsTimesRecords",
    "SoftmaxOp",
    "Tile",
    "TileOperation",
    "TransposeOp",
    "WindowAttr",
]
