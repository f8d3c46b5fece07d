"""Target descriptions: TOML files and the frozen dataclasses that hold them. A leaf."""

from nmc.targets.checks import KNOWN_FEATURES, MAX_CORES
from nmc.targets.description import (
    L1,
    L2,
    L3,
    Cluster,
    Dma,
    EventUnit,
    FabricController,
    InstructionCache,
    L3Channel,
    MemoryMap,
    PrivateCache,
    Region,
    SharedCache,
    Target,
    Timing,
)
from nmc.targets.loading import (
    DEFAULT_TARGET,
    load_target,
    parse_target,
    target_names,
    target_text,
    with_overrides,
)

__all__ = [
    "DEFAULT_TARGET",
    "KNOWN_FEATURES",
    "L1",
    "L2",
    "L3",
    "MAX_CORES",
    "Cluster",
    "Dma",
    "EventUnit",
    "FabricController",
    "InstructionCache",
    "L3Channel",
    "MemoryMap",
    "PrivateCache",
    "Region",
    "SharedCache",
    "Target",
    "Timing",
    "load_target",
    "parse_target",
    "target_names",
    "target_text",
    "with_overrides",
]
