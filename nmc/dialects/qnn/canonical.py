"""Operations with canonicalisation patterns, which are written elsewhere and registered here.

The patterns need the operations and the operations their patterns: the registry keeps the imports
one-way. `nmc.dialects.qnn` fills it when it is imported.
"""

from collections.abc import Sequence

from xdsl.interfaces import HasCanonicalizationPatternsInterface
from xdsl.ir import Operation
from xdsl.pattern_rewriter import RewritePattern

from nmc.dialects.qnn.common import LayerOp

_PATTERNS: dict[str, tuple[RewritePattern, ...]] = {}


def register_patterns(op: type[Operation], patterns: Sequence[RewritePattern]) -> None:
    """Make `patterns` those the standard `canonicalize` applies to operations of class `op`."""
    _PATTERNS[op.name] = tuple(patterns)


class CanonicalLayerOp(LayerOp, HasCanonicalizationPatternsInterface):
    """Base of operations whose canonicalisation patterns are in the registry."""

    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        return _PATTERNS.get(cls.name, ())
