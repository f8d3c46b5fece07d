"""The table of a softmax as its kernel reads it.

256 exponentials, int32, and behind them the same in the bits in which they are multiplied, so that
the kernel need not round each.
"""

import numpy as np

from nmc.numerics.lookup import ENTRIES
from nmc.numerics.packing.record import Bytes
from nmc.numerics.softmax import SoftmaxParams

EXPONENTIALS_BYTES = 4 * ENTRIES
TABLE_BYTES = 2 * EXPONENTIALS_BYTES


def pack_table(params: SoftmaxParams) -> Bytes:
    """The bytes [2048] of a softmax's table."""
    exponentials = np.array(params.table, np.int64)
    elements = (exponentials + (1 << (params.value_shift - 1))) >> params.value_shift
    return np.concatenate([exponentials, elements]).astype(np.int32).view(np.uint8)


def unpack_table(data: Bytes) -> tuple[int, ...]:
    """The exponentials in the bytes of a table."""
    return tuple(int(entry) for entry in data[:EXPONENTIALS_BYTES].view(np.int32))
