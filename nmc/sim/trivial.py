"""A machine with nothing in it, to have the engine compiled."""

import numpy as np

from nmc.sim import layout as at
from nmc.sim.state import Machine, new_machine


def empty_machine() -> Machine:
    """One core, no code; every size is the least that arrays can have."""
    config = np.ones(at.CONFIGURATION, np.int64)
    config[at.CFG_LINE_SHIFT] = 4
    code = np.zeros(64, np.int64)
    return new_machine(config, code, code.copy(), 64, 1, False)
