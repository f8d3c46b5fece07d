"""Tiles that grow: lead, 2 lead, 3 lead, ... units, so that little is loaded before work begins."""

from __future__ import annotations

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


def tile_sizes(total: int, size: int, lead: int) -> list[int]:
    """The sizes of the tiles of `total` units: growing ones, or with lead 0 of `size` each."""
    if lead:
        return growing_sizes(total, lead)
    return [min(size, total - first) for first in range(0, total, size)]


def check_lead(lead: int, total: int, room: int, layer: str) -> None:
    """Raises NmcError where a growing tile has more units than there is room for."""
    most = max(growing_sizes(total, lead)) if lead else 0
    if most > room:
        raise NmcError(
            f"layer {layer}: tiles that grow by {lead} records reach {most}, more than plan "
            f"tile_records {room}; make lead less or tile_records more"
        )
