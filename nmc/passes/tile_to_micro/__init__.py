"""How each operation of the tile dialect becomes a call, one file a group of operations."""

from nmc.passes.tile_to_micro.calls import KernelCall, call_of

__all__ = ["KernelCall", "call_of"]
