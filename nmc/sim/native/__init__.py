"""Machine code for the bodies of hardware loops that a program spends its time in.

The engine's loop chooses among the operations for each instruction. A body without jumps, in which
everything but the data is known before it runs, does not need that: it becomes one function, made
from the same translated semantics, whose registers are machine registers. It makes its accesses to
L1 ahead of their time as the engine does (nmc.sim.ahead), and whatever it cannot do so it leaves to
the engine, at the instruction in question.
"""

from nmc.sim.native.hot_bodies import HotBodies as HotBodies
