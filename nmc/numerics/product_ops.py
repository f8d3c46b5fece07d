"""The operations of the `tile` dialect around products of two activations, on bytes.

With w less its zero-point written as it lies in memory, and x the row of the left factor,

    sum of (x - zx) * (w - zw) = sum of x * w - zx * sum of (w - zw) - zw * sum of x:

the first is the contraction, the second a bias of the output, the third a start of the row.
"""

import numpy as np
from numpy.typing import NDArray

from nmc.numerics.packing import Bytes, DenseFormat
from nmc.numerics.tile_ops import Span

CHANNELS = 4
"""Outputs of a record."""


def stored_zero_point(zero_point: int, unsigned: bool) -> int:
    """The zero-point of weights as they are stored: uint8 is stored less 128."""
    return zero_point - 128 if unsigned else zero_point


def pack_records(
    src: Bytes,
    dst: Bytes,
    records: Span,
    whole: int,
    *,
    depth: int,
    pitch: int,
    rest: int,
    lhs_zero_point: int,
    zero_point: int,
    multiplier: int,
    columns: bool,
    unsigned: bool,
) -> None:
    """Records [records) of dense weights from rows or columns of bytes; see `tile.pack_records`."""
    size = DenseFormat(CHANNELS).record_bytes(1, depth)
    for record in range(*records):
        count = CHANNELS if record < whole else rest
        weights = np.zeros((CHANNELS, 1, depth), np.int8)
        for channel in range(count):
            n = CHANNELS * record + channel
            start, step = (n, pitch) if columns else (n * pitch, 1)
            taken = src[start : start + (depth - 1) * step + 1 : step]
            weights[channel, 0] = (taken ^ (0x80 if unsigned else 0)).view(np.int8)
        sums = weights.sum(axis=(1, 2), dtype=np.int64)
        bias = -lhs_zero_point * (sums - depth * stored_zero_point(zero_point, unsigned))
        bias[count:] = 0
        packed = DenseFormat(CHANNELS).pack(
            weights, _wrapped(bias), np.full(CHANNELS, multiplier, np.int32)
        )
        dst[record * size : (record + 1) * size] = packed


def row_starts(
    src: Bytes,
    row: int,
    dst: Bytes,
    rows: Span,
    *,
    depth: int,
    pitch: int,
    factor: int,
    unsigned: bool,
) -> None:
    """int32 at dst + 4 * i: factor times the sum of row `row + i`, for i in [rows)."""
    values = src if unsigned else src.view(np.int8)
    for i in range(*rows):
        start = (row + i) * pitch
        total = factor * values[start : start + depth].sum(dtype=np.int64)
        dst[4 * i : 4 * i + 4] = _wrapped(np.array([total])).view(np.uint8)


def _wrapped(values: NDArray[np.int64]) -> NDArray[np.int32]:
    """The low 32 bits."""
    return (values & 0xFFFFFFFF).astype("<u4").view("<i4")
