"""N:M sparsity of weights: prune by magnitude, check, detect.

A pattern n:m along an axis says that every block of m consecutive elements of that axis holds at
most n non-zeros. Blocks start at index 0; when m does not divide the axis, the last one is shorter
("ragged") and may still hold n. For convolution weights the axis is the input channel, so a block
lies within one kernel tap of one output channel.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

DEFAULT_PATTERNS: tuple[tuple[int, int], ...] = ((1, 16), (1, 8), (2, 16), (1, 4), (2, 8), (2, 4))
"""What `detect_nm` looks for: the sparsest first, and of equally sparse ones the smaller n."""

PRUNES: tuple[str, ...] = ("ffn", "linear")
"""What is pruned of a transformer: the feed-forward layers, or every linear layer of its blocks."""


def _blocks(weights: Array, m: int, axis: int) -> Array:
    """`axis` moved last and cut in blocks, zeros filling the last: [..., blocks, m]."""
    moved = np.moveaxis(weights, axis, -1)
    length = moved.shape[-1]
    count = -(-length // m)
    if count * m != length:
        fill = [(0, 0)] * (moved.ndim - 1) + [(0, count * m - length)]
        moved = np.pad(moved, fill)
    return moved.reshape(*moved.shape[:-1], count, m)


def prune_nm(weights: Array, n: int, m: int, axis: int) -> Array:
    """Keep the n elements of largest magnitude in each block of m along `axis`, zero the others.

    Any dtype and shape; the result has the same. Of equal magnitudes the lowest index stays.
    Within a block all elements must share one scale (they do: scales are per output channel), so
    quantised integers are ordered as the real weights are. Raises ValueError unless 0 < n <= m.
    """
    if not 0 < n <= m:
        raise ValueError(f"a pattern needs 0 < n <= m, not {n}:{m}")
    blocks = _blocks(weights, m, axis)
    # int8's -128 has no positive twin: take magnitudes in a wider type.
    wide = np.float64 if np.issubdtype(weights.dtype, np.floating) else np.int64
    order = np.argsort(-np.abs(blocks.astype(wide)), axis=-1, kind="stable")
    keep = np.zeros(blocks.shape, dtype=bool)
    np.put_along_axis(keep, order[..., :n], True, axis=-1)
    pruned = np.where(keep, blocks, np.zeros((), dtype=weights.dtype))
    flat = pruned.reshape(*pruned.shape[:-2], -1)[..., : weights.shape[axis]]
    return np.ascontiguousarray(np.moveaxis(flat, -1, axis))


def satisfies_nm(weights: Array, n: int, m: int, axis: int) -> bool:
    """Whether every block of m along `axis` holds at most n non-zeros."""
    return first_violation(weights, n, m, axis) is None


def first_violation(weights: Array, n: int, m: int, axis: int) -> tuple[int, ...] | None:
    """Index of the first element (in row-major order) that is one non-zero too many, or None.

    "One too many" means: it is non-zero and n others come before it in its block.
    """
    if weights.size == 0:
        return None
    nonzero = _blocks(weights != 0, m, axis)
    # Most calls find nothing: count first (cheap), look for the place only when there is one.
    if int(nonzero.sum(axis=-1).max()) <= n:
        return None
    excess = nonzero & (np.cumsum(nonzero, axis=-1) > n)
    flat = excess.reshape(*excess.shape[:-2], -1)[..., : weights.shape[axis]]
    place = np.argmax(np.ascontiguousarray(np.moveaxis(flat, -1, axis)))
    return tuple(int(i) for i in np.unravel_index(place, weights.shape))


def detect_nm(
    weights: Array, axis: int, patterns: tuple[tuple[int, int], ...] = DEFAULT_PATTERNS
) -> tuple[int, int] | None:
    """The first of `patterns` the weights satisfy along `axis`, or None.

    A pattern whose block is longer than the axis says nothing about the weights (a depthwise
    kernel has one input channel: any value satisfies 1:16), so it is not considered.
    """
    for n, m in patterns:
        if weights.shape[axis] >= m and satisfies_nm(weights, n, m, axis):
            return n, m
    return None
