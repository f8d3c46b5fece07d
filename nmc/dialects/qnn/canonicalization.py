"""Canonicalisation patterns of the dialect, by operation. The standard `canonicalize` runs them.

Transposes and reshapes sink: they move from operands to results, past what works element by
element, until they meet another one they cancel or merge with. Every pattern is exact.
"""

from xdsl.pattern_rewriter import RewritePattern

from nmc.dialects.qnn.patterns.clamp import DropIdentity, FoldClampIntoProducer
from nmc.dialects.qnn.patterns.fuse import (
    FoldPadIntoConv,
    FoldRequantizeIntoConcat,
    FoldTransposeIntoMatmul,
)
from nmc.dialects.qnn.patterns.layout import (
    ComposeTransposes,
    MergeReshapes,
    ShareLayoutChanges,
    TransposeIsReshape,
)
from nmc.dialects.qnn.patterns.sink import (
    SinkReshapeThroughElementwise,
    SinkTransposeThroughConcat,
    SinkTransposeThroughElementwise,
    SinkTransposeThroughPad,
)


def conv2d_patterns() -> tuple[RewritePattern, ...]:
    """Padding becomes the window's own."""
    return (FoldPadIntoConv(),)


def matmul_patterns() -> tuple[RewritePattern, ...]:
    """A flattened transpose becomes an order of the weights."""
    return (FoldTransposeIntoMatmul(),)


def add_patterns() -> tuple[RewritePattern, ...]:
    """Layout changes of both operands sink."""
    return (SinkTransposeThroughElementwise(), SinkReshapeThroughElementwise())


def requantize_patterns() -> tuple[RewritePattern, ...]:
    """What does nothing goes, a clamp joins its producer, layout changes sink."""
    return (
        DropIdentity(),
        FoldClampIntoProducer(),
        SinkTransposeThroughElementwise(),
        SinkReshapeThroughElementwise(),
    )


def reshape_patterns() -> tuple[RewritePattern, ...]:
    """Reshapes of reshapes merge, equal ones are shared."""
    return (MergeReshapes(), ShareLayoutChanges())


def transpose_patterns() -> tuple[RewritePattern, ...]:
    """Transposes compose and are shared; one that keeps the elements' order is a reshape."""
    return (ComposeTransposes(), TransposeIsReshape(), ShareLayoutChanges())


def concat_patterns() -> tuple[RewritePattern, ...]:
    """Requantisations of inputs join, transposes of all inputs sink."""
    return (FoldRequantizeIntoConcat(), SinkTransposeThroughConcat())


def pad_patterns() -> tuple[RewritePattern, ...]:
    """Transposes sink."""
    return (SinkTransposeThroughPad(),)
