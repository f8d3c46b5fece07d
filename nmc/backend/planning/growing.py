"""Tiles of unequal sizes, so that little is loaded before work begins, and how they overlap."""

from __future__ import annotations

from collections.abc import Sequence

from nmc.errors import NmcError

# Fewer tiles than this are not worth their growing.
FEWEST = 3


def growing_sizes(total: int, lead: int) -> list[int]:
    """The sizes of the tiles of `total` units of which the first has `lead`, the last what is left.

    Tile i begins at lead * i * (i + 1) / 2.
    """
    sizes: list[int] = []
    while total > 0:
        sizes.append(min(total, lead * (len(sizes) + 1)))
        total -= sizes[-1]
    return sizes


def tile_sizes(total: int, size: int, lead: int = 0, *, ragged_first: bool = False) -> list[int]:
    """The sizes of the tiles of `total` units: growing ones, or with lead 0 of `size` each.

    ragged_first: what `size` does not divide comes first, not last.
    """
    if lead:
        return growing_sizes(total, lead)
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


def check_lead(lead: int, total: int, room: int, layer: str) -> None:
    """Raises NmcError where a growing tile has more units than there is room for."""
    most = max(growing_sizes(total, lead)) if lead else 0
    if most > room:
        raise NmcError(
            f"layer {layer}: tiles that grow by {lead} records reach {most}, more than plan "
            f"tile_records {room}; make lead less or tile_records more"
        )
