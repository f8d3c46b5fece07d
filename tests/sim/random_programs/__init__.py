"""Random programs for random clusters, to hold one engine against the other.

    program = make_program(seed)

They use everything the machine has, in any mixture: all rows of the instruction table, aligned and
misaligned accesses to shared and private words of every memory, hardware loops, calls, traps,
barriers and events, DMA and L3 transfers, control registers. Cores may race; what they read from
each other never decides whether a program ends.
"""

from tests.sim.random_programs.comparison import compare
from tests.sim.random_programs.program import RandomProgram, make_program

__all__ = ["RandomProgram", "compare", "make_program"]
