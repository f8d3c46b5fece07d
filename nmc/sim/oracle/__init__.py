"""A second, plain simulator, to hold the fast one against.

It shares the instruction table, the target description, the program loader and the kind of result
with the fast engine, and nothing else: every rule of docs/simulator.md is written here once more,
as directly as it can be said. The agents (cores, fabric controller, DMA channels, L3 channel) do
their next step in the order of time, one instruction or one bus access at a time. It is slow.
"""

from nmc.sim.oracle.simulator import OracleSimulator

__all__ = ["OracleSimulator"]
