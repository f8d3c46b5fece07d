"""The sanitizers: what a program does that the machine allows and its author cannot have meant.

Data races between cores and with the DMA, reads of bytes never written, accesses outside the
buffers of the memory plan, stacks that overflow. They are an observer of the engine (see
nmc.sim.build): compiled functions that are told of accesses, transfers and synchronisation and
keep what they know in the machine's state.
"""

from nmc.sim.sanitize.findings import Finding, fault_with_findings, findings
from nmc.sim.sanitize.plan_tables import PlanTables, plan_tables
from nmc.sim.sanitize.setup import area_size, note_host_write, prepare

__all__ = [
    "Finding",
    "PlanTables",
    "area_size",
    "fault_with_findings",
    "findings",
    "note_host_write",
    "plan_tables",
    "prepare",
]
