"""The operations of the `tile` dialect that work on rows or through tables, on bytes.

As in `nmc.numerics.tile_ops`, every function works in place on flat `uint8` arrays and writes
exactly the bytes that the operation's code writes on the machine.
"""

import numpy as np
from numpy.typing import NDArray

from nmc.numerics.layer_norm import LayerNormParams
from nmc.numerics.packing import Bytes
from nmc.numerics.packing.norm import CHANNEL_BYTES, unpack_norm
from nmc.numerics.softmax import SoftmaxParams

Span = tuple[int, int]


def lookup(src: Bytes, table: Bytes, out: Bytes, span: Span) -> None:
    """Bytes [span) of `out` become the entries of the table [256] at the bytes of `src`."""
    where = slice(*span)
    out[where] = table[src[where]]


def softmax(
    src: Bytes,
    out: Bytes,
    span: Span,
    *,
    params: SoftmaxParams,
    length: int,
    src_pitch: int,
    out_pitch: int,
    unsigned_input: bool,
) -> None:
    """Rows [span) of `length` bytes, `src_pitch` and `out_pitch` apart; `out` may be `src`."""
    x = src[_places(span, length, src_pitch)].view(np.uint8 if unsigned_input else np.int8)
    out[_places(span, length, out_pitch)] = (params.apply(x) & 0xFF).astype(np.uint8)


def layer_norm(
    src: Bytes,
    weights: Bytes,
    out: Bytes,
    span: Span,
    *,
    params: LayerNormParams,
    src_pitch: int,
    out_pitch: int,
    unsigned_input: bool,
) -> None:
    """Rows [span), `src_pitch` and `out_pitch` apart; gains and offsets packed in `weights`."""
    length = params.rows.length
    gain, offset = unpack_norm(weights[: CHANNEL_BYTES * length], params.shift)
    x = src[_places(span, length, src_pitch)].view(np.uint8 if unsigned_input else np.int8)
    y = params.apply(x, gain, offset)
    out[_places(span, length, out_pitch)] = (y & 0xFF).astype(np.uint8)


def _places(span: Span, length: int, pitch: int) -> NDArray[np.intp]:
    """Where the bytes of rows lie: [rows][length]."""
    return np.arange(*span)[:, None] * pitch + np.arange(length)
