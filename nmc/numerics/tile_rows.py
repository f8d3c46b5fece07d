"""The operations of the `tile` dialect that work on rows or through tables, on bytes.

As in `nmc.numerics.tile_ops`, every function works in place on flat `uint8` arrays and writes
exactly the bytes that the operation's code writes on the machine.
"""

from nmc.numerics.packing import Bytes

Span = tuple[int, int]


def lookup(src: Bytes, table: Bytes, out: Bytes, span: Span) -> None:
    """Bytes [span) of `out` become the entries of the table [256] at the bytes of `src`."""
    where = slice(*span)
    out[where] = table[src[where]]
