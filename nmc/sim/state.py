"""The state of the simulated machine: one array of numbers, and the bytes of its memories."""

from math import prod
from typing import NamedTuple

import numpy as np

from nmc.sim import ahead_layout
from nmc.sim import layout as at
from nmc.sim.jit import Ints


class Machine(NamedTuple):
    """Everything the engine works on."""

    s: Ints
    """int64, see nmc.sim.layout: configuration, registers, decoded code, caches, engines."""
    mem8: Ints
    """uint8: L1, L2 and L3, one behind the other."""
    mem32: Ints
    """uint32: the same memory."""

    def area(self, start: int, shape: tuple[int, ...]) -> Ints:
        """A view of a place in `s`, given where it starts."""
        size = prod(shape)
        return self.s[start : start + size].reshape(shape)


def new_machine(
    config: Ints, slots: int, memory_bytes: int, profile: bool, sanitize: int = 0
) -> Machine:
    """A machine with room for `slots` of code and `memory_bytes` of memory, all zero.

    `config` holds CFG_*; the places of the areas are added. `sanitize` is the size of the
    sanitizers' area.
    """
    cores = int(config[at.CFG_CORES]) + 1
    kept = int(profile)
    sizes = {
        at.AT_CODE: slots,
        at.AT_SOURCES: slots,
        at.AT_REGIONS: kept * slots // 4,
        at.AT_LINES: cores * int(config[at.CFG_LINES]),
        at.AT_AGES: cores * int(config[at.CFG_AGES]),
        at.AT_SAVED: cores * int(config[at.CFG_SAVED]),
        at.AT_NOTES: cores * ahead_layout.NOTES,
        at.AT_WAYS: cores * int(config[at.CFG_PRIVATE_SETS] * config[at.CFG_PRIVATE_WAYS]),
        at.AT_SHARED: 3 * int(config[at.CFG_SHARED_SETS] * config[at.CFG_SHARED_WAYS]),
        at.AT_SHARED_FREE: int(config[at.CFG_SHARED_BANKS]),
        at.AT_PROFILE: (kept * cores * (slots // 4)) << at.PROFILE_SHIFT,
        at.AT_OPEN: (kept * cores) << at.OPEN_SHIFT,
        at.AT_RECORDS: kept * at.RECORDS << at.RECORD_SHIFT,
        at.AT_SANITIZE: sanitize,
        at.AT_END: 0,
    }
    s = np.zeros(at.FIXED + sum(sizes.values()), np.int64)
    s[: len(config)] = config
    start = at.FIXED
    for place, size in sizes.items():
        s[place] = start
        start += size
    mem8 = np.zeros((memory_bytes + 7) & ~7, np.uint8)
    return Machine(s, mem8, mem8.view(np.uint32))
