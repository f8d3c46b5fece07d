"""Canonicalisation patterns of the dialect, by operation. The standard `canonicalize` runs them.

Transposes and reshapes sink: they move from operands to results, past what works element by
element, until they meet another one they cancel or merge with. Every pattern is exact.
"""

from nmc.dialects.qnn.batch_matmul import BatchMatmulOp
from nmc.dialects.qnn.canonical import register_patterns
from nmc.dialects.qnn.contraction import Conv2dOp, MatmulOp
from nmc.dialects.qnn.elementwise import AddOp, RequantizeOp
from nmc.dialects.qnn.lookup import LookupOp
from nmc.dialects.qnn.movement import ConcatOp, PadOp, ReshapeOp, TransposeOp
from nmc.dialects.qnn.patterns.clamp import DropIdentity, FoldClampIntoProducer
from nmc.dialects.qnn.patterns.fuse import (
    FoldPadIntoConv,
    FoldRequantizeIntoConcat,
    FoldTransposeIntoMatmul,
)
from nmc.dialects.qnn.patterns.layout import (
    ComposeTransposes,
    MergeReshapes,
    ShareMovements,
    TransposeIsReshape,
)
from nmc.dialects.qnn.patterns.products import FoldTransposeIntoBatchMatmul
from nmc.dialects.qnn.patterns.restored_order import TransposesUndoneBehindReshape
from nmc.dialects.qnn.patterns.sink import (
    SinkReshapeThroughElementwise,
    SinkTransposeThroughConcat,
    SinkTransposeThroughElementwise,
    SinkTransposeThroughPad,
)
from nmc.dialects.qnn.patterns.tables import LookupOfTable, RequantizeOfTable
from nmc.dialects.qnn.slicing import SliceOp


def register_all() -> None:
    """Register the patterns of every operation that has any."""
    sink = (SinkTransposeThroughElementwise(), SinkReshapeThroughElementwise())
    register_patterns(Conv2dOp, [FoldPadIntoConv()])
    register_patterns(MatmulOp, [FoldTransposeIntoMatmul()])
    register_patterns(BatchMatmulOp, [FoldTransposeIntoBatchMatmul()])
    register_patterns(AddOp, sink)
    register_patterns(LookupOp, [LookupOfTable(), *sink])
    register_patterns(
        RequantizeOp, [DropIdentity(), FoldClampIntoProducer(), RequantizeOfTable(), *sink]
    )
    register_patterns(ReshapeOp, [MergeReshapes(), ShareMovements()])
    register_patterns(
        TransposeOp,
        [
            ComposeTransposes(),
            TransposeIsReshape(),
            TransposesUndoneBehindReshape(),
            ShareMovements(),
        ],
    )
    register_patterns(
        ConcatOp, [FoldRequantizeIntoConcat(), SinkTransposeThroughConcat(), ShareMovements()]
    )
    register_patterns(SliceOp, [ShareMovements()])
    register_patterns(PadOp, [SinkTransposeThroughPad()])
