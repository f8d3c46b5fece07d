"""Tiles of unequal sizes, so that little is loaded before work begins, and how they overlap."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from nmc.errors import NmcError

# Fewer tiles than this are not worth their growing.
FEWEST = 3


def growing_sizes(total: int, lead: int, growth: int = 0) -> list[int]:
    """The sizes of the tiles of `total` units of which the first has `lead`, the last what is left.

    Behind a tile of n leads comes one of n + n / 2**growth, rounded up.
    """
    sizes: list[int] = []
    leads = 1
    while total > 0:
        sizes.append(min(total, lead * leads))
        total -= sizes[-1]
        leads += -(-leads >> growth)
    return sizes


def own_sizes(total: int, parts: int, lead: int, growth: int) -> list[int] | None:
    """The sizes of the tiles of the largest of `parts` equal shares, each with its tiles.

    lead: of the first tiles of all parts together. None where not all parts have equally many
    tiles, or one has none.
    """
    least, most = total // parts, -(-total // parts)
    if least == 0 or lead < parts or lead % parts:
        return None
    sizes = growing_sizes(most, lead // parts, growth)
    return sizes if len(growing_sizes(least, lead // parts, growth)) == len(sizes) else None


def pieces(total: int, size: int, lead: int = 0, growth: int = 0) -> list[tuple[int, int]]:
    """(first, count) of the tiles of `total` units, as `tile_sizes` has their sizes."""
    sizes = tile_sizes(total, size, lead, growth)
    return list(zip(accumulate(sizes, initial=0), sizes, strict=False))


def tile_sizes(
    total: int, size: int, lead: int = 0, growth: int = 0, *, ragged_first: bool = False
) -> list[int]:
    """The sizes of the tiles of `total` units: growing ones, or with lead 0 of `size` each.

    ragged_first: what `size` does not divide comes first, not last.
    """
    if lead:
        return growing_sizes(total, lead, growth)
    if ragged_first:
        whole, rest = divmod(total, size)
        return [rest] * (rest > 0) + [size] * whole
    return [min(size, total - first) for first in range(0, total, size)]


def finish(loads: Sequence[float], works: Sequence[float], latency: float, *, ahead: bool) -> float:
    """When the last tile is computed, of tiles in two buffers that are loaded one after another.

    A load is asked for when the tile before begins to be computed; ahead, when the tile that had
    its buffer has been computed. It begins after `latency`, if the port is free.
    """
    begin = done = before = port = 0.0
    for load, work in zip(loads, works, strict=True):
        port = max(port, latency + (before if ahead else begin)) + load
        begin = max(port, done)
        before, done = done, begin + work
    return done


def check_lead(lead: int, growth: int, total: int, room: int, layer: str) -> None:
    """Raises NmcError where a growing tile has more units than there is room for."""
    most = max(growing_sizes(total, lead, growth)) if lead else 0
    if most > room:
        raise NmcError(
            f"layer {layer}: tiles that grow from {lead} records reach {most}, more than plan "
            f"tile_records {room}; make lead less or tile_records more"
        )
