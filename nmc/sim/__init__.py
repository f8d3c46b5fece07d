"""The cluster simulator: decoder, cores, memories, DMA, event unit, caches, profile.

Exact in time and data for every program, racing or not: cores run ahead of each other only between
accesses that others can see, and those are carried out in the order of time.
"""

from nmc.measurements import Counters, ProfileEntry, Traffic
from nmc.sim.build import Build
from nmc.sim.engine import is_compiled, warm_up
from nmc.sim.result import LayerResult, SimResult
from nmc.sim.sanitize import Finding
from nmc.sim.simulator import Simulator
from nmc.sim.stepped import SteppedSimulator, Stop

__all__ = [
    "Build",
    "Counters",
    "Finding",
    "LayerResult",
    "ProfileEntry",
    "SimResult",
    "Simulator",
    "SteppedSimulator",
    "Stop",
    "Traffic",
    "is_compiled",
    "warm_up",
]
