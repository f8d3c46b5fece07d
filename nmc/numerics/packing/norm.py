"""Gains and offsets of a layer normalisation as its kernel reads them.

Each channel has two int32 beside each other: its gain, and its offset without the rounding of the
last shift, which the instruction that shifts adds by itself.
"""

import numpy as np
from numpy.typing import NDArray

from nmc.numerics.packing.record import Bytes

CHANNEL_BYTES = 8


def pack_norm(gain: NDArray[np.int32], offset: NDArray[np.int32], shift: int) -> Bytes:
    """Bytes [8 n] of int32 [n] and [n]; the offsets wrap at 32 bits."""
    bare = (offset.astype(np.int64) - (1 << (shift - 1))) & 0xFFFFFFFF
    pairs = np.stack([gain.astype(np.int32), bare.astype(np.uint32).view(np.int32)], axis=1)
    return np.ascontiguousarray(pairs).view(np.uint8).reshape(-1)


def unpack_norm(data: Bytes, shift: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The inverse of `pack_norm`: gains and offsets."""
    pairs = np.ascontiguousarray(data).view(np.int32).reshape(-1, 2)
    whole = (pairs[:, 1].astype(np.int64) + (1 << (shift - 1))) & 0xFFFFFFFF
    return pairs[:, 0].copy(), whole.astype(np.uint32).view(np.int32)
