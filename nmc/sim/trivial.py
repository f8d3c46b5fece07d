"""A machine with nothing in it, to have the engine compiled."""

import numpy as np

from nmc.sim import layout as at
from nmc.sim.state import Machine, new_machine


def empty_machine() -> Machine:
    """One core, no code; every size is the least that arrays can have."""
    config = np.ones(at.AT_CODE, np.int64)
    return new_machine(config, 64, 64, False)
