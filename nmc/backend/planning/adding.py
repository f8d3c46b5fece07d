"""What adding to the outputs of a layer takes, beside computing them."""

from __future__ import annotations

from nmc.backend.kernels import estimates
from nmc.backend.planning.cost import Machine
from nmc.backend.planning.split import byte_step
from nmc.backend.planning.work import WindowWork
from nmc.dialects.cluster import share_of


def cycles_of_adding(work: WindowWork, tiles: int, machine: Machine) -> float:
    """Cycles of all cores that add to so many tiles of outputs; 0 where nothing is added."""
    if not work.adds:
        return 0.0
    size = -(-work.pixels * work.out_channels // tiles)
    _, share = share_of(size, 0, machine.cores, byte_step(size, machine.cores, machine.banks))
    return tiles * (estimates.add(share) * machine.contention() + machine.barrier())
