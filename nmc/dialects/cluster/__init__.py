"""The scheduled level: buffers in L1, L2 and L3, transfers, cores, barriers and streams."""

from xdsl.ir import Dialect

from nmc.dialects.cluster.attributes import (
    BufferType,
    Space,
    SpaceAttr,
    TokenType,
    buffer_type,
    check_buffer,
    is_buffer_type,
    size_of,
    space_of,
)
from nmc.dialects.cluster.buffers import (
    AddressOp,
    AllocOp,
    DataOp,
    GetDataOp,
    ViewOp,
    alloc_of,
    root_of,
)
from nmc.dialects.cluster.layers import (
    BarrierOp,
    CoreIdOp,
    LayerOp,
    MasterOp,
    ShareOp,
    YieldOp,
    share_of,
)
from nmc.dialects.cluster.streams import StreamNextOp, StreamOp, StreamPumpOp
from nmc.dialects.cluster.transfers import (
    CopyOp,
    DmaNoneOp,
    DmaStartOp,
    DmaWaitOp,
    TransferOperation,
)

Cluster = Dialect(
    "cluster",
    [
        DataOp,
        GetDataOp,
        AllocOp,
        ViewOp,
        AddressOp,
        CopyOp,
        DmaStartOp,
        DmaNoneOp,
        DmaWaitOp,
        LayerOp,
        MasterOp,
        YieldOp,
        BarrierOp,
        CoreIdOp,
        ShareOp,
        StreamOp,
        StreamPumpOp,
        StreamNextOp,
    ],
    [SpaceAttr, TokenType],
)

__all__ = [
    "AddressOp",
    "AllocOp",
    "BarrierOp",
    "BufferType",
    "Cluster",
    "CopyOp",
    "CoreIdOp",
    "DataOp",
    "DmaNoneOp",
    "DmaStartOp",
    "DmaWaitOp",
    "GetDataOp",
    "LayerOp",
    "MasterOp",
    "ShareOp",
    "Space",
    "SpaceAttr",
    "StreamNextOp",
    "StreamOp",
    "StreamPumpOp",
    "TokenType",
    "TransferOperation",
    "ViewOp",
    "YieldOp",
    "alloc_of",
    "buffer_type",
    "check_buffer",
    "is_buffer_type",
    "root_of",
    "share_of",
    "size_of",
    "space_of",
]
